"""Pages on which an agency's contact sees and looks after its own people, and lists of people for one run."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.models import Agency, User
from accounts.names import by_name
from accounts.requests import SignedInRequest
from trainings import actions, agency_choice, booking
from trainings.acts import Act
from trainings.additions import Place, additions
from trainings.agency_choice import AgencyChoice
from trainings.booking import Case, Context, Verdict, reasons_against
from trainings.forms.agency import (
    ColleagueForm,
    DecisionForm,
    HoldPlacesForm,
    ImportForm,
    ListForm,
)
from trainings.forms.coordination import ReasonForm
from trainings.forms.list_preview import CheckedListForm, count_of, rows_of, to_check
from trainings.forms.refusing import show
from trainings.models import (
    Agreement,
    AttendanceRecord,
    CourseRun,
    HeldPlace,
    Registration,
    people_waiting,
    places_taken,
)
from trainings.permissions import (
    agency_contact_required,
    coordinator_required,
    held_places_of_agencies,
    registrations_of_agencies,
    runs_for_agencies,
)
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask

MAX_ON_PAGE = 100


@agency_contact_required
def agency(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    today = timezone.localdate(now)
    choice = agency_choice.chosen(request, request.user)
    agency = choice.agency
    own = registrations_of_agencies(request.user).filter(agency=agency).active().filter(run__ends_at__gt=now)
    held = held_places_of_agencies(request.user).filter(agency=agency).open().filter(run__ends_at__gt=now)
    runs = (
        runs_for_agencies(request.user, agency).taking_place().upcoming(now).for_lists().order_by("starts_at", "number")
    )
    runs = runs.annotate(own_taken=places_taken(agencies=[agency.pk]), own_waiting=people_waiting(agencies=[agency.pk]))
    page = Paginator(runs, 30).get_page(request.GET.get("page"))
    next_ones = own.for_lists().order_by("run__starts_at", "pk")[:MAX_ON_PAGE]
    requests = own.filter(status=Registration.Status.REQUESTED).for_lists()
    context = {
        "agency": agency,
        "choice": choice,
        "additions": additions(Place.AGENCY_ACTIONS, request.user),
        "requests": [(row, actions.may_decide(row, request.user, now)) for row in requests.order_by("held_until")],
        "held": held.select_related("run__course"),
        "agreements": Agreement.objects.of([agency]).within(today, None).without_bytes().order_by("starts_on"),
        "outside_agreement": booking.outside_agreement_on(agency, today),
        "page_obj": page,
        "registrations": sorted(by_name(next_ones), key=lambda row: row.run.starts_at or now),
    }
    return render(request, "trainings/booking/agency.html", context)


@agency_contact_required
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    run, choice = _run_of(request, pk)
    return _run_page(request, run, choice, HoldPlacesForm())


def _run_of(request: SignedInRequest, pk: int) -> tuple[CourseRun, AgencyChoice]:
    """Where the address names no agency, the first of the contact's that has to do with the run."""
    choice = agency_choice.chosen(request, request.user)
    if len(choice.agencies) > 1:
        agencies = [one for one in choice.agencies if runs_for_agencies(request.user, one).filter(pk=pk).exists()]
        agency = choice.agency if choice.is_said or not agencies else agencies[0]
        choice = replace(choice, agency=agency, agencies=agencies)
    return get_object_or_404(runs_for_agencies(request.user, choice.agency).for_lists(), pk=pk), choice


@agency_contact_required
@require_POST
def hold_places(request: SignedInRequest, pk: int) -> HttpResponse:
    run, choice = _run_of(request, pk)
    form = HoldPlacesForm(request.POST)
    if not form.is_valid():
        return _run_page(request, run, choice, form)
    number, name_by = form.cleaned_data["number"], form.cleaned_data["name_by"]
    try:
        booking.hold_places(run, choice.agency, number, Act(request.user), name_by=name_by)
    except Refused as refused:
        return _run_page(request, run, choice, form, show(form, refused))
    text = ngettext(
        "%(number)d Platz ist für Ihre Behörde gehalten.", "%(number)d Plätze sind für Ihre Behörde gehalten.", number
    )
    messages.success(request, text % {"number": number})
    return redirect(_to_run(run.pk, request.user, choice.agency.pk))


def _to_run(run: int, contact: User, agency: int | None) -> str:
    return reverse("trainings:agency_run", args=[run]) + agency_choice.query_of(contact, agency)


def _run_page(
    request: SignedInRequest,
    run: CourseRun,
    choice: AgencyChoice,
    form: HoldPlacesForm,
    reasons: list[Reason] | None = None,
) -> HttpResponse:
    now = timezone.now()
    agency = choice.agency
    rows = registrations_of_agencies(request.user).filter(agency=agency, run=run).select_related("person")
    registrations = sorted(by_name(rows.prefetch_related("attendance_records")), key=lambda row: not row.is_active)
    contingent = run.contingents.in_force(now).filter(agency=agency).first()
    holding = _holding(request, run, agency)
    context = {
        "run": run,
        "agency": agency,
        "choice": choice,
        "registrations": [(row, _attended(row, run), _actions_on(row, run, request.user)) for row in registrations],
        "over": run.is_finished(now),
        "is_open": actions.is_to_come(run, now),
        "contingent": contingent,
        "used": booking.situation_of(run, now).used.get(agency.pk, 0),
        "held": held_places_of_agencies(request.user).filter(agency=agency).open().filter(run=run),
        # Keep what was typed, so that it can be corrected.
        "may_hold": form.is_bound or not reasons_against(holding),
        "outside_agreement": holding.outside_agreement.values(),
        "form": form,
        "reasons": reasons or [],
    }
    return render(request, "trainings/booking/agency_run.html", context, status=409 if reasons else 200)


def _holding(request: SignedInRequest, run: CourseRun, agency: Agency, *, places: int = 1) -> Case:
    """May the contact take so many places for people to be named?"""
    return Case(run, request.user, Act(request.user), Context.HOLDING, holds_for=agency, places=places)


def _actions_on(registration: Registration, run: CourseRun, contact: User) -> list[actions.Action]:
    registration.run = run
    return actions.of_contact_on(registration, contact)


def _attended(registration: Registration, run: CourseRun) -> str:
    """Yes or no once the run is over; how much of it, only the person and coordinators see."""
    if not run.is_finished() or not registration.is_confirmed:
        return ""
    statuses = {record.status for record in registration.attendance_records.all()}
    if statuses & {AttendanceRecord.Status.PRESENT, AttendanceRecord.Status.PARTIAL}:
        return _("ja")
    return _("nein") if statuses else _("nicht erfasst")


# --- Lists of people ------------------------------------------------------------------------------


@agency_contact_required
def register_list(request: SignedInRequest, pk: int) -> HttpResponse:
    run, choice = _run_of(request, pk)
    is_typed = request.method == "POST" and "checked" not in request.POST
    form = ListForm(request.POST if is_typed else None, run=run, agency=choice.agency)
    back = _to_run(run.pk, request.user, choice.agency.pk)
    return _list_page(request, run, form, {"back": back, "is_coordination": False, "choice": choice})


@coordinator_required
def coordination_list(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    is_typed = request.method == "POST" and "checked" not in request.POST
    form = ImportForm(request.POST if is_typed else None, request.FILES if is_typed else None)
    back = reverse("trainings:coordination_run", args=[run.pk])
    return _list_page(request, run, form, {"back": back, "is_coordination": True})


def _list_page(
    request: SignedInRequest, run: CourseRun, form: ListForm | ImportForm, context: dict[str, Any]
) -> HttpResponse:
    """First the list is typed, then checked and corrected, then everybody who can is registered.

    The last step checks again; whoever is refused then comes back, with what was typed.
    """
    context |= {"run": run, "form": form}
    checked = CheckedListForm(request.POST if "checked" in request.POST else None)
    if checked.is_valid():
        reason, found = checked.cleaned_data["reason"], checked.cleaned_data["found"]
        if "recheck" in request.POST or checked.has_unreadable_needs:
            verdicts = booking.preview_list(run, checked.cleaned_data["given"], Act(request.user, reason=reason))
            return _preview(request, context, verdicts, reason, found)
        verdicts = booking.register_list(run, checked.to_register, Act(request.user, reason=reason))
        if done := [verdict for verdict in verdicts if verdict.status]:
            messages.success(request, _outcome(done))
        refused = [verdict for verdict in verdicts if not verdict.status]
        if not refused:
            return redirect(context["back"])
        return _preview(request, context | {"refused": refused}, refused, reason)
    if checked.is_bound:
        messages.error(request, _("Die Liste kam nicht vollständig an. Bitte fügen Sie sie noch einmal ein."))
    if form.is_valid():
        given, reason = form.cleaned_data["given"], form.cleaned_data.get("reason", "")
        verdicts = booking.preview_list(run, given, Act(request.user, reason=reason))
        return _preview(request, context, verdicts, reason, form.cleaned_data["found"])
    return render(request, "trainings/booking/agency_list.html", context)


def _preview(
    request: SignedInRequest,
    context: dict[str, Any],
    verdicts: list[Verdict],
    reason: str,
    found: dict[int, int] | None = None,
) -> HttpResponse:
    """``found``: how many addresses each line of the typed text has; None once some of them are registered."""
    lines = [verdict.line for verdict in verdicts]
    context |= {
        "rows": rows_of(verdicts),
        "possible": sum(verdict.status is not None for verdict in verdicts),
        "open": sum(verdict.status is None and verdict.may_be_corrected for verdict in verdicts),
        "checked": to_check(verdicts, reason, found or {}),
        "found": sum((found or {}).values()),
        "read": count_of(lines),
        "misread": booking.misread(found, lines) if found else [],
    }
    status = 409 if "refused" in context else 200
    return render(request, "trainings/booking/agency_list.html", context, status=status)


def _outcome(done: list[Verdict]) -> str:
    waiting = sum(verdict.status == Registration.Status.WAITLISTED for verdict in done)
    registered = len(done) - waiting
    texts = [
        ngettext("%(number)d Person ist angemeldet.", "%(number)d Personen sind angemeldet.", registered)
        % {"number": registered}
        if registered
        else "",
        ngettext(
            "%(number)d Person steht auf der Warteliste.", "%(number)d Personen stehen auf der Warteliste.", waiting
        )
        % {"number": waiting}
        if waiting
        else "",
    ]
    return " ".join(text for text in texts if text)


# --- One registration, one held place ----------------------------------------------------------------


@agency_contact_required
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve or decline what a colleague has asked for."""
    requested = registrations_of_agencies(request.user).filter(status=Registration.Status.REQUESTED)
    registration = get_object_or_404(requested.for_lists().exclude(person=request.user), pk=pk)
    form = DecisionForm(request.POST or None)

    def act() -> str:
        operation = booking.decline_request if "decline" in request.POST else booking.approve
        decided = operation(registration, Act(request.user, reason=form.cleaned_data["reason"]))
        text = _("%(person)s hat einen Platz.") if decided.is_confirmed else _("Die Anfrage ist abgelehnt.")
        return text % {"person": decided.person}

    return _ask(request, "agency_decide", form, act, registration, {"registration": registration})


@agency_contact_required
def cancel_colleague(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(registrations_of_agencies(request.user).active().for_lists(), pk=pk)
    form = ReasonForm(request.POST or None)

    def act() -> str:
        booking.cancel(registration, Act(request.user, reason=form.cleaned_data["reason"]))
        return _("%(person)s ist abgemeldet.") % {"person": registration.person}

    context = {"registration": registration, "may_hand_over": actions.may_hand_over(registration)}
    return _ask(request, "agency_cancel", form, act, registration, context)


@agency_contact_required
def substitute_colleague(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(registrations_of_agencies(request.user).confirmed().for_lists(), pk=pk)
    form = ColleagueForm(request.POST or None, agency=registration.agency, without=registration.person)

    @transaction.atomic  # a new person is not kept where the place cannot go to them
    def act() -> str:
        by = Act(request.user)
        colleague = form.colleague(by)
        booking.substitute(registration, colleague, by)
        return _("%(person)s ist gefragt. Erst mit der Zusage geht der Platz über.") % {"person": colleague}

    return _ask(request, "agency_colleague", form, act, registration, {"registration": registration})


@agency_contact_required
def name_place(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = held_places_of_agencies(request.user).open().select_related("run__course", "run__venue", "agency")
    held = get_object_or_404(rows.prefetch_related("run__sessions"), pk=pk)
    form = ColleagueForm(request.POST or None, agency=held.agency)

    @transaction.atomic  # as above
    def act() -> str:
        by = Act(request.user)
        registration = booking.name_held_place(held, form.colleague(by), by, needs=form.cleaned_data["needs"])
        return _("%(person)s hat einen Platz.") % {"person": registration.person}

    return _ask(request, "agency_colleague", form, act, held, {"held": held})


def _ask(
    request: SignedInRequest,
    page: str,
    form: BaseForm,
    act: Callable[[], str],
    about: Registration | HeldPlace,
    context: dict[str, Any],
) -> HttpResponse:
    query = agency_choice.query_of(request.user, about.agency_id)
    back = _to_run(about.run_id, request.user, about.agency_id)
    context |= {"run": about.run, "choice": {"query": query}}
    if page == "agency_colleague" and about.agency:
        context["outside_agreement"] = _holding(request, about.run, about.agency, places=0).outside_agreement.values()
    return ask(request, f"trainings/booking/{page}.html", form, act, back, context)


@agency_contact_required
@require_POST
def give_back_place(request: SignedInRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(held_places_of_agencies(request.user).open().select_related("run"), pk=pk)
    try:
        booking.give_back_held_place(held, Act(request.user))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Der Platz ist wieder frei für andere."))
    return redirect(_to_run(held.run_id, request.user, held.agency_id))
