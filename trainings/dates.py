"""How do we write days and times for people, in German and in English? Pages, mails and certificates use this.

The language is the active one, the time zone Europe/Berlin. Any language but English is written as German.
"""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext

from trainings.models import MINUTES_PER_UNIT, CourseRun, Session

ZONE = ZoneInfo(settings.TIME_ZONE)


def date_long(day: dt.date) -> str:
    """„Di., 10. März 2026“, in English “Tue, 10 March 2026”. A time is taken as the day it falls on in Berlin."""
    day = _local(day)
    if _is_english():
        return f"{WEEKDAYS_ABBR[day.weekday()]}, {day.day} {MONTHS[day.month]} {day.year}"
    return f"{WEEKDAYS_ABBR[day.weekday()]}., {day.day}. {MONTHS[day.month]} {day.year}"


def date_short(day: dt.date) -> str:
    """For tables: „10.03.2026“, in English “10 Mar 2026”, which nobody reads as October."""
    day = _local(day)
    return f"{day.day} {str(MONTHS[day.month])[:3]} {day.year}" if _is_english() else f"{day:%d.%m.%Y}"


def month_name(day: dt.date) -> str:
    """„März 2026“."""
    day = _local(day)
    return f"{MONTHS[day.month]} {day.year}"


def time_of_day(at: dt.datetime) -> str:
    """„9:00 Uhr“, in English “9:00”."""
    return _clock(_hour(at.astimezone(ZONE)))


def moment(at: dt.datetime) -> str:
    """„Di., 10. März 2026, 9:00 Uhr“; a deadline at midnight as „24:00 Uhr“ of the day before."""
    if at.astimezone(ZONE).time() == dt.time():
        return gettext("%(day)s, 24:00 Uhr") % {"day": date_long(at - dt.timedelta(seconds=1))}
    return f"{date_long(at)}, {time_of_day(at)}"


def span(start: dt.datetime, end: dt.datetime) -> str:
    """„9:00–16:30 Uhr“ for times on one day; with both days if it ends on another."""
    start, end = start.astimezone(ZONE), end.astimezone(ZONE)
    if start.date() != end.date():
        return f"{date_long(start)}, {time_of_day(start)} – {date_long(end)}, {time_of_day(end)}"
    return _clock(f"{_hour(start)}–{_hour(end)}")


def when(start: dt.datetime, end: dt.datetime) -> str:
    """„Di., 10. März 2026, 9:00–16:30 Uhr“."""
    return _when(start, end, get_language())


@lru_cache(maxsize=4096)
def _when(start: dt.datetime, end: dt.datetime, language: str | None) -> str:
    """Kept, because a page may show a hundred: ``language`` is there to tell the answers apart."""
    start, end = start.astimezone(ZONE), end.astimezone(ZONE)
    if start.date() != end.date():
        return span(start, end)
    return f"{date_long(start)}, {span(start, end)}"


def session_when(session: Session) -> str:
    return when(session.starts_at, session.ends_at)


def day_range(start: dt.date, end: dt.date) -> str:
    """„10.03.2026“ or „10.03.2026–17.03.2026“: on which days something took place."""
    first, last = date_short(start), date_short(end)
    return first if first == last else f"{first}–{last}"


def run_days(run: CourseRun) -> str:
    """On which days a run is held, short enough for a subject: „10.03.2026“."""
    if run.starts_at is None or run.ends_at is None:
        return gettext("Zeit wird noch bekannt gegeben")
    return day_range(run.starts_at, run.ends_at)


def run_when(run: CourseRun) -> str:
    """When a run is held, in one line: its only session, or the first day and the number of sessions.

    Prefetch ``sessions`` in lists, or annotate their number as ``counted_sessions``.
    """
    if run.starts_at is None or run.ends_at is None:
        return gettext("Zeit wird noch bekannt gegeben")
    counted = getattr(run, "counted_sessions", None)
    number = int(counted) if counted is not None else len(run.sessions_taking_place)
    if number == 1:
        return when(run.starts_at, run.ends_at)
    first = f"{date_long(run.starts_at)}, {time_of_day(run.starts_at)}"
    text = ngettext("%(first)s (%(number)d Sitzung)", "ab %(first)s (%(number)d Sitzungen)", number)
    return text % {"first": first, "number": number}


def hours(minutes: int) -> str:
    """Minutes as hours with at most two decimals: „6“, „3,75“."""
    rounded = round(minutes / 60, 2)
    return number_format(f"{rounded:f}".rstrip("0").rstrip("."))


def units(number: int) -> str:
    """Teaching units with the hours they are: „8 UE (6 Std.)“."""
    return _units(number, get_language())


@lru_cache(maxsize=256)
def _units(number: int, language: str | None) -> str:
    text = ngettext("%(units)s UE (%(hours)s Std.)", "%(units)s UE (%(hours)s Std.)", number)
    return text % {
        "units": number_format(number),
        "hours": hours(number * MINUTES_PER_UNIT),
    }


def _is_english() -> bool:
    return (get_language() or "de").startswith("en")


def _clock(text: str) -> str:
    return text if _is_english() else f"{text} Uhr"


def _hour(at: dt.datetime) -> str:
    return f"{at.hour}:{at:%M}"


def _local(day: dt.date) -> dt.date:
    return day.astimezone(ZONE) if isinstance(day, dt.datetime) else day
