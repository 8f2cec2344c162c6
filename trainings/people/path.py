"""Which way through the levels has a person gone, and what comes next? Derived anew each time, nothing is stored.

Whether something stands against a run is asked of ``booking``, which runs have a place of ``catalogue``.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from accounts.models import TargetGroup, User
from trainings import booking
from trainings.acts import Act
from trainings.attended import has_attended
from trainings.booking import Context
from trainings.catalogue import CatalogueFilter, RunLine, as_runs
from trainings.models import Course, CourseRun, Registration

LEVELS = (Course.Level.OPENING, Course.Level.BASIC, Course.Level.ADVANCED, Course.Level.SPECIALIST)
FOR_LEADERS = Course.Level.LEADERSHIP
DATES = 3  # of each course
NEXT_STEPS = 4


class PathStanding(Enum):
    """Where the person stands with a course, the furthest first."""

    ATTENDED = auto()
    BOOKED = auto()
    WAITING = auto()
    OPEN = auto()


@dataclass(frozen=True)
class PathStep:
    """A course on the path. ``on``: the last day attended, or the first of the run to come; None if still open.

    ``missing``: what should be attended before. ``dates``: the next in which the person would get a place.
    """

    course: Course
    standing: PathStanding
    on: dt.date | None = None
    missing: list[Course] = field(default_factory=list)
    dates: list[RunLine] = field(default_factory=list)

    @property
    def is_attended(self) -> bool:
        return self.standing is PathStanding.ATTENDED

    @property
    def is_booked(self) -> bool:
        return self.standing is PathStanding.BOOKED

    @property
    def is_waiting(self) -> bool:
        return self.standing is PathStanding.WAITING

    @property
    def is_open(self) -> bool:
        return self.standing is PathStanding.OPEN


@dataclass(frozen=True)
class Stage:
    level: Course.Level
    steps: list[PathStep]

    @property
    def number_attended(self) -> int:
        return sum(step.is_attended for step in self.steps)


@dataclass(frozen=True)
class LevelPath:
    stages: list[Stage]

    @property
    def next_steps(self) -> list[PathStep]:
        """What is still open: what nothing has to go before first, and among these what has dates."""
        steps = [step for stage in self.stages for step in stage.steps if step.is_open]
        return sorted(steps, key=lambda step: (bool(step.missing), not step.dates))[:NEXT_STEPS]


def path_of(person: User, at: dt.datetime | None = None) -> LevelPath:
    """In the order of levels and of the programme; in a fixed number of queries."""
    at = at or timezone.now()
    own = _own(person, at)
    levels = [*LEVELS, *([FOR_LEADERS] if person.group == TargetGroup.LEADERSHIP else [])]
    attended = [pk for pk, (standing, _day) in own.items() if standing is PathStanding.ATTENDED]
    offered = Q(published_at__lte=at, level__in=levels) | Q(pk__in=attended, level__in=[*LEVELS, FOR_LEADERS])
    courses = [
        course
        for course in Course.objects.filter(offered).prefetch_related("target_group_rows", "prerequisites")
        if course.pk in own or _is_meant_for(course, person)
    ]
    dates = next_dates([course for course in courses if course.pk not in own], person, at)
    done = booking.done_by(person, at)
    by_level: dict[str, list[PathStep]] = defaultdict(list)
    for course in courses:
        standing, day = own.get(course.pk, (PathStanding.OPEN, None))
        if standing is PathStanding.OPEN:
            by_level[course.level].append(_open_step(course, dates[course.pk], done))
        else:
            by_level[course.level].append(PathStep(course, standing, day))
    return LevelPath([Stage(level, by_level[level]) for level in [*LEVELS, FOR_LEADERS] if by_level[level]])


def _own(person: User, at: dt.datetime) -> dict[int, tuple[PathStanding, dt.date]]:
    """By the key of each course how far the person is; of several registrations the furthest, the last of these."""
    rows = (
        Registration.objects.active()
        .of(person)
        .annotate(was_there=Case(When(has_attended(at), then=Value(True)), default=Value(False)))
    )
    found: dict[int, tuple[PathStanding, dt.date]] = {}
    for course, status, starts_at, ends_at, was_there in rows.order_by("run__ends_at", "pk").values_list(
        "run__course", "status", "run__starts_at", "run__ends_at", "was_there"
    ):
        if was_there:
            standing, day = PathStanding.ATTENDED, ends_at
        elif ends_at is None or ends_at <= at:
            continue
        else:
            standing, day = (
                PathStanding.BOOKED if status == Registration.Status.CONFIRMED else PathStanding.WAITING,
                starts_at,
            )
        if course not in found or standing.value <= found[course][0].value:
            found[course] = (standing, timezone.localdate(day))
    return found


def _is_meant_for(course: Course, person: User) -> bool:
    groups = course.target_groups
    return not groups or not person.group or person.group in groups


def next_dates(courses: Iterable[Course], person: User, at: dt.datetime) -> dict[int, list[CourseRun]]:
    """The next runs of each with a place for whoever registers now, in which nothing stands against this person."""
    by_key = {course.pk: course for course in courses}
    found: dict[int, list[CourseRun]] = defaultdict(list)
    if not by_key or not person.is_active:
        return found
    free = CatalogueFilter({"frei": "1"}, viewer=person, at=at).next_runs(by_key, DATES)
    for run in as_runs(free):
        run.course = by_key[run.course_id]
        case = booking.Case(run, person, Act(person, at=at), Context.CATALOGUE)
        if not booking.reasons_against(case):
            found[run.course_id].append(run)
    return found


def _open_step(course: Course, runs: list[CourseRun], done: dict[int, dt.datetime]) -> PathStep:
    """Runs that bind people to what should go before are left out as long as it is missing."""
    prerequisites = list(course.prerequisites.all())
    without = {run.pk: booking.missing(prerequisites, run, done) for run in runs}
    open_ones = [run for run in runs if not without[run.pk] or run.prerequisite_rule != CourseRun.Strictness.BINDING]
    missing = without[open_ones[0].pk] if open_ones else booking.missing(prerequisites, None, done)
    return PathStep(course, PathStanding.OPEN, None, missing, [RunLine.of(run) for run in open_ones])
