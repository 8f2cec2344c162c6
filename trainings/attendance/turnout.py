"""How many came last time? What a trainer prepares for: the course's last run at the same place."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from trainings.models import CourseRun
from trainings.reporting import turnouts


@dataclass(frozen=True)
class LastTime:
    """``came``: attended or partial, as figures count them."""

    run: CourseRun
    registered: int
    came: int


def last_time(runs: Sequence[CourseRun], at: dt.datetime) -> dict[int, LastTime]:
    """By run, where its course was held at its place before and somebody was recorded; three queries."""
    courses = {run.course_id for run in runs}
    held = CourseRun.objects.published().taking_place().finished(at).filter(course__in=courses).order_by("-starts_at")
    before: dict[tuple[int, int | None], CourseRun] = {}
    for one in held.only("course", "venue", "starts_at", "ends_at"):
        before.setdefault((one.course_id, one.venue_id), one)
    last = {run.pk: before[key] for run in runs if (key := (run.course_id, run.venue_id)) in before}
    tallies = turnouts(last.values(), at)
    return {
        key: LastTime(one, tally.registered, tally.participations)
        for key, one in last.items()
        if (tally := tallies.get(one.pk)) and tally.participations
    }
