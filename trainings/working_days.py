"""Which days do public bodies in Rheinland-Pfalz work? Monday to Friday, without the holidays of the state.

The eleven holidays are those of § 2 LFtG Rheinland-Pfalz. The usual library of holidays (0.109) wants dateutil below 3,
icalendar wants 4: both cannot be installed.
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from django.conf import settings

ZONE = ZoneInfo(settings.TIME_ZONE)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[dt.date]:
    fixed = [(1, 1), (5, 1), (10, 3), (11, 1), (12, 25), (12, 26)]
    # Good Friday, Easter Monday, Ascension Day, Whit Monday, Corpus Christi
    moving = [easter(year) + dt.timedelta(days=days) for days in (-2, 1, 39, 50, 60)]
    return frozenset([*moving, *(dt.date(year, month, day) for month, day in fixed)])


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def after(day: dt.date, number: int) -> dt.date:
    """The working day so many working days after ``day``; ``number`` is at least 1, ``day`` itself does not count."""
    while number > 0:
        day += dt.timedelta(days=1)
        number -= is_working_day(day)
    return day


def morning_of(day: dt.date) -> dt.datetime:
    """Seven o'clock in Berlin, when the mails of a day are due."""
    return dt.datetime(day.year, day.month, day.day, 7, tzinfo=ZONE)


def before(day: dt.date) -> dt.date:
    """The last working day before ``day``."""
    day -= dt.timedelta(days=1)
    while not is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def end_of(day: dt.date) -> dt.datetime:
    """Midnight in Berlin at which the day is over."""
    following = day + dt.timedelta(days=1)
    return dt.datetime(following.year, following.month, following.day, tzinfo=ZONE)


def deadline(at: dt.datetime, number: int) -> dt.datetime:
    """The end of the day so many working days after that moment: „within five working days“."""
    return end_of(after(at.astimezone(ZONE).date(), number))
