"""Which rows still say something of a person as evidence, and until when?

Each source names the way from its rows to the person and to the run, whose grant has the date. Apps above register
theirs when they start.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Exists, Model, OuterRef, QuerySet

from accounts.models import User
from trainings import keeping
from trainings.models import (
    Announcement,
    AttendanceChange,
    AttendanceRecord,
    CourseRun,
    CourseRunQuerySet,
    HeldPlace,
    Registration,
    RegistrationEvent,
    RunEvent,
    SheetEntry,
    SheetScan,
    Submission,
)


@dataclass(frozen=True)
class Source:
    """``kept``: of the rows those that are evidence at a moment; by default all of runs that are not over."""

    model: type[Model]
    person: str
    run: str
    kept: Callable[[QuerySet[Model], dt.datetime], QuerySet[Model]] | None = None

    def still(self, at: dt.datetime, over: CourseRunQuerySet) -> QuerySet[Model]:
        rows: QuerySet[Model] = self.model._default_manager.order_by()
        if self.kept:
            return self.kept(rows, at)
        return rows.exclude(**{f"{self.run}__in": over.values("pk")})


SOURCES = [
    Source(Registration, "person", "run"),
    Source(RegistrationEvent, "actor", "registration__run"),
    Source(AttendanceRecord, "recorded_by", "session__run"),
    Source(AttendanceChange, "actor", "session__run"),
    Source(Submission, "submitted_by", "session__run"),
    Source(SheetScan, "uploaded_by", "session__run"),
    Source(SheetEntry, "entered_by", "session__run"),
    Source(RunEvent, "actor", "run"),
    Source(CourseRun, "trainers", "pk"),
    Source(CourseRun, "coordinator", "pk"),
    Source(CourseRun, "closed_by", "pk"),
    Source(HeldPlace, "taken_by", "run"),
    Source(Announcement, "written_by", "run"),
]


def register(source: Source) -> None:
    if source not in SOURCES:
        SOURCES.append(source)


def without_evidence(people: QuerySet[User], at: dt.datetime) -> QuerySet[User]:
    """Leave out those of whom something is still kept."""
    over = keeping.over(at)
    for source in SOURCES:  # one by one: as parts of one OR, PostgreSQL would look up each for each person
        people = people.exclude(Exists(source.still(at, over).filter(**{source.person: OuterRef("pk")})))
    return people


def kept_until(person: User, at: dt.datetime) -> dt.date | None:
    """The last day on which something of the person is evidence; None if nothing is."""
    keys, over = set[int](), keeping.over(at)
    for source in SOURCES:
        keys.update(source.still(at, over).filter(**{source.person: person}).values_list(source.run, flat=True))
    return keeping.last_date(CourseRun.objects.filter(pk__in=keys)) if keys else None
