"""What the pages for versions of mail texts and certificate wordings have in common."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest
from trainings import versions
from trainings.acts import Act
from trainings.models import Version

V = TypeVar("V", bound=Version)


def asked_for(request: SignedInRequest, present: V) -> V:
    """The words in use, or those of the version that the address names."""
    asked = request.GET.get("fassung", "")
    if not asked:
        return present
    if not asked.isascii() or not asked.isdigit():
        raise Http404
    return get_object_or_404(versions.history(present), version=int(asked[:6]))


def edit(
    request: SignedInRequest,
    form: Any,
    original: V,
    based_on: int,
    save: Callable[..., Version | None],
    page: Callable[..., HttpResponse],
    said: Callable[[int], str],
) -> HttpResponse:
    """The form; after saving, or going back to the ``original`` words, the page anew.

    ``page(status=…)`` shows the form, ``said`` is the message for the number of the version saved.
    """
    if request.method != "POST":
        return page()
    if "default" in request.POST:
        text = original
    elif form.is_valid():
        text, based_on = form.text, form.cleaned_data["version"]
    else:
        return page()
    try:
        saved = save(text, Act(request.user), based_on=based_on)
    except versions.Outdated as outdated:
        say_who_was_faster(form, outdated.latest)
        return page(status=409)
    if saved is None:
        messages.info(request, _("Es hat sich nichts geändert."))
    else:
        messages.success(request, said(saved.version))
    return HttpResponseRedirect(request.path)


def say_who_was_faster(form: Any, latest: Version) -> None:
    """Keep the words as typed in the form, to be saved on top of what somebody else has saved in the meantime."""
    form.data = form.data.copy()
    form.data["version"] = str(latest.version)
    if latest.pk is None:  # there is none yet: the page was none of ours
        form.add_error(None, _("Bitte laden Sie die Seite neu: Diese Fassung gibt es nicht."))
        return
    text = _(
        "%(person)s hat inzwischen Fassung %(version)d gespeichert; sie steht unten. "
        "Ihre Eingaben stehen noch im Formular und werden die neue Fassung, wenn Sie noch einmal speichern."
    )
    form.add_error(None, text % {"person": latest.saved_by, "version": latest.version})
