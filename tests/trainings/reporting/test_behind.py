"""Which runs are behind a number: their sum is the number, wherever it stands."""

import random
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from tests.pages import read
from tests.trainings.reporting.worlds import COMPARED, FIGURES, build_world, links_behind, tables_of

pytestmark = pytest.mark.django_db


MINUTES_OF_A_UNIT = 45


def number(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".").replace("–", "0"))


def adds_up(reader, address: str, shown: str) -> None:
    [(_label, [headings, *rows, total])] = tables_of(reader.get(address)).items()
    column = [number(row[2]) for row in rows]
    assert number(total[2]) == number(shown), address
    if headings[2] == "Auslastung in %":
        registered, places = (sum(number(row[place]) for row in rows) for place in (3, 4))
        whole = (100 * registered / places).quantize(Decimal("0.1"), "ROUND_HALF_UP")
    elif headings[2].startswith("UE"):
        whole = (sum(number(row[3]) for row in rows) / MINUTES_OF_A_UNIT).quantize(Decimal("0.1"), "ROUND_HALF_UP")
    else:
        whole = sum(column)
    assert whole == number(shown), address


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
@pytest.mark.slow
def test_every_number_is_the_sum_of_the_runs_it_leads_to(reader, seed):
    with transaction.atomic():
        build_world(random.Random(seed), runs=5, agencies=2)  # noqa: S311
        for address, shown in links_behind(reader.get(FIGURES + COMPARED)).items():
            adds_up(reader, address, shown)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("name", "rows", "total"),
    [
        ("runs", [["2026-001", "1"], ["2026-002", "1"], ["2026-003", "1"]], ["3"]),
        ("participations", [["2026-001", "1"], ["2026-002", "1"], ["2026-003", "2"]], ["4"]),
        ("persons", [["2026-001", "1"], ["2026-003", "1"]], ["2"]),
        ("agencies", [["2026-001", "1"], ["2026-003", "1"]], ["2"]),
        ("moved_up", [["2026-003", "1", "1"]], ["1", "1"]),
        (
            "units_held",
            [["2026-001", "2,2", "100"], ["2026-002", "2,2", "100"], ["2026-003", "2,2", "100"]],
            ["6,7", "300"],
        ),
        (
            "occupancy",
            [["2026-001", "10,0", "1", "10"], ["2026-002", "10,0", "1", "10"], ["2026-003", "20,0", "2", "10"]],
            ["13,3", "4", "30"],
        ),
    ],
)
def test_the_runs_behind_a_number(reader, three, name, rows, total):
    [(_label, [_headings, *listed, last])] = tables_of(
        reader.get(f"{FIGURES}termine/?von=2026-01-01&bis=2026-06-30&zahl={name}")
    ).items()
    assert [[row[1].removeprefix("Vielfalt "), *row[2:]] for row in listed] == rows
    assert last[1:] == ["Zusammen", *total]


def test_a_number_of_an_agency_leads_to_its_runs_and_on_to_their_pages(reader, three, other_participant):
    address = next(
        address for address, shown in links_behind(reader.get(FIGURES)).items()
        if f"behoerde={other_participant.agency_id}&zahl=participations" in address
    )  # fmt: skip
    page = read(reader.get(address))
    assert page.headings == ["Teilnahmen: Stadtverwaltung Bendorf, 1. Halbjahr 2026"]
    assert page.links["Vielfalt"] == f"/koordination/termine/{three[2].pk}/"
    assert "2026-001" not in page.text
    assert page.links["Alle Zahlen: 1. Halbjahr 2026"] == f"{FIGURES}?von=2026-01-01&bis=2026-06-30"


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("behoerde=ohne&zahl=persons", "Personen: ohne Behörde, 1. Halbjahr 2026"),
        ("gruppe=ohne&zahl=registered", "Angemeldet: ohne Angabe, 1. Halbjahr 2026"),
        ("gruppe=staff&zahl=registered", "Angemeldet: Mitarbeitende, 1. Halbjahr 2026"),
        ("stufe=basic&zahl=units_held", "UE gehalten: Basismodul, 1. Halbjahr 2026"),
    ],
)
def test_the_heading_says_what_is_listed(reader, query, heading):
    assert read(reader.get(f"{FIGURES}termine/?{query}")).headings == [heading]


@pytest.mark.parametrize(
    "query",
    [
        "zahl=",
        "zahl=surname",
        "zahl=__class__",
        "behoerde=4711&zahl=persons",
        "behoerde=²&zahl=persons",
        "behoerde=&zahl=persons",
        "behoerde=99999999999999999999&zahl=persons",
        "gruppe=everybody&zahl=persons",
        "stufe=basic&zahl=minutes_attended",
        "stufe=ohne&zahl=runs",
        "gruppe=staff&zahl=runs",
    ],
)
def test_an_address_that_no_page_leads_to_does_not_exist(reader, query):
    assert reader.get(f"{FIGURES}termine/?{query}").status_code == 404


def test_wrong_days_are_named_by_the_figures(reader):
    response = reader.get(f"{FIGURES}termine/?von=2026-07-01&bis=2026-06-30&zahl=runs")
    assert read(reader.get(response.url)).errors == ["Der letzte Tag liegt vor dem ersten."]
