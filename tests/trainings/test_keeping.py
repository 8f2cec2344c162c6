"""Of which runs is nothing evidence any more?"""

import datetime as dt

import pytest
from django.utils import timezone

from tests.builders import build_funding, build_run, in_days
from trainings import keeping
from trainings.models import CourseRun

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def by_grant() -> None:
    today = timezone.localdate()
    build_run(starts_at=in_days(-20), funding=build_funding(ends_on=today, keep_evidence_until=today))


def by_the_grant_of_its_day() -> None:
    today = timezone.localdate()
    build_funding(ends_on=today, keep_evidence_until=today)
    build_run(starts_at=in_days(-20), funding=None)


def by_years() -> None:
    build_run(starts_at=in_days(-9), funding=None)


def by_years_since_it_was_called_off() -> None:
    build_run(funding=None)
    CourseRun.objects.update(
        starts_at=None, ends_at=None, cancelled_at=timezone.now() - 9 * DAY, cancellation_reason="x"
    )


def by_years_since_its_last_change() -> None:
    build_run(funding=None)
    CourseRun.objects.update(starts_at=None, ends_at=None, changed_at=timezone.now() - 9 * DAY)


@pytest.mark.parametrize(
    "build",
    [by_grant, by_the_grant_of_its_day, by_years, by_years_since_it_was_called_off, by_years_since_its_last_change],
)
def test_it_is_over_on_the_same_day_whether_asked_of_all_or_of_some(settings, build):
    """Of all, grants and years are asked first."""
    settings.RETENTION_CERTIFICATE_DAYS = 10
    build()
    of_all, of_some = (
        [keeping.over(timezone.now() + days * DAY, among).exists() for days in range(4)]
        for among in (None, CourseRun.objects.all())
    )
    assert of_all == of_some
    assert [of_all[0], of_all[3]] == [False, True]
