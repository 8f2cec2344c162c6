"""Which days count for a deadline: Monday to Friday, without the holidays of Rheinland-Pfalz."""

import datetime as dt

import pytest
from django.utils import translation

from tests.builders import berlin
from trainings import working_days


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (dt.date(2027, 5, 26), True),
        (dt.date(2027, 5, 27), False),  # Fronleichnam
        (dt.date(2027, 11, 1), False),  # Allerheiligen, a Monday
        (dt.date(2028, 10, 31), True),  # Reformationstag, a Tuesday: no holiday in Rheinland-Pfalz
        (dt.date(2027, 1, 6), True),  # Heilige Drei Könige, a Wednesday: neither
        (dt.date(2027, 3, 26), False),  # Karfreitag
        (dt.date(2027, 5, 29), False),  # a Saturday
        (dt.date(2027, 5, 30), False),  # a Sunday
    ],
)
def test_days_on_which_public_bodies_work(day, works):
    assert working_days.is_working_day(day) is works


def test_holidays_have_a_name_in_both_languages():
    assert working_days.holiday(dt.date(2027, 3, 26)) == "Karfreitag"
    assert working_days.holiday(dt.date(2027, 3, 27)) == ""  # a Saturday
    with translation.override("en"):
        assert working_days.holiday(dt.date(2027, 3, 26)) == "Good Friday"


@pytest.mark.parametrize(
    ("day", "number", "then"),
    [
        (dt.date(2027, 5, 24), 1, dt.date(2027, 5, 25)),
        (dt.date(2027, 5, 26), 1, dt.date(2027, 5, 28)),  # over Fronleichnam
        (dt.date(2027, 5, 28), 1, dt.date(2027, 5, 31)),  # over the weekend
        (dt.date(2027, 10, 29), 1, dt.date(2027, 11, 2)),  # over the weekend and Allerheiligen
        (dt.date(2026, 12, 23), 6, dt.date(2027, 1, 4)),  # over Christmas and New Year
    ],
)
def test_counting_begins_with_the_day_after(day, number, then):
    assert working_days.after(day, number) == then


def test_a_deadline_is_the_midnight_in_berlin_after_the_last_day():
    assert working_days.deadline(berlin(2027, 10, 29, 8), 1) == berlin(2027, 11, 3)


def test_the_day_of_the_question_is_that_in_berlin():
    late = dt.datetime(2027, 5, 30, 22, 30, tzinfo=dt.UTC)  # in Berlin Monday, 00:30
    assert working_days.deadline(late, 1) == berlin(2027, 6, 2)


def test_a_day_of_25_hours_ends_at_midnight_as_well():
    assert working_days.end_of(dt.date(2027, 10, 31)) == dt.datetime(2027, 10, 31, 23, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "hours", "until"),
    [
        (berlin(2027, 5, 20, 15), 24, berlin(2027, 5, 21, 15)),  # Thursday to Friday
        (berlin(2027, 5, 21, 15), 24, berlin(2027, 5, 24, 15)),  # over the weekend
        (berlin(2027, 5, 22, 15), 24, berlin(2027, 5, 25)),  # from a Saturday: all of Monday
        (berlin(2027, 5, 26, 15), 24, berlin(2027, 5, 28, 15)),  # over Fronleichnam
        (berlin(2027, 3, 26, 9), 12, berlin(2027, 3, 30, 12)),  # Easter, on which clocks change
        (berlin(2027, 5, 21, 15), 9, berlin(2027, 5, 22)),  # to the end of Friday
    ],
)
def test_hours_count_on_working_days_alone(at, hours, until):
    assert working_days.later(at, hours) == until
