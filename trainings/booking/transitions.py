"""How does a registration change? The one place that writes a status: under the lock, with its event and its mails.

``registering``, ``approvals``, ``offers`` and ``transfers`` decide what happens, and come here to make it so. Whatever
frees a place ends with ``fill``, which gives free places to those who wait.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.models import User
from trainings import mails, working_days
from trainings.acts import Act, automatic
from trainings.booking import allocation
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import CourseRun, Registration, RegistrationEvent
from trainings.refusals import Reason, Refused

Status = Registration.Status
Promotion = CourseRun.Promotion

# Of a place that goes to the quickest, those who wait know so long before those who came later.
HEAD_START = dt.timedelta(hours=2)

# What may follow what; the first status of a registration follows None.
TRANSITIONS: dict[str | None, frozenset[Status]] = {
    None: frozenset({Status.CONFIRMED, Status.WAITLISTED, Status.REQUESTED, Status.OFFERED}),
    Status.REQUESTED: frozenset(
        {Status.CONFIRMED, Status.WAITLISTED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}
    ),
    Status.WAITLISTED: frozenset(
        {Status.CONFIRMED, Status.REQUESTED, Status.OFFERED, Status.EXPIRED, Status.CANCELLED}
    ),
    Status.OFFERED: frozenset(
        {
            Status.CONFIRMED,
            Status.REQUESTED,
            Status.WAITLISTED,
            Status.DECLINED,
            Status.EXPIRED,
            Status.CANCELLED,
        }
    ),
    Status.CONFIRMED: frozenset({Status.CANCELLED}),
    Status.DECLINED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CANCELLED: frozenset(),
}


@contextmanager
def locked_registration(registration: Registration) -> Iterator[Registration]:
    """The registration as the database has it, under the lock of its run. Raises Refused if it has ended."""
    with locked(registration.run) as run:
        registration = Registration.objects.select_related("person", "agency").get(pk=registration.pk)
        registration.run = run
        if not registration.is_active:
            raise Refused(Reason("ended", _("Diese Anmeldung ist bereits beendet.")))
        yield registration


def unwritten(run: CourseRun, person: User, source: Registration.Source, at: dt.datetime, **more: Any) -> Registration:
    """The person's registration before it has a status, sent by the agency they belong to on the day of the run."""
    belonging = affiliation.on(person, timezone.localdate(run.starts_at or at))
    return Registration(
        run=run,
        person=person,
        agency_id=belonging.agency_id,
        organisation=belonging.organisation,
        group=belonging.group,
        source=source,
        registered_at=at,
        queued_at=at,
        **more,
    )


def change(registration: Registration, to: Status, act: Act, *, held_until: dt.datetime | None = None) -> None:
    """Write status and event; the caller holds the lock and has decided. ValueError for what may not follow."""
    act, at = act.begin()
    before = registration.status or None
    if to not in TRANSITIONS[before]:
        raise ValueError(f"{before} cannot become {to}.")
    registration.status, registration.status_changed_at, registration.held_until = to, at, held_until
    registration.save()
    _write_event(registration, before or "", act)


def note(registration: Registration, act: Act) -> None:
    """Write an event for something that leaves the status unchanged."""
    _write_event(registration, registration.status, act)


def hold_until(registration: Registration, until: dt.datetime) -> None:
    """Another end for a place that is held anyway; the caller holds the lock. Links stay what they are."""
    registration.held_until = until
    registration.save(update_fields=["held_until"])


def _write_event(registration: Registration, before: str, act: Act) -> None:
    """The one place where an act becomes history."""
    act, at = act.begin()
    for_somebody = act.by_email or (act.by is not None and act.by.pk != registration.person_id)
    RegistrationEvent.objects.create(
        registration=registration,
        from_status=before,
        to_status=registration.status,
        actor=act.by,
        actor_email=act.by_email,
        on_behalf_of=registration.person if for_somebody else None,
        channel=act.channel,
        reason=act.reason.strip()[:500],
        overrides=act.overrides,
        at=at,
    )


def give_place(
    registration: Registration, act: Act, *, occasion: Occasion = Occasion.REGISTERED, approved: bool = False
) -> None:
    """Confirm the place, or hold it until the supervisor decides, unless that is already ``approved``.

    Raises Refused for somebody whose account has ended.
    """
    act, at = act.begin()
    run = registration.run
    if not registration.person.is_active:
        raise Refused(Reason("inactive", _("Dieses Konto ist nicht mehr aktiv.")))
    if registration.asks_for_approval and not approved:
        if registration.supervisor_email and registration.person.reads(registration.supervisor_email):
            registration.supervisor_email = ""  # theirs by now: a coordinator decides
        change(registration, Status.REQUESTED, act, held_until=approval_deadline(run, at))
        mails.tell(
            Occasion.REQUESTED if registration.supervisor_email else Occasion.REQUESTED_OF_COORDINATOR, registration
        )
        return
    giver = giver_of(registration)
    change(registration, Status.CONFIRMED, act)
    told = mails.tell(occasion, registration)
    if giver is not None:
        handed_on = replace(act, reason=_("Platz übergeben an: %(person)s") % {"person": registration.person})
        end(giver, Status.CANCELLED, handed_on, occasion=Occasion.HANDED_ON, told=told)
    _end_other_waits(registration, at, told)


def approval_deadline(run: CourseRun, at: dt.datetime) -> dt.datetime:
    """Until when a place is held for the supervisor's decision: so many working days, at most until the start."""
    deadline = working_days.deadline(at, run.approval_days)
    return min(deadline, run.starts_at) if run.starts_at else deadline


def answer_deadline(run: CourseRun, at: dt.datetime) -> dt.datetime:
    """Until when an offer is held: so many hours of working days, at most until the start."""
    deadline = working_days.later(at, run.offer_hours)
    return min(deadline, run.starts_at) if run.starts_at else deadline


def end(registration: Registration, to: Status, act: Act, *, occasion: Occasion | None, told: str = "") -> None:
    """End a registration and tell the person, and the supervisor who knew of it. ``fill`` is the caller's next step.

    Without an ``occasion`` nobody is told. The supervisor at the address ``told`` reads of it in the mail about the
    place for which this one ends. A colleague asked to take over the place is no longer asked; where it was
    the colleague's registration that ended, the place stays whose it is.
    """
    supervisor_knew = registration.takes_a_place and not registration.is_offered
    supervisor_knew = supervisor_knew and registration.supervisor_email != told
    giver = giver_of(registration)
    change(registration, to, act)
    if occasion:
        mails.tell(occasion, registration, supervisor=supervisor_knew)
    _tell_giver(giver)
    if not registration.run.is_cancelled:  # or all end anyway
        withdraw_from_substitutes(registration, act)


def back_to_queue(registration: Registration, act: Act, *, occasion: Occasion) -> None:
    """The place goes, the wait does not: the person stands where they stood."""
    giver = giver_of(registration)
    registration.substitute_for = None
    change(registration, Status.WAITLISTED, act)
    mails.tell(occasion, registration)
    _tell_giver(giver)


def giver_of(registration: Registration) -> Registration | None:
    """The colleague's place that the person is asked to take over, or has said yes to; theirs until it is given."""
    if registration.substitute_for_id is None or registration.status not in Registration.HOLDING:
        return None
    places = Registration.objects.confirmed().filter(pk=registration.substitute_for_id)
    giver = places.select_related("person", "agency").first()
    if giver is not None:
        giver.run = registration.run
    return giver


def _tell_giver(giver: Registration | None) -> None:
    if giver is not None and not giver.run.is_cancelled:
        mails.tell(Occasion.PLACE_KEPT, giver)


def withdraw_from_substitutes(registration: Registration, act: Act) -> None:
    """Nobody is asked any longer to take over this place; who waited before waits on."""
    act, at = act.begin()
    reason = _("Der Platz wird nicht mehr übergeben.")
    for asked in registration.substitutes.holding().select_related("person", "agency"):
        asked.run = registration.run
        if has_waited(asked) and not asked.run.has_started(at):
            asked.substitute_for = None
            change(asked, Status.WAITLISTED, replace(act, reason=reason))
        else:
            change(asked, Status.CANCELLED, replace(act, reason=reason))
        mails.tell(Occasion.SUBSTITUTE_NOT_WANTED, asked)


def has_waited(registration: Registration) -> bool:
    """Whether the person waited for this run before they were offered anything."""
    return registration.events.filter(to_status=Status.WAITLISTED).exists()


def _end_other_waits(registration: Registration, at: dt.datetime, told: str) -> None:
    """A place is sure: what it replaces ends, and so does whatever is not sure in other runs of the course.

    A confirmed place in a run that has begun is no longer given up: it may have been attended.
    """
    others = (
        Registration.objects.active()
        .filter(person=registration.person_id, run__course=registration.run.course_id)
        .exclude(pk=registration.pk)
        .select_related("run__course", "person")
    )
    reason = _("Platz in einem anderen Termin dieser Schulung: %(number)s") % {"number": registration.run.number}
    freed: list[CourseRun] = []
    for other in others:
        is_given_up = other.pk == registration.gives_up_id and not other.run.has_started(at)
        if is_given_up or not other.is_confirmed:
            end(other, Status.CANCELLED, automatic(at, reason), occasion=Occasion.PLACE_ELSEWHERE, told=told)
            freed.append(other.run)
    for run in freed:
        fill(run, at)


def fill(run: CourseRun, at: dt.datetime, passed_over: Collection[int] = ()) -> list[Registration]:
    """Give free places to those who wait, as the time left until the start has it. Idempotent; never after the start.

    ``passed_over`` have just not answered an offer: all others come first. The caller holds the lock. Returns those
    who got a place or were asked.
    """
    promotion = run.promotion(at)
    if run.is_cancelled or not run.is_published or promotion == Promotion.NEVER:
        return []
    promoted: list[Registration] = []
    while chosen := _next(run, at, passed_over):
        if promotion == Promotion.CALL:
            return _call(run, at)
        # Read anew each time: a place given here may have ended a wait, and freed a place, in another run.
        registration = Registration.objects.select_related("person", "agency").get(pk=chosen.pk)
        registration.run = run
        if promotion == Promotion.DIRECT:
            give_place(registration, automatic(at), occasion=Occasion.PROMOTED)
        else:
            offer(registration, at=at)
        promoted.append(registration)
    return promoted


def _next(run: CourseRun, at: dt.datetime, passed_over: Collection[int]) -> allocation.QueueEntry | None:
    """Who gets the next free place, if there is one."""
    situation = allocation.situation_of(run, at)
    if not situation.free or not situation.waiting:
        return None
    queue = allocation.queue_of(run)
    others = [entry for entry in queue if entry.pk not in passed_over]
    chosen = next((step.chosen for step in allocation.steps(situation, others)), None)
    if chosen is None and passed_over:
        chosen = next((step.chosen for step in allocation.steps(situation, queue)), None)
    return chosen


def offer(registration: Registration, *, at: dt.datetime) -> None:
    """Hold the place until the person has answered, at most until the start."""
    until = answer_deadline(registration.run, at)
    change(registration, Status.OFFERED, automatic(at), held_until=until)
    mails.tell(Occasion.OFFERED, registration)


def runs_to_fill(runs: Collection[CourseRun], at: dt.datetime) -> set[int]:
    """The keys of those in which ``fill`` would give or offer somebody a place, in two queries for all of them."""
    open_ones = {
        run.pk: run
        for run in runs
        if not run.is_cancelled and run.is_published and run.promotion(at) != Promotion.NEVER
    }
    if not open_ones:
        return set()
    situations = allocation.situations_of(open_ones.values(), at)
    queues = allocation.queues_of(open_ones)
    found = set()
    for pk, run in open_ones.items():
        queue = queues[pk]
        if any(step.chosen for step in allocation.steps(situations[pk], queue)):
            asks = run.promotion(at) == Promotion.CALL
            found |= {pk} if not asks or any(not entry.is_called for entry in queue) else set()
    return found


def _call(run: CourseRun, at: dt.datetime) -> list[Registration]:
    """Tell everybody waiting who could have a place; later arrivals are told after the others' head start."""
    situation = allocation.situation_of(run, at)
    waiting = list(Registration.objects.in_queue_order().filter(run=run).select_related("person", "agency"))
    if any(row.called_at is not None and row.called_at > at - HEAD_START for row in waiting):
        return []
    asked = []
    for registration in waiting:
        registration.run = run
        if registration.called_at is None and situation.obstacle(registration.agency_id) is None:
            registration.called_at = at
            registration.save(update_fields=["called_at"])
            mails.tell(Occasion.CALLED, registration)
            asked.append(registration)
    return asked
