"""THE central rule: who has a place. Every change of a registration's status happens here.

Each operation runs in one transaction, locks the run's row first, decides on what it then sees, writes the status and
its event, queues the message, and fills places that became free. ``trainings.eligibility`` says who may register.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings import outbox, scheduling
from trainings.eligibility import Reason, reasons_against
from trainings.models import CourseRun, Message, Registration, RegistrationEvent

Status = Registration.Status
Channel = RegistrationEvent.Channel

# What may follow what; the first status of a registration follows None.
TRANSITIONS: dict[str | None, frozenset[Status]] = {
    None: frozenset({Status.CONFIRMED, Status.WAITLISTED, Status.REQUESTED}),
    Status.REQUESTED: frozenset({Status.CONFIRMED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}),
    Status.WAITLISTED: frozenset({Status.CONFIRMED, Status.OFFERED, Status.EXPIRED, Status.CANCELLED}),
    Status.OFFERED: frozenset({Status.CONFIRMED, Status.DECLINED, Status.EXPIRED, Status.CANCELLED}),
    Status.CONFIRMED: frozenset({Status.CANCELLED}),
    Status.DECLINED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.CANCELLED: frozenset(),
}


class Refused(Exception):
    """The operation is against the rules; ``reasons`` say why, in the language of the request."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(reason.code for reason in reasons))
        self.reasons = reasons


@contextmanager
def locked(run: CourseRun) -> Iterator[CourseRun]:
    """The run as the database has it, locked until the transaction ends (SQLite locks all writers at its start)."""
    with transaction.atomic():
        yield CourseRun.objects.select_for_update(of=("self",)).select_related("course").get(pk=run.pk)


def register(
    run: CourseRun,
    person: User,
    *,
    by: User,
    channel: Channel = Channel.WEB,
    source: Registration.Source | None = None,
    reason: str = "",
    needs: str = "",
    at: dt.datetime | None = None,
) -> Registration:
    """Give ``person`` a place if one is free and nobody waits, else the last position in the queue.

    Raises Refused where ``eligibility`` knows a reason against it.
    """
    with locked(run) as run:
        at = at or timezone.now()  # under the lock, or who came later might stand ahead in the queue
        if reasons := reasons_against(run, person, by=by, reason=reason, at=at):
            raise Refused(*reasons)
        taken, waiting = _occupancy(run)
        registration = Registration(
            run=run, person=person, source=source or _source(person, by), registered_at=at, needs=needs.strip()
        )
        if taken < run.capacity and not waiting:
            _change(registration, Status.CONFIRMED, actor=by, channel=channel, reason=reason, at=at)
            outbox.queue(Message.Kind.REGISTERED, registration)
        else:
            _change(registration, Status.WAITLISTED, actor=by, channel=channel, reason=reason, at=at)
            outbox.queue(Message.Kind.WAITLISTED, registration)
            if taken < run.capacity:  # a place was overlooked: it goes to whoever waits longest
                _fill(run, at)
                registration.refresh_from_db()
    return registration


def cancel(
    registration: Registration,
    *,
    by: User,
    channel: Channel = Channel.WEB,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Registration:
    """End an active registration, also a waiting one; whoever waits longest gets the place.

    Participants may do so until the run's day for it, coordinators until attendance has been recorded. Raises Refused.
    """
    with locked(registration.run) as run:
        at = at or timezone.now()
        registration = Registration.objects.select_related("person").get(pk=registration.pk)
        registration.run = run
        if not registration.is_active:
            raise Refused(Reason("ended", _("Diese Anmeldung ist bereits beendet.")))
        if not by.is_coordinator and not (by == registration.person and registration.can_be_cancelled(at)):
            raise Refused(
                Reason(
                    "too_late",
                    _("Eine Abmeldung ist jetzt nur noch über die Koordination möglich. Bitte rufen Sie dort an."),
                )
            )
        if registration.attendance_records.exists():
            raise Refused(Reason("attended", _("Für diese Anmeldung ist bereits Anwesenheit erfasst.")))
        _change(registration, Status.CANCELLED, actor=by, channel=channel, reason=reason, at=at)
        outbox.queue(Message.Kind.CANCELLED, registration)
        _fill(run, at)
    return registration


def fill_free_places(run: CourseRun, *, at: dt.datetime | None = None) -> list[Registration]:
    """Move waiting people up, longest wait first, into every free place. Idempotent; never after the start."""
    with locked(run) as run:
        return _fill(run, at or timezone.now())


def change_capacity(run: CourseRun, capacity: int, *, by: User, at: dt.datetime | None = None) -> CourseRun:
    """Set the number of places; more places move waiting people up. Raises Refused below the places taken."""
    with locked(run) as run:
        taken, _waiting = _occupancy(run)
        if capacity < 1 or capacity < taken:
            text = _("Es sind bereits %(taken)d Plätze vergeben; weniger sind nicht möglich.")
            raise Refused(Reason("places_taken", text % {"taken": taken}))
        run.capacity = capacity
        run.save(update_fields=["capacity"])
        _fill(run, at or timezone.now())
    return run


def cancel_run(run: CourseRun, *, by: User, reason: str, at: dt.datetime | None = None) -> CourseRun:
    """Call the run off: all active registrations end, everybody concerned gets one message. Raises Refused."""
    with locked(run) as run:
        at = at or timezone.now()
        if not reason.strip():
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er steht in der Nachricht an alle.")))
        if run.is_cancelled:
            raise Refused(Reason("cancelled", _("Dieser Termin ist bereits abgesagt.")))
        if run.is_finished(at):
            raise Refused(Reason("finished", _("Dieser Termin ist bereits beendet.")))
        run.cancelled_at, run.cancellation_reason = at, reason.strip()
        run.save(update_fields=["cancelled_at", "cancellation_reason"])
        scheduling.touch_sessions(run)
        for registration in run.registrations.active().select_related("person"):  # type: ignore[attr-defined]
            registration.run = run
            _change(
                registration,
                Status.CANCELLED,
                actor=by,
                channel=Channel.COORDINATION,
                reason=run.cancellation_reason,
                at=at,
            )
            outbox.queue(Message.Kind.RUN_CANCELLED, registration)
    return run


def expire_waiting(run: CourseRun, *, at: dt.datetime | None = None) -> list[Registration]:
    """When the run has started, end what still waits; idempotent."""
    with locked(run) as run:
        at = at or timezone.now()
        if not run.has_started(at):
            return []
        waiting = list(run.registrations.in_queue_order().select_related("person"))  # type: ignore[attr-defined]
        for registration in waiting:
            registration.run = run
            _change(
                registration,
                Status.EXPIRED,
                actor=None,
                channel=Channel.AUTOMATIC,
                reason=_("Der Termin hat begonnen."),
                at=at,
            )
            outbox.queue(Message.Kind.WAIT_ENDED, registration)
        return waiting


def sweep(at: dt.datetime | None = None) -> None:
    """Periodic: repair a promotion that was missed, end the waits of runs that have started."""
    at = at or timezone.now()
    for run in CourseRun.objects.filter(pk__in=Registration.objects.waitlisted().values("run")):
        if run.has_started(at):
            expire_waiting(run, at=at)
        else:
            fill_free_places(run, at=at)


def _source(person: User, by: User) -> Registration.Source:
    return Registration.Source.SELF if by == person else Registration.Source.COORDINATION


def _occupancy(run: CourseRun) -> tuple[int, int]:
    """Places taken and people waiting."""
    counted = run.registrations.aggregate(
        taken=models.Count("pk", filter=models.Q(status__in=Registration.TAKING_A_PLACE)),
        waiting=models.Count("pk", filter=models.Q(status=Status.WAITLISTED)),
    )
    return counted["taken"], counted["waiting"]


def _fill(run: CourseRun, at: dt.datetime) -> list[Registration]:
    if run.is_cancelled or not run.is_published or run.starts_at is None or run.has_started(at):
        return []
    taken, waiting = _occupancy(run)
    free = run.capacity - taken
    if free <= 0 or not waiting:
        return []
    promoted: Sequence[Registration] = run.registrations.in_queue_order().select_related("person")[:free]  # type: ignore[attr-defined]
    promoted = list(promoted)
    for registration in promoted:
        registration.run = run
        _change(registration, Status.CONFIRMED, actor=None, channel=Channel.AUTOMATIC, reason="", at=at)
        outbox.queue(Message.Kind.PROMOTED, registration)
    return promoted


def _change(
    registration: Registration, to: Status, *, actor: User | None, channel: Channel, reason: str, at: dt.datetime
) -> None:
    """Write status and event; the caller holds the run's lock."""
    before = registration.status or None
    if to not in TRANSITIONS[before]:
        raise ValueError(f"{before} cannot become {to}.")
    registration.status, registration.status_changed_at, registration.offer_expires_at = to, at, None
    registration.save()
    RegistrationEvent.objects.create(
        registration=registration,
        from_status=before or "",
        to_status=to,
        actor=actor,
        on_behalf_of=registration.person if actor is not None and actor != registration.person else None,
        channel=channel,
        reason=reason,
        at=at,
    )
