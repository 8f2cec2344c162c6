"""What stands still, since when? Computed by the web process from rows: whoever stands still cannot say so."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sign_in_mails
from trainings.health import beats, disk
from trainings.models import PeriodicJob
from trainings.periodic import JOBS
from trainings.queues import BACKLOGS, Backlog

PATIENCE = dt.timedelta(minutes=10)  # what a queue may take; a restart and a relay's pause are no news
PATIENCE_WITH_JOBS = dt.timedelta(minutes=20)


@dataclass(frozen=True)
class Standstill:
    """``what`` in words for coordinators; ``since`` is None where nobody can know."""

    what: str
    since: dt.datetime | None


def standing_still(at: dt.datetime | None = None) -> list[Standstill]:
    """In the order of importance; a query for each queue, one for jobs, one for workers."""
    at = at or timezone.now()
    found = [*_queues(at), *_jobs(at)]
    if (nobody := _workers(at, is_needed=bool(found))) is not None:
        found.insert(0, nobody)
    found += [
        Standstill(
            _("Der Speicherplatz geht zu Ende: noch %(free)d MB auf dem Webserver.") % {"free": room.free // 1024**2},
            None,
        )
        for room in disk.short_of_room()
    ]
    return found


def sign_in_codes(at: dt.datetime) -> Backlog:
    """Of the queue that accounts has; a code that nobody can use any more does not wait."""
    number, since = sign_in_mails.waiting(at)
    text = ngettext(
        "%(number)d Code zum Einloggen wurde nicht versandt.",
        "%(number)d Codes zum Einloggen wurden nicht versandt.",
        number,
    )
    return Backlog(number, since, text % {"number": number})


def _workers(at: dt.datetime, *, is_needed: bool) -> Standstill | None:
    last = beats.last_beat()
    if not beats.is_silent(last, at):
        return None
    if last is not None:
        text = _("Das Programm, das E-Mails versendet, Bescheinigungen erstellt und Fristen überwacht, läuft nicht.")
        return Standstill(text, last)
    if not is_needed:
        return None  # a site that is just being set up; ``doctor`` says it
    text = _("Das Programm, das E-Mails versendet, Bescheinigungen erstellt und Fristen überwacht, lief noch nie.")
    return Standstill(text, None)


def _queues(at: dt.datetime) -> list[Standstill]:
    waiting = [backlog(at) for backlog in BACKLOGS.values()]
    return [Standstill(one.said, one.since) for one in waiting if one.since is not None and one.since < at - PATIENCE]


def _jobs(at: dt.datetime) -> list[Standstill]:
    """Each that is overdue or fails again and again, but those that do not go on after the end."""
    found = []
    for row in PeriodicJob.objects.order_by("due_at"):
        job = JOBS.get(row.name)
        if job is None or (settings.SITE_READ_ONLY and not job.after_the_end):
            continue
        if row.due_at < at - PATIENCE_WITH_JOBS:
            found.append(Standstill(_("%(job)s: steht aus.") % {"job": job.label or row.name}, row.due_at))
        elif row.failing_since is not None and row.failing_since < at - PATIENCE:
            found.append(Standstill(_("%(job)s: scheitert.") % {"job": job.label or row.name}, row.failing_since))
    return found
