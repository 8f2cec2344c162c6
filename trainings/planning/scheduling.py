"""When is a run held? The only place that writes sessions, publishes runs and moves dates.

It keeps ``CourseRun.starts_at`` and ``ends_at`` equal to the span of the sessions that take place, and raises a
session's calendar ``sequence`` with every change of time, place or status (RFC 5545, section 3.8.7.4). Like the
booking, it locks the run first, then the rest: two coordinators wait for each other instead of getting stuck.
Whoever is registered for a published run, or teaches it, is told of a session that is moved or does not take place.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings import mails
from trainings.acts import Act
from trainings.locking import lock
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, Message, Registration, Session
from trainings.refusals import Reason, Refused

# What calendars show of a run as its place: who changes one of them calls ``touch_sessions``.
PLACE = ("venue", "format", "online_link")


def next_run_number(year: int) -> str:
    """The next unused number of that year, for example ``2026-014``."""
    used = [
        int(number.rpartition("-")[2])
        for number in CourseRun.objects.filter(number__regex=rf"^{year}-\d+$").values_list("number", flat=True)
    ]
    return f"{year}-{max(used, default=0) + 1:03d}"


@transaction.atomic
def add_session(
    run: CourseRun, *, starts_at: dt.datetime, ends_at: dt.datetime, teaching_minutes: int, room: str = ""
) -> Session:
    """Add a meeting. ``teaching_minutes`` are without breaks; raises IntegrityError if it ends before it starts."""
    lock(run.pk)
    session = Session.objects.create(
        run=run, starts_at=starts_at, ends_at=ends_at, teaching_minutes=teaching_minutes, room=room
    )
    refresh_span(run)
    return session


@transaction.atomic
def save_session(session: Session) -> Session:
    """Save a new or edited session; a change that calendars must hear of raises its sequence. Registrations stay."""
    lock(session.run_id)
    if session.pk is None:
        session.save()
    else:
        before = Session.objects.get(pk=session.pk)
        heard = [before.starts_at, before.ends_at, before.room] != [session.starts_at, session.ends_at, session.room]
        session.sequence = before.sequence + heard
        is_shown = heard or before.teaching_minutes != session.teaching_minutes
        session.changed_at = timezone.now() if is_shown else before.changed_at
        session.save(update_fields=["starts_at", "ends_at", "room", "teaching_minutes", "sequence", "changed_at"])
        if heard:
            _tell(session, before)
    refresh_span(session.run)
    return session


def set_teaching_minutes(session: Session, minutes: int) -> None:
    """So long was taught, whatever was planned. The caller holds the lock of the run; nobody need hear of it."""
    session.teaching_minutes, session.changed_at = minutes, timezone.now()
    session.save(update_fields=["teaching_minutes", "changed_at"])


@transaction.atomic
def cancel_session(session: Session) -> Session:
    """The session does not take place; it stays, as do the registrations of its run."""
    lock(session.run_id)
    session = Session.objects.select_related("run").get(pk=session.pk)
    if not session.is_cancelled:
        session.cancelled_at = session.changed_at = timezone.now()
        session.sequence += 1
        session.save(update_fields=["cancelled_at", "changed_at", "sequence"])
        _tell(session, session)
        refresh_span(session.run)
    return session


def people_to_tell(run: CourseRun) -> list[tuple[Who, Registration | None, User]]:
    """Who hears of a changed session: everybody registered, the trainers, and whoever has places still to name."""
    registrations = run.registrations.active().select_related("person")
    told: list[tuple[Who, Registration | None, User]] = [(Who.PARTICIPANT, row, row.person) for row in registrations]
    return told + [(who, None, person) for who, person in _people_behind(run)]


def _people_behind(run: CourseRun) -> list[tuple[Who, User]]:
    """Those who have to do with the run without being registered."""
    unnamed = run.held_places.open().values("taken_by")
    contacts = User.objects.filter(pk__in=unnamed, is_active=True).order_by("pk")
    trainers = run.trainers.filter(is_active=True).order_by("pk")
    return [(Who.TRAINER, person) for person in trainers] + [(Who.CONTACT, person) for person in contacts]


def tell_of_run(occasion: Occasion, run: CourseRun, at: dt.datetime | None = None) -> None:
    """Queue a mail to the trainers and to whoever has places still to name; the caller holds the lock.

    Of a run that was never published nobody has heard.
    """
    if run.is_published and not run.is_finished(at):
        for who, person in _people_behind(run):
            mails.tell_person(occasion, who, person, run)


@transaction.atomic
def set_trainers(run: CourseRun, trainers: Iterable[User]) -> None:
    """Who leads the run. Who is new and who no longer leads it is told, of a draft only when it is published."""
    locked = lock(run.pk)
    before, after = set(run.trainers.all()), set(trainers)
    run.trainers.set(after)
    if locked.is_published and not locked.is_cancelled and not locked.is_finished():
        _tell_trainers(Occasion.TRAINER_ASSIGNED, locked, after - before)
        _tell_trainers(Occasion.TRAINER_REMOVED, locked, before - after)


def _tell_trainers(occasion: Occasion, run: CourseRun, trainers: Iterable[User]) -> None:
    for trainer in sorted(trainers, key=lambda person: person.pk):
        if trainer.is_active:
            mails.tell_person(occasion, Who.TRAINER, trainer, run)


def is_announced(session: Session, before: Session, at: dt.datetime | None = None) -> bool:
    """Whether people hear of the change: the run is public and takes place, and it is not all in the past."""
    at = at or timezone.now()
    is_to_come = max(session.starts_at, before.starts_at) > at
    return session.run.is_published and not session.run.is_cancelled and is_to_come


def _tell(session: Session, before: Session) -> None:
    """Queue a mail to everybody concerned, or add to the one that has not left yet."""
    if not is_announced(session, before):
        return
    change = {
        "session": session.pk,
        "old": _facts(before),
        "new": _facts(session),
        "cancelled": session.is_cancelled,
    }
    for who, registration, person in people_to_tell(session.run):
        _queue_change(mails.kind(Occasion.SESSION_MOVED, who), change, session.run, registration, person)


def _facts(session: Session) -> dict[str, str]:
    return {
        "starts_at": session.starts_at.astimezone(dt.UTC).isoformat(),
        "ends_at": session.ends_at.astimezone(dt.UTC).isoformat(),
        "room": session.room,
    }


def _queue_change(
    kind: str, change: dict[str, Any], run: CourseRun, registration: Registration | None, person: User
) -> None:
    """One mail tells of all changes since the last: of a session moved twice, the first and the last time."""
    waiting = Message.objects.select_for_update().filter(
        kind=kind,
        status=Message.Status.QUEUED,
        leased_until=None,
        recipient=person,
        registration=registration,
    )
    message = (waiting if registration else waiting.filter(run=run)).first()
    if message is None:
        mails.queue(
            kind,
            registration,
            recipient=person,
            run=None if registration else run,
            details={"changes": [change]},
        )
        return
    changes = message.details["changes"]
    known = next((row for row in changes if row["session"] == change["session"]), None)
    others = [row for row in changes if row is not known]
    merged = {**change, "old": known["old"]} if known else change
    is_as_before = merged["old"] == merged["new"] and not merged["cancelled"]
    message.details = {"changes": others if is_as_before else [*others, merged]}
    if not message.details["changes"]:
        message.status, message.last_error = Message.Status.DROPPED, _("Die Sitzung ist wieder wie zuvor.")
    message.save(update_fields=["details", "status", "last_error"])


@transaction.atomic
def decide_to_hold(run: CourseRun, act: Act) -> CourseRun:
    """The run takes place below its minimum number; the history of the back office says who decided. Idempotent."""
    run = lock(run.pk)
    if run.decided_at is None and not run.is_cancelled:
        _act, run.decided_at = act.begin()
        run.save(update_fields=["decided_at"])
        text = _("Durchführung trotz Unterschreitung der Mindestzahl beschlossen.")
        one = CourseRun.objects.filter(pk=run.pk)
        LogEntry.objects.log_actions(act.user.pk, one, CHANGE, change_message=text, single_object=True)
    return run


@transaction.atomic
def publish(run: CourseRun, at: dt.datetime | None = None) -> CourseRun:
    """Show the run now, also where a later moment was set, and its course if it is still a draft.

    Raises Refused where it is called off or has no session.
    """
    at = at or timezone.now()
    run = lock(run.pk)
    if run.is_cancelled:
        raise Refused(Reason("cancelled", _("Dieser Termin ist abgesagt.")))
    if run.starts_at is None:
        raise Refused(Reason("no_session", _("Bitte tragen Sie zuerst mindestens eine Sitzung ein.")))
    not_yet = models.Q(published_at=None) | models.Q(published_at__gt=at)
    is_new = CourseRun.objects.filter(not_yet, pk=run.pk).update(published_at=at, changed_at=timezone.now())
    courses = type(run.course).objects.filter(not_yet, pk=run.course_id)
    courses.update(published_at=at, changed_at=timezone.now())
    run.refresh_from_db()
    if is_new and not run.is_finished(at):
        _tell_trainers(Occasion.RUN_PUBLISHED, run, run.trainers.all())
    return run


def touch_sessions(run: CourseRun) -> None:
    """Tell calendars that something all sessions of the run show has changed: its place, its status."""
    run.sessions.update(sequence=models.F("sequence") + 1, changed_at=timezone.now())


def refresh_span(run: CourseRun) -> None:
    """Set the run's first start and last end to those of its sessions that take place."""
    span = run.sessions.filter(cancelled_at=None).aggregate(
        starts_at=models.Min("starts_at"), ends_at=models.Max("ends_at")
    )
    run.starts_at, run.ends_at = span["starts_at"], span["ends_at"]
    run.save(update_fields=["starts_at", "ends_at"])
