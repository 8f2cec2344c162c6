"""Which days does a report cover? A Period, and those one usually asks for."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import dates
from trainings.models import CourseRun


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

    def contains(self, at: dt.datetime) -> bool:
        return self.begins_at <= at < self.ends_before

    def __str__(self) -> str:
        """„1. Halbjahr 2026“, „Jahr 2026“, or the days."""
        if self == Period.half_year(self.first):
            return _("%(number)d. Halbjahr %(year)d") % {"number": self.half, "year": self.first.year}
        if self == Period.year(self.first):
            return _("Jahr %(year)d") % {"year": self.first.year}
        return dates.day_range(self.first, self.last)


def usual_periods(day: dt.date) -> list[Period]:
    """This half-year and the three before it, this year and the last."""
    halves = [Period.half_year(day)]
    while len(halves) < 4:
        halves.append(Period.half_year(halves[-1].first - dt.timedelta(days=1)))
    years = [Period.year(day)]
    return [*halves, *years, Period.year(years[0].first - dt.timedelta(days=1))]
