"""What is reported to the funder: each number as its definition says, and the whole consistent in itself."""

import datetime as dt
import io
from decimal import Decimal

import hypothesis.strategies as st
import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from accounts.models import User
from certificates import issuing
from tests.builders import (
    berlin,
    build_agency,
    build_course,
    build_funding,
    build_person,
    build_registration,
    build_run,
    cancel_session,
    in_days,
)
from trainings import booking
from trainings.acts import Act
from trainings.models import AttendanceRecord, RegistrationEvent
from trainings.reporting import (
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    OF_PEOPLE,
    Period,
    Report,
    figures_of,
    teaching_units,
    usual_periods,
    write_figures_csv,
    write_figures_xlsx,
)

pytestmark = pytest.mark.django_db

FIRST_HALF = Period(dt.date(2025, 1, 1), dt.date(2025, 6, 30))
SECOND_HALF = Period(dt.date(2025, 7, 1), dt.date(2025, 12, 31))
YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
AFTERWARDS = berlin(2026, 3, 1)


def meeting(month: int, day: int, hour: int = 9, minutes: int = 180) -> tuple[dt.datetime, dt.datetime]:
    start = berlin(2025, month, day, hour)
    return start, start + dt.timedelta(minutes=minutes)


def held(*meetings, teaching_minutes=180, **fields):
    return build_run(sessions=meetings or [meeting(3, 10)], teaching_minutes=teaching_minutes, **fields)


def came(run, *marks, person=None, **fields):
    """A registration with what was recorded for each session: minutes, „excused“, „absent“, or None."""
    registration = build_registration(run, person, **fields)
    for session, mark in zip(run.sessions.order_by("starts_at"), marks, strict=False):
        if mark is not None:
            minutes = mark if isinstance(mark, int) else 0
            status = mark if isinstance(mark, str) else "present" if mark == session.teaching_minutes else "partial"
            AttendanceRecord.objects.create(
                registration=registration,
                session=session,
                status=status,
                minutes=minutes,
                recorded_by=registration.person,
            )
    return registration


def of(period=FIRST_HALF, run=None, at=AFTERWARDS):
    return figures_of(period, run=run, at=at)


def numbers(tally, *names):
    return [getattr(tally, name) for name in names]


CLASSES = ["registered", "attended", "partial", "excused", "absent", "not_recorded"]


# --- What somebody's registration came to ------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([180, 180], "attended"),
        ([180, 108], "attended"),  # 288 of 360 minutes are 80 %
        ([180, 107], "partial"),
        ([180, "absent"], "partial"),
        ([1, "excused"], "partial"),
        (["excused", "excused"], "excused"),
        (["excused", "absent"], "absent"),
        (["absent", "absent"], "absent"),
        ([180, None], "not_recorded"),
        ([None, "absent"], "not_recorded"),
        ([None, None], "not_recorded"),
    ],
)
def test_everybody_with_a_place_is_in_one_class(marks, expected):
    came(held(meeting(3, 10), meeting(3, 17)), *marks)
    assert {name: getattr(of().total, name) for name in CLASSES} == dict.fromkeys(CLASSES, 0) | {
        "registered": 1,
        expected: 1,
    }


@pytest.mark.slow
@given(
    st.lists(st.one_of(st.none(), st.sampled_from(["excused", "absent"]), st.integers(1, 180)), min_size=2, max_size=2)
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_attended_gets_a_certificate_and_nobody_else(db, marks):
    with transaction.atomic():
        run = held(meeting(3, 10), meeting(3, 17))
        came(run, *marks)
        [assessment] = issuing.assess(run)
        certificate = {"eligible": "attended", "not_recorded": "not_recorded"}.get(assessment.code)
        total = of().total
        assert (total.attended, total.not_recorded) == (certificate == "attended", certificate == "not_recorded")
        transaction.set_rollback(True)


def test_the_run_says_how_much_attendance_is_needed():
    came(held(required_attendance_percent=50), 90)
    came(held(required_attendance_percent=100), 179)
    assert numbers(of().total, *CLASSES) == [2, 1, 1, 0, 0, 0]


marks = st.one_of(st.none(), st.sampled_from(["excused", "absent"]), st.integers(1, 90))


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(
        st.tuples(
            st.lists(st.integers(0, 364), min_size=1, max_size=3, unique=True),  # days of the year
            st.integers(1, 100),  # needed per cent
            st.lists(st.tuples(st.lists(marks, min_size=3, max_size=3), st.integers(0, 4)), max_size=4),
        ),
        max_size=3,
    )
)
def test_classes_parts_and_half_years_add_up_whatever_was_recorded(db, runs):
    with transaction.atomic():
        agencies = [None, *(build_agency(f"Amt {number}", "") for number in range(2))]
        groups = ["staff", "leadership", "volunteers"]
        people = [build_person(group=groups[number % 3]) for number in range(5)]
        for days, percent, registrations in runs:
            begin = berlin(2025, 1, 1, 9)
            meetings = [(begin + dt.timedelta(day), begin + dt.timedelta(day, hours=2)) for day in sorted(days)]
            run = held(*meetings, teaching_minutes=90, required_attendance_percent=percent)
            once = {who: recorded for recorded, who in registrations}
            for place, (who, recorded) in enumerate(once.items()):
                came(run, *recorded, person=people[who], agency=agencies[place % 3])
        year, halves = of(YEAR), [of(FIRST_HALF), of(SECOND_HALF)]
        for tally in [year.total, *(part.tally for part in [*year.runs, *year.agencies, *year.groups])]:
            registered, *classes = numbers(tally, *CLASSES)
            assert sum(classes) == registered
        additive = [*CLASSES, "walk_ins", "participations", "minutes_attended"]
        for parts in [year.runs, year.agencies, year.groups]:
            sums = [sum(values) for values in zip(*(numbers(part.tally, *additive) for part in parts), strict=True)]
            assert sums == numbers(year.total, *additive) or not parts
        additive += ["runs", "minutes_held"]
        sums = [sum(values) for values in zip(*(numbers(half.total, *additive) for half in halves), strict=True)]
        assert sums == numbers(year.total, *additive)
        assert year.total.persons == sum(part.tally.persons for part in year.groups)
        assert year.total.runs == len(runs)
        transaction.set_rollback(True)


# --- Which runs and sessions -------------------------------------------------------------------------


def test_runs_units_and_minutes():
    held(meeting(3, 10), meeting(3, 17), teaching_minutes=100)
    held(meeting(6, 30))
    total = of().total
    assert numbers(total, "runs", "minutes_held", "units_held") == [2, 380, Decimal("8.4")]


def test_a_grant_has_the_figures_of_the_runs_it_pays():
    grant = build_funding()
    came(held(meeting(3, 10), funding=grant), 180)
    came(held(meeting(3, 11), funding=build_funding()), 180)
    came(held(meeting(3, 12)), 180)
    found = figures_of(FIRST_HALF, funding=grant, at=AFTERWARDS)
    assert numbers(found.total, "runs", "minutes_held", "participations", "minutes_attended") == [1, 180, 1, 180]
    assert [len(part) for part in (found.runs, found.agencies, found.groups)] == [1, 1, 1]


@pytest.mark.parametrize(("minutes", "units"), [(0, "0.0"), (45, "1.0"), (360, "8.0"), (380, "8.4"), (74, "1.6")])
def test_units_have_one_decimal(minutes, units):
    assert teaching_units(minutes) == Decimal(units)


def test_what_was_cancelled_or_never_published_is_not_counted():
    came(held(cancelled_at=timezone.now(), cancellation_reason="krank"), 180)
    came(held(published_at=None), 180)
    assert of().numbers == [None if name == "occupancy" else 0 for name in OF_EVERYTHING]


def test_a_cancelled_session_counts_for_nobody():
    run = held(meeting(3, 10), meeting(3, 17))
    came(run, 180, "absent")
    came(run, "excused", 180)
    cancel_session(run.sessions.order_by("starts_at")[1])
    assert numbers(of().total, *CLASSES) == [2, 1, 0, 1, 0, 0]
    assert numbers(of().total, "minutes_held", "minutes_attended") == [180, 180]


def test_a_run_counts_where_its_last_session_lies_its_minutes_where_they_were_held():
    run = held(meeting(6, 24), meeting(7, 1))
    came(run, 180, 120)
    first, second = of(FIRST_HALF), of(SECOND_HALF)
    names = ["runs", "minutes_held", "minutes_attended", "registered", "attended", "persons", "agencies"]
    assert numbers(first.total, *names) == [0, 180, 180, 0, 0, 0, 0]
    assert numbers(second.total, *names[:5]) == [1, 180, 120, 1, 1]  # 300 of 360 minutes
    assert [row.is_counted for row in [*first.runs, *second.runs]] == [False, True]
    assert [part.tally.minutes_attended for part in first.groups] == [180]
    assert first.runs[0].numbers == [Decimal("4.0"), 180, *[None] * 7, Decimal("4.0"), 180, *[None] * 4]


def test_who_neither_counts_nor_came_yet_adds_no_line(agency):
    came(held(meeting(6, 24), meeting(7, 1)), "absent", agency=agency)
    assert (of(FIRST_HALF).agencies, of(FIRST_HALF).groups) == ([], [])


def test_a_run_that_moves_to_an_earlier_end_counts_there():
    run = held(meeting(6, 24), meeting(7, 1))
    came(run, 180)
    cancel_session(run.sessions.order_by("starts_at")[1])
    assert numbers(of(FIRST_HALF).total, "runs", "attended") == [1, 1]
    assert of(SECOND_HALF).runs == []


def test_what_has_not_ended_is_not_counted_yet():
    run = held(meeting(3, 10), meeting(3, 17))
    came(run, 180, 180)
    during = of(at=berlin(2025, 3, 17, 9))
    assert numbers(during.total, "runs", "minutes_held", "registered", "minutes_attended") == [0, 180, 0, 180]
    assert of(at=berlin(2025, 3, 10, 11)).runs == []


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (dt.datetime(2025, 6, 30, 21, 30, tzinfo=dt.UTC), dt.date(2025, 6, 30)),  # 23:30 in Berlin, over midnight
        (dt.datetime(2025, 6, 30, 22, 0, tzinfo=dt.UTC), dt.date(2025, 7, 1)),
        (dt.datetime(2025, 12, 31, 22, 59, tzinfo=dt.UTC), dt.date(2025, 12, 31)),
        (dt.datetime(2025, 12, 31, 23, 0, tzinfo=dt.UTC), dt.date(2026, 1, 1)),
        (dt.datetime(2025, 10, 25, 21, 59, tzinfo=dt.UTC), dt.date(2025, 10, 25)),
        (dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC), dt.date(2025, 10, 26)),  # 2:30, for the first time
        (dt.datetime(2025, 10, 26, 1, 30, tzinfo=dt.UTC), dt.date(2025, 10, 26)),  # 2:30, for the second time
        (dt.datetime(2025, 10, 26, 22, 59, tzinfo=dt.UTC), dt.date(2025, 10, 26)),  # a day of 25 hours
        (dt.datetime(2025, 10, 26, 23, 0, tzinfo=dt.UTC), dt.date(2025, 10, 27)),
    ],
)
def test_a_session_lies_on_the_day_it_begins_in_berlin(start, day):
    came(held((start, start + dt.timedelta(hours=3))), 180)
    one = dt.timedelta(days=1)
    seen = {date: of(Period(date, date)) for date in [day - one, day, day + one]}
    assert [(found.total.runs, found.total.minutes_attended) for found in seen.values()] == [(0, 0), (1, 180), (0, 0)]
    assert seen[day].runs[0].first_day == day


def test_one_run_alone_whenever_it_was():
    run = held(meeting(6, 24), meeting(7, 1))
    came(run, 180, 180)
    came(held(meeting(6, 24)), 180)
    found = figures_of(Period.of(run), run=run)
    assert [row.pk for row in found.runs] == [run.pk]
    assert numbers(found.total, "runs", "registered", "attended", "minutes_held") == [1, 1, 1, 360]


# --- Which people --------------------------------------------------------------------------------------


def test_who_cancelled_and_registered_again_is_one_registration(participant):
    run = held()
    came(run, person=participant, status="cancelled")
    came(run, 180, person=participant)
    assert numbers(of().total, *CLASSES, "persons") == [1, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("status", ["cancelled", "declined", "expired", "waitlisted", "requested", "offered"])
def test_without_a_place_nobody_counts_whatever_was_recorded(status, agency):
    came(held(), 180, status=status, agency=agency)
    found = of()
    assert numbers(found.total, *CLASSES, "minutes_attended", "agencies") == [0] * 8
    assert (found.agencies, found.groups) == ([], [])


def test_participations_and_people_are_counted_apart(participant, other_participant):
    for run in [held(), held(meeting(3, 11))]:
        came(run, 180, person=participant)
    came(held(), 60, person=other_participant)
    came(held(meeting(8, 1)), 180, person=other_participant)
    assert numbers(of().total, "participations", "persons", "agencies") == [3, 2, 2]
    assert numbers(of(YEAR).total, "participations", "persons", "agencies") == [4, 2, 2]


def test_walk_ins_are_counted_apart_and_among_the_registered():
    run = held()
    came(run, 180, source="walk_in")
    came(run, "absent")
    assert numbers(of().total, "registered", "walk_ins", "attended") == [2, 1, 1]


def test_the_agency_that_sent_the_person_counts(agency, other_agency, participant):
    came(held(), 180, person=participant)
    participant.agency = other_agency
    participant.save()
    came(held(), 180, person=participant)
    came(held(), "absent", agency=build_agency("Amt ohne Teilnahme", ""))
    came(held(), 180, person=build_person("kim@web.example", organisation="Verein"))
    found = of()
    assert [(part.name, part.tally.registered, part.tally.persons) for part in found.agencies] == [
        ("Amt ohne Teilnahme", 1, 0),
        ("Stadtverwaltung Bendorf", 1, 1),
        ("Stadtverwaltung Mayen", 1, 1),
        ("ohne Behörde", 1, 1),
    ]
    assert numbers(found.total, "agencies", "persons") == [2, 2]


def test_the_group_at_registration_counts(participant):
    came(held(), 180, person=participant)
    came(held(), "excused", person=build_person(group="volunteers"))
    came(held(), person=build_person(group="", profile_completed_at=None))
    participant.group = "leadership"
    participant.save()
    assert [(part.name, *numbers(part.tally, *CLASSES)) for part in of().groups] == [
        ("Mitarbeitende", 1, 1, 0, 0, 0, 0),
        ("Ehrenamtliche", 1, 0, 0, 1, 0, 0),
        ("ohne Angabe", 1, 0, 0, 0, 0, 1),
    ]


# --- Places and queues --------------------------------------------------------------------------------


def test_places_are_those_of_the_runs_that_count():
    run = held(meeting(3, 10), capacity=3)
    came(run, 180)
    came(run, "absent")
    held(meeting(6, 24), meeting(7, 1), capacity=5)
    total = of().total
    assert numbers(total, "places_offered", "registered", "occupancy") == [3, 2, Decimal("66.7")]


def test_more_people_than_places_are_more_than_a_hundred_per_cent():
    run = held(capacity=2)
    for _number in range(3):
        came(run, 180)
    assert of().total.occupancy == 150


def events(registration, *statuses):
    before = ""
    for status in statuses:
        RegistrationEvent.objects.create(registration=registration, from_status=before, to_status=status, channel="web")
        before = status


def test_who_waited_and_who_got_a_place(participant):
    run = held()
    events(came(run, 180), "waitlisted", "confirmed")
    events(came(run, 180), "waitlisted", "offered", "confirmed")
    events(came(run, status="cancelled"), "waitlisted", "confirmed", "cancelled")
    events(came(run, status="expired"), "waitlisted", "offered", "expired")
    events(came(run, 180), "confirmed")
    events(came(run, status="declined"), "offered", "declined")
    events(came(run, person=participant, status="cancelled"), "waitlisted", "cancelled")
    events(came(run, 180, person=participant), "waitlisted", "confirmed")  # twice in the queue, and one person
    events(came(held(meeting(6, 24), meeting(7, 1)), status="expired"), "waitlisted", "expired")
    assert numbers(of().total, "waited", "moved_up") == [5, 4]
    assert numbers(of().runs[0].tally, "waited", "moved_up") == [5, 4]
    assert numbers(of(SECOND_HALF).total, "waited", "moved_up") == [1, 0]


def test_what_the_queue_itself_does_is_counted(participant, other_participant, coordinator):
    """Through the operations that people use, not by rows of our own."""
    run = build_run(capacity=1, starts_at=in_days(20))
    first = booking.register(run, participant, Act(participant))
    booking.register(run, other_participant, Act(other_participant))
    booking.cancel(first, Act(participant))
    end = run.ends_at + dt.timedelta(days=1)
    found = figures_of(Period.of(run), at=end)
    assert numbers(found.total, "waited", "moved_up", "registered") == [1, 1, 1]


# --- Parts --------------------------------------------------------------------------------------------


def test_a_run_stands_in_the_month_of_its_last_session():
    came(held(meeting(3, 31), meeting(4, 1)), 180, 180)
    late = berlin(2025, 12, 31, 23)
    came(held((late, late + dt.timedelta(hours=2))), 180)  # until one o'clock in the new year
    assert {part.name: part.tally.runs for part in of(YEAR).steps if part.tally.runs} == {
        "April 2025": 1,
        "Dezember 2025": 1,
    }


def test_levels_stand_in_their_order():
    for number, level in enumerate(["conference", "opening", "basic", "basic"], start=1):
        came(held(meeting(3, number), course=build_course(f"Kurs {number}", level=level)), 180)
    assert [(part.name, part.tally.runs, part.tally.persons) for part in of().levels] == [
        ("Auftakt", 1, 1),
        ("Basismodul", 2, 2),
        ("Fachtag", 1, 1),
    ]


@pytest.mark.parametrize(
    ("first", "last", "steps"),
    [
        ((2025, 1, 1), (2025, 2, 28), ["Januar 2025", "Februar 2025"]),
        ((2025, 1, 31), (2025, 2, 1), ["31.01.2025", "01.02.2025"]),
        ((2024, 7, 1), (2025, 9, 30), ["2. Halbjahr 2024", "1. Halbjahr 2025", "01.07.2025–30.09.2025"]),
        ((2015, 1, 1), (2023, 6, 30), [*(f"Jahr {year}" for year in range(2015, 2023)), "1. Halbjahr 2023"]),
    ],
)
def test_a_period_is_divided_by_its_length(first, last, steps):
    assert [str(step) for step in Period(dt.date(*first), dt.date(*last)).steps()] == steps


@pytest.mark.parametrize(
    ("period", "before", "a_year_before"),
    [
        (FIRST_HALF, "2. Halbjahr 2024", "1. Halbjahr 2024"),
        (SECOND_HALF, "1. Halbjahr 2025", "2. Halbjahr 2024"),
        (YEAR, "Jahr 2024", "Jahr 2024"),
        (Period(dt.date(2025, 2, 1), dt.date(2025, 2, 28)), "Januar 2025", "Februar 2024"),  # of 29 days
        (Period(dt.date(2025, 3, 10), dt.date(2025, 3, 16)), "03.03.2025–09.03.2025", "10.03.2024–16.03.2024"),
        (Period(dt.date(2024, 2, 29), dt.date(2024, 2, 29)), "28.02.2024", "28.02.2023"),
    ],
)
def test_what_a_period_is_compared_with(period, before, a_year_before):
    assert [str(period.before), str(period.a_year_before)] == [before, a_year_before]


# --- Periods ------------------------------------------------------------------------------------------


def test_periods_have_names():
    assert [str(period) for period in [FIRST_HALF, SECOND_HALF, YEAR]] == [
        "1. Halbjahr 2025",
        "2. Halbjahr 2025",
        "Jahr 2025",
    ]
    assert str(Period(dt.date(2025, 1, 1), dt.date(2025, 3, 31))) == "01.01.2025–31.03.2025"


def test_the_usual_periods_go_back_from_today():
    assert [str(period) for period in usual_periods(dt.date(2026, 7, 1))] == [
        "2. Halbjahr 2026",
        "1. Halbjahr 2026",
        "2. Halbjahr 2025",
        "1. Halbjahr 2025",
        "Jahr 2026",
        "Jahr 2025",
    ]


# --- Queries --------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_as_many_queries_for_thirty_runs_as_for_one(agency):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            of(YEAR)
        return len(captured)

    def another(number):
        run = held(meeting(1 + number % 12, 10), meeting(1 + number % 12, 17))
        came(run, 180, 90, agency=build_agency(f"Amt {number}", ""))
        came(run, "absent", None)

    another(0)
    with_one = queries()
    for number in range(1, 30):
        another(number)
    assert of(YEAR).total.runs == 30
    assert queries() == with_one == 4


# --- Files ----------------------------------------------------------------------------------------------


@pytest.fixture
def some(agency, participant):
    """Figures with a title and an agency that Excel would take for formulas."""
    agency.name = "=HYPERLINK(1)"
    agency.save()
    run = held(course=build_course("+Vielfalt; „alle“"), number="2025-001")
    came(run, 100, person=participant)
    return of()


def test_as_a_workbook(some):
    file = io.BytesIO()
    write_figures_xlsx(Report(some), file)
    book = openpyxl.load_workbook(file)
    names = ["Zahlen", "je Termin", "je Monat", "je Stufe", "je Behörde", "je Gruppe", "Definitionen"]
    assert book.sheetnames == names
    totals, runs, months, levels, agencies, groups, definitions = (list(sheet.iter_rows()) for sheet in book.worksheets)
    values = {first.value: second for first, second in totals}
    assert values["Zahl"].value == "1. Halbjahr 2025"
    first = values["Erster Tag"]
    assert (first.value.date(), first.data_type, first.number_format) == (FIRST_HALF.first, "d", "dd.mm.yyyy")
    assert values["UE anwesend"].value == 2.2
    assert [values[str(DEFINITIONS[name].label)].data_type for name in OF_EVERYTHING] == ["n"] * len(OF_EVERYTHING)
    number, title, first_day, last_day, *rest = runs[1]
    assert (number.value, title.value) == ("2025-001", "'+Vielfalt; „alle“")
    assert (first_day.value.date(), last_day.data_type) == (dt.date(2025, 3, 10), "d")
    assert [cell.value for cell in rest] == [4, 180, 1, 0, 1, 0, 0, 0, 0, 2.2, 100, 10, 10, 0, 0]
    assert [cell.value for cell in months[3]] == ["März 2025", 1, 1, 1, 1, 10, 10, 0, 0]
    assert [cell.value for cell in levels[1]] == ["Basismodul", 1, 4, 1, 1, 1, 2.2, 10, 10, 0, 0]
    assert {cell.data_type for cell in rest} == {"n"}
    assert [cell.value for cell in agencies[1]] == ["'=HYPERLINK(1)", 1, 0, 1, 0, 0, 0, 0, 1, 1, 2.2, 100]
    assert [row[0].value for row in groups] == ["Gruppe", "Mitarbeitende"]
    assert [cell.value for cell in runs[0]][4:] == [str(DEFINITIONS[name].label) for name in OF_A_RUN]
    assert [cell.value for cell in agencies[0]][1:] == [str(DEFINITIONS[name].label) for name in OF_PEOPLE]
    assert [row[0].value for row in definitions][1 : 1 + len(DEFINITIONS)] == [
        str(one.label) for one in DEFINITIONS.values()
    ]


def test_as_csv(some):
    file = io.BytesIO()
    write_figures_csv(Report(some), file)
    assert file.getvalue().startswith(b"\xef\xbb\xbfAuswertung;Termin;")
    lines = file.getvalue().decode("utf-8-sig").split("\r\n")
    start = "1. Halbjahr 2025;01.01.2025;30.06.2025"
    march = "März 2025;01.03.2025;31.03.2025"
    assert [line.split(";")[0] for line in lines].count("je Monat") == 6
    lines = [line for line in lines if not line.startswith("je Monat") or "März" in line]
    assert lines[1:7] == [
        f"Gesamt;;{start};1;4,0;180;1;0;1;0;0;0;0;1;1;1;2,2;100;10;10,0;0;0",
        'je Termin;2025-001;"\'+Vielfalt; „alle“";10.03.2025;10.03.2025;;4,0;180;1;0;1;0;0;0;0;;;;2,2;100;10;10,0;0;0',
        f"je Monat;;{march};1;;;1;;;;;;;1;1;;;;10;10,0;0;0",
        "je Stufe;;Basismodul;01.01.2025;30.06.2025;1;4,0;;1;;;;;;;1;1;;2,2;;10;10,0;0;0",
        "je Behörde;;'=HYPERLINK(1);01.01.2025;30.06.2025;;;;1;0;1;0;0;0;0;1;1;;2,2;100;;;;",
        "je Gruppe;;Mitarbeitende;01.01.2025;30.06.2025;;;;1;0;1;0;0;0;0;1;1;;2,2;100;;;;",
    ]
    assert lines[7].startswith("Definition;;Termine: ")


def test_files_name_nobody(some):
    csv, xlsx = io.BytesIO(), io.BytesIO()
    write_figures_csv(Report(some), csv)
    write_figures_xlsx(Report(some), xlsx)
    book = openpyxl.load_workbook(xlsx)
    text = csv.getvalue().decode() + str([list(sheet.values) for sheet in book.worksheets])
    assert not any(name in text for person in User.objects.all() for name in [person.last_name, person.email])


def test_each_figure_is_shown_by_run_and_by_agency_or_has_a_reason_not_to():
    of_everything = {"runs", "agencies"}
    not_of_a_run = {"participations", "persons"}  # nobody takes part in one run twice
    not_of_people = {"units_held", "minutes_held"}  # a session is held for all
    assert set(OF_EVERYTHING) - set(OF_A_RUN) == of_everything | not_of_a_run, "name it in OF_A_RUN"
    of_runs = {"places_offered", "occupancy", "waited", "moved_up"}  # places and queues are those of a run
    assert set(OF_EVERYTHING) - set(OF_PEOPLE) == of_everything | not_of_people | of_runs, "name it in OF_PEOPLE"
