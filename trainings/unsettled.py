"""Of which runs may something be left to do once they are over? Asked by the desk, whose runs of ten years are settled.

What is left to do follows from facts: a certificate nobody has issued, one that no longer says what was, a list without
its scan. And whatever changes these facts leaves a row with its moment, by the rules of the rooms: an event of the run
or of a registration, a change of attendance, the end of a session. So once all runs were looked through, a run need be
looked at again only if something was left then, or if there is such a row since. Nobody has to tell, and nothing can be
forgotten: ``tests/writing.py`` holds every writer of those facts to leaving such a row.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import models
from django.utils import timezone

from trainings.models import AttendanceChange, RegistrationEvent, RunEvent, Session, UnsettledRuns

# A row becomes visible later than its moment: by as long as its transaction takes, and as two clocks differ.
VISIBLE_WITHIN = dt.timedelta(hours=1)
# So many changes in an hour are an import of a whole past. Then all runs are asked about: one number less to carry.
MOST_KEYS = 10_000

Keys = Collection[int] | None  # of runs; None: of all there are
Look = Callable[[Keys, dt.datetime], Iterable[int]]

_Rows = TypeVar("_Rows", bound="models.QuerySet[Any]")
_asked: ContextVar[list[Keys] | None] = ContextVar("asked", default=None)
_looks: list[Look] = []
_first: list[Callable[[], object]] = []


def register(look: Look) -> None:
    """``look`` says of which of those runs something is left to do, or will be without a row as above being added."""
    _looks.append(look)


def before_looking(complete: Callable[[], object]) -> None:
    """What the worker does first: ``complete`` says of which run the rows are that the version before has written."""
    _first.append(complete)


@contextmanager
def asked_once() -> Iterator[None]:
    """For a page that asks several rooms: within it ``candidates`` are those of the first call, whatever its moment."""
    token = _asked.set([])
    try:
        yield
    finally:
        _asked.reset(token)


def candidates(at: dt.datetime | None = None) -> Keys:
    """The runs that have to be asked about: nothing is left to do of any other."""
    known = _asked.get()
    if known is None:
        return _candidates(at or timezone.now())
    if not known:
        known.append(_candidates(at or timezone.now()))
    return known[0]


def _candidates(at: dt.datetime) -> Keys:
    row = UnsettledRuns.objects.first()
    if row is None or row.looked_until > at:  # by a clock that was ahead
        return None
    since = {"at__gt": row.looked_until}
    changed = RunEvent.objects.filter(**since).order_by().values_list("run_id").union(
        RegistrationEvent.objects.filter(**since).order_by().values_list("registration__run_id"),
        AttendanceChange.objects.filter(**since).exclude(registration=None).order_by().values_list("registration__run_id"),
        Session.objects.filter(ends_at__gt=row.looked_until, ends_at__lte=at).order_by().values_list("run_id"),
    )  # fmt: skip
    keys = {key for (key,) in changed[:MOST_KEYS]}.union(row.runs)
    return keys if len(keys) < MOST_KEYS else None


def narrow(rows: _Rows, keys: Keys, run: str) -> _Rows:
    """Those rows whose ``run``, a way to it, is among the keys."""
    return rows if keys is None else rows.filter(**{f"{run}__in": keys})


def look_through(at: dt.datetime | None = None) -> int:
    """Look at the candidates and note in which something is left; says in how many. Idempotent, of any worker."""
    at = at or timezone.now()
    for complete in _first:
        complete()
    return _note(_left(candidates(at), at), at)


def overlooked(at: dt.datetime) -> Iterator[str]:
    """Runs that are no candidates although something is left to do: none, unless somebody wrote past the operations.

    Reads everything, for the nightly look at the data. What is found is a candidate from then on.
    """
    left = _left(None, at)
    keys = candidates(at)  # afterwards: what somebody writes meanwhile has left its row by now
    _note(left, at)
    if keys is not None:
        yield from (f"CourseRun {key}" for key in left if key not in keys)


def _left(keys: Keys, at: dt.datetime) -> list[int]:
    return sorted({key for look in _looks for key in look(keys, at)})


def _note(left: list[int], at: dt.datetime) -> int:
    UnsettledRuns.objects.update_or_create(pk=1, defaults={"looked_until": at - VISIBLE_WITHIN, "runs": left})
    return len(left)
