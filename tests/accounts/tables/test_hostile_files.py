"""No upload costs a server its memory or its time, whatever is in it."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

from accounts.tables import UnreadableTable, read_table
from tests.accounts.tables.hostile_files import MAIN, TABLES, TEXTS, sheet, workbook

CASES = [
    *(("table", name) for name in [*TABLES, *TEXTS]),
    *(("export", name) for name in TEXTS),
]


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "name"), CASES, ids=lambda value: value.replace(" ", "-"))
def test_a_file_made_to_cost_costs_little(reader, name):
    """In a process of its own, of which one can say what it has taken. Without the limits: up to 30 s and 1.9 GB."""
    command = [sys.executable, "-m", "tests.accounts.tables.hostile_files", reader, name]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    cost = json.loads(done.stdout)
    assert cost["bytes"] <= settings.IMPORT_MAX_BYTES
    assert cost["megabytes"] < 150, cost
    assert cost["seconds"] < 10, cost  # three at most, on a machine that does nothing else


@pytest.mark.parametrize(
    "name",
    ["six million cells in a row", "four million empty strings", "a million formats", "40 names for one long sheet"],
)
def test_it_is_refused_before_it_is_read(name):
    with pytest.raises(UnreadableTable, match="steckt zu viel"):
        read_table(TABLES[name]())


@pytest.mark.parametrize("name", ["laughs in the strings", "laughs in the sheet", "declaring too little"])
def test_what_no_spreadsheet_program_writes_is_damaged(name):
    with pytest.raises(UnreadableTable, match="beschädigt"):
        read_table(TABLES[name]())


@pytest.mark.parametrize("name", ["one line of cells", "one word", "a quote in each cell"])
def test_a_line_that_is_too_long_is_named(name):
    with pytest.raises(UnreadableTable, match=r"Zeile \d+ der Datei ist zu lang"):
        read_table(TEXTS[name]())


def test_two_sheets_under_names_of_their_own_are_read():
    two = workbook(
        sheets=1,
        **{"xl/media/image1.png": "\x89PNG no xml", "xl/worksheets/sheet2.xml": sheet("<row><c><v>7</v></c></row>")},
    )
    assert list(read_table(two)) == [("1",)]


def test_a_sheet_with_two_names_is_refused():
    sheets = f'<workbook {MAIN} xmlns:r="r"><sheets><sheet r:id="r1"/><sheet r:id="r1"/></sheets></workbook>'
    with pytest.raises(UnreadableTable, match="steckt zu viel"):
        read_table(workbook(**{"xl/workbook.xml": sheets}))
