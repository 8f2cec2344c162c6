"""The back office under the content security policy, and the tables that come in and go out."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.models import Agency
from tests.browser.accessibility import barriers_outside
from tests.builders import build_course, build_registration

pytestmark = pytest.mark.browser

# Parts that Django and its widgets write; the accessibility statement says that the back office does not yet meet
# everything. Breadcrumbs are told from text by colour alone, filters are too close to each other, tables of inlines
# name their columns but not their fields, and the search field inside a chosen list has no label.
OF_DJANGO = [".breadcrumbs", "#changelist-filter", ".inline-group .tabular", ".select2"]

AGENCIES = (
    "Name;Kurzname;Art;Sitz;E-Mail-Domains\r\n"
    "Stadtverwaltung Testheim;Testheim;Stadt- oder Verbandsgemeindeverwaltung;Testheim;testheim.example\r\n"
)


def test_lists_and_forms_work_and_have_no_barriers_of_ours(browse, coordinator, run, participant):
    build_registration(run, participant)
    page = browse(coordinator)
    found: dict[str, list[str]] = {}
    for address in [
        "/verwaltung/",
        "/verwaltung/accounts/agency/",
        "/verwaltung/accounts/user/",
        "/verwaltung/trainings/courserun/",
        f"/verwaltung/trainings/courserun/{run.pk}/change/",
        f"/verwaltung/trainings/course/{run.course_id}/change/",
        "/verwaltung/trainings/registration/",
        "/verwaltung/trainings/message/",
    ]:
        response = page.goto(address)
        assert response is not None
        assert (address, response.status) == (address, 200)
        found[address] = barriers_outside(page, OF_DJANGO)
    assert [f"{where}: {what}" for where, what in found.items() if what] == []


def test_agencies_are_imported_after_a_preview(browse, coordinator, tmp_path):
    table = tmp_path / "Behörden.csv"
    table.write_bytes(b"\xef\xbb\xbf" + AGENCIES.encode())
    page = browse(coordinator)
    page.goto("/koordination/tabellen/")
    page.locator("a[href$='/tabellen/behoerden/']").click()
    page.get_by_label("Datei").set_input_files(table)
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_role("heading", name="Vorschau: Behörden und Einrichtungen")).to_be_visible()
    expect(page.get_by_role("cell", name="Stadtverwaltung Testheim")).to_be_visible()
    assert not Agency.objects.filter(name="Stadtverwaltung Testheim").exists()
    page.get_by_role("button", name="So speichern").click()
    expect(page.get_by_text("Gespeichert: 1 neu, 0 geändert, 0 unverändert.")).to_be_visible()
    with page.expect_download() as download:
        page.locator("a[href$='behoerden.csv']").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "Stadtverwaltung Testheim;" in text


def test_titles_of_courses_are_safe_in_the_forms(browse, coordinator):
    course = build_course("<script>alert(1)</script>")
    page = browse(coordinator)
    page.goto(f"/koordination/stammdaten/schulungen/{course.pk}/")
    assert page.get_by_label("Titel", exact=True).input_value() == "<script>alert(1)</script>"
