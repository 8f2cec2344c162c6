"""Who has a place? Register, cancel, and what coordinators do outside the queue's order; each takes the lock itself.

``eligibility`` says who may, ``allocation`` who is next, ``transitions`` makes it so.
"""

import datetime as dt
from dataclasses import replace

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation, audit
from accounts.addresses import normalised
from accounts.models import User
from trainings import mails
from trainings.acts import Act, Channel, automatic
from trainings.booking import agreements, allocation
from trainings.booking.eligibility import Case, passed_over, reasons_against
from trainings.booking.supervisors import must_be_somebody_else
from trainings.booking.transitions import (
    Status,
    change,
    end,
    fill,
    give_place,
    locked_registration,
    note,
    unwritten,
)
from trainings.history import Recording, recorded
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused

MOST_PLACES = 5000


def register(
    run: CourseRun,
    person: User,
    act: Act,
    *,
    source: Registration.Source | None = None,
    needs: str = "",
    supervisor_email: str = "",
    has_no_supervisor: bool = False,
    gives_up: Registration | None = None,
) -> Registration:
    """Give ``person`` a place if one is free and nobody waits, else the last position in the queue.

    ``gives_up`` is a place in another run of the course that ends when this one is sure. Where the run needs an
    approval, the place is held for it, unless the agency's contact or, with a reason, a coordinator registers. Of whom
    ``has_no_supervisor``, and of people without a known agency, a coordinator decides.
    Raises Refused where ``eligibility`` knows a reason against it.
    """
    groups = run.course.target_groups  # bookings do not change these, so read them before taking the lock
    with locked(run) as run:
        act, at = act.begin()
        case = Case(
            run,
            person,
            act,
            supervisor_email=supervisor_email,
            has_no_supervisor=has_no_supervisor,
            gives_up=gives_up,
            course_groups=groups,
        )
        if reasons := reasons_against(case):
            raise Refused(*reasons)
        registration = unwritten(
            run,
            person,
            source or source_of(person, act.user),
            at,
            needs=needs.strip(),
            supervisor_email=normalised(supervisor_email),
            gives_up=gives_up,
        )
        act = replace(act, overrides=passed_over(case))
        situation = allocation.situation_of(run, at)
        if situation.admits_newcomer(person.agency_id):
            give_place(registration, act, occasion=Occasion.MOVED if gives_up else Occasion.REGISTERED)
        else:
            change(registration, Status.WAITLISTED, act)
            mails.tell(Occasion.WAITLISTED, registration)
            if situation.free:
                fill(run, at)  # a place kept for this agency, or one that was overlooked
                registration.refresh_from_db(fields=["status", "status_changed_at", "held_until", "called_at"])
    return registration


def cancel(registration: Registration, act: Act) -> Registration:
    """End an active registration, also a waiting one; the next in the queue gets the place.

    The person and the agency's contact may do so until the run's day for it, coordinators until attendance has been
    recorded. Raises Refused.
    """
    with locked_registration(registration) as registration:
        act, at = act.begin()
        if not act.is_by_coordinator and not (is_theirs(registration, act) and registration.can_be_cancelled(at)):
            raise Refused(
                Reason(
                    "too_late",
                    _("Eine Abmeldung ist jetzt nur noch über die Koordination möglich. Bitte rufen Sie dort an."),
                )
            )
        if registration.attendance_records.exists():
            raise Refused(Reason("attended", _("Für diese Anmeldung ist bereits Anwesenheit erfasst.")))
        end(registration, Status.CANCELLED, act, occasion=Occasion.CANCELLED)
        fill(registration.run, at)
    return registration


def end_with_account(person: User, act: Act) -> list[Registration]:
    """End what the person has in runs to come, and whatever waits; who is next gets the places. Returns what ended.

    A place in a run that has begun stays: it may have been attended.
    """
    act, at = act.begin()
    ended = []
    theirs = Registration.objects.active().of(person).filter(Q(run__ends_at=None) | Q(run__ends_at__gt=at))
    for registration in theirs.select_related("run").order_by("run__course", "run"):
        with locked(registration.run) as run:
            row = Registration.objects.select_related("person", "agency").get(pk=registration.pk)
            row.run = run
            if not row.is_active or (row.is_confirmed and run.has_started(at)):
                continue
            end(row, Status.CANCELLED, act, occasion=Occasion.CANCELLED)
            fill(run, at)
            ended.append(row)
    return ended


def change_needs(registration: Registration, needs: str, act: Act) -> Registration:
    """What the person needs, whoever wrote it down before. Only they change it, or a coordinator for them.

    Taking it back is always possible, saying something new as long as the registration is active. Raises Refused.
    """
    needs = needs.strip()
    with locked(registration.run) as run:
        registration = Registration.objects.select_related("person").get(pk=registration.pk)
        registration.run = run
        if not (act.is_by_coordinator or (act.by is not None and act.by.pk == registration.person_id)):
            raise Refused(Reason("not_yours", _("Das ändert nur die Person selbst.")))
        if needs and not registration.is_active:
            raise Refused(Reason("ended", _("Diese Anmeldung ist bereits beendet.")))
        if needs != registration.needs:
            registration.needs = needs
            registration.save(update_fields=["needs"])
            # Never what it says: that is for the preparation of the run alone.
            person, changes = registration.person, {"needs": list[str]()}
            audit.record(audit.What.PERSON_CHANGED, by=act.by, person=person, about=run.number, changes=changes)
    return registration


def change_capacity(run: CourseRun, capacity: int, act: Act) -> CourseRun:
    """Set the number of places; more places move waiting people up. Raises Refused below the places taken."""
    with recorded(run, act) as recording:
        set_capacity(recording, capacity)
    return recording.run


def set_capacity(recording: Recording, capacity: int) -> None:
    """The same within a larger change of the run."""
    run, at = recording.run, recording.at
    if capacity > MOST_PLACES:
        text = _("Mehr als %(most)d Plätze kann ein Termin nicht haben.") % {"most": MOST_PLACES}
        raise Refused(Reason("too_many_places", text, "capacity"))
    taken = allocation.situation_of(run, at).taken
    if capacity < 1 or capacity < min(taken, run.capacity):
        text = _("Es sind bereits %(taken)d Plätze vergeben; weniger sind nicht möglich.")
        raise Refused(Reason("places_taken", text % {"taken": taken}, "capacity"))
    recording.write(capacity=capacity)
    fill(run, at)


def move_up(registration: Registration, act: Act) -> Registration:
    """Put a waiting person at the head of the queue; the next free place is theirs. Raises Refused."""
    with locked_registration(registration) as registration:
        act, at = act.begin()
        _only_coordinators_with_reason(act)
        must_be_somebody_else(registration, act.user.email)
        if not registration.is_waiting:
            raise Refused(Reason("not_waiting", _("Diese Person steht nicht auf der Warteliste.")))
        first = Registration.objects.in_queue_order().filter(run=registration.run).first()
        if first is not None:  # also who is first by time: fairness between agencies may let others go before
            registration.queued_at = first.queued_at - dt.timedelta(microseconds=1)
            registration.save(update_fields=["queued_at"])
        note(registration, replace(act, channel=Channel.COORDINATION, overrides="queue"))
        fill(registration.run, at)
        registration.refresh_from_db(fields=["status", "status_changed_at", "held_until", "called_at"])
    return registration


def give_now(registration: Registration, act: Act) -> Registration:
    """Confirm somebody who waits, was offered a place or awaits approval, past the queue and beyond the capacity.

    What was passed over is kept as ``queue``, ``full``, ``reserved``, ``maximum``, ``approval``, or what an agreement
    does not allow. Raises Refused.
    """
    with locked_registration(registration) as registration:
        act, at = act.begin()
        run = registration.run
        _only_coordinators_with_reason(act)
        must_be_somebody_else(registration, act.user.email)
        if registration.is_asked_to_take_over:
            raise Refused(
                Reason("asked", _("Diese Person ist gefragt, ob sie einen Platz übernimmt; das sagt sie selbst."))
            )
        if registration.is_confirmed:
            raise Refused(Reason("confirmed", _("Diese Person hat bereits einen Platz.")))
        if run.has_started(at):
            raise Refused(Reason("started", _("Dieser Termin hat bereits begonnen.")))
        overrides = ["approval"] if run.needs_approval else []
        if registration.is_waiting:
            obstacle = allocation.situation_of(run, at).obstacle(registration.agency_id)
            overrides += ["queue", *([obstacle.code] if obstacle else [])]
        overrides += agreements.passed_over(registration, at)
        give_place(
            registration,
            replace(act, channel=Channel.COORDINATION, overrides=" ".join(overrides)),
            occasion=Occasion.GIVEN_AHEAD if registration.is_waiting else Occasion.GIVEN,
            approved=True,
        )
        fill(run, at)
    return registration


def expire_waiting(run: CourseRun, *, at: dt.datetime) -> None:
    """The run has started: end the registrations still waiting. The caller holds the lock."""
    for registration in run.registrations.filter(status=Status.WAITLISTED).order_by("queued_at", "pk"):
        registration.run = run
        over = automatic(at, _("Der Termin hat begonnen."))
        end(registration, Status.EXPIRED, over, occasion=Occasion.WAIT_ENDED)


def follow_affiliation(person: User, since: dt.date | None, act: Act) -> None:
    """What the person is registered for from ``since`` on counts for the agency and group of its day.

    None: they belonged there all along, so for what is not over. A closed run stays as it was reported.
    """
    act, at = act.begin()
    runs = CourseRun.objects.filter(registrations__person=person, closed_at=None, cancelled_at=None)
    for run in runs.distinct().order_by("course", "pk"):
        if run.is_finished(at) if since is None else timezone.localdate(run.starts_at or at) < since:
            continue
        with locked(run) as run:
            belonging = affiliation.on(person, timezone.localdate(run.starts_at or at))
            theirs = run.registrations.active().of(person)
            for registration in theirs.filter(agency=None) if since is None else theirs:
                _count_for(registration, belonging, act)
            fill(run, at)


def _count_for(registration: Registration, belonging: affiliation.Belonging, act: Act) -> None:
    new = {"agency_id": belonging.agency_id, "organisation": belonging.organisation, "group": belonging.group}
    if all(getattr(registration, name) == value for name, value in new.items()):
        return
    for name, value in new.items():
        setattr(registration, name, value)
    registration.save(update_fields=list(new))
    channel = act.channel if act.by else Channel.AUTOMATIC
    said = _("Zählt jetzt für: %(agency)s.") % {"agency": registration.agency_of_day or "–"}
    note(registration, replace(act, channel=channel, reason=f"{said} {act.reason}".strip()))


def source_of(person: User, by: User) -> Registration.Source:
    if by == person:
        return Registration.Source.SELF
    return Registration.Source.COORDINATION if by.is_coordinator else Registration.Source.AGENCY


def is_theirs(registration: Registration, act: Act) -> bool:
    """Whether ``by`` is the person, or a contact of the agency that sent them."""
    return act.by is not None and (act.by.pk == registration.person_id or speaks_for_agency_of(registration, act.by))


def speaks_for_agency_of(registration: Registration, by: User) -> bool:
    """Whether ``by`` is a contact of the agency that sent the person."""
    return by.speaks_for(registration.agency_id)


def _only_coordinators_with_reason(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    if not act.has_reason:
        raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund; er wird gespeichert.")))
