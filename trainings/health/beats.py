"""Are there workers? Each says so every few seconds, in a row of its own, for the web processes to see."""

import datetime as dt
import os
import socket

from django.db.models import Max
from django.utils import timezone

from trainings.models import WorkerBeat

EVERY = dt.timedelta(seconds=15)
SILENT = dt.timedelta(minutes=3)  # after which a worker counts as gone; cron starts one each minute
FORGOTTEN = dt.timedelta(days=7)
ONCE = ":once"


def this_host() -> str:
    """Of a container, the container's own."""
    return socket.gethostname()[:80]


def beat(*, once: bool = False) -> None:
    """This process is at work. Workers that cron starts share a row of their host."""
    name = f"{this_host()}{ONCE if once else f':{os.getpid()}'}"
    now = timezone.now()
    _row, is_new = WorkerBeat.objects.update_or_create(name=name, defaults={"seen_at": now, "host": this_host()})
    if is_new:
        WorkerBeat.objects.filter(seen_at__lt=now - FORGOTTEN).delete()


def last_beat(host: str = "") -> dt.datetime | None:
    """Of any worker, or of those of a host."""
    beats = WorkerBeat.objects.filter(host=host) if host else WorkerBeat.objects.all()
    found: dt.datetime | None = beats.aggregate(last=Max("seen_at"))["last"]
    return found


def is_sending_at_once() -> bool:
    """Whether a worker that stays is there: within seconds it does what cron would do within a minute."""
    now = timezone.now()
    recently = (now - 3 * EVERY, now + 3 * EVERY)
    return WorkerBeat.objects.filter(seen_at__range=recently).exclude(name__endswith=ONCE).exists()


def is_silent(last: dt.datetime | None, at: dt.datetime) -> bool:
    """A beat from the future is of a clock that was ahead, and says nothing."""
    return last is None or not at - SILENT <= last <= at + SILENT
