"""What does a copy of a run take over? What was chosen for it, never what happened to it, and no people."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from trainings.models import CourseRun
from trainings.planning import scheduling

# A field of a run that is in neither is not copied; a test asks of each new one whether that is meant.
CHOSEN = (
    "course", "capacity", "minimum_number", "format", "venue", "online_link", "language", "visibility", "notes",
    "notes_en", "required_attendance_percent", "approval", "approval_days", "fairness", "direct_promotion_days",
    "first_come_days", "offer_hours", "only_for_group", "group_rule", "prerequisite_rule",
    "reminders", "preparation", "preparation_en", "follow_up", "follow_up_en",
)  # fmt: skip
MOVED_ALONG = ("registration_opens_on", "registration_closes_on", "cancellation_closes_on", "decide_on")


@transaction.atomic
def copy_run(run: CourseRun, *, days: int) -> CourseRun:
    """A draft with the run's settings, its days and its sessions moved by so many days, at the same time of day.

    Never people: no registrations and no trainers, who have to be asked for the new days. A grant that has ended by
    then is left out.
    """
    shift = dt.timedelta(days=days)
    sessions = list(run.sessions.filter(cancelled_at=None))
    first = min((session.starts_at for session in sessions), default=timezone.now())
    first_day = timezone.localdate(first) + shift
    chosen = {name: getattr(run, name) for name in CHOSEN}
    moved = {name: day + shift for name in MOVED_ALONG if (day := getattr(run, name))}
    copy = CourseRun.objects.create(
        number=scheduling.next_run_number(first_day.year),
        funding=run.funding if run.funding and run.funding.ends_on >= first_day else None,
        **chosen,
        **moved,
    )
    copy.agencies.set(run.agencies.all())
    for session in sessions:
        scheduling.add_session(
            copy,
            # In local time, so that the clock's time stays across clock changes.
            starts_at=timezone.localtime(session.starts_at) + shift,
            ends_at=timezone.localtime(session.ends_at) + shift,
            teaching_minutes=session.teaching_minutes,
            room=session.room,
        )
    return copy
