"""Which queues does a worker empty? Each app registers its own when it starts.

A queue is rows with a lease (``accounts.models.LeasedQuerySet``). What empties it does what is due as long as
``go_on`` says so, and may run in any number of workers at once.
"""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

GoOn = Callable[[], bool]


class Backlog(NamedTuple):
    """What of a queue should have been done by now: how many rows, since when the oldest waits, and that in words."""

    number: int
    since: dt.datetime | None
    said: str


QUEUES: dict[str, Callable[[GoOn], object]] = {}
BACKLOGS: dict[str, Callable[[dt.datetime], Backlog]] = {}


def register(
    name: str, empty: Callable[[GoOn], object], *, backlog: Callable[[dt.datetime], Backlog] | None = None
) -> None:
    """``empty`` returns how many rows it did, for the log; ``backlog`` is asked at a moment, in one query."""
    QUEUES[name] = empty
    if backlog is not None:
        BACKLOGS[name] = backlog
