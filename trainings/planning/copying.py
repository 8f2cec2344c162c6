"""What does a copy of a run take over? What was chosen for it, never what happened to it, and no people."""

import datetime as dt
from dataclasses import replace

from django.utils import timezone

from trainings.acts import Act
from trainings.history import What
from trainings.models import MINUTES_PER_UNIT, Course, CourseRun, Funding
from trainings.planning import publishing, scheduling
from trainings.planning.changing import MOVED_ALONG, Edit
from trainings.planning.scheduling import Meeting

# A field that is neither here nor in MOVED_ALONG is not copied; a test asks of each new one whether that is meant.
CHOSEN = (
    "capacity", "minimum_number", "format", "venue", "online_link", "language", "visibility", "notes",
    "notes_en", "required_attendance_percent", "approval", "approval_days", "fairness", "direct_promotion_days",
    "first_come_days", "offer_hours", "only_for_group", "group_rule", "prerequisite_rule",
    "reminders", "preparation", "preparation_en", "follow_up", "follow_up_en", "coordinator",
)  # fmt: skip


def copy_run(run: CourseRun, act: Act, *, days: int) -> CourseRun:
    """A draft with the run's settings, its days and its sessions moved by so many days. Raises Refused."""
    return publishing.new_run(run.course, copy_of(run, days=days), act, What.COPIED)


def copy_of(run: CourseRun, *, days: int) -> Edit:
    """What a copy would have, its days moved by so many days, at the same time of day.

    Never people: no registrations and no trainers, who have to be asked for the new days. A grant that has ended by
    then is left out, and so is a coordinator who no longer is one.
    """
    shift = dt.timedelta(days=days)
    sessions = list(run.sessions.filter(cancelled_at=None))
    first = min((session.starts_at for session in sessions), default=timezone.now())
    first_day = timezone.localdate(first) + shift
    values = {
        "funding": _still_running(run.funding, first_day),
        "agencies": list(run.agencies.all()),
        **{name: getattr(run, name) for name in CHOSEN},
        "coordinator": run.active_coordinator,
        **{name: day + shift for name in MOVED_ALONG if (day := getattr(run, name))},
    }
    meetings = [
        replace(
            scheduling.meeting_of(session),
            # In local time, so that the clock's time stays across clock changes.
            starts_at=timezone.localtime(session.starts_at) + shift,
            ends_at=timezone.localtime(session.ends_at) + shift,
        )
        for session in sessions
    ]
    return Edit(values, added=meetings)


def usual_of(course: Course, day: dt.date | None = None) -> Edit:
    """What the last run of the course had, as a start for the next.

    Its days are to be chosen anew, unless the first is to be ``day``; the others keep their distance from it.
    """
    funding = Funding.of_day(day or timezone.localdate())
    last = course.runs.exclude(starts_at=None).order_by("-starts_at", "-pk").first()
    if last is None or last.starts_at is None:
        return Edit({"funding": funding}, added=_at_nine(course, day))
    shift = day - timezone.localdate(last.starts_at) if day else dt.timedelta()
    usual = copy_of(last, days=shift.days)
    values = {name: value for name, value in usual.values.items() if name not in MOVED_ALONG}
    return replace(usual, values={**values, "funding": funding})


def _at_nine(course: Course, day: dt.date | None) -> list[Meeting]:
    """All units of the course without a break."""
    if day is None:
        return []
    start = dt.datetime.combine(day, dt.time(9), timezone.get_default_timezone())
    minutes = course.teaching_units * MINUTES_PER_UNIT
    return [Meeting(start, start + dt.timedelta(minutes=minutes), minutes)]


def _still_running(funding: Funding | None, day: dt.date) -> Funding | None:
    return funding if funding and funding.ends_on >= day else None
