"""Does the database hold what the software promises? Looked at each night, row by row, past every page.

Rules are held by constraints and operations; this is for what gets past them: a hand in the database, a restore, a
fault of ours. Each app registers its promises when it starts. What is found stands on the coordinators' desk and in the
log, by the keys of rows, until it is found no more.
"""

import datetime as dt
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise

from trainings.models import Discrepancy

logger = logging.getLogger(__name__)

MOST_KEYS = 10  # named of each promise
LATE = dt.timedelta(days=2)  # what the daily jobs have not ended by then


@dataclass(frozen=True)
class DataPromise:
    """``broken`` yields what does not hold, each as its kind and key: „Certificate 12“."""

    label: str | Promise
    broken: Callable[[dt.datetime], Iterable[str]]


PROMISES: dict[str, DataPromise] = {}


def promise(code: str, label: str | Promise, broken: Callable[[dt.datetime], Iterable[str]]) -> None:
    if code in PROMISES:
        raise ValueError(f"Two promises are called {code!r}.")
    PROMISES[code] = DataPromise(label, broken)


def verify(at: dt.datetime | None = None) -> int:
    """Look through everything and note what is found, in place of what was found before; says how many are broken.

    Reads every file that is stored.
    """
    at = at or timezone.now()
    found = [one for code, what in PROMISES.items() if (one := _discrepancy(code, what.broken(at), at))]
    with transaction.atomic():
        since = dict(Discrepancy.objects.values_list("promise", "found_at"))
        for one in found:
            one.found_at = since.get(one.promise, at)
        Discrepancy.objects.all().delete()
        Discrepancy.objects.bulk_create(found)
    for one in found:
        logger.error("The data break a promise (%s), %s times: %s", one.promise, one.number, one.keys)
    if not found:
        logger.info("The data keep all %s promises.", len(PROMISES))
    return len(found)


@dataclass(frozen=True)
class FoundInData:
    said: str
    number: int
    keys: str
    found_at: dt.datetime


def found_in_data() -> list[FoundInData]:
    """What was found last, of promises that there still are, in words."""
    rows = Discrepancy.objects.filter(promise__in=PROMISES)
    return [FoundInData(str(PROMISES[row.promise].label), row.number, row.keys, row.found_at) for row in rows]


def keys_found(code: str) -> tuple[set[int], int]:
    """Of what breaks that promise: the keys of the rows, as far as they are named, and how many they are."""
    row = Discrepancy.objects.filter(promise=code).first()
    if row is None:
        return set(), 0
    return {int(key) for key in re.findall(r"\w+ (\d+)", row.keys)}, row.number


def ended_late(clean_up: Callable[[dt.datetime], dict[str, int]], at: dt.datetime) -> Iterator[str]:
    """What a clean-up would still find, had it run as it should: tried, counted and taken back."""
    with transaction.atomic():
        counts = clean_up(at - LATE)
        transaction.set_rollback(True)
    yield from (f"{kind}: {number}" for kind, number in counts.items() if number)


def _discrepancy(code: str, broken: Iterable[str], at: dt.datetime) -> Discrepancy | None:
    rest = iter(broken)
    keys = list(islice(rest, MOST_KEYS))
    if not keys:
        return None
    more = sum(1 for _key in rest)
    text = ", ".join(keys) + (" …" if more else "")
    return Discrepancy(promise=code, number=len(keys) + more, keys=text[:300], found_at=at)
