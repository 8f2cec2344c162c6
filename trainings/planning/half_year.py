"""What is planned for a half-year? One line for each session, of drafts too, with what is doubtful about it.

The page, the file for Excel and the paper show the same lines.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.db.models import F, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.names import by_name
from trainings import working_days
from trainings.models import CourseRun, Session, Venue
from trainings.planning.checks import Problem, problems_of, read_for_checks
from trainings.reporting import Period

CLASHES = {"overlap", "room_twice", "trainer_twice"}
A_DAY = dt.timedelta(days=1)


class Standing(TextChoices):
    DRAFT = "draft", _("Entwurf")
    PUBLISHED = "published", _("veröffentlicht")
    CLOSED = "closed", _("abgeschlossen")
    CALLED_OFF = "called_off", _("abgesagt")
    SESSION_OFF = "session_off", _("Sitzung entfällt")


@dataclass(frozen=True)
class PlannedSession:
    """A session of a run, or a run without any: ``session`` is None."""

    run: CourseRun
    session: Session | None
    problems: list[Problem]

    @property
    def starts_at(self) -> dt.datetime | None:
        """In Berlin, as ``ends_at``."""
        return timezone.localtime(self.session.starts_at) if self.session else None

    @property
    def ends_at(self) -> dt.datetime | None:
        return timezone.localtime(self.session.ends_at) if self.session else None

    @property
    def day(self) -> dt.date | None:
        return self.starts_at.date() if self.starts_at else None

    @property
    def room(self) -> str:
        return self.session.room if self.session else ""

    @property
    def trainers(self) -> list[User]:
        return by_name(self.run.trainers.all())

    @property
    def takes_place(self) -> bool:
        return self.standing not in {Standing.CALLED_OFF, Standing.SESSION_OFF}

    @property
    def standing(self) -> Standing:
        if self.run.is_cancelled:
            return Standing.CALLED_OFF
        if self.session and self.session.is_cancelled:
            return Standing.SESSION_OFF
        if self.run.is_closed:
            return Standing.CLOSED
        return Standing.PUBLISHED if self.run.is_published else Standing.DRAFT

    @property
    def clashes(self) -> list[Problem]:
        """Somebody or a room would be needed twice."""
        return [problem for problem in self.problems if problem.code in CLASHES]

    @property
    def other_problems(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.code not in CLASHES]


@dataclass(frozen=True)
class PlannedDay:
    date: dt.date
    lines: list[PlannedSession]
    is_past: bool

    @property
    def holiday(self) -> str:
        return working_days.holiday(self.date)

    @property
    def is_free(self) -> bool:
        return not working_days.is_working_day(self.date)


@dataclass(frozen=True)
class Week:
    """Seven days from Monday on; in a month those of its neighbours are None."""

    first: dt.date
    days: list[PlannedDay | None]

    @property
    def number(self) -> int:
        return self.first.isocalendar().week

    @property
    def last(self) -> dt.date:
        return self.first + 6 * A_DAY

    @property
    def lines(self) -> list[PlannedSession]:
        return [line for day in self.days if day for line in day.lines]

    @property
    def holidays(self) -> list[PlannedDay]:
        return [day for day in self.days if day and day.holiday]

    @property
    def day_for_another(self) -> PlannedDay | None:
        """The first working day to come."""
        return next((day for day in self.days if day and not day.is_free and not day.is_past), None)


@dataclass(frozen=True)
class Month:
    first: dt.date
    weeks: list[Week]


@dataclass(frozen=True)
class Plan:
    """``lines`` are in the order of time; ``without_day`` are drafts that have none yet."""

    period: Period
    today: dt.date
    lines: list[PlannedSession]
    without_day: list[PlannedSession]

    @property
    def number_of_runs(self) -> int:
        return len({line.run.pk for line in [*self.lines, *self.without_day]})

    @property
    def number_of_drafts(self) -> int:
        all_lines = [*self.lines, *self.without_day]
        return len({line.run.pk for line in all_lines if line.standing == Standing.DRAFT})

    @property
    def number_of_clashes(self) -> int:
        """Sessions that have one."""
        return sum(bool(line.clashes) for line in self.lines)

    @cached_property
    def _by_day(self) -> dict[dt.date | None, list[PlannedSession]]:
        found = defaultdict(list)
        for line in self.lines:
            found[line.day].append(line)
        return found

    @property
    def weeks(self) -> list[Week]:
        """Those to come, and of the past those in which something was planned."""
        weeks = self._weeks(self.period.first, self.period.last)
        return [week for week in weeks if week.lines or week.last >= self.today]

    @property
    def months(self) -> list[Month]:
        """As ``weeks``, but whole."""
        first, months = self.period.first, []
        while first < self.period.last:
            following = (first + 31 * A_DAY).replace(day=1)
            month = Month(first, self._weeks(first, following - A_DAY))
            if following > self.today or any(week.lines for week in month.weeks):
                months.append(month)
            first = following
        return months

    @property
    def holidays(self) -> list[PlannedDay]:
        return [day for week in self._weeks(self.period.first, self.period.last) for day in week.holidays]

    def _weeks(self, first: dt.date, last: dt.date) -> list[Week]:
        monday = first - first.weekday() * A_DAY
        weeks = []
        while monday <= last:
            days = [monday + number * A_DAY for number in range(7)]
            weeks.append(Week(monday, [self._day(day) if first <= day <= last else None for day in days]))
            monday += 7 * A_DAY
        return weeks

    def _day(self, day: dt.date) -> PlannedDay:
        return PlannedDay(day, self._by_day.get(day, []), is_past=day < self.today)


def plan_of(
    period: Period, *, venue: Venue | None = None, trainer: User | None = None, at: dt.datetime | None = None
) -> Plan:
    """What the period has, in a fixed number of queries; clashes with what is left out are found as well."""
    at = at or timezone.now()
    sessions = Session.objects.filter(starts_at__gte=period.begins_at, starts_at__lt=period.ends_before)
    undated = CourseRun.objects.filter(starts_at=None, cancelled_at=None)
    # As one query with an OR, all runs there are would be asked.
    keys = sessions.order_by().values("run").union(undated.order_by().values("pk"))
    runs = CourseRun.objects.with_occupancy().filter(pk__in=keys)
    if venue:
        runs = runs.filter(venue=venue)
    if trainer:
        runs = runs.filter(pk__in=trainer.taught_runs.values("pk"))
    found = read_for_checks(runs.order_by(F("starts_at").asc(nulls_last=True), "number"))
    problems = problems_of([run for run in found if not _is_settled(run, at)], at)
    lines = [line for run in found for line in _lines(run, problems.get(run.pk, []), period)]
    lines.sort(key=lambda line: (line.starts_at or at, line.run.number))
    dated, without_day = [line for line in lines if line.session], [line for line in lines if not line.session]
    return Plan(period, timezone.localdate(at), dated, without_day)


def _is_settled(run: CourseRun, at: dt.datetime) -> bool:
    return run.is_cancelled or run.is_closed or run.is_finished(at)


def _lines(run: CourseRun, problems: Iterable[Problem], period: Period) -> list[PlannedSession]:
    """What is about the whole run stands beside its first session here."""
    worth_saying = [one for one in problems if one.code != "short_notice" or not run.is_published]
    by_session: dict[int | None, list[Problem]] = defaultdict(list)
    for problem in worth_saying:
        by_session[problem.session].append(problem)
    of_run = by_session[None]
    sessions = [session for session in run.sessions.all() if period.contains(session.starts_at)]
    if not sessions:
        return [PlannedSession(run, None, of_run)] if run.starts_at is None else []
    first = next((session for session in sessions if not session.is_cancelled), sessions[0])
    return [
        PlannedSession(run, session, [*by_session[session.pk], *(of_run if session is first else [])])
        for session in sessions
    ]
