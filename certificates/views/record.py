"""What one person has attended, for the personnel office: as a page and as a PDF, for those who may ask for it."""

from functools import partial
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.models import User
from accounts.requests import SignedInRequest, note_whom_it_concerns
from certificates import issuing
from certificates.forms.checking import RecordPeriodForm
from certificates.issuing import TrainingRecord
from certificates.views.collective import NO_PAPER
from trainings import agency_choice
from trainings.agency_choice import AgencyChoice
from trainings.permissions import agency_contact_required, coordinator_required
from trainings.reporting import Period, usual_periods
from trainings.views import files


@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    return _page(request, request.user, reverse("certificates:record_file"))


@require_safe
def own_file(request: SignedInRequest) -> HttpResponse:
    return _file(request, request.user, reverse("certificates:record"))


@agency_contact_required
@require_safe
def of_colleague(request: SignedInRequest, pk: int) -> HttpResponse:
    person, choice = _colleague(request, pk)
    return _page(request, person, reverse("certificates:record_of_colleague_file", args=[pk]), choice)


@agency_contact_required
@require_safe
def of_colleague_file(request: SignedInRequest, pk: int) -> HttpResponse:
    person, choice = _colleague(request, pk)
    return _file(request, person, reverse("certificates:record_of_colleague", args=[pk]), choice)


@coordinator_required
@require_safe
def of_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(issuing.people_with_records(), pk=pk)
    return _page(request, person, reverse("certificates:record_of_person_file", args=[pk]))


@coordinator_required
@require_safe
def of_person_file(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(issuing.people_with_records(), pk=pk)
    return _file(request, person, reverse("certificates:record_of_person", args=[pk]))


def _colleague(request: SignedInRequest, pk: int) -> tuple[User, AgencyChoice]:
    choice = agency_choice.chosen(request, request.user)
    return get_object_or_404(issuing.people_on_record_of(choice.agency), pk=pk), choice


def _page(request: SignedInRequest, person: User, file: str, choice: AgencyChoice | None = None) -> HttpResponse:
    form = RecordPeriodForm(request.GET)
    found = _record(person, form, choice)
    is_own = person == request.user and choice is None
    if not is_own and found:
        audit.record(audit.What.PERSON_VIEWED, by=request.user, person=person, about="record")
    context = {
        "form": form,
        "person": person,
        "is_own": is_own,
        "choice": choice,
        "record": found,
        "presets": [
            (
                str(period or _("Gesamter Zeitraum")),
                _query(period, choice) or "?",
                bool(found) and period == form.period,
            )
            for period in (None, *usual_periods(timezone.localdate()))
        ],
        "file": f"{file}{_query(found.period, choice)}" if found and found.rows else "",
    }
    return render(request, "certificates/issuing/record.html", context)


def _file(request: SignedInRequest, person: User, page: str, choice: AgencyChoice | None = None) -> HttpResponse:
    """The PDF; where something is wrong with what was asked, or there is nothing to certify, the page says so."""
    found = _record(person, RecordPeriodForm(request.GET), choice)
    if found is None or not found.rows:
        return redirect(f"{page}?{request.GET.urlencode()}")
    if person != request.user:
        note_whom_it_concerns(request, person)
    name = f"nachweis-der-fortbildungen-{timezone.localdate():%Y-%m-%d}"
    make = partial(issuing.training_record_pdf, found)
    return files.pdf(request, name, make, otherwise=NO_PAPER, paper=_("Nachweis der Fortbildungen"))


def _record(person: User, form: RecordPeriodForm, choice: AgencyChoice | None) -> TrainingRecord | None:
    """None if the form is invalid."""
    return issuing.training_record(person, form.period, choice.agency if choice else None) if form.is_valid() else None


def _query(period: Period | None, choice: AgencyChoice | None) -> str:
    """The query of the address that asks for the same record; empty where nothing needs to be said."""
    said: dict[str, object] = {}
    if period:
        said = {"von": period.first.isoformat(), "bis": period.last.isoformat()}
    if choice and choice.query:
        said[agency_choice.PARAMETER] = choice.agency.pk
    return f"?{urlencode(said)}" if said else ""
