"""Are there workers? Each says so every few seconds, in a row of its own, for the web processes to see."""

import datetime as dt
import os
import socket
import time
from collections.abc import Callable

from django.db.models import Max
from django.utils import timezone

from accounts import sign_in_mails
from trainings.models import WorkerBeat

EVERY = dt.timedelta(seconds=15)
SILENT = dt.timedelta(minutes=3)  # after which a worker counts as gone; cron starts one each minute
FORGOTTEN = dt.timedelta(days=7)
LANE = ":codes"


def this_host() -> str:
    """Of a container, the container's own."""
    return socket.gethostname()[:80]


def beat(*, once: bool = False) -> None:
    """This process is at work. Workers that cron starts share a row of their host."""
    _note(f"{this_host()}:{'once' if once else os.getpid()}")


def _note(name: str) -> None:
    now = timezone.now()
    _row, is_new = WorkerBeat.objects.update_or_create(name=name, defaults={"seen_at": now, "host": this_host()})
    if is_new:
        WorkerBeat.objects.filter(seen_at__lt=now - FORGOTTEN).delete()


def last_beat(host: str = "") -> dt.datetime | None:
    """Of any worker, or of those of a host."""
    beats = WorkerBeat.objects.filter(host=host) if host else WorkerBeat.objects.all()
    found: dt.datetime | None = beats.aggregate(last=Max("seen_at"))["last"]
    return found


class Lane:
    """What a worker has of its own for codes to sign in; it says by a row of its own that it is open.

    Another worker's beat would not do: one of an earlier version has no such lane. A worker that cron starts looks once
    and keeps nothing open.
    """

    def __init__(self) -> None:
        self.looks, self.said_at = 0, 0.0

    def look(self, go_on: Callable[[], bool]) -> int:
        self.looks += 1
        if self.looks > 1 and time.monotonic() - self.said_at >= EVERY.total_seconds():
            _note(f"{this_host()}:{os.getpid()}{LANE}")
            self.said_at = time.monotonic()
        return sign_in_mails.deliver_due(go_on)


def is_lane_open() -> bool:
    """Whether a worker sends codes within seconds."""
    now = timezone.now()
    return WorkerBeat.objects.filter(seen_at__range=(now - 3 * EVERY, now + 3 * EVERY), name__endswith=LANE).exists()


def is_silent(last: dt.datetime | None, at: dt.datetime) -> bool:
    """A beat from the future is of a clock that was ahead, and says nothing."""
    return last is None or not at - SILENT <= last <= at + SILENT
