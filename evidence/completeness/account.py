"""What is missing, for pages and files: by kind, by run, by trainer; and which runs lack nothing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.utils import timezone

from accounts.models import User
from accounts.names import by_name
from evidence.completeness.by_trainer import TrainerOwes
from evidence.completeness.checks import CHECKS
from evidence.completeness.nouns import QUESTIONS, Lack, LackKind
from evidence.completeness.scope import Scope
from evidence.facts import runs_called_off
from trainings.models import CourseRun, Funding
from trainings.reporting import Period


@dataclass(frozen=True)
class LacksOfRun:
    run: CourseRun | None  # None: what is about the grant itself
    lacks: list[Lack]


@dataclass(frozen=True)
class LacksOfKind:
    kind: LackKind
    number: int
    by_run: list[LacksOfRun]


@dataclass(frozen=True)
class Completeness:
    """As things stood ``at``: only what is over by then can be missing.

    ``lacks`` and ``questions`` by kind, then by run; ``runs``: those looked at, by their first session, also such as
    have no grant yet. ``called_off``: how many were, each with its reason, which the database insists on.
    """

    grant: Funding
    days: Period
    at: dt.datetime
    lacks: list[Lack]
    questions: list[Lack]
    runs: list[CourseRun]
    called_off: int

    @property
    def number(self) -> int:
        return len(self.lacks)

    @property
    def is_running(self) -> bool:
        """Whether some of its days are still to come."""
        return self.days.ends_before > self.at

    @cached_property
    def complete_runs(self) -> list[CourseRun]:
        incomplete = {lack.run.pk for lack in self.lacks if lack.run}
        return [run for run in self.runs if run.pk not in incomplete]

    @cached_property
    def by_kind(self) -> list[LacksOfKind]:
        return _by_kind(self.lacks)

    @cached_property
    def questions_by_kind(self) -> list[LacksOfKind]:
        return _by_kind(self.questions)

    @cached_property
    def by_trainer(self) -> list[TrainerOwes]:
        """Each with what waits for them, by surname; a list of two stands at both."""
        people = {person.pk: person for lack in self.lacks for person in lack.trainers}
        return [TrainerOwes(person, self.of_trainer(person)) for person in by_name(people.values())]

    def of_trainer(self, person: User) -> list[Lack]:
        return sorted((one for one in self.lacks if person in one.trainers), key=_by_day)


def completeness_of(funding: Funding, days: Period, at: dt.datetime | None = None, *, back: str = "") -> Completeness:
    """In a fixed number of queries. ``back``: the page that shows it, to which the pages it names lead back."""
    scope = Scope(funding, days, at or timezone.now(), back)
    order = list(LackKind)
    found = sorted((lack for check in CHECKS for lack in check(scope)), key=lambda one: order.index(one.kind))
    runs = {run.pk: run for run in [*scope.runs.values(), *(lack.run for lack in found if lack.run)]}
    return Completeness(
        grant=funding,
        days=days,
        at=scope.at,
        lacks=[lack for lack in found if lack.kind not in QUESTIONS],
        questions=[lack for lack in found if lack.kind in QUESTIONS],
        runs=sorted(runs.values(), key=_by_start),
        called_off=len(runs_called_off(funding, days)),
    )


def _by_kind(lacks: Iterable[Lack]) -> list[LacksOfKind]:
    found = []
    for kind, of_kind in groupby(lacks, key=lambda lack: lack.kind):
        rows = sorted(of_kind, key=lambda lack: (*_by_start(lack.run), *_by_day(lack)))
        by_run = [LacksOfRun(run, list(of_run)) for run, of_run in groupby(rows, key=lambda lack: lack.run)]
        found.append(LacksOfKind(kind, len(rows), by_run))
    return found


def _by_start(run: CourseRun | None) -> tuple[dt.datetime, str]:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    return (run.starts_at or never, run.number) if run else (never, "")


def _by_day(lack: Lack) -> tuple[dt.date, str]:
    return lack.day or dt.date.min, lack.text
