"""Is periodic work done once, by whoever comes first, and only what is registered?"""

import datetime as dt

import pytest
from django.utils import timezone

from trainings import periodic
from trainings.models import PeriodicJob

done: list[str] = []


def sow() -> None:
    done.append("sow")


def reap() -> None:
    done.append("reap")


def break_down() -> None:
    raise RuntimeError("broken")


@pytest.fixture
def jobs(monkeypatch):
    """No jobs but those the test registers."""
    done.clear()
    monkeypatch.setattr(periodic, "JOBS", {})


@pytest.fixture
def field(jobs):
    periodic.register("sow", sow, every=dt.timedelta(minutes=1))
    periodic.register("reap", reap, every=dt.timedelta(minutes=5))


@pytest.mark.django_db
def test_jobs_are_done_once_per_period(field):
    start = timezone.now()
    for seconds in [0, 1, 59, 60, 61, 299, 300]:
        periodic.run_due_jobs(start + dt.timedelta(seconds=seconds))
    assert done == ["sow", "reap", "sow", "sow", "reap"]


@pytest.mark.django_db
def test_job_another_worker_has_claimed_is_left_to_it(field):
    PeriodicJob.objects.create(name="sow", due_at=timezone.now() + dt.timedelta(seconds=60))
    assert periodic.run_due_jobs() == ["reap"]
    assert done == ["reap"]


@pytest.mark.django_db
def test_broken_job_stops_no_other(jobs, caplog):
    periodic.register("break", break_down, every=dt.timedelta(minutes=1))
    periodic.register("sow", sow, every=dt.timedelta(minutes=1))
    assert periodic.run_due_jobs() == ["break", "sow"]
    assert done == ["sow"]
    assert [record.getMessage() for record in caplog.records] == ["The periodic job break failed."]


@pytest.mark.django_db
def test_after_the_end_only_the_jobs_that_say_so_are_done(jobs, settings):
    settings.SITE_READ_ONLY = True
    periodic.register("sow", sow, every=dt.timedelta(minutes=1))
    periodic.register("reap", reap, every=dt.timedelta(minutes=1), after_the_end=True)
    assert periodic.run_due_jobs() == ["reap"]


def test_two_jobs_of_one_name_are_refused(field):
    with pytest.raises(ValueError, match="Two periodic jobs are called 'sow'"):
        periodic.register("sow", reap, every=dt.timedelta(minutes=1))


def test_every_app_has_registered_its_jobs():
    assert {name: int(job.every.total_seconds()) for name, job in periodic.JOBS.items()} == {
        "deadlines": 300,
        "affiliations": 3600,
        "calendars by mail": 300,
        "reminders": 600,
        "digests": 600,
        "bounces": 300,
        "retention": 3600,
        "retention of people": 3600,
        "retention of certificates": 24 * 3600,
    }
