"""The legal pages, and those on which coordinators write them and see them before."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from trainings import legal_pages, versions
from trainings.forms.legal_pages import PageTextForm
from trainings.models import PageText
from trainings.permissions import coordinator_required
from trainings.views.versions import asked_for, edit

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@login_not_required
@require_safe
def legal_page(request: HttpRequest, page: str) -> HttpResponse:
    """For everybody; what is missing on it is marked to those alone who can write it."""
    language = (get_language() or LANGUAGES[0])[:2]
    text = legal_pages.public(page, language)
    may_write = isinstance(request.user, User) and request.user.is_coordinator
    context = _content(text, with_gaps=may_write) | {"may_write": may_write, "is_german": text.language != language}
    return render(request, "pages/legal_page.html", context)


@require_safe
@coordinator_required
def legal_pages_list(request: SignedInRequest) -> HttpResponse:
    rows: dict[PageText.Page, list[legal_pages.PageStanding]] = {}
    for standing in legal_pages.standings():
        rows.setdefault(standing.page, []).append(standing)
    return render(request, "trainings/legal_pages/list.html", {"rows": rows.items()})


@coordinator_required
def page_text(request: SignedInRequest, page: str, language: str) -> HttpResponse:
    """The form; after saving or going back to the words to begin with, the page anew."""
    present = _present(page, language)
    form = PageTextForm(request.POST or None, text=asked_for(request, present), based_on=present.version)
    return edit(
        request,
        form,
        PageText(page=page, language=language),
        present.version,
        legal_pages.save,
        partial(_page, request, present, form),
        lambda version: _("Fassung %(version)d ist gespeichert und öffentlich.") % {"version": version},
    )


@coordinator_required
def page_text_preview(request: SignedInRequest, page: str, language: str) -> HttpResponse:
    """The page with the words in use, or with those of the form that is posted; nothing is stored."""
    present = text = _present(page, language)
    if request.method == "POST":
        form = PageTextForm(request.POST, text=present, based_on=present.version)
        if not form.is_valid():
            return _page(request, present, form)
        text = form.text
    context = _content(text, with_gaps=True) | {"present": present}
    return render(request, "trainings/legal_pages/preview.html", context)


def _present(page: str, language: str) -> PageText:
    if page not in PageText.Page.values or language not in LANGUAGES:
        raise Http404
    return legal_pages.current(page, language)


def _content(text: PageText, *, with_gaps: bool) -> dict[str, Any]:
    words = legal_pages.shown(text)
    with override(text.language):
        html = legal_pages.as_html(words["text"], legal_pages.facts(), with_gaps=with_gaps)
    return {"text": text, "html": html, "gaps": legal_pages.gaps_in(words["text"]) if with_gaps else []}


def _page(request: SignedInRequest, present: PageText, form: PageTextForm, status: int = 200) -> HttpResponse:
    with override(present.language):
        facts = legal_pages.facts()
    context = {
        "present": present,
        "languages": LANGUAGES,
        "form": form,
        "gaps": legal_pages.gaps_in(legal_pages.shown(present)["text"]),
        "placeholders": [(f"{{{name}}}", meaning, facts[name]) for name, meaning in legal_pages.PLACEHOLDERS.items()],
        "versions": versions.history(present),
        "asked": request.GET.get("fassung", ""),
    }
    return render(request, "trainings/legal_pages/page_text.html", context, status=status)
