"""Which days do public bodies in Rheinland-Pfalz work? Monday to Friday, without the holidays of the state.

The eleven holidays are those of § 2 LFtG Rheinland-Pfalz. The usual library of holidays (0.109) wants dateutil below 3,
icalendar wants 4: both cannot be installed.
"""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ZONE = ZoneInfo(settings.TIME_ZONE)


_FIXED = {
    (1, 1): _("Neujahr"),
    (5, 1): _("Tag der Arbeit"),
    (10, 3): _("Tag der Deutschen Einheit"),
    (11, 1): _("Allerheiligen"),
    (12, 25): _("1. Weihnachtstag"),
    (12, 26): _("2. Weihnachtstag"),
}
_FROM_EASTER = {
    -2: _("Karfreitag"),
    1: _("Ostermontag"),
    39: _("Christi Himmelfahrt"),
    50: _("Pfingstmontag"),
    60: _("Fronleichnam"),
}


@lru_cache(maxsize=64)
def _holidays(year: int) -> Mapping[dt.date, Promise]:
    fixed = {dt.date(year, month, day): name for (month, day), name in _FIXED.items()}
    return fixed | {easter(year) + dt.timedelta(days=days): name for days, name in _FROM_EASTER.items()}


def holiday(day: dt.date) -> str:
    """Its name, empty on any other day."""
    return str(_holidays(day.year).get(day, ""))


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


def later(at: dt.datetime, hours: int) -> dt.datetime:
    """So many hours after that moment; only working days count, each with all its hours."""
    left = dt.timedelta(hours=hours)
    while True:
        day = at.astimezone(ZONE).date()
        over = end_of(day)
        if is_working_day(day):
            if at + left <= over:
                return at + left
            left -= over - at
        at = over.astimezone(dt.UTC)  # in which subtracting counts the hours of a day on which clocks change


def deadline(at: dt.datetime, number: int) -> dt.datetime:
    """The end of the day so many working days after that moment: „within five working days“."""
    return end_of(after(at.astimezone(ZONE).date(), number))
