"""Which figures are there, in Prometheus' text format? Counters of this process, and what the database says now.

Where PROMETHEUS_MULTIPROC_DIR names a folder, all processes of the web server count there together; otherwise whichever
process is asked says what it has counted itself.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import Error
from django.utils import timezone

if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(folder).mkdir(parents=True, exist_ok=True)  # or the next import fails

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily

from certificates.models import Certificate
from trainings import health
from trainings.models import Discrepancy, Message, PeriodicJob
from trainings.queues import BACKLOGS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_own = CollectorRegistry()
_requests = Counter("miko_requests", "Answers by view and status.", ["view", "status"], registry=_own)
_seconds = Histogram("miko_request_seconds", "Seconds until an answer.", registry=_own)


def count(view: str, status: int, seconds: float) -> None:
    _requests.labels(view, str(status)).inc()
    _seconds.observe(seconds)


def text() -> bytes:
    registry = CollectorRegistry()
    if folder:
        multiprocess.MultiProcessCollector(registry)
    else:
        registry = _own
    said: bytes = generate_latest(registry)
    asked = CollectorRegistry()
    asked.register(FiguresOfDatabase())
    return said + bytes(generate_latest(asked))


class FiguresOfDatabase:
    """What the database says; that it says nothing is a figure too."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = [*_queues(), *_jobs(), *_failures(), *_workers()]
        except Error:
            found = []
        yield GaugeMetricFamily("miko_database_up", "Whether the database answers.", value=1 if found else 0)
        yield from found


def _queues() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    waiting = GaugeMetricFamily("miko_queue_waiting", "Rows that should have been done by now.", labels=["queue"])
    oldest = GaugeMetricFamily("miko_queue_oldest_seconds", "How long the oldest of them waits.", labels=["queue"])
    for name, backlog in BACKLOGS.items():
        number, since, _said = backlog(now)
        waiting.add_metric([name], number)
        oldest.add_metric([name], (now - since).total_seconds() if since else 0)
    yield waiting
    yield oldest


def _jobs() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    overdue = GaugeMetricFamily("miko_job_overdue_seconds", "How long a periodic job has been due.", labels=["job"])
    failing = GaugeMetricFamily("miko_job_failing_seconds", "How long it has been failing.", labels=["job"])
    done = GaugeMetricFamily("miko_job_done_timestamp_seconds", "When it was last done.", labels=["job"])
    for row in PeriodicJob.objects.all():
        overdue.add_metric([row.name], max(0.0, (now - row.due_at).total_seconds()))
        failing.add_metric([row.name], (now - row.failing_since).total_seconds() if row.failing_since else 0)
        if row.done_at:
            done.add_metric([row.name], row.done_at.timestamp())
        if row.done_at and row.name == "bounces" and settings.BOUNCE_IMAP_URL:
            at = row.done_at.timestamp()
            yield GaugeMetricFamily("miko_mailbox_read_timestamp_seconds", "Last look into the mailbox.", value=at)
    yield overdue
    yield failing
    yield done


def _failures() -> Iterator[GaugeMetricFamily]:
    failed = GaugeMetricFamily("miko_failed", "What was given up and waits for somebody.", labels=["what"])
    failed.add_metric(["mails"], Message.objects.dead().count())
    failed.add_metric(["certificates"], Certificate.objects.failed().count())
    failed.add_metric(["promises"], Discrepancy.objects.count())
    yield failed


def _workers() -> Iterator[GaugeMetricFamily]:
    if last := health.last_beat():
        yield GaugeMetricFamily("miko_worker_seen_timestamp_seconds", "Last beat of a worker.", value=last.timestamp())
