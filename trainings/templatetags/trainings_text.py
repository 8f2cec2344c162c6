"""How do templates write days, times and lists? Filters over ``trainings.dates``."""

import datetime as dt
from collections.abc import Iterable

from django import template
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext

from trainings import dates
from trainings.models import CourseRun, Session

register = template.Library()

register.filter("date_long", dates.date_long)
register.filter("date_short", dates.date_short)
register.filter("time_of_day", dates.time_of_day)
register.filter("units", dates.units)
register.filter("hours", dates.hours)


@register.filter
def span(start: dt.datetime, end: dt.datetime) -> str:
    """``{{ session.starts_at|span:session.ends_at }}``: „9:00–16:30 Uhr“."""
    return dates.span(start, end)


@register.filter
def day_range(start: dt.date, end: dt.date) -> str:
    """``{{ run.starts_at|day_range:run.ends_at }}``: „10.03.2026–17.03.2026“."""
    return dates.day_range(start, end)


@register.filter
def session_when(session: Session) -> str:
    return dates.session_when(session)


@register.filter
def run_when(run: CourseRun) -> str:
    return dates.run_when(run)


@register.filter
def joined(items: Iterable[object]) -> str:
    """„a, b und c“."""
    return get_text_list([str(item) for item in items], gettext("und"))


@register.filter
def lang_of(english: str) -> str:
    """The language of a text that is shown in English where there is any: ``lang="{{ course.title_en|lang_of }}"``."""
    return "en" if english and (get_language() or "de").startswith("en") else "de"
