"""How far an indicator is: counted once, by the figures, and narrowed so that parts add up where they must."""

import datetime as dt
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from accounts.models import Agency, TargetGroup
from evidence import indicators
from evidence.models import Indicator
from tests.builders import berlin, build_agency, build_course, build_funding, build_person
from tests.certificates.builders import build_attended
from tests.evidence.builders import build_indicator, build_period, build_target
from tests.trainings.reporting.test_figures import came, held, meeting
from trainings.models import AttendanceRecord, Course, CourseRun
from trainings.reporting import Narrowing, Period, figures_of

pytestmark = pytest.mark.django_db

AFTERWARDS = berlin(2026, 3, 1)


@pytest.fixture
def period():
    return build_period()


def reached(period, **fields):
    build_indicator(funding=period.funding, **fields)
    [attainment] = indicators.attainments_of_period(period)
    Indicator.objects.all().delete()
    return attainment.reached


def test_people_and_participations_are_counted_apart_and_narrowed(period):
    basic = build_course(level="basic")
    runs = [held(meeting(3, day), course=basic, funding=period.funding) for day in (10, 11)]
    runs.append(held(meeting(3, 12), course=build_course(level="leadership"), funding=period.funding, format="online"))
    chief = build_person(group="leadership", agency=build_agency("Jobcenter", "jc.example", kind="jobcenter"))
    for run in runs:
        build_attended(run, chief, minutes=180)
    build_attended(runs[0], build_person(group="staff"), minutes=90)
    assert reached(period, counts="persons") == 2
    assert reached(period, counts="participations") == 4
    assert reached(period, counts="participations", level="basic") == 3
    assert reached(period, counts="persons", level="basic", group="leadership") == 1
    assert reached(period, counts="participations", course=basic, agency_kind="jobcenter") == 2
    assert reached(period, counts="participations", format="online") == 1
    assert reached(period, counts="units_attended", level="leadership") == Decimal("4.0")
    assert reached(period, counts="agencies", group="leadership") == 1
    assert reached(period, counts="runs", level="basic") == 2


def test_a_period_says_what_is_missing(period):
    build_attended(held(meeting(3, 10), funding=period.funding), minutes=180)
    for target in (3, 1, 0, None):
        build_target(build_indicator(funding=period.funding), period, target=target)
    found = [(one.target, one.reached, one.difference, one.percent) for one in indicators.attainments_of_period(period)]
    assert found == [(3, 1, -2, 33), (1, 1, 0, 100), (0, 1, 1, None), (None, 1, None, None)]


def test_almost_reached_is_not_reached(period):
    build_target(build_indicator(funding=period.funding, counts="units_attended"), period, target=Decimal("4.1"))
    build_attended(held(meeting(3, 10), funding=period.funding), minutes=180)
    [found] = indicators.attainments_of_period(period)
    assert (found.difference, found.percent) == (Decimal("-0.1"), 97)


def test_the_whole_grant_counts_a_person_once(period):
    second = build_period(funding=period.funding, first_on=dt.date(2025, 7, 1), last_on=dt.date(2025, 12, 31))
    person = build_person()
    build_attended(held(meeting(3, 10), funding=period.funding), person, minutes=180)
    build_attended(held(meeting(8, 10), funding=period.funding), person, minutes=180)
    build_attended(held(meeting(8, 11), funding=build_funding()), person, minutes=180)
    persons = build_indicator(funding=period.funding, target=5)
    build_indicator(funding=period.funding, counts="participations")
    one, other = indicators.attainments_of_grant(period.funding, [period, second])
    assert one.indicator == persons
    assert ([attainment.reached for attainment in one.of_periods], one.total.reached, one.total.percent) == (
        [1, 1],
        1,
        20,
    )
    assert ([attainment.reached for attainment in other.of_periods], other.total.reached) == ([1, 1], 2)


def test_the_same_cut_is_counted_once_for_several_indicators(period):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            indicators.attainments_of_period(period)
        return len(captured)

    build_indicator(funding=period.funding)
    one = queries()
    build_indicator(funding=period.funding, counts="participations")
    assert queries() == one


# --- What was handed in -------------------------------------------------------------------------------


def test_what_was_handed_in_stays_and_says_what_it_would_be_today(period, coordinator):
    run = held(meeting(3, 10), funding=period.funding)
    build_attended(run, minutes=180)
    build_target(build_indicator(funding=period.funding), period, target=2)
    indicators.keep_what_was_reached(period, AFTERWARDS)
    period.handed_in_at, period.handed_in_by = AFTERWARDS, coordinator
    period.save()
    Indicator.objects.update(created_at=AFTERWARDS - dt.timedelta(days=300))
    [attainment] = indicators.attainments_of_period(period)
    assert (attainment.reached, attainment.live) == (1, None)
    build_attended(run, minutes=180)
    [attainment] = indicators.attainments_of_period(period)
    assert (attainment.target, attainment.reached, attainment.live) == (2, 1, 2)


def test_an_indicator_made_later_is_no_part_of_what_was_handed_in(period, coordinator):
    period.handed_in_at, period.handed_in_by = AFTERWARDS, coordinator
    period.save()
    build_indicator(funding=period.funding, created_at=AFTERWARDS + dt.timedelta(seconds=1))
    assert indicators.attainments_of_period(period) == []
    [row] = indicators.attainments_of_grant(period.funding, [period])
    assert (row.of_periods, row.total.reached) == ([None], 0)


# --- In words -----------------------------------------------------------------------------------------


def test_the_query_is_said_in_words():
    narrowed = {"level": "basic", "group": "leadership"}
    of = Indicator(counts="persons", **narrowed)
    assert indicators.in_words(of) == (
        "Verschiedene Personen mit mindestens einer Teilnahme an einem Termin der Stufe Basismodul, "
        "Gruppe Führungskräfte, im Zeitraum"
    )
    course = Course(title="Vielfalt", level="basic")
    of = Indicator(counts="participations", course=course, format="online", agency_kind="jobcenter")
    assert indicators.in_words(of) == (
        "Teilnahmen an Terminen der Schulung „Vielfalt“ im Format online, Behörden der Art Jobcenter, im Zeitraum"
    )


def test_whatever_can_be_counted_is_a_number_of_the_figures(period):
    total = figures_of(period.days).total
    for counts in indicators.COUNTED:
        assert getattr(total, counts) == 0, counts
        assert indicators.in_words(Indicator(counts=counts)).endswith("im Zeitraum")


# --- Parts and the whole ------------------------------------------------------------------------------

ADDITIVE = ["registered", "attended", "partial", "absent", "walk_ins", "participations", "minutes_attended"]
OF_RUNS = [*ADDITIVE, "runs", "minutes_held"]
YEAR = Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
marks = st.one_of(st.none(), st.just("absent"), st.integers(1, 90))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(
        st.tuples(
            st.sampled_from(Course.Level.values),
            st.sampled_from(CourseRun.Format.values),
            st.lists(st.tuples(marks, st.integers(0, 3), st.sampled_from(["", *TargetGroup])), max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_parts_add_up_to_the_whole_where_they_must(db, runs):
    with transaction.atomic():
        kinds = [Agency.Kind.CHURCH, Agency.Kind.COUNTY, Agency.Kind.JOBCENTER]
        agencies = [build_agency(kind, "", kind=kind) for kind in kinds]
        people = [build_person() for _number in range(4)]
        courses = {level: build_course(level=level) for level in Course.Level}
        for level, run_format, registrations in runs:
            run = held(meeting(3, 10), teaching_minutes=90, course=courses[level], format=run_format)
            for mark, who, group in {who: (mark, who, group) for mark, who, group in registrations}.values():
                came(run, mark, person=people[who], agency=agencies[who % 3], group=group)
        whole = figures_of(YEAR, at=AFTERWARDS).total

        def summed(names, parts):
            totals = [figures_of(YEAR, only=only, at=AFTERWARDS).total for only in parts]
            assert max((one.persons for one in totals), default=0) <= whole.persons
            return {name: sum(getattr(one, name) for one in totals) for name in names}

        for parts in (
            [Narrowing(level=level) for level in Course.Level],
            [Narrowing(format=one) for one in CourseRun.Format],
            [Narrowing(course=course.pk) for course in courses.values()],
        ):
            assert summed(OF_RUNS, parts) == {name: getattr(whole, name) for name in OF_RUNS}
        assert summed(ADDITIVE, [Narrowing(agency_kind=kind) for kind in kinds]) == {
            name: getattr(whole, name) for name in ADDITIVE
        }
        grouped = figures_of(YEAR, at=AFTERWARDS).groups
        without = next((one.tally for one in grouped if one.name == "ohne Angabe"), None)
        by_group = summed(ADDITIVE, [Narrowing(group=group) for group in TargetGroup])
        assert by_group == {
            name: getattr(whole, name) - (getattr(without, name) if without else 0) for name in ADDITIVE
        }
        transaction.set_rollback(True)


def test_who_takes_part_in_two_levels_counts_in_both_and_once():
    person = build_person()
    for level in ("basic", "advanced"):
        came(held(meeting(3, 10), course=build_course(level=level)), 180, person=person)
    parts = [figures_of(YEAR, only=Narrowing(level=level), at=AFTERWARDS).total.persons for level in Course.Level]
    assert (sum(parts), figures_of(YEAR, at=AFTERWARDS).total.persons) == (2, 1)
    assert AttendanceRecord.objects.count() == 2
