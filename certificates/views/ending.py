"""Pages on which coordinators revoke and replace certificates, and correct a name on them."""

from collections.abc import Callable
from copy import copy

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.forms.issuing import EndingForm, NameForm
from certificates.models import Certificate
from trainings.acts import Act
from trainings.permissions import coordinator_required
from trainings.views.asking import ask


@coordinator_required
def revoke(request: SignedInRequest, number: str) -> HttpResponse:
    def act(certificate: Certificate, reason: str) -> str:
        issuing.revoke(certificate, Act(request.user, reason=reason))
        return _("%(number)s ist widerrufen.") % {"number": certificate.number}

    return _end(request, number, act, "certificates/issuing/revoke.html")


@coordinator_required
def replace(request: SignedInRequest, number: str) -> HttpResponse:
    def act(certificate: Certificate, reason: str) -> str:
        created = issuing.replace(certificate, Act(request.user, reason=reason))
        return _("%(old)s ist ersetzt. Die neue Bescheinigung hat die Nummer %(new)s.") % {
            "old": certificate.number,
            "new": created.number,
        }

    return _end(request, number, act, "certificates/issuing/replace.html")


def _end(request: SignedInRequest, number: str, act: Callable[[Certificate, str], str], template: str) -> HttpResponse:
    rows = Certificate.objects.without_bytes().select_related("registration__person", "registration__run__course")
    certificate = get_object_or_404(rows, number=number)
    run, form = certificate.registration.run, EndingForm(request.POST or None)

    def context() -> dict[str, object]:
        now = next((one for one in issuing.assess(run) if one.registration.pk == certificate.registration_id), None)
        return {"certificate": certificate, "run": run, "may_end": certificate.is_valid, "assessment": now}

    back = reverse("certificates:issue", args=[run.pk])
    return ask(request, template, form, lambda: act(certificate, form.cleaned_data["reason"]), back, context)


@coordinator_required
def correct_name(request: SignedInRequest, pk: int) -> HttpResponse:
    certified = Exists(Certificate.objects.filter(registration__person=OuterRef("pk")))
    person = get_object_or_404(User.objects.filter(certified), pk=pk)
    form = NameForm(request.POST or None, instance=copy(person))  # the page goes on naming the person as saved

    def act() -> str:
        chosen = form.cleaned_data.get("certificates", [])
        created = issuing.correct_name(person, form.name(), Act(request.user), certificates=chosen)
        return _corrected(form.name(), len(created))

    back = reverse("certificates:correct_name", args=[person.pk])
    return ask(request, "certificates/issuing/correct_name.html", form, act, back, {"person": person})


def _corrected(name: issuing.Name, number: int) -> str:
    shown = f"{name.title} {name.first_name} {name.last_name}".strip()
    saved = _("Der Name ist gespeichert: %(name)s.") % {"name": " ".join(shown.split())}
    if not number:
        return saved
    replaced = ngettext("%(number)d Bescheinigung ist ersetzt.", "%(number)d Bescheinigungen sind ersetzt.", number) % {
        "number": number
    }
    return f"{saved} {replaced}"
