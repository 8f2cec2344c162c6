"""Keys that a spreadsheet program has changed are recognised as the one they can be, or refused; never a new row."""

import pytest

from accounts.models import Agency
from accounts.tables import PersonResource, read_table
from accounts.tables.mangled import is_no_key, keys_like
from tests.accounts.tables.test_spreadsheets import xlsx
from tests.builders import build_agency
from trainings.planning import AgencyResource

KNOWN = ["03-2", "3.5", "4/6", "2026-11", "11-26", "Sep-1", "MAI 7", "0042", "2E3", "2027-001", "Mayen", "12-30"]


@pytest.mark.parametrize(
    ("shown", "keys"),
    [
        ("03. Feb", {"03-2"}),
        ("2026-02-03", {"03-2"}),
        ("03.02.2026", {"03-2"}),
        ("3-Feb", {"03-2"}),
        ("03. Mai", {"3.5"}),
        ("2026-05-03 00:00", {"3.5"}),
        ("4. Juni", {"4/6"}),
        ("Nov 26", {"2026-11", "11-26"}),
        ("Nov. 26", {"2026-11", "11-26"}),
        ("2026-11-01", {"2026-11", "11-26"}),
        ("01. Sep", {"Sep-1"}),
        ("1-Sep", {"Sep-1"}),
        ("07. Mai", {"MAI 7"}),
        ("30. Dez", {"12-30"}),
        ("42", {"0042"}),
        ("2,00E+03", {"2E3"}),
        ("2000", {"2E3"}),
        ("04. Feb", set()),
        ("43", set()),
        ("Mayen", set()),
    ],
)
def test_what_a_cell_shows_may_be_these_keys(shown, keys):
    assert keys_like(shown, KNOWN) == keys


@pytest.mark.parametrize("key", ["2027-001", "Mayen", "7", "007", "VG X", "A-3", "Dez", "3a"])
def test_a_key_somebody_typed_may_be_a_new_one(key):
    assert not is_no_key(key)


@pytest.mark.django_db
def test_a_key_without_its_zeros_is_that_row():
    for name in ("0042", "007", "07"):
        build_agency(f"Amt {name}", domain="", short_name=name)
    rows = [["Kurzname", "Name", "Art"], [42, "Neu", "Kirche"]]
    assert AgencyResource().import_data(read_table(xlsx(*rows))).problems == []
    assert Agency.objects.get(short_name="0042").name == "Neu"
    rows[1][0] = 7
    [(row, heading, text)] = AgencyResource().import_data(read_table(xlsx(*rows))).problems
    assert (row, heading) == (2, "Kurzname")
    assert text == "„7“ kann 007, 07 sein: Excel hat die Nummer umgewandelt. Schreiben Sie sie als Text."
    assert Agency.objects.count() == 3


@pytest.mark.django_db
def test_a_phone_number_that_was_rounded_is_refused(agency):
    sheet = "E-Mail;Nachname;Gruppe;Telefon\na@mayen.example;Klein;Mitarbeitende;4,92612E+11\n"
    [problem] = PersonResource().import_data(read_table(sheet.encode())).problems
    assert problem == (2, "Telefon", "„4,92612E+11“ ist keine Telefonnummer: Excel hat sie gerundet.")
