"""When is a run held? The only file that writes sessions; the operations of planning and attendance call it.

It keeps ``CourseRun.starts_at`` and ``ends_at`` equal to the span of the sessions that take place, and raises a
session's calendar ``sequence`` with every change of time, place or status (RFC 5545, section 3.8.7.4). Callers hold the
lock of the run, which orders two coordinators instead of letting them get stuck.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from trainings.acts import Act
from trainings.models import CourseRun, Session

# What calendars show of a run as its place: who changes one of them calls ``touch_sessions``.
PLACE = ("venue", "format", "online_link")

# What must follow when the teaching minutes of a session change: rooms above add theirs when the apps start.
on_minutes_changed: list[Callable[[Session, Act], None]] = []


@dataclass(frozen=True, order=True)
class Meeting:
    """A session as somebody plans it. ``teaching_minutes`` is 0 where nobody has said it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    teaching_minutes: int = 0
    room: str = ""


def meeting_of(session: Session) -> Meeting:
    return Meeting(session.starts_at, session.ends_at, session.teaching_minutes, session.room)


def moment_of(day: dt.date, time: dt.time) -> dt.datetime:
    """When that is in Berlin, in UTC. Raises ValueError where the clock skips that time of the day, or repeats it."""
    moment = dt.datetime.combine(day, time, ZoneInfo(settings.TIME_ZONE))
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        said = {"time": f"{time:%H:%M}", "day": f"{day:%d.%m.%Y}"}
        raise ValueError(_("%(time)s gibt es am %(day)s nicht genau einmal: Die Uhr wird umgestellt.") % said)
    return moment.astimezone(dt.UTC)


def next_run_number(year: int) -> str:
    """The next unused number of that year, for example ``2026-014``."""
    of_year = CourseRun.objects.filter(number__startswith=f"{year}-").order_by()
    used = [
        int(number.rpartition("-")[2])
        for number in of_year.values_list("number", flat=True)
        if re.fullmatch(rf"{year}-\d+", number, re.ASCII)
    ]
    return f"{year}-{max(used, default=0) + 1:03d}"


def add_session(
    run: CourseRun, *, starts_at: dt.datetime, ends_at: dt.datetime, teaching_minutes: int, room: str = ""
) -> Session:
    """Add a meeting. ``teaching_minutes`` are without breaks; raises IntegrityError if it ends before it starts."""
    session = Session.objects.create(
        run=run, starts_at=starts_at, ends_at=ends_at, teaching_minutes=teaching_minutes, room=room
    )
    refresh_span(run)
    return session


def change_session(session: Session, meeting: Meeting, act: Act) -> None:
    """Make the session what the meeting says; a change that calendars must hear of raises its sequence."""
    before = meeting_of(session)
    if before == meeting:
        return
    session.starts_at, session.ends_at, session.room = meeting.starts_at, meeting.ends_at, meeting.room
    heard = (before.starts_at, before.ends_at, before.room) != (meeting.starts_at, meeting.ends_at, meeting.room)
    session.sequence += heard
    session.changed_at = timezone.now()
    session.save(update_fields=["starts_at", "ends_at", "room", "sequence", "changed_at"])
    if before.teaching_minutes != meeting.teaching_minutes:
        set_teaching_minutes(session, meeting.teaching_minutes, act)
    refresh_span(session.run)


def set_teaching_minutes(session: Session, minutes: int, act: Act) -> None:
    """So long was taught, whatever was planned; what was recorded of the session follows."""
    session.teaching_minutes, session.changed_at = minutes, timezone.now()
    session.save(update_fields=["teaching_minutes", "changed_at"])
    for follow in on_minutes_changed:
        follow(session, act)


def call_off_session(session: Session, at: dt.datetime) -> None:
    """The session does not take place; it stays, as do the registrations of its run."""
    session.cancelled_at = at
    session.changed_at = timezone.now()
    session.sequence += 1
    session.save(update_fields=["cancelled_at", "changed_at", "sequence"])
    refresh_span(session.run)


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
