"""How do templates write days, times and lists? Filters over ``trainings.dates``."""

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.db.models import Choices
from django.template.defaultfilters import linebreaksbr
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import get_text_list
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from trainings import dates
from trainings.catalogue import CatalogueFilter, FilterShown, RunFacts
from trainings.models import CourseRun, German, in_active_language

register = template.Library()

register.filter("date_long", dates.date_long)
register.filter("date_short", dates.date_short)
register.filter("month_name", dates.month_name)
register.filter("time_of_day", dates.time_of_day)
register.filter("moment", dates.moment)
register.filter("units", dates.units)
register.filter("hours", dates.hours)
register.filter("span", dates.span)  # {{ session.starts_at|span:session.ends_at }}
register.filter("day_range", dates.day_range)  # {{ run.starts_at|day_range:run.ends_at }}
register.filter("session_when", dates.session_when)
register.filter("run_when", dates.run_when)
register.filter("audit_changes", audit.said)  # {% for name, old, new in event|audit_changes %}


@register.filter
def joined(items: Iterable[object]) -> str:
    """„a, b und c“."""
    return get_text_list([str(item) for item in items], gettext("und"))


@register.filter
def labels(choices: Iterable[Choices]) -> list[str]:
    """The words for people of several choices, for example of target groups."""
    return [str(choice.label) for choice in choices]


@register.filter
def formal_names(people: Iterable[User]) -> list[str]:
    return [person.formal_name for person in people]


@register.filter
def grouped(number: int | Decimal | None) -> str:
    """„1.234,5“; „–“ where there is no number."""
    if isinstance(number, int) and 0 <= number < 1000:
        return str(number)  # most of them, and what pages with thousands of numbers spend their time on
    return "–" if number is None else number_format(number, use_l10n=True, force_grouping=True)


@register.filter
def signed(number: int | Decimal | None) -> str:
    """A difference: „+3“, „-2“, „±0“; „–“ where there is none."""
    if not number:
        return "–" if number is None else "±0"
    return f"+{grouped(number)}" if number > 0 else f"-{grouped(-number)}"


@register.filter
def beside(values: Iterable[object], columns: Iterable[object]) -> list[tuple[object, object]]:
    """Each column with its value in a row: ``{% for column, number in row.numbers|beside:columns %}``."""
    return list(zip(columns, values, strict=True))


@register.filter
def german(text: str) -> str:
    """``{{ run.course.title|german }}``: as coordinators know it, whatever the language of the page."""
    return in_active_language(text, "")


@register.filter
def broken_lines(text: str) -> str:
    """``linebreaksbr`` for a text that may be German on an English page, which that filter would forget."""
    broken = linebreaksbr(text)
    return format_html('<span lang="de">{}</span>', broken) if isinstance(text, German) else broken


@register.filter
def as_filter(shown: FilterShown) -> CatalogueFilter:
    return CatalogueFilter.drawn_from(shown)


@register.filter
def run_facts(run: CourseRun, with_link: object = False) -> RunFacts:
    """``with_link``: who reads it has a confirmed place."""
    return RunFacts.of(run, with_link=bool(with_link))


@register.filter
def webcal(address: str) -> str:
    """The address under the scheme that calendar programs have registered for."""
    return f"webcal://{address.partition('://')[2]}"
