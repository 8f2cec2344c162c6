"""Pages on which coordinators change the words of mails, and see what they would look like."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from trainings import mail_texts, mails, versions
from trainings.forms.message_texts import MessageTextForm
from trainings.models import MessageText
from trainings.permissions import coordinator_required
from trainings.views.versions import asked_for, edit

# A mail is styled by style attributes, and a frame inherits the policy of its page. Everything else is blocked.
SHOWS_A_MAIL = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
font-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@require_safe
@coordinator_required
def message_texts_list(request: SignedInRequest) -> HttpResponse:
    newest = mail_texts.newest()
    rows = [
        {
            "kind": kind.name,
            "label": kind.label,
            "to": mail_texts.words_of(kind.name).to,
            "texts": [(language, newest.get((kind.name, language))) for language in mail_texts.languages()],
        }
        for kind in mail_texts.kinds_to_change()
    ]
    return render(request, "trainings/mail_texts/message_texts.html", {"rows": rows})


@coordinator_required
def message_text(request: SignedInRequest, kind: str, language: str) -> HttpResponse:
    """The form; after saving or going back to the words to begin with, the page anew."""
    present = _present(kind, language)
    form = _form(request, present, asked_for(request, present))
    said = _("Fassung %(version)d ist gespeichert. E-Mails, die ab jetzt versandt werden, haben diesen Text.")
    return edit(
        request,
        form,
        MessageText(kind=kind, language=language),
        present.version,
        mail_texts.save,
        partial(_page, request, present, form),
        lambda version: said % {"version": version},
    )


@coordinator_required
def message_text_preview(request: SignedInRequest, kind: str, language: str) -> HttpResponse:
    """The mail with the words in use, or with those of the form that is posted; nothing is stored."""
    text = _present(kind, language)
    present, key = text, request.GET.get("anmeldung", "")
    if request.method == "POST":
        form = _form(request, text, text)
        if not form.is_valid():
            return _page(request, present, form)
        text, key = form.text, form.cleaned_data.get("example", "")
    example = mails.chosen_example(mails.examples(kind, viewer=request.user), key)
    context = {
        "present": present,
        "example": example,
        "mail": mails.preview_mail(example, text) if example else None,
    }
    response = render(request, "trainings/mail_texts/message_text_preview.html", context)
    response["Content-Security-Policy"] = SHOWS_A_MAIL
    return response


def _present(kind: str, language: str) -> MessageText:
    if kind not in {known.name for known in mail_texts.kinds_to_change()} or language not in mail_texts.languages():
        raise Http404
    return mail_texts.current(kind, language)


def _form(request: SignedInRequest, present: MessageText, text: MessageText) -> MessageTextForm:
    examples = mails.examples(present.kind, viewer=request.user)
    return MessageTextForm(request.POST or None, text=text, based_on=present.version, examples=examples)


def _page(request: SignedInRequest, present: MessageText, form: MessageTextForm, status: int = 200) -> HttpResponse:
    body = mail_texts.allowed(present.kind, "opening")
    context = {
        "present": present,
        "to": mail_texts.words_of(present.kind).to,
        "languages": mail_texts.languages(),
        "form": form,
        "placeholders": [
            (f"{{{name}}}", mail_texts.PLACEHOLDERS[name], name in mail_texts.OF_SUBJECTS) for name in body
        ],
        "versions": versions.history(present),
        "asked": request.GET.get("fassung", ""),
    }
    return render(request, "trainings/mail_texts/message_text.html", context, status=status)
