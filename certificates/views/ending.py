"""Pages on which coordinators revoke and replace certificates, and correct a name on them."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.requests import SignedInRequest
from certificates import issuing
from certificates.forms.issuing import EndingForm, NameForm
from certificates.models import Certificate
from trainings.acts import Act
from trainings.forms.refusing import show
from trainings.permissions import coordinator_required
from trainings.refusals import Reason, Refused


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
    """Ask for the reason, then do it; a refusal is shown above the form."""
    rows = Certificate.objects.without_bytes().select_related("registration__person", "registration__run__course")
    certificate = get_object_or_404(rows, number=number)
    run = certificate.registration.run
    form, reasons = EndingForm(request.POST or None), list[Reason]()
    if request.method == "POST" and form.is_valid():
        try:
            done = act(certificate, form.cleaned_data["reason"])
        except Refused as refused:
            reasons = show(form, refused)
        else:
            messages.success(request, done)
            return redirect("certificates:issue", pk=run.pk)
    assessment = next((one for one in issuing.assess(run) if one.registration.pk == certificate.registration_id), None)
    context = {"certificate": certificate, "run": run, "form": form, "reasons": reasons, "assessment": assessment}
    return render(request, template, context, status=409 if reasons else 200)


@coordinator_required
def correct_name(request: SignedInRequest, pk: int) -> HttpResponse:
    certified = Exists(Certificate.objects.filter(registration__person=OuterRef("pk")))
    person = get_object_or_404(User.objects.filter(certified), pk=pk)
    form, reasons = NameForm(request.POST or None, instance=person), list[Reason]()
    if request.method == "POST" and form.is_valid():
        try:
            created = issuing.correct_name(
                person, form.name(), Act(request.user), certificates=form.cleaned_data.get("certificates", [])
            )
        except Refused as refused:
            reasons = show(form, refused)
        else:
            messages.success(request, _corrected(form.name(), len(created)))
            return redirect("certificates:correct_name", pk=person.pk)
    context = {"person": User.objects.get(pk=pk), "form": form, "reasons": reasons}
    return render(request, "certificates/issuing/correct_name.html", context, status=409 if reasons else 200)


def _corrected(name: issuing.Name, number: int) -> str:
    shown = f"{name.title} {name.first_name} {name.last_name}".strip()
    saved = _("Der Name ist gespeichert: %(name)s.") % {"name": " ".join(shown.split())}
    if not number:
        return saved
    replaced = ngettext("%(number)d Bescheinigung ist ersetzt.", "%(number)d Bescheinigungen sind ersetzt.", number) % {
        "number": number
    }
    return f"{saved} {replaced}"
