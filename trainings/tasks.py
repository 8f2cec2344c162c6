"""Which periodic work is due, and who does it? ``settings.PERIODIC_JOBS`` names the jobs and their periods in seconds.

A row per job (PeriodicJob) is claimed before the job is done, so that any number of workers, or workers beside cron,
do it once. Every job is idempotent: one that was cut off is done again when it is next due.
"""

import datetime as dt
import logging

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from trainings.models import PeriodicJob

logger = logging.getLogger(__name__)


def run_due_jobs(at: dt.datetime | None = None) -> list[str]:
    """Do what is due; says which jobs that were. A job that fails is logged, waits its period, and stops no other."""
    at = at or timezone.now()
    waiting = set(PeriodicJob.objects.filter(due_at__gt=at).values_list("name", flat=True))
    done = []
    for name, seconds in settings.PERIODIC_JOBS:
        if name in waiting or not PeriodicJob.objects.claim(name, dt.timedelta(seconds=seconds), at):
            continue
        done.append(name)
        try:
            import_string(name)()
        except Exception:
            logger.exception("The periodic job %s failed.", name)
    return done
