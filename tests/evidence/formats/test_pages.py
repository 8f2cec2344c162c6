"""Coordinators make a format on the page, see its first rows, and take the file from the period's page."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from evidence import formats
from evidence.models import ExportFormat
from tests.builders import build_funding, build_person
from tests.certificates.builders import build_attended
from tests.evidence.builders import build_period
from tests.pages import read
from tests.trainings.reporting.test_figures import held, meeting
from trainings.acts import Act, Channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def period():
    period = build_period(funding=build_funding(grant_number="AMIF/26-1"))
    build_attended(held(meeting(3, 10), funding=period.funding), build_person(last_name="Özgür"), minutes=180)
    return period


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def of(coordinator) -> ExportFormat:
    return formats.copy_format(formats.format_of("people"), Act(coordinator, Channel.COORDINATION))


def stored(of: ExportFormat) -> list[tuple[str, str]]:
    of.refresh_from_db()
    return [(column.heading, column.content) for column in of.ordered_columns]


def test_a_file_is_one_click_from_the_period_and_on_record(client, coordinator, period):
    page = read(client.get(period.get_absolute_url()))
    answer = client.get(page.links["Excel: Terminliste"])
    [headings, row] = openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
    assert (headings[0], headings[3], row[3].date()) == ("Termin", "Erster Tag", dt.date(2025, 3, 10))
    assert "terminliste-amif26-1-2025-01-01-bis-2025-06-30.xlsx" in answer["Content-Disposition"]
    answer = client.get(page.links["CSV: Teilnehmende ohne Namen"])
    assert answer.content.decode("utf-8-sig").startswith("Nummer der Person;Behörde / Einrichtung;Gruppe;")
    abouts = AuditEvent.objects.filter(what="exported", by=coordinator).values_list("about", flat=True)
    assert [about.partition(":")[0] for about in abouts] == ["evidence", "evidence"]


def test_a_standard_format_is_copied_and_made_the_funders_own(client, period):
    page = read(client.get(reverse("evidence:formats")))
    assert "Terminliste (mitgeliefert) ein Termin 16" in page.text
    answer = client.post(reverse("evidence:copy_format", args=["runs"]), follow=True)
    of = ExportFormat.objects.get()
    address = of.get_absolute_url()
    page = read(answer)
    assert page.headings[0] == "Format: Kopie von Terminliste"
    form = page.form("name", "heading-1")
    page = read(client.post(address, form | {"heading-2": "Maßnahme", "step": "up-2"}, follow=True))
    assert stored(of)[:2] == [("Maßnahme", "course"), ("Termin", "run_number")]
    assert "Maßnahme Termin Stufe" in page.text  # the preview
    form = page.form("name", "heading-1") | {"new_content": "text", "step": "add"}
    page = read(client.post(address, form, follow=True))
    assert stored(of)[-1] == ("Fester Text", "text")
    form = page.form("name", "heading-1") | {"heading-17": "Land", "text-17": "DE", "step": ""}
    read(client.post(address, form, follow=True))
    lines = client.get(reverse("evidence:file_of_format", args=[period.pk, of.code, "csv"])).content.decode("utf-8-sig")
    assert [line.rpartition(";")[2] for line in lines.splitlines()] == ["Land", "DE"]
    assert "Spalten: Schulung → Maßnahme (Schulung)" in read(client.get(address)).text


def test_the_button_leads_back_to_the_column(client, of):
    form = read(client.get(of.get_absolute_url())).form("name", "heading-1")
    answer = client.post(of.get_absolute_url(), form | {"step": "down-1"})
    assert answer["Location"] == f"{of.get_absolute_url()}#spalte-1"
    answer = client.post(of.get_absolute_url(), form | {"step": "remove-1"})
    assert answer["Location"] == f"{of.get_absolute_url()}#spalten"


def test_what_is_wrong_stands_beside_its_column_and_nothing_is_lost(client, of):
    before, address = stored(of), of.get_absolute_url()
    form = read(client.get(address)).form("name", "heading-1")
    typed = {"heading-2": "Dienststelle", "content-1": "text", "step": "down-1", "delimiter": ","}
    page = read(client.post(address, form | typed))
    assert page.errors == [
        "Ein Komma kann nicht zugleich Werte und Nachkommastellen trennen.",
        "Bitte geben Sie den Text an, der in jeder Zeile steht.",
    ]
    form = page.form("name", "heading-1", "text-1")  # now there is a field for it
    assert (form["heading-2"], "text-2" in form) == ("Dienststelle", False)
    assert stored(of) == before


def test_two_who_rename_the_same_column_see_both(client, of):
    address = of.get_absolute_url()
    form = read(client.get(address)).form("name", "heading-1")
    client.post(address, form | {"heading-1": "Nr."})
    client.post(address, form | {"heading-2": "Amt"})  # another one: both stand
    page = read(client.post(address, form | {"heading-1": "Kennung"}))
    assert "„Nr.“ eingetragen" in page.errors[0]
    assert [heading for heading, _content in stored(of)[:2]] == ["Nr.", "Amt"]
    client.post(address, page.form("name", "heading-1"))
    assert stored(of)[0][0] == "Kennung"


@pytest.mark.slow
def test_a_column_removed_meanwhile_is_said(client, of):
    address = of.get_absolute_url()
    form = read(client.get(address)).form("name", "heading-1")
    client.post(address, form | {"step": "remove-1"})
    assert client.post(address, form).status_code == 302, "who has not touched it hears nothing of it"
    page = read(client.post(address, form | {"heading-1": "Nr."}), 409)
    assert "inzwischen jemand entfernt. Nr." in page.text


@pytest.mark.slow
def test_names_are_refused_in_a_sentence_wherever_they_would_be_shown(client, of, period):
    form = read(client.get(of.get_absolute_url())).form("name", "heading-1")
    client.post(of.get_absolute_url(), form | {"step": "add", "new_content": "last_name"})
    said = "Die Spalte „Nachname“ nennt Teilnehmende mit Namen. Für die Förderung AMIF/26-1 ist das nicht vorgesehen"
    page = read(client.get(f"{of.get_absolute_url()}?zeitraum={period.pk}"))
    assert (said in page.text, "Özgür" in page.text) == (True, False)
    page = read(client.get(period.get_absolute_url()))
    assert said in page.text
    assert {"Excel: Terminliste", f"Excel: {of}"} & page.links.keys() == {"Excel: Terminliste"}
    answer = client.get(reverse("evidence:file_of_format", args=[period.pk, of.code, "csv"]), follow=True)
    assert said in answer.content.decode()
    type(period.funding).objects.update(names_in_reports=True)
    assert "Özgür" in read(client.get(f"{of.get_absolute_url()}?zeitraum={period.pk}")).text


@pytest.mark.slow
def test_a_broken_format_says_so_everywhere(client, of, period):
    columns = [{**column, "content": "shoe_size"} if column["key"] == 1 else column for column in of.columns]
    ExportFormat.objects.update(columns=columns)
    said = "Die Spalte „Nummer der Person“ hat einen Inhalt, den es nicht mehr gibt („shoe_size“)."
    for address in (of.get_absolute_url(), reverse("evidence:formats"), period.get_absolute_url()):
        assert said in read(client.get(address)).text, address
    form = read(client.get(of.get_absolute_url())).form("name", "heading-1")
    assert form["content-1"] == "shoe_size"
    read(client.post(of.get_absolute_url(), form | {"content-1": "person"}, follow=True))
    assert formats.broken(ExportFormat.objects.get()) == []


def test_a_new_one_begins_without_columns(client, period):
    address = reverse("evidence:new_format")
    page = read(client.post(address, {"name": "  Land ", "row": ""}))
    assert page.errors == ["Dieses Feld ist zwingend erforderlich."]
    page = read(client.post(address, {"name": "  Land ", "row": "person_day"}, follow=True))
    assert "noch keine Spalten" in page.text
    assert (ExportFormat.objects.get().name, page.headings[0]) == ("Land", "Format: Land")
    page = read(client.post(address, {"name": "LAND", "row": "run"}))
    assert page.errors == ["Diesen Namen gibt es schon."]


def test_one_is_deleted(client, of):
    page = read(client.post(reverse("evidence:remove_format", args=[of.pk]), follow=True))
    assert (ExportFormat.objects.count(), page.headings[0]) == (0, "Formate für den Fördermittelgeber")
