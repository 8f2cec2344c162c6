"""HTML kept by the values in it: the same values are drawn once in a process, so nothing is ever out of date.

``{% kept "trainings/catalogue/_course_card.html" card=card %}`` draws the template from these values alone: it sees no
request, no person, no database. Only plain values are taken (numbers, texts, days, and named tuples of them), since a
row of the database equals another with the same key, whatever they say.
"""

import datetime as dt
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

MOST_KEPT = 2000  # a few MB
PLAIN = frozenset({str, int, bool, float, type(None), dt.datetime, dt.date, dt.time})


@register.simple_tag
def kept(template_name: str, **values: Any) -> SafeString:
    draw = _drawn.__wrapped__ if settings.DEBUG else _drawn  # who writes templates wants to see them
    return draw(template_name, get_language(), tuple(values.items()))


@lru_cache(maxsize=MOST_KEPT)
def _drawn(template_name: str, language: str | None, values: tuple[tuple[str, Any], ...]) -> SafeString:
    for name, value in values:
        _must_be_plain(name, value)
    return render_to_string(template_name, dict(values))


def _must_be_plain(name: str, value: Any) -> None:
    if isinstance(value, tuple):
        for part in value:
            _must_be_plain(name, part)
    elif type(value) not in PLAIN:
        msg = f"{name} holds {type(value).__name__}: pass the values that are shown, as a named tuple"
        raise TypeError(msg)
