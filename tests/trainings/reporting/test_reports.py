"""The same numbers wherever somebody reads them: on the page, in its charts, in files and on paper."""

import csv
import io
import random
import re
from decimal import Decimal

import hypothesis.strategies as st
import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from tests.builders import berlin, build_agency, build_funding, build_run
from tests.pages import read
from tests.trainings.reporting.worlds import (
    AT,
    COMPARED,
    FIGURES,
    LAST,
    THIS,
    attend,
    build_world,
    links_behind,
    tables_of,
    text_of,
)
from trainings.reporting import DEFINITIONS, CountedPart, Dimension, figures_of, report_of, sections_of
from trainings.templatetags.trainings_text import grouped

pytestmark = pytest.mark.django_db


def as_written(value) -> str:
    """As pages write what stands in a file."""
    if value in {"", None}:
        return "–"
    number = str(value).replace(",", ".")
    is_number = re.fullmatch(r"-?\d+(\.\d+)?", number)
    return grouped(Decimal(number) if "." in number else int(number)) if is_number else str(value)


def with_one_decimal(cells, columns):
    """A workbook has numbers, of which 4.0 is 4."""
    decimals = {str(DEFINITIONS[name].label) for name in ["units_held", "units_attended", "occupancy"]}
    return [
        as_written(f"{value:.1f}" if column in decimals and value is not None else value)
        for value, column in zip(cells, columns, strict=True)
    ]


def agree(reader, query: str, *, with_paper: bool = True) -> None:
    """Page, charts, CSV, workbook and paper of one address."""
    page = reader.get(FIGURES + query)
    tables = tables_of(page)
    text = reader.get(f"/koordination/zahlen.csv{query}").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    columns = lines[0]
    book = openpyxl.load_workbook(io.BytesIO(reader.get(f"/koordination/zahlen.xlsx{query}").content))
    paper = text_of(reader.get(f"{FIGURES}auswertung.pdf{query}").content) if with_paper else None
    report = report_of(THIS, compared_with=LAST, at=AT)
    for section in sections_of(report, lambda *_: ""):
        division = section.division
        name = division.heading[0].lower() + division.heading[1:]
        for place, table in enumerate(section.tables, start=1):
            is_compared = table.period == LAST
            headings, *shown = tables[f"{division.anchor} {division.anchor}-{place}"]
            sheet = book[f"{name} (Vergleich)" if is_compared else name]
            [head, *rows] = sheet.iter_rows(values_only=True)
            assert list(head) == headings
            assert [with_one_decimal(row, head) for row in rows] == shown
            in_csv = [line for line in lines if line[0] == (f"Vergleich: {name}" if is_compared else name)]
            spread = [[line[2], *(line[columns.index(one)] for one in headings[1:])] for line in in_csv]
            assert [[row[0], *map(as_written, row[1:])] for row in spread] == shown
            for row in shown:
                assert paper is None or " ".join(row) in paper
        for chart in section.charts:
            said = [(row.label, *(bar.said for bar in row.bars)) for row in chart.rows]
            assert said == expected(report, division, chart.name)
            text = re.sub(r"\d\. Halbjahr 202\d: ", "", read(page).text)  # for screen readers alone
            for label, *numbers in said:
                assert f"{label} {' '.join(numbers)}" in text
                assert paper is None or f"{label} {' '.join(numbers)}" in paper
    totals = {row[0]: row[1:4] for row in book["Zahlen"].iter_rows(values_only=True)}
    for total in report.totals():
        label = str(total.definition.label)
        number, other, difference = totals[label]
        assert (number, other, difference) == (
            *(None if one is None else pytest.approx(float(one)) for one in total[1:]),
        )
        assert paper is None or f"{label} {grouped(total.number)} {grouped(total.compared)}" in paper


def expected(report, division, name):
    """What a chart must say, worked out from the tallies of its table."""
    rows = []
    for pair in report.pairs(division.dimension):
        values = []
        for tally in report.tallies(pair):
            if name == "waited":
                values.append(f"{tally.moved_up} von {tally.waited}")
            elif name == "occupancy":
                share = "–" if tally.occupancy is None else f"{grouped(tally.occupancy)} %"
                values.append(f"{share} ({tally.registered} von {tally.places_offered})" if share != "–" else "–")
            else:
                values.append(grouped(getattr(tally, name)))
        rows.append((pair.name, *values))
    if division.dimension == Dimension.AGENCY:
        rows.sort(key=lambda row: [-int(value) for value in row[1:]])
    return rows


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_page_charts_files_and_paper_say_the_same(reader, seed):
    with transaction.atomic():
        build_world(random.Random(seed))  # noqa: S311
        agree(reader, COMPARED)
        transaction.set_rollback(True)


def test_one_world_in_which_they_say_the_same(reader):
    build_world(random.Random(1), runs=4)  # noqa: S311
    agree(reader, COMPARED, with_paper=False)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
@pytest.mark.slow
def test_parts_are_what_is_counted_of_them_alone(db, seed):
    """The month of a period is the period of that month, and so is a level or an agency."""
    with transaction.atomic():
        build_world(random.Random(seed))  # noqa: S311
        figures = figures_of(THIS, at=AT)
        for step in figures.steps:
            assert figures_of(step.period, at=AT).total.numbers(step.names) == step.numbers
        for dimension in [Dimension.AGENCY, Dimension.GROUP, Dimension.LEVEL]:
            for part in figures.parts[dimension]:
                alone = figures_of(THIS, part=CountedPart(dimension, part.key), at=AT)
                assert alone.total.numbers(part.names) == part.numbers
        transaction.set_rollback(True)


# --- Comparing, and one grant ------------------------------------------------------------


def test_totals_stand_beside_those_of_the_period_they_are_compared_with(reader, three):
    page = read(reader.get(FIGURES + COMPARED))
    assert "Verglichen mit: 1. Halbjahr 2025 (01.01.2025–30.06.2025)" in page.text
    assert "Termine 3 Vergleich: 1 (+2)" in page.text
    assert "UE gehalten 6,7 Vergleich: 2,2 (+4,5)" in page.text
    assert "Gefehlt 0 Vergleich: 0 (±0)" in page.text
    back = read(
        reader.get(
            f"{FIGURES}?von=2025-01-01&bis=2025-06-30&vergleich=tage&vergleich_von=2026-01-01&vergleich_bis=2026-06-30"
        )
    )
    assert "Termine 1 Vergleich: 3 (-2)" in back.text


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ("vergleich=davor", "2. Halbjahr 2025"),
        ("vergleich=vorjahr", "1. Halbjahr 2025"),
        ("vergleich=tage&vergleich_von=2025-02-01&vergleich_bis=2025-02-28", "Februar 2025"),
    ],
)
def test_what_there_is_to_compare_with(reader, three, query, period):
    assert f"Verglichen mit: {period} (" in read(reader.get(f"{FIGURES}?{query}")).text


def test_periods_of_different_lengths_are_divided_alike(reader, three):
    """As the longer one is: under „Je Jahr“ stand years, on the page, in charts and in the files."""
    query = "?von=2026-03-01&bis=2026-03-31&vergleich=tage&vergleich_von=2010-01-01&vergleich_bis=2025-12-31"
    response = reader.get(FIGURES + query)
    assert "Je Monat" not in read(response).text
    tables = [rows for name, rows in tables_of(response).items() if "by-step" in name]
    assert [[row[0] for row in rows] for rows in tables] == [
        ["Jahr", "März 2026"],
        ["Jahr", *(f"Jahr {year}" for year in range(2010, 2026))],
    ]
    lines = reader.get(f"{FIGURES.rstrip('/')}.csv{query}").content.decode()
    assert "je Jahr;;März 2026;" in lines
    assert "Vergleich: je Jahr;;Jahr 2025;" in lines
    assert "je Monat" not in lines


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("vergleich=tage", ["Bitte geben Sie den Tag an, wenn Sie mit freien Tagen vergleichen."] * 2),
        ("vergleich=tage&vergleich_von=2026-02-02&vergleich_bis=2026-02-01", ["Der letzte Tag liegt vor dem ersten."]),
        ("vergleich=gestern", ["Bitte eine gültige Auswahl treffen. gestern ist keine gültige Auswahl."]),
        ("foerderung=4711", ["Bitte eine gültige Auswahl treffen. Dies ist keine gültige Auswahl."]),
    ],
)
def test_what_cannot_be_compared_is_named_beside_its_field(reader, query, errors):
    assert read(reader.get(f"{FIGURES}?{query}")).errors == errors
    response = reader.get(f"{FIGURES}auswertung.pdf?{query}")
    assert read(reader.get(response.url)).errors == errors


def test_everything_is_of_the_grant_that_was_chosen(reader, three):
    grant = build_funding(grant_number="AMIF/0815")
    type(three[0]).objects.filter(pk__in=[three[0].pk, three[1].pk]).update(funding=grant)
    page = read(reader.get(f"{FIGURES}{COMPARED}&foerderung={grant.pk}"))
    assert f"Nur Termine der Förderung {grant}" in page.text
    assert "Termine 2 Vergleich: 0 (+2)" in page.text
    assert page.links["1. Halbjahr 2025"] == f"?von=2025-01-01&bis=2025-06-30&foerderung={grant.pk}&vergleich=vorjahr"
    whole = f"?von={grant.starts_on}&bis={grant.ends_on}&foerderung={grant.pk}&vergleich=vorjahr"
    assert page.links["Ganze Förderung"] == whole
    csv_file = reader.get(page.links["Als CSV-Datei"])
    assert csv_file["Content-Disposition"] == 'attachment; filename="zahlen-2026-01-01-bis-2026-06-30-amif0815.csv"'
    assert f"Förderung;;{grant}" in csv_file.content.decode()
    assert "2026-003" not in csv_file.content.decode()
    behind = links_behind(reader.get(f"{FIGURES}{COMPARED}&foerderung={grant.pk}"))
    address = f"{FIGURES}termine/?von=2026-01-01&bis=2026-06-30&foerderung={grant.pk}&zahl=runs"
    assert behind[address] == "2"
    assert "2026-003" not in read(reader.get(address)).text
    assert page.links["Auswertung als PDF"].endswith(
        f"{COMPARED.replace('&vergleich', f'&foerderung={grant.pk}&vergleich')}"
    )


def test_the_address_says_it_all(reader, three):
    """Whoever is sent it sees the same."""
    query = f"{COMPARED}&vergleich_von=&vergleich_bis="
    page = read(reader.get(FIGURES + query))
    assert page.form("von") == {
        "von": "2026-01-01", "bis": "2026-06-30", "foerderung": "", "vergleich": "vorjahr",
        "vergleich_von": "", "vergleich_bis": "",
    }  # fmt: skip
    assert page.links["Als Excel-Datei"].endswith(COMPARED)


# --- Queries ------------------------------------------------------------


@pytest.mark.slow
def test_a_comparison_asks_as_often_for_twenty_runs_as_for_two(reader):
    def queries(address):
        assert reader.get(address).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            assert reader.get(address).status_code == 200
        return len(captured)

    def another(place):
        for year in (2025, 2026):
            run = build_run(starts_at=berlin(year, 1 + place % 6, 10, 9))
            attend(run, agency=build_agency(f"Amt {place} {year}", ""), waited=True)

    addresses = [FIGURES + COMPARED, f"{FIGURES}termine/{COMPARED}&zahl=persons"]
    another(0)
    with_one = [queries(address) for address in addresses]
    for place in range(1, 10):
        another(place)
    assert [queries(address) for address in addresses] == with_one
