"""What charts show: how long which bar is, what it says and where it leads."""

import datetime as dt

import pytest
import tinyhtml5

from tests.builders import berlin, build_agency, build_run
from tests.pages import read
from tests.trainings.reporting.worlds import AT, COMPARED, FIGURES, LAST, THIS, attend, charts, tables_of
from trainings.reporting import DEFINITIONS, Dimension, Period, report_of, sections_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("today")]


@pytest.mark.slow
def test_a_chart_shows_the_fifteen_largest_agencies_and_the_others_together(reader):
    run = build_run(starts_at=berlin(2026, 2, 10, 9), teaching_minutes=180)
    for place in range(100):
        agency = build_agency(f"{'Zweckverband ' * 15}{place:03}", "", short_name=f"Z{place}")
        for _person in range(3 if place == 77 else 1):
            attend(run, agency=agency)
    [rows] = charts(report_of(THIS, at=AT), Dimension.AGENCY).values()
    assert len(rows) == 16
    assert (rows[0][0][-3:], rows[0][1]) == ("077", "3")
    assert rows[-1] == ("übrige (85)", "85")
    assert len(tables_of(reader.get(FIGURES))["by-agency"]) == 101


def test_the_longest_bar_is_that_of_the_largest_number(three):
    sections = sections_of(report_of(THIS, at=AT), lambda *_: "")
    chart = next(chart for section in sections for chart in section.charts if chart.name == "participations")
    assert [(row.label, row.bars[0].filled) for row in chart.rows][:4] == [
        ("Januar 2026", "49.75"),
        ("Februar 2026", "49.75"),
        ("März 2026", "99.50"),
        ("April 2026", "0.00"),
    ]


def test_places_and_waiting_are_filled_for_a_part(three):
    attend(three[2], status="expired", waited=True)
    sections = sections_of(report_of(THIS, at=AT), lambda *_: "")
    bars = {chart.name: chart.rows[2].bars[0] for section in sections[:1] for chart in section.charts}
    assert (bars["occupancy"].said, bars["occupancy"].outline, bars["occupancy"].filled) == (
        "20,0 % (2 von 10)", "99.50", "19.90",
    )  # fmt: skip
    assert (bars["waited"].said, bars["waited"].outline, bars["waited"].filled) == ("1 von 2", "99.50", "49.75")


def test_a_bar_of_an_overfull_run_is_longer_than_its_outline():
    run = build_run(starts_at=berlin(2026, 2, 10, 9), capacity=1)
    for _person in range(2):
        attend(run)
    [section, *_others] = sections_of(report_of(THIS, at=AT), lambda *_: "")
    bar = next(chart for chart in section.charts if chart.name == "occupancy").rows[1].bars[0]
    assert (bar.said, bar.outline, bar.filled) == ("200,0 % (2 von 1)", "49.75", "99.50")


def test_what_is_in_one_of_the_periods_alone_is_in_the_chart(three, agency):
    attend(build_run(number="2025-002", starts_at=berlin(2025, 3, 1, 9)), agency=build_agency("Amt von früher", ""))
    rows = charts(report_of(THIS, compared_with=LAST, at=AT), Dimension.AGENCY)["chart-participations-by-agency"]
    assert rows == [
        ("Stadtverwaltung Mayen", "3", "1"),
        ("Stadtverwaltung Bendorf", "1", "0"),
        ("Amt von früher", "0", "1"),
    ]


def test_of_a_hundred_years_a_chart_shows_those_in_which_there_was_something(reader, three):
    long = Period(dt.date(2000, 1, 1), dt.date(2100, 12, 31))
    rows = charts(report_of(long, at=AT), Dimension.STEP)["chart-runs-by-step"]
    assert rows == [("Jahr 2025", "1"), ("Jahr 2026", "3")]
    assert len(tables_of(reader.get(f"{FIGURES}?von=2000-01-01&bis=2100-12-31"))["by-step"]) == 102


def test_every_bar_is_a_link_that_says_what_it_shows(reader, three):
    root = tinyhtml5.parse(reader.get(FIGURES + COMPARED).content.decode(), namespace_html_elements=False)
    bars = {
        link.get("aria-label"): link.get("href") for link in root.iter("a") if link.get("class") == "app-chart__bar"
    }
    assert (
        bars["März 2026 / März 2025, 1. Halbjahr 2026: 1"]
        == f"{FIGURES}termine/?von=2026-03-01&bis=2026-03-31&zahl=runs"
    )
    assert bars["Februar 2026 / Februar 2025, 1. Halbjahr 2025: 1"].endswith(
        "von=2025-02-01&bis=2025-02-28&zahl=participations"
    )
    for drawing in root.iter("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.find("title") is not None
        assert not drawing.get("style")


@pytest.mark.parametrize("query", ["", COMPARED])
def test_without_anything_there_is_no_chart_and_no_table(reader, query):
    page = reader.get(FIGURES + query)
    assert (charts(report_of(THIS, at=AT)), tables_of(page)) == ({}, {})
    assert read(page).headings == ["Zahlen: 1. Halbjahr 2026", "Je Termin", "Was wie gezählt wird"] if query else True


def test_each_number_is_one_tap_from_its_definition_and_back(reader, three):
    page = reader.get(FIGURES).content.decode()
    for name in DEFINITIONS:
        assert page.count(f'id="definition-{name}"') == page.count(f'id="number-{name}"') == 1
        assert f'href="#definition-{name}"' in page
        assert f'href="#number-{name}"' in page
