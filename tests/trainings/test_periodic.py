"""Is periodic work done once, by whoever comes first, and only what is registered?"""

import datetime as dt
from dataclasses import replace

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
def test_a_clock_that_was_ahead_stops_nothing(field):
    """Set forward by a year for a moment, as by a broken time server: the next look does the work."""
    now = timezone.now()
    periodic.run_due_jobs(now + dt.timedelta(days=365))
    done.clear()
    assert periodic.run_due_jobs(now) == ["sow", "reap"]
    assert periodic.run_due_jobs(now + dt.timedelta(seconds=1)) == []


@pytest.mark.django_db
def test_machines_whose_clocks_differ_a_little_do_not_do_it_twice(field):
    now = timezone.now()
    assert periodic.run_due_jobs(now + dt.timedelta(seconds=50)) == ["sow", "reap"]
    assert periodic.run_due_jobs(now) == []


@pytest.mark.django_db
def test_a_nightly_job_waits_for_the_night_once_it_was_done(jobs):
    periodic.register("sow", sow, at_night=True)
    noon = dt.datetime(2026, 10, 24, 10, tzinfo=dt.UTC)  # before the longest day of the year
    assert periodic.run_due_jobs(noon) == ["sow"]
    after = [dt.timedelta(hours=hours) for hours in (1, 12, 14, 16, 17, 39, 40)]
    assert [span.total_seconds() / 3600 for span in after if periodic.run_due_jobs(noon + span)] == [16, 40]


@pytest.mark.django_db
def test_the_row_says_when_it_was_done_and_since_when_it_fails(jobs, monkeypatch):
    periodic.register("sow", sow, every=dt.timedelta(minutes=1))
    start, later, last = (timezone.now() + dt.timedelta(minutes=minutes) for minutes in (0, 2, 4))
    periodic.run_due_jobs(start)
    monkeypatch.setitem(periodic.JOBS, "sow", replace(periodic.JOBS["sow"], do=break_down))
    periodic.run_due_jobs(later)
    periodic.run_due_jobs(last)
    row = PeriodicJob.objects.get()
    assert (row.done_at, row.failing_since, row.failure) == (start, later, "RuntimeError")
    monkeypatch.setitem(periodic.JOBS, "sow", replace(periodic.JOBS["sow"], do=sow))
    periodic.run_due_jobs(last + dt.timedelta(minutes=2))
    row.refresh_from_db()
    assert (row.failing_since, row.failure) == (None, "")


@pytest.mark.django_db
def test_what_fails_for_a_stated_reason_is_one_line(jobs, caplog):
    def refuse() -> None:
        raise periodic.JobFailed("the mailbox is closed")

    periodic.register("read", refuse, every=dt.timedelta(minutes=1))
    periodic.run_due_jobs()
    [record] = caplog.records
    assert (record.getMessage(), record.exc_info) == ("The periodic job read failed: the mailbox is closed", None)


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
        "mails of a clock that was ahead": 3600,
        "reminders": 600,
        "refreshers": 3600,
        "digests": 600,
        "bounces": 300,
        "words to find people by": 300,
        "words of nobody": 24 * 3600,
        "retention": 3600,
        "retention of people": 3600,
        "unsettled runs": 3600,
        "verification of the data": 25 * 3600,
        "statistics of the database": 25 * 3600,
        "retention of certificates": 24 * 3600,
        "retention of evidence": 24 * 3600,
    }
