"""What is reported to the funder: how much was held in a period, who came, from which agencies and groups?

Minutes are teaching minutes, a teaching unit (UE) is 45 of them. Nothing here names a person.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Agency, TargetGroup
from accounts.names import by_name
from trainings.models import (
    Course,
    CourseRun,
    Funding,
    Registration,
    RegistrationEvent,
    Session,
    in_active_language,
    minutes_attended,
    minutes_held,
    minutes_required,
)
from trainings.reporting.definitions import (
    COUNTED_ONCE,
    OF_A_LEVEL,
    OF_A_RUN,
    OF_A_STEP,
    OF_EVERYTHING,
    OF_PEOPLE,
)
from trainings.reporting.narrowing import EVERYTHING, Narrowing
from trainings.reporting.periods import Period
from trainings.reporting.tallies import CountedRegistration, Number, Outcome, Tally


@dataclass
class RunFigures:
    """A run with sessions in the period, told by its number and title, with the days of all its sessions.

    ``is_counted``: its last session took place in the period. If not, only minutes are counted here.
    """

    pk: int
    number: str
    title: str
    level: str
    minutes_required: int
    first_day: dt.date
    last_day: dt.date
    sessions: int
    is_counted: bool
    tally: Tally = field(default_factory=Tally)

    @property
    def numbers(self) -> list[Number]:
        """In the order of OF_A_RUN; None where it is counted in another period."""
        elsewhere = frozenset() if self.is_counted else COUNTED_ONCE
        return [None if name in elsewhere else getattr(self.tally, name) for name in OF_A_RUN]


class Dimension(Enum):
    """By what the whole is divided."""

    STEP = "step"
    AGENCY = "agency"
    GROUP = "group"
    LEVEL = "level"


@dataclass(frozen=True)
class CountedPart:
    """A part of the whole; ``key``: of an agency its key, of a group or level its value, empty for none."""

    dimension: Dimension
    key: str


@dataclass(frozen=True)
class PartFigures:
    """What comes from one agency or group, or is counted at one level or in one step of the period.

    ``key`` as in CountedPart; of a step it is the first day.
    """

    key: str
    name: str
    tally: Tally
    names: list[str]
    period: Period

    @property
    def numbers(self) -> list[Number]:
        """In the order of ``names``."""
        return self.tally.numbers(self.names)


@dataclass(frozen=True)
class Figures:
    """Everything about a period, as things stood ``at``; with ``funding``, of the runs that this grant pays.

    The minutes of a step are those of the runs that count in it, wherever they were held: nobody shows them.
    """

    period: Period
    at: dt.datetime
    funding: Funding | None
    months_of_a_step: int
    total: Tally
    runs: list[RunFigures]
    parts: dict[Dimension, list[PartFigures]]

    @property
    def steps(self) -> list[PartFigures]:
        return self.parts[Dimension.STEP]

    @property
    def agencies(self) -> list[PartFigures]:
        return self.parts[Dimension.AGENCY]

    @property
    def groups(self) -> list[PartFigures]:
        return self.parts[Dimension.GROUP]

    @property
    def levels(self) -> list[PartFigures]:
        return self.parts[Dimension.LEVEL]

    @property
    def numbers(self) -> list[Number]:
        """In the order of OF_EVERYTHING."""
        return self.total.numbers(OF_EVERYTHING)

    @property
    def has_runs_counted_elsewhere(self) -> bool:
        return any(not run.is_counted for run in self.runs)


def outcome(row: CountedRegistration, run: RunFigures) -> Outcome:
    """Over all sessions of the run. As for the certificate, nothing is decided while a record is missing."""
    if row.recorded < run.sessions:
        return Outcome.NOT_RECORDED
    if row.minutes:
        return Outcome.ATTENDED if row.minutes >= run.minutes_required else Outcome.PARTIAL
    return Outcome.ABSENT if row.absences else Outcome.EXCUSED


def figures_of(
    period: Period,
    *,
    run: CourseRun | None = None,
    funding: Funding | None = None,
    part: CountedPart | None = None,
    only: Narrowing = EVERYTHING,
    months_of_a_step: int | None = None,
    at: dt.datetime | None = None,
) -> Figures:
    """What took place in the period until ``at``, of all runs, one, or a grant's; four queries, however much.

    With ``part`` only its people, or the runs of its level: the numbers that PartFigures has of it, run by run.
    With ``only`` of some runs and some people; how much was held is the same for whichever people. Without
    ``months_of_a_step`` the period is divided by its own length.
    """
    at = at or timezone.now()
    months = months_of_a_step or period.months_of_a_step
    held = _sessions_held(period, run, at).filter(**only.of_sessions)
    if funding:
        held = held.filter(run__funding=funding)
    if part and part.dimension == Dimension.LEVEL:
        held = held.filter(run__course__level=part.key)
    runs = _runs(held, period, at)
    agencies, groups = defaultdict[int | None, Tally](Tally), defaultdict[str, Tally](Tally)
    for row in _rows(held, period, at, part, only):
        of_run = runs[row.run]
        if not (of_run.is_counted or row.minutes_in_period):
            continue
        tallies = [of_run.tally, agencies[row.agency], groups[row.group]]
        for tally in tallies:
            tally.minutes_attended += row.minutes_in_period
        if of_run.is_counted:
            came_to = outcome(row, of_run)
            for tally in tallies:
                tally.count(row, came_to)
    for (key, _person), has_moved_up in _waits(held, only).items():
        if runs[key].is_counted:
            runs[key].tally.waited += 1
            runs[key].tally.moved_up += has_moved_up
    total = Tally.sum(of_run.tally for of_run in runs.values())
    parts = {
        Dimension.STEP: _by_step(runs.values(), period, months),
        Dimension.AGENCY: _by_agency(agencies, period),
        Dimension.GROUP: _by_group(groups, period),
        Dimension.LEVEL: _by_level(runs.values(), period),
    }
    return Figures(period, at, funding, months, total, list(runs.values()), parts)


def runs_held(period: Period, among: QuerySet[CourseRun], at: dt.datetime) -> list[RunFigures]:
    """Those of ``among`` that a report of the period names, with their days; nobody is counted. One query."""
    held = _sessions_held(period, None, at).filter(run__in=among)
    return list(_runs(held, period, at).values())


def turnouts(runs: Iterable[CourseRun], at: dt.datetime) -> dict[int, Tally]:
    """By run, of those that are over, who was registered and who came; two queries, however many they are."""
    found, rows = _over(runs, at)
    for row in rows:
        found[row.run].tally.count(row, outcome(row, found[row.run]))
    return {key: of_run.tally for key, of_run in found.items() if of_run.is_counted}


def outcomes(runs: Iterable[CourseRun], at: dt.datetime) -> dict[int, Outcome]:
    """By registration, what it came to, in those of the runs that are over; two queries, however many they are."""
    found, rows = _over(runs, at)
    return {row.registration: outcome(row, found[row.run]) for row in rows if found[row.run].is_counted}


def _over(runs: Iterable[CourseRun], at: dt.datetime) -> tuple[dict[int, RunFigures], Iterable[CountedRegistration]]:
    period = Period(dt.date(1970, 1, 1), timezone.localdate(at))
    held = Session.objects.taking_place().filter(run__in=[run.pk for run in runs], ends_at__lte=at)
    return _runs(held, period, at), _rows(held, period, at)


def _sessions_held(period: Period, run: CourseRun | None, at: dt.datetime) -> QuerySet[Session]:
    """The period's sessions that took place, of runs that people could register for."""
    sessions = Session.objects.taking_place().filter(
        starts_at__gte=period.begins_at,
        starts_at__lt=period.ends_before,
        ends_at__lte=at,
        run__published_at__isnull=False,
    )
    return sessions.filter(run=run) if run else sessions


def _runs(held: QuerySet[Session], period: Period, at: dt.datetime) -> dict[int, RunFigures]:
    """By key, in the order of their first days. One query for all their sessions, those of other periods as well."""
    sessions = defaultdict(list)
    for session in (
        Session.objects.filter(cancelled_at=None, run__in=held.values("run"))
        .select_related("run__course")
        .only(
            "starts_at", "ends_at", "teaching_minutes", "cancelled_at",
            "run__number", "run__required_attendance_percent", "run__capacity",
            "run__course__title", "run__course__title_en", "run__course__level",
        )
        .order_by("starts_at", "pk")
    ):  # fmt: skip
        sessions[session.run_id].append(session)
    return {key: _run(of_run, period, at) for key, of_run in sessions.items()}


def _run(sessions: list[Session], period: Period, at: dt.datetime) -> RunFigures:
    """``sessions``: all that were not cancelled, by their start."""
    run, last = sessions[0].run, sessions[-1]
    is_over = all(session.ends_at <= at for session in sessions)
    found = RunFigures(
        pk=run.pk,
        number=run.number,
        title=in_active_language(run.course.title, run.course.title_en),
        level=run.course.level,
        minutes_required=minutes_required(minutes_held(sessions), run.required_attendance_percent),
        first_day=timezone.localdate(sessions[0].starts_at),
        last_day=timezone.localdate(last.starts_at),
        sessions=len(sessions),
        is_counted=is_over and period.contains(last.starts_at),
    )
    found.tally.runs = int(found.is_counted)
    found.tally.places_offered = run.capacity if found.is_counted else 0
    found.tally.minutes_held = minutes_held(
        session for session in sessions if period.contains(session.starts_at) and session.ends_at <= at
    )
    return found


def _rows(
    held: QuerySet[Session],
    period: Period,
    at: dt.datetime,
    part: CountedPart | None = None,
    only: Narrowing = EVERYTHING,
) -> Iterable[CountedRegistration]:
    record, session = "attendance_records__", "attendance_records__session__"
    taken_place = Q(**{f"{session}cancelled_at": None})
    in_period = Q(
        **{
            f"{session}starts_at__gte": period.begins_at,
            f"{session}starts_at__lt": period.ends_before,
            f"{session}ends_at__lte": at,
        }
    )

    confirmed = Registration.objects.confirmed().filter(run__in=held.values("run"), **only.of_registrations)
    if part and part.dimension == Dimension.AGENCY:
        confirmed = confirmed.filter(agency=int(part.key) if part.key else None)
    if part and part.dimension == Dimension.GROUP:
        confirmed = confirmed.filter(group=part.key)
    rows = (
        confirmed.order_by()
        .values_list("pk", "run_id", "person_id", "agency_id", "group", "source")
        .annotate(
            recorded=Count("attendance_records", filter=taken_place),
            absences=Count("attendance_records", filter=taken_place & Q(**{f"{record}status": "absent"})),
            minutes=Coalesce(minutes_attended(records=record), 0),
            minutes_in_period=Coalesce(minutes_attended(records=record, within=in_period), 0),
        )
    )
    return (CountedRegistration(*row) for row in rows)


def _waits(held: QuerySet[Session], only: Narrowing) -> dict[tuple[int, int], bool]:
    """Who waited for which run, by the keys of run and person: whether they had a place at last."""
    status = Registration.Status
    confirmed = RegistrationEvent.objects.filter(registration=OuterRef("registration"), to_status=status.CONFIRMED)
    rows = (
        RegistrationEvent.objects.filter(to_status=status.WAITLISTED, registration__run__in=held.values("run"))
        .filter(**{f"registration__{name}": value for name, value in only.of_registrations.items()})
        .order_by()
        .values_list("registration__run", "registration__person")
        .annotate(has_moved_up=Exists(confirmed))
    )
    waits: dict[tuple[int, int], bool] = {}
    for run, person, has_moved_up in rows:
        waits[run, person] = waits.get((run, person), False) or has_moved_up
    return waits


def _by_step(runs: Iterable[RunFigures], period: Period, months: int) -> list[PartFigures]:
    """All of the period, in order."""
    found = [PartFigures(step.first.isoformat(), str(step), Tally(), OF_A_STEP, step) for step in period.steps(months)]
    for run in runs:
        if run.is_counted:
            [step] = [one for one in found if one.period.first <= run.last_day <= one.period.last]
            step.tally.add(run.tally)
    return found


def _by_agency(tallies: dict[int | None, Tally], period: Period) -> list[PartFigures]:
    """By name, last who belonged to none."""
    agencies = by_name(Agency.objects.filter(pk__in=[key for key in tallies if key is not None]))
    found = [PartFigures(str(one.pk), one.name, tallies[one.pk], OF_PEOPLE, period) for one in agencies]
    if None in tallies:
        found.append(PartFigures("", gettext("ohne Behörde"), tallies[None], OF_PEOPLE, period))
    return found


def _by_group(tallies: dict[str, Tally], period: Period) -> list[PartFigures]:
    """In the order of TargetGroup, last who has not said."""
    names = {group.value: str(group.label) for group in TargetGroup} | {"": gettext("ohne Angabe")}
    return [PartFigures(key, name, tallies[key], OF_PEOPLE, period) for key, name in names.items() if key in tallies]


def _by_level(runs: Iterable[RunFigures], period: Period) -> list[PartFigures]:
    """In the order of Course.Level."""
    tallies = defaultdict[str, Tally](Tally)
    for run in runs:
        tallies[run.level].add(run.tally)
    return [
        PartFigures(level.value, str(level.label), tallies[level], OF_A_LEVEL, period)
        for level in Course.Level
        if level in tallies
    ]
