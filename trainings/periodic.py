"""Which periodic work is due, and who does it? Each app registers its jobs when it starts.

A row per job (PeriodicJob) is claimed before the job is done, so that any number of workers, or workers beside cron,
do it once. Every job is idempotent: one that was cut off is done again when it is next due.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from trainings.models import PeriodicJob

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    do: Callable[[], object]
    every: dt.timedelta
    after_the_end: bool  # whether it goes on with settings.SITE_READ_ONLY, for a worker that may write


JOBS: dict[str, Job] = {}


def register(name: str, do: Callable[[], object], *, every: dt.timedelta, after_the_end: bool = False) -> None:
    """Have a job done; the name, in words, is what the log and the PeriodicJob row say."""
    if name in JOBS:
        raise ValueError(f"Two periodic jobs are called {name!r}.")
    JOBS[name] = Job(do, every, after_the_end)


def run_due_jobs(at: dt.datetime | None = None) -> list[str]:
    """Do what is due; says which jobs that were. A job that fails is logged, waits its period, and stops no other."""
    at = at or timezone.now()
    waiting = set(PeriodicJob.objects.filter(due_at__gt=at).values_list("name", flat=True))
    done = []
    for name, job in JOBS.items():
        if settings.SITE_READ_ONLY and not job.after_the_end:
            continue
        if name in waiting or not PeriodicJob.objects.claim(name, job.every, at):
            continue
        done.append(name)
        try:
            job.do()
        except Exception:
            logger.exception("The periodic job %s failed.", name)
    return done
