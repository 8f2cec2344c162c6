"""The runs to choose from, read as columns: few at any time, so that choosing and ordering needs no database."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice

from django.db.models import F, Func, IntegerField

from trainings.models import CourseRun, CourseRunQuerySet, RunState, occupancy_of

COUNTED_AT_FIRST = 30
# By hand, as occupancy is: as a queryset it took a twentieth of the page's time to build.
_SESSIONS = Func(
    F("pk"),
    template="(SELECT COUNT(*) FROM trainings_session AS held"
    " WHERE held.run_id = %(expressions)s AND held.cancelled_at IS NULL)",
    output_field=IntegerField(),
)


@dataclass(slots=True, eq=False)
class CatalogueRun(RunState):
    """What a line about a run is made of; its occupancy once ``counted``."""

    pk: int
    course_id: int
    number: str
    capacity: int
    format: str
    language: str
    visibility: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    cancelled_at: dt.datetime | None
    registration_opens_on: dt.date | None
    registration_closes_on: dt.date | None
    venue_name: str | None
    town: str | None
    counted_sessions: int

    @property
    def venue(self) -> str:
        """As a Venue says it of itself."""
        return f"{self.venue_name}, {self.town}" if self.venue_name else ""


_WAYS = {"venue_name": "venue__name", "town": "venue__town"}
_COLUMNS = [_WAYS.get(field.name, field.name) for field in fields(CatalogueRun)]


def listed(runs: CourseRunQuerySet) -> list[CatalogueRun]:
    """By their beginning, in one query."""
    rows = runs.annotate(counted_sessions=_SESSIONS).order_by().values_list(*_COLUMNS)
    # Here, for they are few: to have them in order SQLite would go through all there ever were.
    return sorted((CatalogueRun(*row) for row in rows), key=lambda run: (run.starts_at, run.pk))


def counted(runs: Iterable[CatalogueRun], at: dt.datetime) -> list[CatalogueRun]:
    """How full these are, in one query for all that are not counted yet."""
    runs = list(runs)
    missing = {run.pk: run for run in runs if not hasattr(run, "counted_taken")}
    if missing:
        for pk, occupancy in occupancy_of(missing, at).items():
            missing[pk].set_occupancy(*occupancy[:3])
    return runs


def with_a_place(runs: Iterable[CatalogueRun], at: dt.datetime) -> Iterator[CatalogueRun]:
    """Those in which whoever registers now gets a place without being invited; counted as far as one looks."""
    can_be_free = (run for run in runs if run.is_open(at) and run.visibility != run.Visibility.INVITATION)
    number = COUNTED_AT_FIRST
    while some := list(islice(can_be_free, number)):
        number *= 2  # few queries even where most are full, or all are wanted
        yield from (run for run in counted(some, at) if run.availability(at).has_place)


def by_course(runs: Iterable[CatalogueRun]) -> dict[int, list[CatalogueRun]]:
    found: dict[int, list[CatalogueRun]] = defaultdict(list)
    for run in runs:
        found[run.course_id].append(run)
    return found


def as_runs(listed: Iterable[CatalogueRun]) -> list[CourseRun]:
    """The same, counted already, as models with their venue and course; in the same order, in one query."""
    keys = {run.pk: run for run in listed}
    runs = CourseRun.objects.select_related("venue", "course").in_bulk(keys)
    for pk, run in runs.items():
        of = keys[pk]
        run.set_occupancy(of.counted_taken, of.counted_waiting, of.counted_reserved)
        run.counted_sessions = of.counted_sessions  # type: ignore[attr-defined]
    return [runs[pk] for pk in keys if pk in runs]
