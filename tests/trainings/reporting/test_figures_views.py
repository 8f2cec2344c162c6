"""The page on which coordinators read figures: shared by its address, saved as a file, printed."""

import datetime as dt
import io

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.builders import berlin, build_agency, build_course, build_funding, build_registration, build_run
from tests.pages import normal, read
from trainings.models import AttendanceRecord
from trainings.reporting import DEFINITIONS

pytestmark = pytest.mark.django_db

FIGURES = "/koordination/zahlen/"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(berlin(2026, 3, 20, 8), tick=False):
        yield


@pytest.fixture
def client(signed_in, coordinator, today):
    return signed_in(coordinator)


@pytest.fixture
def run(agency, participant):
    """Held on the tenth of March 2026: one came, of one nothing is recorded."""
    run = build_run(build_course("Vielfalt"), number="2026-007", starts_at=berlin(2026, 3, 10, 9))
    attend(run, 360, person=participant)
    attend(run, None, agency=agency)
    return run


def attend(run, minutes, **fields):
    registration = build_registration(run, **fields)
    if minutes:
        AttendanceRecord.objects.create(
            registration=registration,
            session=run.sessions.get(),
            status="present",
            minutes=minutes,
            recorded_by=registration.person,
        )
    return registration


def test_this_half_year_unless_told_otherwise(client, run):
    page = read(client.get(FIGURES))
    assert page.headings == [
        "Zahlen: 1. Halbjahr 2026",
        *["Je Monat", "Termine", "Teilnahmen", "Auslastung"],
        *["Je Stufe", "Teilnahmen"],
        *["Je Behörde", "Teilnahmen"],
        *["Je Gruppe", "Teilnahmen"],
        "Je Termin",
        "Was wie gezählt wird",
    ]
    assert page.form("von").items() >= {"von": "2026-01-01", "bis": "2026-06-30"}.items()
    assert "01.01.2026–30.06.2026, Stand: Fr., 20. März 2026, 8:00 Uhr" in page.text
    assert "Termine 1 UE gehalten 8,0 Minuten gehalten 360 Angemeldet 2 Teilgenommen 1" in page.text
    assert "10.03.2026 Vielfalt 2026-007 8,0 360 2 1 0 0 0 1 0 8,0 360" in page.text
    assert "Stadtverwaltung Mayen 2 1 0 0 0 1 0 1 1 8,0 360" in page.text
    assert "vorläufig: Bei 1 Anmeldung fehlt die Anwesenheit" in page.text


def test_every_number_has_its_definition_on_the_page(client):
    text = read(client.get(FIGURES)).text
    for definition in DEFINITIONS.values():
        assert normal(f"{definition.label} {definition.sentence}") in text


def test_any_period_by_its_address(client, run):
    assert "10.03.2026" not in read(client.get(f"{FIGURES}?von=2026-03-11&bis=2026-03-31")).text
    assert "2026-007" in read(client.get(f"{FIGURES}?von=10.03.2026&bis=10.03.2026")).text
    assert read(client.get(f"{FIGURES}?utm=x")).form("von")["von"] == "2026-01-01"


def test_usual_periods_and_the_whole_funding_are_one_click_away(client, run):
    build_funding(starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2027, 12, 31))
    links = read(client.get(FIGURES)).links
    assert links["2. Halbjahr 2025"] == "?von=2025-07-01&bis=2025-12-31"
    assert links["Jahr 2026"] == "?von=2026-01-01&bis=2026-12-31"
    assert links["Ganze Förderung"] == "?von=2025-01-01&bis=2027-12-31"
    assert "2026-007" in read(client.get(FIGURES + links["Ganze Förderung"])).text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("?von=2026-07-01&bis=2026-06-30", ["Der letzte Tag liegt vor dem ersten."]),
        ("?von=gestern&bis=2026-06-30", ["Bitte ein gültiges Datum eingeben."]),
        ("?von=2026-01-01", ["Dieses Feld ist zwingend erforderlich."]),
        ("?von=0001-01-01&bis=9999-12-31", ["Bitte geben Sie ein Jahr von 2000 bis 2100 an."] * 2),
    ],
)
def test_a_bad_period_is_named_beside_its_field(client, run, query, errors):
    page = read(client.get(FIGURES + query))
    assert page.errors == errors
    assert page.headings[0] == "Zahlen"
    assert "2026-007" not in page.text
    for extension in ["csv", "xlsx"]:
        response = client.get(f"/koordination/zahlen.{extension}{query}")
        assert read(client.get(response.url)).errors == errors


def test_the_longest_period_there_is(client, run):
    assert "Vielfalt" in read(client.get(f"{FIGURES}?von=2000-01-01&bis=2100-12-31")).text


def test_what_ends_elsewhere_is_explained(client, agency):
    sessions = [(berlin(2026, 3, day, 9), berlin(2026, 3, day, 17)) for day in (10, 17)]
    build_registration(build_run(number="2026-008", sessions=sessions))
    page = read(client.get(f"{FIGURES}?von=2026-03-01&bis=2026-03-10"))
    assert "2026-008 8,0 360 – – – – – – – 0,0 0" in page.text
    assert "endet in einem anderen Zeitraum" in page.text


def test_large_numbers_are_written_the_german_way(client, run):
    build_run(starts_at=berlin(2026, 3, 11, 9), teaching_minutes=1000)
    assert "UE gehalten 30,2 Minuten gehalten 1.360" in read(client.get(FIGURES)).text


def test_the_page_names_nobody(client, run, participant):
    text = read(client.get(FIGURES)).text
    assert participant.last_name not in text
    assert participant.email not in text


# --- One run -----------------------------------------------------------------------------------------


def test_figures_of_one_run(client, run):
    build_run(number="2026-008", starts_at=berlin(2026, 3, 10, 9))
    links = read(client.get(reverse("trainings:coordination_run", args=[run.pk]))).links
    page = read(client.get(links["Zahlen zu diesem Termin"]))
    assert page.headings[0] == "Zahlen: Vielfalt, 2026-007"
    assert "Termine 1 " in page.text
    assert "2026-008" not in page.text
    response = client.get(page.links["Als Excel-Datei"])
    assert response["Content-Disposition"] == 'attachment; filename="zahlen-2026-007.xlsx"'


def test_a_run_to_come_has_none_yet(client):
    run = build_run(starts_at=berlin(2026, 4, 1, 9))
    assert "Zahlen zu diesem Termin" not in read(client.get(reverse("trainings:coordination_run", args=[run.pk]))).links
    page = read(client.get(reverse("trainings:figures_of_run", args=[run.pk])))
    assert "Von diesem Termin hat noch keine Sitzung stattgefunden." in page.text


def test_a_run_without_sessions_has_none(client):
    run = build_run()
    run.sessions.all().delete()
    type(run).objects.filter(pk=run.pk).update(starts_at=None, ends_at=None)
    assert "Keine Termine." in read(client.get(reverse("trainings:figures_of_run", args=[run.pk]))).text


# --- Files ---------------------------------------------------------------------------------------------


def test_the_files_are_of_the_period_shown(client, run):
    page = read(client.get(f"{FIGURES}?von=2026-03-01&bis=2026-03-31"))
    csv, xlsx = client.get(page.links["Als CSV-Datei"]), client.get(page.links["Als Excel-Datei"])
    name = 'attachment; filename="zahlen-2026-03-01-bis-2026-03-31.'
    assert [csv["Content-Disposition"], xlsx["Content-Disposition"]] == [f'{name}csv"', f'{name}xlsx"']
    assert {response["Cache-Control"] for response in [csv, xlsx]} == {"private, no-store"}
    assert "je Termin;2026-007;Vielfalt;10.03.2026;10.03.2026;;8,0;360;2;1" in csv.content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.content))["je Termin"]
    number, title, first, last, units, minutes, *_ = [cell.value for cell in sheet[2]]
    assert (number, title, units, minutes) == ("2026-007", "Vielfalt", 8, 360)
    assert first.date() == last.date() == dt.date(2026, 3, 10)


def test_other_kinds_of_file_do_not_exist(client, run):
    assert client.get("/koordination/zahlen.pdf").status_code == 404
    assert client.get(reverse("trainings:file_of_run", args=[run.pk, "ods"])).status_code == 404


# --- Links and queries -----------------------------------------------------------------------------------


def test_the_coordination_leads_there(client):
    assert read(client.get("/koordination/")).links["Zahlen"] == FIGURES


@pytest.mark.slow
def test_the_page_asks_the_database_as_often_for_thirty_runs_as_for_one(client):
    build_funding()

    def queries():
        assert client.get(FIGURES).status_code == 200
        with CaptureQueriesContext(connection) as captured:
            assert client.get(FIGURES).status_code == 200
        return len(captured)

    def another(number):
        run = build_run(starts_at=berlin(2026, 2, 1 + number % 28, 9))
        attend(run, 360, agency=build_agency(f"Amt {number}", ""))

    another(0)
    with_one = queries()
    for number in range(1, 30):
        another(number)
    assert queries() == with_one
