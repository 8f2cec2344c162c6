"""What a format makes of a period: the same numbers as everywhere, in the funder's columns."""

import csv
import datetime as dt
import io
from decimal import Decimal

import hypothesis.strategies as st
import openpyxl
import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from evidence import formats
from evidence.facts import period_evidence
from evidence.formats.contents import CONTENTS
from evidence.models import ExportFormat, FormatColumn
from tests.builders import berlin, build_agency, build_funding, build_person
from tests.certificates.builders import build_attended, record
from tests.evidence.builders import build_format, build_period
from tests.trainings.reporting.test_exports import strictly
from tests.trainings.reporting.test_figures import came, held, meeting
from trainings.refusals import Refused
from trainings.reporting import figures_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def period():
    return build_period(funding=build_funding(names_in_reports=True))


@pytest.fixture
def anna():
    return build_person(
        "anna@jobcenter.example", "Anna", "Özgür", agency=build_agency("Jobcenter", "jobcenter.example")
    )


@pytest.fixture
def world(period, anna):
    """Two runs that end in the period and one that goes on after it; four people, one of them twice and late."""
    first = held(meeting(3, 10), meeting(3, 17), funding=period.funding)
    second = held(meeting(3, 17, hour=14, minutes=200), funding=period.funding)
    goes_on = held(meeting(6, 30), meeting(7, 1), funding=period.funding)
    zoe, ole, mia = (build_person(last_name=name, agency=None) for name in ["Zoe", "Ole", "Mia"])
    for run, person, minutes in [
        (first, anna, 180), (first, zoe, 90), (first, ole, 0), (second, anna, 180), (goes_on, mia, 180),
    ]:  # fmt: skip
        build_attended(run, person, minutes=minutes)
    build_attended(held(meeting(4, 1), funding=build_funding()), mia)  # of another grant
    return [first, second, goes_on]


def rows(of: ExportFormat, period) -> list[list[object]]:
    return formats.table_of(of, period).rows


def test_every_number_is_that_of_the_facts(period, world):
    total = period_evidence(period.funding, period.days).numbers
    minutes = {"time_in": "minutes"}
    runs = rows(
        build_format("run", "run_registered", "run_attended", "run_minutes_held", "run_minutes_attended", **minutes),
        period,
    )
    sums = [sum(number or 0 for number in numbers) for numbers in zip(*runs, strict=True)]
    assert sums == [total[name] for name in ("registered", "attended", "minutes_held", "minutes_attended")]
    assert len(rows(build_format("place", "person"), period)) == total["registered"] == 4
    assert len(rows(build_format("participation", "person"), period)) == total["participations"] == 3
    assert len(rows(build_format("person", "person"), period)) == total["persons"] == 2
    days = rows(build_format("person_day", "day", "person", "time_attended", **minutes), period)
    assert sum(row[2] for row in days) == total["minutes_attended"]
    agencies = rows(build_format("agency", "agency_name", "agency_registered"), period)
    assert agencies == [["Jobcenter", 2], ["ohne Behörde", 2]]


def test_a_run_that_ends_later_has_its_time_here_and_its_people_there(period, world):
    [*_counted, goes_on] = rows(
        build_format("run", "run_number", "is_counted", "run_registered", "run_minutes_held"), period
    )
    assert goes_on == [world[2].number, "nein", None, Decimal("4.0")]


def test_a_person_day_counts_a_day_once_whatever_was_held(period, world, anna):
    found = rows(build_format("person_day", "day", "last_name", "run_number", "time_attended"), period)
    first, second, goes_on = (run.number for run in world)
    assert found == [
        [dt.date(2025, 3, 10), "Özgür", first, Decimal("4.0")],
        [dt.date(2025, 3, 10), "Zoe", first, Decimal("2.0")],
        [dt.date(2025, 3, 17), "Özgür", f"{first}, {second}", Decimal("8.0")],
        [dt.date(2025, 3, 17), "Zoe", first, Decimal("2.0")],
        [dt.date(2025, 6, 30), "Mia", goes_on, Decimal("4.0")],
    ]


@pytest.mark.slow
def test_people_have_one_number_in_a_file_and_another_in_the_next(period):
    run = held(meeting(3, 10), funding=period.funding)
    again = held(meeting(3, 11), funding=period.funding)
    everybody = [build_person() for _number in range(12)]
    for person in everybody:
        build_attended(run, person), build_attended(again, person)
    found = rows(build_format("place", "run_number", "person"), period)
    of_run, of_again = ([number for name, number in found if name == one.number] for one in (run, again))
    assert of_run == of_again == list(range(1, 13)), "in the order of the numbers: that of the names says who is who"

    def numbers() -> dict[str, int]:
        return dict(rows(build_format("participation", "last_name", "person"), period))

    one, other = numbers(), numbers()
    assert one.keys() == other.keys() == {person.last_name for person in everybody}
    assert one != other, "a shuffle of twelve repeats once in 479,001,600"


def test_with_names_people_are_sorted_as_in_a_german_list(period):
    run = held(meeting(3, 10), funding=period.funding)
    for name in ["Zander", "Özgür", "Ohlig", "Ärmel", "Adler"]:
        build_attended(run, build_person(last_name=name))
    found = rows(build_format("place", "last_name"), period)
    assert [name for [name] in found] == ["Adler", "Ärmel", "Özgür", "Ohlig", "Zander"]


def test_names_are_refused_where_the_grant_names_nobody(world, period):
    of = build_format("place", "last_name", "outcome")
    assert formats.stands_against(of, period.funding) == []
    period.funding.names_in_reports = False
    with pytest.raises(Refused) as refused:
        formats.table_of(of, period)
    assert refused.value.codes == ["names"]
    assert "„LAST_NAME“" in str(refused.value)
    assert period.funding.grant_number in str(refused.value)


def test_formats_that_come_with_the_software_name_nobody(world, period, anna):
    for of in formats.all_formats():
        table = formats.table_of(of, period)
        assert len(table.rows) > 0
        assert "Özgür" not in str(table.rows)
        assert CONTENTS.keys() >= {column.content for column in of.ordered_columns}
    assert not [content for content in formats.contents_for("person") if content.names_people]


def test_a_content_that_is_gone_is_said_and_not_left_empty(period):
    of = build_format("run", "run_number", "shoe_size")
    assert [reason.field for reason in formats.broken(of)] == ["content-2"]
    with pytest.raises(Refused, match="„SHOE_SIZE“ hat einen Inhalt, den es nicht mehr gibt"):
        formats.table_of(of, period)
    with pytest.raises(Refused, match="„OUTCOME“"):
        formats.table_of(build_format("run", "outcome"), period)  # not of such rows
    with pytest.raises(Refused, match="noch keine Spalten"):
        formats.table_of(build_format("run"), period)


def test_time_and_days_are_written_as_the_format_says(period, world):
    def first(**fields):
        return rows(build_format("run", "first_day", "run_minutes_held", **fields), period)[0]

    assert first() == [dt.date(2025, 3, 10), Decimal("8.0")]
    assert first(days="iso", time_in="minutes") == ["2025-03-10", 360]
    assert first(days="german") == ["10.03.2025", Decimal("8.0")]


def test_contents_are_in_the_language_of_the_format(period, world):
    assert rows(build_format("run", "level", language="en"), period)[0] == ["Basic module"]


def test_own_text_empty_columns_and_numbers_of_lines(period, world):
    of = build_format("run", "line_number", "empty")
    of.ordered_columns = [*of.ordered_columns, FormatColumn(3, "Land", "text", "=DE")]
    table = formats.table_of(of, period)
    assert table.rows == [[1, None, "=DE"], [2, None, "=DE"], [3, None, "=DE"]]
    file = io.BytesIO()
    formats.write_table_csv(table, file)
    assert file.getvalue().decode("utf-8-sig").splitlines()[:2] == ["LINE_NUMBER;EMPTY;Land", "1;;'=DE"]


def test_csv_is_in_the_dialect_of_the_format(period, world):
    dialect = {"delimiter": "\t", "decimal_mark": ".", "with_headings": False}
    of = build_format("run", "run_number", "run_minutes_held", "first_day", **dialect)
    file = io.BytesIO()
    formats.write_table_csv(formats.table_of(of, period), file)
    read = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig")), delimiter="\t"))
    assert read[0] == [world[0].number, "8.0", "10.03.2025"]


def test_excel_has_numbers_as_numbers_and_days_as_days(period, world):
    file = io.BytesIO()
    formats.write_table_xlsx(
        formats.table_of(build_format("run", "run_minutes_held", "run_registered", "first_day"), period), file
    )
    headings, first, *_rest = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
    assert headings == ("RUN_MINUTES_HELD", "RUN_REGISTERED", "FIRST_DAY")
    assert (*first[:2], first[2].date()) == (8, 3, dt.date(2025, 3, 10))


def test_a_session_that_is_not_over_is_nobodys_day(period):
    with time_machine.travel(berlin(2025, 3, 10, 10), tick=False):
        run = held(meeting(3, 10), funding=period.funding)
        registration = build_attended(run, minutes=None)
        record(registration, run.sessions.get(), 180, by=registration.person)
        assert rows(build_format("person_day", "day"), period) == []
    with time_machine.travel(berlin(2025, 3, 10, 13), tick=False):
        assert len(rows(build_format("person_day", "day"), period)) == 1


@pytest.mark.parametrize("of", ExportFormat.Row.values)
def test_every_content_can_be_had_in_its_rows(of, period, world):
    contents = [content.name for content in formats.contents_for(of)]
    table = formats.table_of(build_format(of, *contents), period)
    assert [len(row) for row in table.rows] == [len(contents)] * len(table.rows)
    as_csv, as_xlsx = io.BytesIO(), io.BytesIO()
    formats.write_table_csv(table, as_csv)
    formats.write_table_xlsx(table, as_xlsx)
    lines = list(csv.reader(io.StringIO(as_csv.getvalue().decode("utf-8-sig")), delimiter=";", strict=True))
    assert [len(line) for line in lines] == [len(contents)] * (len(table.rows) + 1)
    strictly(as_xlsx.getvalue())


def test_a_period_without_runs_is_an_empty_table(period):
    assert rows(build_format("person_day", "day"), period) == []


# --- Whatever happened ---------------------------------------------------------------------------------

marks = st.one_of(st.none(), st.sampled_from(["absent", "excused"]), st.integers(1, 90))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(
        st.tuples(
            st.lists(st.integers(120, 240), min_size=1, max_size=3, unique=True),  # days of the year, around its half
            st.lists(st.tuples(st.lists(marks, min_size=3, max_size=3), st.integers(0, 3)), max_size=4),
        ),
        max_size=3,
    )
)
def test_rows_and_figures_agree_whatever_was_recorded(db, runs):
    with transaction.atomic():
        period = build_period()
        agencies = [None, build_agency("Amt", "")]
        people = [build_person() for _number in range(4)]
        for days, registrations in runs:
            begin = berlin(2025, 1, 1, 9)
            meetings = [(begin + dt.timedelta(day), begin + dt.timedelta(day, hours=2)) for day in sorted(days)]
            run = held(*meetings, teaching_minutes=90, funding=period.funding)
            for place, (who, recorded) in enumerate({who: recorded for recorded, who in registrations}.items()):
                came(run, *recorded, person=people[who], agency=agencies[place % 2])
        figures = figures_of(period.days, funding=period.funding).total
        in_minutes = {"time_in": "minutes"}
        sums = {
            "minutes_held": total(build_format("run", "run_minutes_held", **in_minutes), period),
            "registered": len(rows(build_format("place", "person"), period)),
            "participations": len(rows(build_format("participation", "person"), period)),
            "persons": len(rows(build_format("person", "person"), period)),
            "minutes_attended": total(build_format("person_day", "time_attended", **in_minutes), period),
            "attended": total(build_format("agency", "agency_attended"), period),
            "runs": sum(counted == "ja" for [counted] in rows(build_format("run", "is_counted"), period)),
        }
        assert sums == {name: getattr(figures, name) for name in sums}
        taken_part = total(build_format("person", "number_of_runs"), period)
        assert taken_part == figures.participations
        transaction.set_rollback(True)


def total(of: ExportFormat, period) -> int:
    return sum(number or 0 for [number] in rows(of, period))
