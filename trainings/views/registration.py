"""Pages on which a person takes a place, waits, answers, passes a place on, and gives it back."""

import datetime as dt
from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import affiliation
from accounts.models import User
from accounts.requests import SignedInRequest, key_in
from trainings import actions, attendance, booking, catalogue, people, refreshers
from trainings.acts import Act
from trainings.additions import Place, additions
from trainings.booking import Case, cautions, reasons_against
from trainings.catalogue import RunLine
from trainings.dates import moment, run_when
from trainings.forms.refusing import show
from trainings.forms.registration import CancellationForm, RegistrationForm, SubstituteForm, SupervisorForm
from trainings.models import (
    CourseRun,
    Interest,
    Registration,
    load_prerequisites,
    load_sessions,
    load_target_groups,
)
from trainings.permissions import registrations_of, runs_open_to
from trainings.refreshers import Refresher
from trainings.refusals import Reason, Refused
from trainings.views.asking import ask


def register(request: SignedInRequest, pk: int) -> HttpResponse:
    runs = runs_open_to(request.user)
    run = get_object_or_404(runs.select_related("course", "venue"), pk=pk)
    form = RegistrationForm(request.POST or None, run=run, person=request.user)
    refusal: list[Reason] = []
    if request.method == "POST" and form.is_valid():
        needs = form.cleaned_data["needs"]
        try:
            registration = booking.register(run, request.user, Act(request.user), needs=needs, **form.supervisor)
        except Refused as refused:
            refusal = show(form, refused)
        else:
            messages.success(request, _outcome(registration))
            return redirect("trainings:registration", registration.pk)
    if request.method == "POST":
        run = runs.select_related("course", "venue").get(pk=pk)
    load_sessions([run])
    load_target_groups([run.course])
    load_prerequisites([run.course])
    case = Case(run, request.user, Act(request.user))
    reasons = refusal or _without_supervisor(reasons_against(case))
    codes = [reason.code for reason in reasons]
    if "already_registered" in codes and (registered := _registration_for(request.user, run)):
        return _to_registered_already(request, registered)
    context = _before_registering(run, request.user)
    if reasons or context["would_wait"]:
        context["instead"] = _instead([run], request.user).get(run.pk)
    context |= {"form": form, "reasons": reasons, "cautions": cautions(case)}
    if codes == ["same_course"]:
        context["movable"] = _place_to_move(request.user, run)
    return render(request, "trainings/booking/register.html", context, status=409 if refusal else 200)


def _registration_for(person: User, run: CourseRun) -> Registration | None:
    return registrations_of(person).active().filter(run=run).first()


def _to_registered_already(request: SignedInRequest, registration: Registration) -> HttpResponse:
    """Registering again changes nothing, be it by a double click, an old tab or the way back: this is what is there."""
    if registration.is_waiting:
        said = _(
            "Sie stehen für diesen Termin schon auf der Warteliste. Sie brauchen sich nicht noch einmal anzumelden."
        )
    else:
        said = _("Sie sind für diesen Termin schon angemeldet. Sie brauchen sich nicht noch einmal anzumelden.")
    messages.info(request, said)
    needs = request.POST.get("needs", "").strip()
    if needs and needs != registration.needs:
        messages.warning(
            request,
            _("Ihr Bedarf ist noch nicht geändert. Das tun Sie bitte unter „Meine Daten“, bei dieser Schulung."),
        )
    return redirect("trainings:registration", registration.pk)


def _before_registering(run: CourseRun, person: User) -> dict[str, object]:
    """What the page says beforehand: the rules, what would happen, what is kept for whom."""
    now = timezone.now()
    situation = booking.situation_of(run, now)
    run.set_occupancy(taken=situation.taken, waiting=situation.waiting, reserved=situation.reserved)
    own = next((share for share in situation.shares if share.agency == person.agency_id), None)
    expected = booking.expected_outcome(run, situation, person.agency_id, now)
    return {
        "run": run,
        "course": run.course,
        "rules": catalogue.rules_of(run, now, has_contingents=bool(situation.shares)),
        "expected": expected,
        "would_wait": expected.code == "wait",
        "instead": None,
        "on_hold": booking.places_on_hold([run], now, {run.pk: situation})[run.pk],
        "own_share": own,
        "own_unused": situation.unused(own) if own else 0,
        "movable": None,
    }


def _instead(runs: list[CourseRun], person: User) -> dict[int, CourseRun]:
    """By the key of each run another one of its course with a place that nothing keeps from this person."""
    found = catalogue.free_instead(runs, person)
    return {
        pk: other
        for pk, other in found.items()
        if not _without_supervisor(reasons_against(Case(other, person, Act(person))))
    }


def _place_to_move(person: User, run: CourseRun) -> Registration | None:
    """The person's place in another run of the course, if they may exchange it for one in ``run``."""
    rows = registrations_of(person).taking_a_place().filter(run__course=run.course_id).exclude(run=run)
    now = timezone.now()
    return next((row for row in rows.filter(run__ends_at__gt=now).for_lists() if row.can_be_cancelled(now)), None)


def _without_supervisor(reasons: Iterable[Reason]) -> list[Reason]:
    """The field for the address is still to be filled in."""
    return [reason for reason in reasons if reason.code != "supervisor"]


def _outcome(registration: Registration) -> str:
    values = {"title": registration.run.course.display_title, "position": registration.position}
    if registration.held_until is not None:
        values["until"] = moment(registration.held_until)
    if registration.is_confirmed:
        return _("Sie haben einen Platz: %(title)s. Eine Bestätigung kommt per E-Mail.") % values
    if registration.is_for_coordinator:
        text = _("Über die Freigabe entscheidet die Koordination: %(title)s. Ihr Platz bleibt so lange gehalten.")
        return text % values
    if registration.is_requested:
        return _("Die Freigabe ist angefragt: %(title)s. Ihr Platz ist bis %(until)s gehalten.") % values
    if registration.is_offered:
        return _("Ein Platz ist Ihnen angeboten: %(title)s. Bitte sagen Sie bis %(until)s zu oder ab.") % values
    text = _(
        "Sie stehen auf der Warteliste, Position %(position)d: %(title)s. Wird ein Platz frei, schreiben wir Ihnen."
    )
    return text % values


def my_registrations(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    rows = registrations_of(request.user).for_lists().with_position()
    rows = rows.select_related("substitute_for__person", "held_place").prefetch_related(
        "attendance_records", "substitutes__person"
    )
    registrations = list(rows.order_by("run__starts_at", "pk"))
    current = [row for row in registrations if row.is_active and not row.run.is_finished(now)]
    waiting = [row for row in current if row.is_waiting]
    called = [row for row in waiting if row.called_at and booking.obstacle_to_claiming(row, now) is None]
    past = [row for row in reversed(registrations) if row.is_confirmed and row.run.is_finished(now)]
    ended = [row for row in reversed(registrations) if row not in [*current, *past]]
    held_now = [
        session
        for row in current
        if row.is_confirmed
        for session in row.run.sessions_taking_place
        if attendance.obstacle_to_check_in(session, now) is None
    ]
    on_hold, further = booking.places_on_hold([row.run for row in waiting], now), _further_runs(request.user, waiting)
    instead = _instead([row.run for row in waiting], request.user)
    card = partial(actions.RegistrationCard, at=now)
    context = {
        "to_check_in": attendance.not_checked_in(request.user, held_now),
        "to_answer": [
            *(card(row) for row in current if row.is_offered and row.held_until and row.held_until > now),
            *(card(row, is_free=True) for row in called),
        ],
        "coming": [card(row) for row in current if row.is_confirmed],
        "requested": [card(row) for row in current if row.is_requested],
        "waiting": [
            (card(row), on_hold[row.run_id], further.get(row.run.course_id, []), instead.get(row.run_id))
            for row in waiting
            if row not in called
        ],
        "past": [(row, attendance.minutes_if_complete(row)) for row in past],
        "ended": ended[:20],
        "interests": Interest.objects.open().filter(person=request.user).select_related("course"),
        "refreshers": _refreshers(request.user, now),
        "additions": additions(Place.MY_TRAININGS, request.user),
    }
    return render(request, "trainings/booking/my_registrations.html", context)


def _refreshers(person: User, at: dt.datetime) -> list[tuple[Refresher, list[RunLine]]]:
    """What is due soon, or has been due, with the next runs in which the person would get a place."""
    due = refreshers.of_person(person, last=refreshers.soon(at), at=at)
    runs = people.next_dates([one.course for one in due], person, at)
    return [(one, [RunLine.of(run) for run in runs[one.course.pk]]) for one in due]


@require_safe
def my_path(request: SignedInRequest) -> HttpResponse:
    """Which levels somebody has attended, and what comes next."""
    return render(request, "trainings/people/my_path.html", {"path": people.path_of(request.user)})


def what_now(request: SignedInRequest, pk: int) -> HttpResponse:
    """One registration: who decides until when, what to do, and how to leave or to change to another run."""
    now = timezone.now()
    rows = registrations_of(request.user).with_position().select_related("run__course", "run__venue", "agency")
    registration = get_object_or_404(rows.prefetch_related("substitutes__person"), pk=pk)
    registration.person, run = request.user, registration.run
    load_sessions([run])
    is_free = bool(registration.called_at) and booking.obstacle_to_claiming(registration, now) is None
    may_change_runs = registration.may_be_moved(now)
    context = {
        "card": actions.RegistrationCard(registration, now, is_free=is_free),
        "registration": registration,
        "run": run,
        "has_ended": not registration.is_active,
        "is_over": run.is_finished(now) or run.is_cancelled,
        "on_hold": booking.places_on_hold([run], now)[run.pk] if registration.is_waiting else [],
        "instead": _instead([run] if registration.is_waiting else [], request.user).get(run.pk),
        "may_change_runs": may_change_runs,
        "other_runs": _further_runs(request.user, [registration]).get(run.course_id, []) if may_change_runs else [],
    }
    return render(request, "trainings/booking/registration.html", context)


def _further_runs(person: User, registrations: list[Registration]) -> dict[int, list[CourseRun]]:
    """By the key of the course: other runs for which the person could register, be it to wait there as well."""
    if not registrations:
        return {}
    courses = {row.run.course_id for row in registrations}
    taken = registrations_of(person).active().filter(run__course__in=courses).values("run")
    runs = runs_open_to(person).open_for_registration().filter(course__in=courses).exclude(pk__in=taken)
    found: dict[int, list[CourseRun]] = {}
    for run in runs.exclude(visibility=CourseRun.Visibility.INVITATION).for_lists().order_by("starts_at", "pk"):
        found.setdefault(run.course_id, []).append(run)
    return found


@require_POST
def wait_for_more(request: SignedInRequest, pk: int) -> HttpResponse:
    """Join the queues of other runs of the course; each run accepts or refuses by itself."""
    registration = get_object_or_404(registrations_of(request.user).waitlisted().select_related("run"), pk=pk)
    runs = runs_open_to(request.user).filter(course=registration.run.course_id).select_related("course")
    wanted = [key_in(word) for word in request.POST.getlist("runs")]
    chosen = list(runs.filter(pk__in=wanted).order_by("starts_at", "pk"))
    if not chosen:
        messages.warning(request, _("Bitte wählen Sie mindestens einen Termin aus."))
    for run in chosen:
        try:
            joined = booking.register(
                run,
                request.user,
                Act(request.user),
                needs=registration.needs,
                supervisor_email=registration.supervisor_email,
                has_no_supervisor=not registration.supervisor_email,
            )
        except Refused as refused:
            messages.warning(request, f"{run_when(run)}: {refused}")
        else:
            messages.success(request, f"{run_when(run)}: {_outcome(joined)}")
    return redirect("trainings:my_registrations")


@require_POST
def answer_offer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Accept or decline an offered place, or take one that all who wait were told of."""
    registration = get_object_or_404(registrations_of(request.user).select_related("run__course"), pk=pk)
    act = {"accept": booking.accept_offer, "decline": booking.decline_offer, "claim": booking.claim_place}.get(
        request.POST.get("act", "")
    )
    if act is None:
        return redirect("trainings:my_registrations")
    try:
        answered = act(registration, Act(request.user))
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        if act == booking.decline_offer and answered.is_waiting:
            messages.success(request, _("Sie haben abgesagt und warten weiter."))
            return redirect("trainings:my_registrations")
        declined = _("Sie haben den Platz abgelehnt: %(title)s.") % {"title": registration.run.course.display_title}
        messages.success(request, _outcome(answered) if answered.is_active else declined)
        if answered.is_active:
            return redirect("trainings:registration", answered.pk)
    return redirect("trainings:my_registrations")


def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    registration = get_object_or_404(registrations_of(request.user).for_lists(), pk=pk)
    form = CancellationForm(request.POST or None)

    def act() -> str:
        booking.cancel(registration, Act(request.user, reason=form.cleaned_data["reason"]))
        return _("Sie sind abgemeldet: %(title)s.") % {"title": registration.run.course.display_title}

    context = {"registration": registration, "run": registration.run, **actions.leaving(registration)}
    return ask(request, "trainings/booking/cancel.html", form, act, reverse("trainings:my_registrations"), context)


def pass_on(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a colleague of the same agency, known here or new, to take over a confirmed place."""
    registration = get_object_or_404(registrations_of(request.user).confirmed().for_lists(), pk=pk)
    form = SubstituteForm(request.POST or None, registration=registration)

    def act() -> str:
        new = _hand_to_colleague(registration, form, by=request.user)
        values = {"title": registration.run.course.display_title, "person": new.person}
        return _("%(person)s ist gefragt: %(title)s. Bis zur Zusage behalten Sie den Platz.") % values

    asked = registration.substitutes.holding().select_related("person").first()
    context = {"registration": registration, "run": registration.run, "asked": asked}
    return ask(request, "trainings/booking/pass_on.html", form, act, reverse("trainings:my_registrations"), context)


@transaction.atomic
def _hand_to_colleague(registration: Registration, form: SubstituteForm, *, by: User) -> Registration:
    """A new person is not kept where the place cannot be handed over."""
    new = {name: form.cleaned_data[name] for name in ("first_name", "last_name", "group")}
    colleague = form.colleague or affiliation.introduce(form.cleaned_data["email"], **new, by=by)
    return booking.substitute(registration, colleague, Act(by))


def move(request: SignedInRequest, pk: int, run_pk: int) -> HttpResponse:
    """Exchange a place for one in another run of the course; the old one stays until the new one is sure."""
    registration = get_object_or_404(registrations_of(request.user).for_lists(), pk=pk)
    runs = runs_open_to(request.user).filter(course=registration.run.course_id).exclude(pk=registration.run_id)
    run = get_object_or_404(runs.for_lists(), pk=run_pk)
    if registered := _registration_for(request.user, run):
        return _to_registered_already(request, registered)
    if not registration.is_active:
        return redirect("trainings:registration", registration.pk)
    initial = {"supervisor_email": registration.supervisor_email}
    posted = request.POST if request.method == "POST" else None
    form = SupervisorForm(posted, run=run, person=request.user, initial=initial)
    refusal: list[Reason] = []
    if request.method == "POST" and form.is_valid():
        try:
            new = booking.move(registration, run, Act(request.user), **form.supervisor)
        except Refused as refused:
            refusal = show(form, refused)
        else:
            messages.success(request, _outcome(new))
            if not new.is_confirmed:
                messages.info(request, _("Ihren bisherigen Platz behalten Sie, bis der neue sicher ist."))
            return redirect("trainings:registration", new.pk)
    case = Case(run, request.user, Act(request.user), gives_up=registration)
    context = _before_registering(run, request.user)
    context |= {"registration": registration, "form": form, "cautions": cautions(case)}
    context["reasons"] = refusal or _without_supervisor(reasons_against(case))
    return render(request, "trainings/booking/move.html", context, status=409 if refusal else 200)
