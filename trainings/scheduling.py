"""When is a run held? The only place that writes sessions, publishes runs and moves dates.

It keeps ``CourseRun.starts_at`` and ``ends_at`` equal to the span of the sessions that take place, and raises a
session's calendar ``sequence`` with every change of time, place or status (RFC 5545, section 3.8.7.4). Like the
booking, it locks the run first, then the rest: two coordinators wait for each other instead of getting stuck.
"""

import datetime as dt

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from trainings.models import CourseRun, Session


class NotPublishable(Exception):
    """The run cannot be shown; the text says why, in the language of the request."""


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
    _lock(run.pk)
    session = Session.objects.create(
        run=run, starts_at=starts_at, ends_at=ends_at, teaching_minutes=teaching_minutes, room=room
    )
    refresh_span(run)
    return session


@transaction.atomic
def save_session(session: Session) -> Session:
    """Save a new or edited session; a change that calendars must hear of raises its sequence. Registrations stay."""
    _lock(session.run_id)
    if session.pk is None:
        session.save()
    else:
        before = Session.objects.get(pk=session.pk)
        heard = [before.starts_at, before.ends_at, before.room] != [session.starts_at, session.ends_at, session.room]
        session.sequence = before.sequence + heard
        session.changed_at = timezone.now() if heard else before.changed_at
        session.save(update_fields=["starts_at", "ends_at", "room", "teaching_minutes", "sequence", "changed_at"])
    refresh_span(session.run)
    return session


@transaction.atomic
def cancel_session(session: Session) -> Session:
    """The session does not take place; it stays, as do the registrations of its run."""
    _lock(session.run_id)
    session = Session.objects.select_related("run").get(pk=session.pk)
    if not session.is_cancelled:
        session.cancelled_at = session.changed_at = timezone.now()
        session.sequence += 1
        session.save(update_fields=["cancelled_at", "changed_at", "sequence"])
        refresh_span(session.run)
    return session


@transaction.atomic
def publish(run: CourseRun, at: dt.datetime | None = None) -> CourseRun:
    """Show the run now, also where a later moment was set, and its course if it is still a draft.

    Raises NotPublishable where it is called off or has no session.
    """
    at = at or timezone.now()
    run = _lock(run.pk)
    if run.is_cancelled:
        raise NotPublishable(_("Dieser Termin ist abgesagt."))
    if run.starts_at is None:
        raise NotPublishable(_("Bitte tragen Sie zuerst mindestens eine Sitzung ein."))
    not_yet = models.Q(published_at=None) | models.Q(published_at__gt=at)
    CourseRun.objects.filter(not_yet, pk=run.pk).update(published_at=at)
    type(run.course).objects.filter(not_yet, pk=run.course_id).update(published_at=at)
    run.refresh_from_db()
    return run


@transaction.atomic
def copy_run(run: CourseRun, *, days: int) -> CourseRun:
    """A draft with the run's settings, its days and its sessions moved by so many days, at the same time of day.

    Never people: no registrations and no trainers, who have to be asked for the new days.
    """
    shift = dt.timedelta(days=days)
    agencies = list(run.agencies.all())
    sessions = list(run.sessions.filter(cancelled_at=None))
    copy = CourseRun.objects.get(pk=run.pk)
    copy.pk, copy._state.adding = None, True
    copy.published_at = copy.cancelled_at = copy.starts_at = copy.ends_at = None
    copy.cancellation_reason = ""
    for name in ["registration_opens_on", "registration_closes_on", "cancellation_closes_on"]:
        day = getattr(run, name)
        setattr(copy, name, day + shift if day else None)
    first = min((session.starts_at for session in sessions), default=timezone.now())
    copy.number = next_run_number((timezone.localtime(first) + shift).year)
    copy.save()
    copy.agencies.set(agencies)
    for session in sessions:
        add_session(
            copy,
            # In local time, so that the clock's time stays across clock changes.
            starts_at=timezone.localtime(session.starts_at) + shift,
            ends_at=timezone.localtime(session.ends_at) + shift,
            teaching_minutes=session.teaching_minutes,
            room=session.room,
        )
    return copy


def touch_sessions(run: CourseRun) -> None:
    """Tell calendars that something all sessions of the run show has changed: its place, its title, its status."""
    run.sessions.update(sequence=models.F("sequence") + 1, changed_at=timezone.now())


def _lock(run_pk: int) -> CourseRun:
    """The run as it stands, locked until the transaction ends."""
    return CourseRun.objects.select_for_update().get(pk=run_pk)


def refresh_span(run: CourseRun) -> None:
    """Set the run's first start and last end to those of its sessions that take place."""
    span = run.sessions.filter(cancelled_at=None).aggregate(
        starts_at=models.Min("starts_at"), ends_at=models.Max("ends_at")
    )
    run.starts_at, run.ends_at = span["starts_at"], span["ends_at"]
    run.save(update_fields=["starts_at", "ends_at"])
