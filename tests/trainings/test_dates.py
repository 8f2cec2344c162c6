"""How days and times are written, in both languages."""

import datetime as dt

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from tests.builders import berlin, build_run
from trainings import dates

DAY = dt.date(2026, 3, 10)
START, END = berlin(2026, 3, 10, 9), berlin(2026, 3, 10, 16, 30)


@pytest.mark.parametrize(("language", "expected"), [("de", "Di., 10. März 2026"), ("en", "Tue, 10 March 2026")])
def test_a_long_date(language, expected):
    with translation.override(language):
        assert dates.date_long(DAY) == expected


@pytest.mark.parametrize(("language", "expected"), [("de", "10.03.2026"), ("en", "10 Mar 2026")])
def test_a_short_date(language, expected):
    with translation.override(language):
        assert dates.date_short(DAY) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "Di., 10. März 2026, 9:00–16:30 Uhr"), ("en", "Tue, 10 March 2026, 9:00–16:30")],
)
def test_a_meeting(language, expected):
    with translation.override(language):
        assert dates.when(START, END) == expected


def test_a_meeting_over_midnight_names_both_days():
    assert (
        dates.when(berlin(2026, 3, 10, 22), berlin(2026, 3, 11, 1))
        == "Di., 10. März 2026, 22:00 Uhr – Mi., 11. März 2026, 1:00 Uhr"
    )


def test_a_time_belongs_to_its_day_in_berlin():
    late_in_the_evening_in_utc = dt.datetime(2026, 7, 31, 22, 30, tzinfo=dt.UTC)
    assert dates.date_short(late_in_the_evening_in_utc) == "01.08.2026"
    assert dates.month_name(late_in_the_evening_in_utc) == "August 2026"


def test_times_stored_in_utc_are_shown_in_summer_and_winter_time():
    winter, summer = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC), dt.datetime(2026, 7, 6, 8, tzinfo=dt.UTC)
    assert dates.span(winter, winter + dt.timedelta(hours=1)) == "9:00–10:00 Uhr"
    assert dates.span(summer, summer + dt.timedelta(hours=1)) == "10:00–11:00 Uhr"


def test_a_range_of_days():
    assert dates.day_range(START, END) == "10.03.2026"
    assert dates.day_range(START, berlin(2026, 3, 17, 12)) == "10.03.2026–17.03.2026"


@pytest.mark.parametrize(
    ("units", "expected"), [(8, "8 UE (6 Std.)"), (5, "5 UE (3,75 Std.)"), (40, "40 UE (30 Std.)")]
)
def test_units_with_hours(units, expected):
    assert dates.units(units) == expected


def test_a_run_with_one_session_says_when_it_ends(db):
    run = build_run(sessions=[(START, END)])
    assert dates.run_when(run) == "Di., 10. März 2026, 9:00–16:30 Uhr"


def test_a_run_with_several_sessions_says_how_many(db):
    run = build_run(sessions=[(START, END), (berlin(2026, 3, 17, 9), berlin(2026, 3, 17, 12))])
    assert dates.run_when(run) == "ab Di., 10. März 2026, 9:00 Uhr (2 Sitzungen)"


def test_the_filters(db):
    run = build_run(sessions=[(START, END)])
    template = Template(
        "{% load trainings_text %}{{ run|run_when }}|{{ session|session_when }}|"
        "{{ session.starts_at|span:session.ends_at }}|{{ run.starts_at|date_short }}|{{ run.starts_at|date_long }}|"
        "{{ run.starts_at|day_range:run.ends_at }}|{{ 4|units }}|{{ words|joined }}|{{ run.starts_at|time_of_day }}"
    )
    rendered = template.render(Context({"run": run, "session": run.sessions.get(), "words": ["a", "b", "c"]}))
    assert rendered == "|".join(
        [
            "Di., 10. März 2026, 9:00–16:30 Uhr",
            "Di., 10. März 2026, 9:00–16:30 Uhr",
            "9:00–16:30 Uhr",
            "10.03.2026",
            "Di., 10. März 2026",
            "10.03.2026",
            "4 UE (3 Std.)",
            "a, b und c",
            "9:00 Uhr",
        ]
    )


def test_english_forms_read_the_day_first():
    with translation.override("en"):
        assert forms.DateField(localize=True).clean("10/03/2026") == dt.date(2026, 3, 10)
        assert forms.DateTimeField().clean("10/03/2026 09:00").date() == dt.date(2026, 3, 10)
