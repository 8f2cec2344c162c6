"""Real workers, killed in the middle: every certificate is printed, none twice, nobody is told twice."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from certificates import issuing
from certificates.models import Certificate
from tests import builders
from tests.certificates.builders import build_finished_run
from tests.mails import Kind
from tests.production import PRODUCTION
from trainings.acts import Act
from trainings.models import AttendanceRecord, CourseRun, Message, Registration

NUMBER = 200


@pytest.fixture
def start_worker(database_url, tmp_path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Workers as production runs them, on the test's database; what they send goes into a folder."""
    environment = {**os.environ, **PRODUCTION, "DATABASE_URL": database_url, "EMAIL_URL": f"filemail:///{tmp_path}"}
    started = []

    def start(*options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "worker", *options]
        with (tmp_path / f"worker{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, env=environment, cwd=django_settings.BASE_DIR, stdout=log, stderr=subprocess.STDOUT
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def build_full_run(coordinator) -> CourseRun:
    run = build_finished_run(capacity=NUMBER)
    session = run.sessions.get()
    registrations = [builders.build_registration(run, builders.build_person()) for _person in range(NUMBER)]
    AttendanceRecord.objects.bulk_create(
        AttendanceRecord(
            registration=registration, session=session, status="present", minutes=360, recorded_by=coordinator
        )
        for registration in registrations
    )
    return run


def wait_until_rendered(number: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while Certificate.objects.rendered().count() < number:
        assert time.monotonic() < end, "the worker renders too slowly"
        time.sleep(0.1)


def minutes_pass() -> None:
    """The leases of workers that died run out."""
    Certificate.objects.filter(leased_until__isnull=False).update(leased_until=timezone.now())


@pytest.mark.both_databases
@pytest.mark.slow
def test_workers_killed_in_the_middle_of_two_hundred_leave_none_out_and_none_twice(start_worker, coordinator):
    run = build_full_run(coordinator)
    issuing.issue(run, Act(coordinator))
    workers = [start_worker(), start_worker()]
    wait_until_rendered(20)
    for worker in workers:
        worker.kill()
        worker.wait()
    before = dict(Certificate.objects.rendered().values_list("pk", "sha256"))
    assert 20 <= len(before) < NUMBER

    assert issuing.issue(run, Act(coordinator)) == []  # pressing the button once more
    minutes_pass()
    again = [start_worker("--once"), start_worker("--once")]
    assert [worker.wait(120) for worker in again] == [0, 0]

    after = dict(Certificate.objects.rendered().values_list("pk", "sha256"))
    assert (len(after), len(set(after.values())), Certificate.objects.count()) == (NUMBER, NUMBER, NUMBER)
    assert {pk: after[pk] for pk in before} == before
    told = Message.objects.filter(kind=Kind.CERTIFICATE_READY)
    assert sorted(told.values_list("registration", flat=True)) == sorted(
        Registration.objects.values_list("pk", flat=True)
    )
    assert max(Certificate.objects.values_list("attempts", flat=True)) <= 2
