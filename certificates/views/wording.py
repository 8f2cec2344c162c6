"""Pages on which coordinators change the words of the paper, and see what it would look like."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest
from certificates import paper
from certificates.forms.wording import WordingForm
from certificates.models import Wording
from certificates.paper import snapshot_facts
from trainings import versions
from trainings.acts import Act
from trainings.permissions import coordinator_required
from trainings.views import files
from trainings.views.versions import asked_for, say_who_was_faster


@coordinator_required
def edit(request: SignedInRequest, language: str) -> HttpResponse:
    """The form; after saving or resetting, a redirect to the same page."""
    present = _present(language)
    form = WordingForm(
        request.POST or None,
        language=language,
        text=paper.text_of(asked_for(request, present)),
        based_on=present.version,
    )
    if request.method != "POST":
        return _page(request, present, form)
    if "default" in request.POST:
        text: paper.WordingText = {**paper.DEFAULT_WORDING[language], "version": present.version}
    elif form.is_valid():
        text = form.text
    else:
        return _page(request, present, form)
    try:
        saved = paper.save_wording(language, text, Act(request.user))
    except versions.Outdated as outdated:
        say_who_was_faster(form, outdated.latest)
        return _page(request, present, form, status=409)
    _tell(request, saved)
    return redirect("certificates:wording", language)


@coordinator_required
def sample(request: SignedInRequest) -> HttpResponse:
    """A PDF with the words in use, or with those of the form that is posted; nothing is stored."""
    language, kind = request.GET.get("sprache", "de"), request.GET.get("art", paper.INVENTED_FACTS)
    present = _present(language)
    text = paper.text_of(present)
    if kind not in (paper.INVENTED_FACTS, paper.LONGEST):
        raise Http404
    if request.method == "POST":
        form = WordingForm(request.POST, language=language, text=text, based_on=text["version"])
        if not form.is_valid():
            return _page(request, present, form)
        text = form.text
    return files.pdf(
        request,
        f"muster-bescheinigung-{language}",
        lambda: paper.sample_pdf(kind, language, text),
        otherwise="certificates/paper/no_sample.html",
        unprintable=422,
        language=language,
    )


def _tell(request: SignedInRequest, saved: Wording | None) -> None:
    """Say that the words are saved, and whether they still fit on one page."""
    if saved is None:
        messages.info(request, _("Es hat sich nichts geändert."))
        return
    text = _("Fassung %(version)d ist gespeichert. Neue Bescheinigungen tragen diesen Wortlaut.")
    messages.success(request, text % {"version": saved.version})
    if why := paper.problem_of_sample(paper.LONGEST, saved.language, paper.text_of(saved)):
        text = _("Mit der längsten Schulung und dem längsten Namen lässt sich so keine Bescheinigung drucken: %(why)s")
        messages.warning(request, text % {"why": why})


def _present(language: str) -> Wording:
    if language not in paper.wording_languages():
        raise Http404
    return paper.current_wording(language)


def _page(request: SignedInRequest, present: Wording, form: WordingForm, status: int = 200) -> HttpResponse:
    language = present.language
    example = snapshot_facts(paper.invented_snapshot(language, paper.DEFAULT_WORDING[language]))
    context = {
        "language": language,
        "languages": paper.wording_languages(),
        "form": form,
        "placeholders": [(f"{{{name}}}", meaning, example[name]) for name, meaning in paper.PLACEHOLDERS.items()],
        "versions": versions.history(present),
        "asked": request.GET.get("fassung", ""),
        "invented": paper.INVENTED_FACTS,
        "longest": paper.LONGEST,
    }
    return render(request, "certificates/paper/wording.html", context, status=status)
