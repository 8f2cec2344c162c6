"""Lists that grow for years, the newest first: a page at a time, read from an index, and nobody counts the rest.

A page is named by the row it comes after, so that it shows the same while new rows arrive, and the last page costs what
the first does.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts.requests import key_in

AFTER = "nach"  # in the address: the key of the row a page comes after


@dataclass(frozen=True)
class NewestPage:
    """``last``: the key the next page comes after; None where there is none. ``is_first``: nothing is newer."""

    rows: list[Any]
    last: int | None
    is_first: bool


def newest(request: HttpRequest, found: QuerySet[Any], moment: str, at_once: int) -> NewestPage:
    """``moment`` is the field by which the rows are ordered, and their keys after it."""
    key = key_in(request.GET.get(AFTER, ""))
    after = found.model._default_manager.filter(pk=key).values_list(moment, flat=True).first() if key else None
    if after is not None:
        is_later = Q(**{f"{moment}__lt": after}) | Q(**{moment: after}, pk__lt=key)
        found = found.filter(is_later, **{f"{moment}__lte": after})  # the last for the index
    rows = list(found.order_by(f"-{moment}", "-pk")[: at_once + 1])
    last = rows[at_once - 1].pk if len(rows) > at_once else None
    return NewestPage(rows[:at_once], last, is_first=after is None)
