"""What the pages for versions of mail texts and certificate wordings have in common."""

from typing import Any, TypeVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.requests import SignedInRequest
from trainings import versions
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


def say_who_was_faster(form: Any, latest: Version) -> None:
    """Keep the words as typed in the form, to be saved on top of what somebody else has saved in the meantime."""
    form.data = form.data.copy()
    form.data["version"] = str(latest.version)
    text = _(
        "%(person)s hat inzwischen Fassung %(version)d gespeichert; sie steht unten. "
        "Ihre Eingaben stehen noch im Formular und werden die neue Fassung, wenn Sie noch einmal speichern."
    )
    form.add_error(None, text % {"person": latest.saved_by, "version": latest.version})
