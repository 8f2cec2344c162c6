"""Pages on which coordinators see runs, and act for others."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import affiliation
from accounts.forms import AffiliationForm
from accounts.models import User
from accounts.names import by_name
from accounts.requests import SignedInRequest, words_in
from trainings import actions, booking, bounces, catalogue, mails, planning, reporting
from trainings.acts import Act, Channel
from trainings.booking import Case, reasons_against
from trainings.completeness import missing_records
from trainings.forms.coordination import (
    CapacityForm,
    KnownPersonForm,
    NewPersonForm,
    PersonSearchForm,
    ReasonForm,
    RunCancellationForm,
)
from trainings.forms.refusing import show
from trainings.models import (
    AttendanceChange,
    AttendanceRecord,
    CourseRun,
    Registration,
    RegistrationEvent,
    Session,
)
from trainings.permissions import coordinator_required
from trainings.phases import Phase, phase_of
from trainings.refusals import Refused
from trainings.views import files
from trainings.views.asking import ask

WRITERS = {"csv": reporting.write_registrations_csv, "xlsx": reporting.write_registrations_xlsx}


@coordinator_required
def runs(request: SignedInRequest) -> HttpResponse:
    periods = {"kommend": _("kommende"), "vergangen": _("vergangene"), "alle": _("alle")}
    period = request.GET.get("zeitraum", "")
    period = period if period in periods else "kommend"
    whose = {"alle": _("alle"), "meine": _("meine"), "niemand": _("ohne zuständige Person")}
    who = request.GET.get("wer", "")
    who = who if who in whose else "alle"
    words = words_in(request.GET.get("q", ""))
    runs = {"meine": CourseRun.objects.coordinated_by(request.user), "niemand": CourseRun.objects.nobodys()}
    found = runs.get(who, CourseRun.objects.all()).order_by(F("starts_at").asc(nulls_last=True), "number")
    if period == "kommend":
        found = found.filter(Q(ends_at__gt=timezone.now()) | Q(ends_at=None))
    elif period == "vergangen":
        found = found.finished().order_by("-starts_at", "number")
    for word in words:
        found = found.filter(
            Q(number__icontains=word) | Q(course__title__icontains=word) | Q(venue__town__icontains=word)
        )
    # Their keys first: joined with all that is shown, SQLite sorts the whole past for the thirty of a page.
    page = Paginator(found.values_list("pk", flat=True), 30).get_page(request.GET.get("page"))
    shown = CourseRun.objects.for_lists().in_bulk(list(page.object_list))
    listed = actions.listed([shown[key] for key in page.object_list], request.get_full_path())
    context = {
        "page_obj": page,
        "listed": listed,
        "period": period,
        "periods": periods.items(),
        "who": who,
        "whose": whose.items(),
        "q": " ".join(words),
    }
    return render(request, "trainings/planning/coordination_runs.html", context)


@coordinator_required
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(
        CourseRun.objects.for_lists().select_related("coordinator").prefetch_related("trainers", "agencies"), pk=pk
    )
    registrations = list(run.registrations.for_lists().prefetch_related("attendance_records"))
    begun = [session for session in run.sessions_taking_place if session.can_be_recorded()]
    unreachable = set(bounces.unreachable().filter(registrations__run=run).values_list("pk", flat=True))
    confirmed = by_name(row for row in registrations if row.takes_a_place)
    events = RegistrationEvent.objects.filter(registration__run=run).select_related("registration__person", "actor")
    context = {
        "run": run,
        "progress": planning.progress_of(run),
        "rules": catalogue.rules_of(run),
        "rules_matter": phase_of(run) in {Phase.DRAFT, Phase.FILLING},
        "actions": actions.of_coordinator(run, has_people=bool(confirmed)),
        "may_publish": actions.may_publish(run),
        "may_change_places": actions.is_to_come(run),
        "begun_sessions": begun,
        "confirmed": [_row(row, unreachable, begun) for row in confirmed],
        "waiting": [_row(row, unreachable) for row in registrations if row.is_waiting],
        "ended": by_name(row for row in registrations if not row.is_active),
        "outside_agreements": booking.remarks_on_agreements(run),
        "missing": missing_records(run) if run.is_finished() else [],
        "history": planning.history_of(run),
        "doubts": planning.problems(run) if actions.may_publish(run) else [],
        "events": events.order_by("-at", "-pk")[:200],
        "corrections": AttendanceChange.objects.corrections()
        .filter(session__run=run)
        .select_related("registration__person", "session", "actor")
        .order_by("-at", "-pk")[:200],
        "announcements": mails.announcements_of(run),
        "capacity_form": CapacityForm(initial={"capacity": run.capacity}),
    }
    return render(request, "trainings/planning/coordination_run.html", context)


@dataclass(frozen=True)
class RegistrationRow:
    """A registration on the page of its run; ``standing`` and ``source`` where they are not the usual."""

    registration: Registration
    standing: str
    source: str
    records: list[AttendanceRecord | None]
    unreachable: bool
    actions: list[actions.Action]


def _row(registration: Registration, unreachable: set[int], sessions: Iterable[Session] = ()) -> RegistrationRow:
    records = {row.session_id: row for row in registration.attendance_records.all()}
    by_themselves = registration.source == Registration.Source.SELF
    return RegistrationRow(
        registration=registration,
        standing="" if registration.is_confirmed else registration.get_status_display(),
        source="" if by_themselves else registration.get_source_display(),
        records=[records.get(session.pk) for session in sessions],
        unreachable=registration.person_id in unreachable,
        actions=actions.of_coordinator_on(registration),
    )


@coordinator_required
def register_other(request: SignedInRequest, pk: int) -> HttpResponse:
    """Two forms on one page: for somebody found by the search, and for somebody new."""
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    search = PersonSearchForm(request.GET or None)
    is_new = "new" in request.POST
    new = NewPersonForm(request.POST if is_new else None, prefix="new")
    known = KnownPersonForm(request.POST if request.method == "POST" and not is_new else None)
    form = new if is_new else known
    context = {"run": run, "search": search, "people": search.people(), "known": known, "new": new, "reasons": []}
    if request.method == "POST" and form.is_valid():
        try:
            registration = _register(run, form, by=request.user)
        except Refused as refused:
            context |= {"reasons": show(form, refused)} | ({} if is_new else _way_out(run, known, by=request.user))
        else:
            text = (
                _("%(person)s hat einen Platz.")
                if registration.is_confirmed
                else _("%(person)s steht auf der Warteliste.")
            )
            messages.success(request, text % {"person": registration.person})
            return redirect("trainings:coordination_run", pk=run.pk)
    return render(request, "trainings/booking/register_other.html", context, status=409 if context["reasons"] else 200)


@transaction.atomic
def _register(run: CourseRun, form: KnownPersonForm | NewPersonForm, *, by: User) -> Registration:
    """A new person is not kept where the registration is refused."""
    person = _new_person(form, by) if isinstance(form, NewPersonForm) else form.cleaned_data["person"]
    return booking.register(run, person, Act(by, channel=Channel.COORDINATION, reason=form.cleaned_data["reason"]))


def _way_out(run: CourseRun, form: KnownPersonForm, *, by: User) -> dict[str, object]:
    """The person again, if a reason would suffice; a reason that was asked for and left out is an error beside it."""
    person = form.cleaned_data["person"]
    if reasons_against(Case(run, person, Act(by, reason=_("Grund")))):
        return {}
    if "reason" in form.data:
        form.add_error("reason", _("Bitte nennen Sie den Grund."))
    return {"refused_person": person}


def _new_person(form: NewPersonForm, by: User) -> User:
    data = form.cleaned_data
    return affiliation.introduce(
        data["email"],
        first_name=data["first_name"],
        last_name=data["last_name"],
        group=data["group"],
        organisation=data["organisation"],
        by=by,
    )


@coordinator_required
def cancel_other(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(Registration.objects.active().for_lists(), pk=pk)
    form = ReasonForm(request.POST or None)

    def act() -> str:
        reason = form.cleaned_data["reason"]
        booking.cancel(registration, Act(request.user, channel=Channel.COORDINATION, reason=reason))
        return _("%(person)s ist abgemeldet.") % {"person": registration.person}

    back = reverse("trainings:coordination_run", args=[registration.run_id])
    context = {"registration": registration, "run": registration.run}
    return ask(request, "trainings/booking/cancel_other.html", form, act, back, context)


@coordinator_required
@require_POST
def change_capacity(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun, pk=pk)
    form = CapacityForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["capacity"]))
    else:
        capacity = form.cleaned_data["capacity"]
        try:
            booking.change_capacity(run, capacity, Act(request.user))
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            text = ngettext(
                "Der Termin hat jetzt %(number)d Platz.", "Der Termin hat jetzt %(number)d Plätze.", capacity
            )
            messages.success(request, text % {"number": capacity})
    return redirect("trainings:coordination_run", pk=run.pk)


@coordinator_required
def cancel_run(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(CourseRun.objects.for_lists(), pk=pk)
    form = RunCancellationForm(request.POST or None)

    def act() -> str:
        planning.cancel_run(run, Act(request.user, reason=form.cleaned_data["reason"]))
        return _("Der Termin ist abgesagt. Alle Angemeldeten erhalten eine Nachricht.")

    back = reverse("trainings:coordination_run", args=[run.pk])
    return ask(request, "trainings/planning/cancel_run.html", form, act, back, {"run": run})


@coordinator_required
@require_safe
def export(request: SignedInRequest, pk: int, extension: str) -> HttpResponse:
    run = get_object_or_404(CourseRun, pk=pk)
    return files.table(Registration.objects.filter(run=run), f"anmeldungen-{run.number}", extension, WRITERS)


@coordinator_required
def check_person(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.to_check(), pk=pk)
    form = AffiliationForm(request.POST or None)

    def act() -> str:
        affiliation.settle(person, form.cleaned_data["agency"], by=request.user)
        return _("Die Zugehörigkeit von %(person)s ist geklärt.") % {"person": person}

    back = reverse("trainings:coordination")
    return ask(request, "trainings/booking/check_person.html", form, act, back, {"person": person})
