"""Does Prometheus learn what it needs, from all processes, and nobody else anything?"""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from tests import builders
from tests.config.test_health import no_database  # noqa: F401  a fixture
from tests.mails import Kind
from trainings import health, mails
from trainings.models import Message, PeriodicJob

TOKEN = "geheim-und-lang-genug"

pytestmark = pytest.mark.django_db


@pytest.fixture
def metrics(client, settings):
    """``metrics()`` is what Prometheus reads: figures by name and labels."""
    settings.METRICS_TOKEN, settings.ALLOWED_HOSTS = TOKEN, ["testserver"]

    def read() -> dict[str, float]:
        headers = {"authorization": f"Bearer {TOKEN}", "host": "10.1.2.3"}
        answer = client.get("/metrics/", headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
        lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}

    return read


def test_without_a_token_there_is_no_such_address(client):
    assert client.get("/metrics/").status_code == 404


@pytest.mark.parametrize("given", [{}, {"authorization": "Bearer falsch"}, {"authorization": TOKEN}])
def test_without_the_right_token_nothing_is_said(client, metrics, given):
    answer = client.get("/metrics/", headers=given)
    assert (answer.status_code, answer.content) == (401, b"401\n")


def test_answers_are_counted_by_view_and_status(client, metrics):
    before = metrics()
    client.get("/")
    client.get("/gibt-es-nicht/")
    client.get("/gibt-es-auch-nicht/")
    after = metrics()
    grown = {name: after[name] - before.get(name, 0) for name in after if name.startswith("miko_requests_total")}
    assert {name: number for name, number in grown.items() if number} == {
        'miko_requests_total{status="200",view="trainings:catalogue"}': 1,
        'miko_requests_total{status="404",view="none"}': 2,
    }
    assert after["miko_request_seconds_count"] - before["miko_request_seconds_count"] == 3


def test_how_old_the_oldest_work_is(metrics, settings):
    settings.BOUNCE_IMAP_URL = "imaps://u:p@mail.example/INBOX"
    now = timezone.now()
    mails.queue(Kind.REGISTERED, builders.build_registration(builders.build_run()))
    Message.objects.update(due_at=now - dt.timedelta(hours=2))
    PeriodicJob.objects.create(name="deadlines", due_at=now - dt.timedelta(hours=1), failing_since=now)
    PeriodicJob.objects.create(name="bounces", due_at=now, done_at=now)
    health.beat()
    said = metrics()
    assert said["miko_database_up"] == 1
    assert said['miko_queue_waiting{queue="mails"}'] == 1
    assert said['miko_queue_oldest_seconds{queue="mails"}'] == pytest.approx(7200, abs=60)
    assert said['miko_queue_waiting{queue="certificates"}'] == 0
    assert said['miko_job_overdue_seconds{job="deadlines"}'] == pytest.approx(3600, abs=60)
    assert said["miko_mailbox_read_timestamp_seconds"] == pytest.approx(now.timestamp(), abs=1)
    assert said["miko_worker_seen_timestamp_seconds"] == pytest.approx(now.timestamp(), abs=60)
    assert said['miko_failed{what="mails"}'] == 0


@pytest.mark.django_db(transaction=True)
def test_that_the_database_is_away_is_a_figure_too(metrics, no_database):  # noqa: F811
    said = metrics()
    assert said["miko_database_up"] == 0
    assert "miko_request_seconds_count" in said


COUNT = """
import django; django.setup()
from config import counting
counting.count("trainings:catalogue", 200, 0.1)
import sys
if sys.argv[1:]: print(counting.text().decode())
"""


@pytest.mark.slow
def test_processes_count_together(tmp_path, database_url):
    environment = {
        **os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "new"), "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip

    def process(*options: str) -> str:
        command = [sys.executable, "-c", COUNT, *options]
        return subprocess.run(
            command, env=environment, cwd=django_settings.BASE_DIR, check=True, capture_output=True, text=True
        ).stdout

    process()
    process()
    assert 'miko_requests_total{status="200",view="trainings:catalogue"} 3.0' in process("say")
