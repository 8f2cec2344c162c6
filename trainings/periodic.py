"""Which periodic work is due, and who does it? Each app registers its jobs when it starts.

A row per job (PeriodicJob) is claimed before the job is done, so that any number of workers, or workers beside cron,
do it once. Every job is idempotent: one that was cut off is done again when it is next due. The row keeps when the job
was last done, and since when it fails.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise

from trainings import outage
from trainings.models import PeriodicJob

logger = logging.getLogger(__name__)

NIGHT = dt.time(2, 15)  # Berlin; the deletion periods and a backup at midnight are over by then


class JobFailed(Exception):
    """A job could not do its work, for a reason that its own text says whole: one line of the log, no traceback."""


@dataclass(frozen=True)
class Job:
    do: Callable[[], object]
    every: dt.timedelta
    after_the_end: bool  # whether it goes on with settings.SITE_READ_ONLY, for a worker that may write
    at_night: bool
    label: str | Promise

    def next_at(self, at: dt.datetime) -> dt.datetime:
        """When it is due again if it is done now."""
        if not self.at_night:
            return at + self.every
        local = timezone.localtime(at)
        day = local.date() if local.time() < NIGHT else local.date() + dt.timedelta(days=1)
        return timezone.make_aware(dt.datetime.combine(day, NIGHT))


JOBS: dict[str, Job] = {}


def register(
    name: str,
    do: Callable[[], object],
    *,
    every: dt.timedelta = dt.timedelta(days=1),
    after_the_end: bool = False,
    at_night: bool = False,
    label: str | Promise = "",
) -> None:
    """Have a job done; the name, in words, is what the log and the PeriodicJob row say, the label what the desk says.

    ``at_night``: once a night, whatever the period.
    """
    if name in JOBS:
        raise ValueError(f"Two periodic jobs are called {name!r}.")
    if at_night:
        every = dt.timedelta(hours=25)  # the longest day of the year, for the clock
    JOBS[name] = Job(do, every, after_the_end, at_night, label)


def run_due_jobs(at: dt.datetime | None = None) -> list[str]:
    """Do what is due; says which jobs that were. A job that fails is logged, waits its period, and stops no other.

    Raises what the database raises while it is away.
    """
    at = at or timezone.now()
    due_at = dict(PeriodicJob.objects.values_list("name", "due_at"))
    done = []
    for name, job in JOBS.items():
        if settings.SITE_READ_ONLY and not job.after_the_end:
            continue
        if name in due_at and at < due_at[name] <= at + job.every:
            continue  # not due, said in one query for all; ``claim`` knows exactly
        if not PeriodicJob.objects.claim(name, job.every, at, next_at=job.next_at(at)):
            continue
        done.append(name)
        _do(name, job, at)
    return done


def _do(name: str, job: Job, at: dt.datetime) -> None:
    try:
        job.do()
    except Exception as error:
        if outage.is_away(error):
            raise
        if isinstance(error, JobFailed):
            logger.error("The periodic job %s failed: %s", name, error)
        else:
            logger.exception("The periodic job %s failed.", name)
        PeriodicJob.objects.note_failed(name, at, type(error.__cause__ or error).__name__)
    else:
        PeriodicJob.objects.note_done(name, at)
