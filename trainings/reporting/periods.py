"""Which days does a report cover? A Period, and those one usually asks for."""

import calendar
import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import dates
from trainings.models import CourseRun

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, in Europe/Berlin."""

    first: dt.date
    last: dt.date

    @classmethod
    def half_year(cls, day: dt.date) -> "Period":
        """The half of a year that ``day`` lies in."""
        if day.month <= 6:
            return cls(dt.date(day.year, 1, 1), dt.date(day.year, 6, 30))
        return cls(dt.date(day.year, 7, 1), dt.date(day.year, 12, 31))

    @classmethod
    def year(cls, day: dt.date) -> "Period":
        return cls(dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))

    @classmethod
    def months(cls, day: dt.date, number: int) -> "Period":
        """So many months, of which ``day`` lies in the first."""
        first = day.replace(day=1)
        return cls(first, _months_on(first, number) - ONE_DAY)

    @classmethod
    def of(cls, run: CourseRun) -> "Period":
        """All days of the run; today if it has no session."""
        start = run.starts_at or timezone.now()
        return cls(timezone.localdate(start), timezone.localdate(run.ends_at or start))

    @property
    def begins_at(self) -> dt.datetime:
        return dt.datetime.combine(self.first, dt.time(), dates.ZONE)

    @property
    def ends_before(self) -> dt.datetime:
        """The midnight after the last day."""
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), dates.ZONE)

    @property
    def half(self) -> int:
        """In which half of the year it begins, 1 or 2."""
        return 1 if self.first.month <= 6 else 2

    @property
    def months_touched(self) -> int:
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1

    @property
    def is_of_whole_months(self) -> bool:
        return self == Period.months(self.first, self.months_touched)

    @property
    def before(self) -> "Period":
        """As many months, or days, that end the day before it begins."""
        last = self.first - ONE_DAY
        if self.is_of_whole_months:
            return Period(_months_on(self.first, -self.months_touched), last)
        return Period(last - (self.last - self.first), last)

    @property
    def a_year_before(self) -> "Period":
        """The same months, or days, of the year before."""
        first = _months_on(self.first, -12)
        if self.is_of_whole_months:
            return Period.months(first, self.months_touched)
        return Period(first, _months_on(self.last, -12))

    @property
    def months_of_a_step(self) -> int:
        """In what it is divided: months of up to a year, half-years of up to eight, else years."""
        if self.months_touched <= 13:  # a year from within one month to within the same
            return 1
        return 6 if self.months_touched <= 96 else 12

    def steps(self, months: int | None = None) -> list["Period"]:
        """Its months, half-years or years, or of so many ``months``; the first and the last may be cut."""
        months = months or self.months_of_a_step
        step = Period.months(self.first.replace(month=self.first.month - (self.first.month - 1) % months), months)
        found = []
        while step.first <= self.last:
            found.append(Period(max(step.first, self.first), min(step.last, self.last)))
            step = Period.months(step.last + ONE_DAY, months)
        return found

    def contains(self, at: dt.datetime) -> bool:
        return self.begins_at <= at < self.ends_before

    def __str__(self) -> str:
        """„1. Halbjahr 2026“, „Jahr 2026“, „März 2026“, or the days."""
        if self == Period.half_year(self.first):
            return _("%(number)d. Halbjahr %(year)d") % {"number": self.half, "year": self.first.year}
        if self == Period.year(self.first):
            return _("Jahr %(year)d") % {"year": self.first.year}
        if self == Period.months(self.first, 1):
            return dates.month_name(self.first)
        return dates.day_range(self.first, self.last)


def usual_periods(day: dt.date) -> list[Period]:
    """This half-year and the three before it, this year and the last."""
    halves = [Period.half_year(day)]
    while len(halves) < 4:
        halves.append(Period.half_year(halves[-1].first - dt.timedelta(days=1)))
    years = [Period.year(day)]
    return [*halves, *years, Period.year(years[0].first - dt.timedelta(days=1))]


def _months_on(day: dt.date, number: int) -> dt.date:
    """The same day so many months later, or the last of a month that is too short for it."""
    year, month = divmod(12 * day.year + day.month - 1 + number, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
