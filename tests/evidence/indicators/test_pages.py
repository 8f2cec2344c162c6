"""Coordinators agree indicators and targets on pages, and see and take out how far they are."""

import io

import openpyxl
import pytest
from django.urls import reverse

from evidence.models import Indicator, PeriodTarget
from tests.builders import build_funding
from tests.certificates.builders import build_attended
from tests.evidence.builders import build_indicator, build_period, build_target
from tests.pages import read
from tests.trainings.reporting.test_figures import held, meeting

pytestmark = pytest.mark.django_db


@pytest.fixture
def period():
    period = build_period()
    build_attended(held(meeting(3, 10), funding=period.funding), minutes=180)
    return period


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


def address(name: str, row) -> str:
    return reverse(f"evidence:{name}", args=[row.pk])


def test_from_the_definition_to_what_is_missing(client, period):
    grant = period.funding
    page = read(client.get(read(client.get(reverse("evidence:periods"))).links[f"Indikatoren: {grant.grant_number}"]))
    form = read(client.get(page.links["Neuer Indikator"])).form("name", "counts")
    typed = {"name": "Geschultes Personal", "definition": "Indikator O.1", "counts": "persons", "target": "200"}
    page = read(client.post(address("new_indicator", grant), form | typed, follow=True))
    assert (
        "Gezählt wird: Verschiedene Personen mit mindestens einer Teilnahme an einem Termin, im Zeitraum" in page.text
    )
    assert "1. Halbjahr 2025 – 1 – – Ganze Förderung 200 1 -199 0 %" in page.text
    page = read(client.get(period.get_absolute_url()))
    page = read(client.get(page.links["Ziele eintragen"]))
    [name] = [one for one in page.form(f"target-{Indicator.objects.get().pk}") if one.startswith("target")]
    page = read(client.post(address("targets", period), page.form(name) | {name: "4"}, follow=True))
    assert "im Zeitraum 4 1 -3 25 %" in page.text


@pytest.mark.parametrize("typed", ["viele", "-3", "1.200", "1,25", "²", "9" * 11])
def test_a_target_that_is_no_number_is_asked_about(client, period, typed):
    of = build_indicator(funding=period.funding)
    page = read(client.post(address("targets", period), {f"target-{of.pk}": typed}))
    assert page.errors == [
        "Bitte geben Sie eine Zahl ohne Tausenderpunkt an, zum Beispiel 1200 oder 37,5. Leer: kein Ziel."
    ]
    assert page.form(f"target-{of.pk}")[f"target-{of.pk}"] == typed
    assert not PeriodTarget.objects.exists()


def test_decimals_are_read_and_shown_as_people_write_them(client, period):
    of = build_indicator(funding=period.funding, counts="units_held")
    client.post(address("targets", period), {f"target-{of.pk}": "37,5"})
    assert PeriodTarget.objects.get().target * 2 == 75
    assert read(client.get(address("targets", period))).form(f"target-{of.pk}")[f"target-{of.pk}"] == "37,5"


def test_two_who_agree_the_same_target_see_both(client, period):
    of = build_indicator(funding=period.funding)
    name, where = f"target-{of.pk}", address("targets", period)
    form = read(client.get(where)).form(name)
    client.post(where, form | {name: "4"})
    page = read(client.post(where, form | {name: "5"}))
    assert "„4“ eingetragen" in page.errors[0]
    assert client.post(where, page.form(name)).status_code == 302
    assert PeriodTarget.objects.get().target == 5


def test_what_was_handed_in_is_copied_instead_of_changed(client, coordinator, period):
    of = build_indicator(funding=period.funding, name="Geschulte", level="basic", target=3)
    period.handed_in_at, period.handed_in_by = of.created_at, coordinator
    period.save()
    page = read(client.get(of.get_absolute_url()))
    assert "Was er bedeutet, bleibt" in page.text
    form = page.form("target")
    assert "name" not in form
    client.post(of.get_absolute_url(), form | {"target": "4", "name": "anders"})
    of.refresh_from_db()
    assert (of.name, of.target) == ("Geschulte", 4)
    form = read(client.get(page.links["Kopieren"])).form("name", "counts")
    assert (form["name"], form["level"], form["counts"]) == ("Kopie von Geschulte", "basic", "persons")
    read(client.post(address("new_indicator", period.funding), form, follow=True))
    assert Indicator.objects.count() == 2


def test_a_grant_that_has_ended_asks_with_a_box_to_tick(client):
    grant = build_funding(starts_on="2020-01-01", ends_on="2021-01-01")
    where = address("new_indicator", grant)
    page = read(client.get(where))
    assert "ist am 01.01.2021 zu Ende gegangen" in page.text
    form = page.form("name", "counts") | {"name": "Spät", "counts": "runs"}
    read(client.post(where, form), 409)
    assert not Indicator.objects.exists()
    read(client.post(where, form | {"doubts": "grant_over"}, follow=True))
    assert Indicator.objects.get().name == "Spät"


@pytest.mark.parametrize("key", ["", "0", "x", "²", "9" * 40, "1 OR 1"])
def test_what_is_to_be_copied_may_be_gone(client, period, key):
    assert client.get(address("new_indicator", period.funding), {"kopie": key}).status_code == 200


def test_the_file_has_every_period_and_the_definitions(client, period):
    of = build_indicator(funding=period.funding, name="Geschulte", definition="=O.1", target=200)
    build_target(of, period, target=4)
    for where, lines in [
        (address("file_of_indicators", period.funding), ["1. Halbjahr 2025", "Ganze Förderung"]),
        (address("indicators_of_period", period), ["1. Halbjahr 2025"]),
    ]:
        book = openpyxl.load_workbook(io.BytesIO(client.get(where).content))
        headings, *rows = book["Indikatoren"].iter_rows(values_only=True)
        assert headings[4:8] == ("Ziel", "Erreicht", "Differenz", "Prozent")
        assert [row[1] for row in rows] == lines
        assert rows[0][4:8] == (4, 1, -3, 25)
        assert list(book["Definitionen"].iter_rows(values_only=True))[1][:2] == ("Geschulte", "'=O.1")


def test_one_is_deleted_with_its_targets(client, period):
    of = build_indicator(funding=period.funding)
    build_target(of, period, target=4)
    read(client.post(address("remove_indicator", of), follow=True))
    assert (Indicator.objects.count(), PeriodTarget.objects.count()) == (0, 0)
