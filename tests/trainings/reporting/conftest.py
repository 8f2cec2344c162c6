"""A day on which two first halves of years are over, a coordinator who reads, and three runs with people in them."""

import pytest
import time_machine

from tests.builders import berlin, build_course, build_run
from tests.trainings.reporting.worlds import AT, attend


@pytest.fixture
def today():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def reader(signed_in, coordinator, today):
    return signed_in(coordinator)


@pytest.fixture
def three(today, agency, participant, other_participant):
    """Three runs of this half-year: one person came to all, another to the last; a run of the year before."""
    course = build_course("Vielfalt")
    runs = [
        build_run(course, number=f"2026-00{month}", starts_at=berlin(2026, month, 10, 9), teaching_minutes=100)
        for month in (1, 2, 3)
    ]
    for run in runs:
        attend(run, participant, 100)
    attend(runs[2], other_participant, 50, waited=True)
    old = build_run(course, number="2025-001", starts_at=berlin(2025, 2, 10, 9), teaching_minutes=100)
    attend(old, participant, 100)
    return runs
