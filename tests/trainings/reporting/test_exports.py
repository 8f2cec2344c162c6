"""What goes out is what Excel takes for a correct file, with real days and numbers, and nothing that is calculated."""

import csv
import datetime as dt
import io
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from django.urls import get_resolver

from accounts.names import sort_key
from tests.exports import NAMES, OTHER_FILES, Export, build_world, exports

pytestmark = pytest.mark.django_db

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def client(signed_in, coordinator):
    return signed_in(coordinator)


@pytest.fixture
def run(coordinator):
    return build_world(coordinator)


def rows_of(data: bytes, sheet: int = 0) -> list[tuple]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).worksheets[sheet].iter_rows(values_only=True))


def lines_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def strictly(data: bytes) -> None:
    """As the schema has it: parts that are named and there, cells in order, each of one type with a value of it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}  # noqa: S314  our own
    types = parts["[Content_Types].xml"]
    named = {one.get("PartName").lstrip("/") for one in types if one.get("PartName")}
    assert named <= parts.keys()
    for name, root in parts.items():
        if not name.startswith("xl/worksheets/"):
            continue
        before = 0
        for row in root.iter(f"{MAIN}row"):
            assert int(row.get("r")) > before
            before, columns = int(row.get("r")), []
            for cell in row:
                columns.append(openpyxl.utils.cell.coordinate_from_string(cell.get("r"))[0])
                assert [child.tag for child in cell] in ([f"{MAIN}v"], [f"{MAIN}is"]), cell.get("r")  # never <f>
                text = "".join(cell.itertext())
                assert text, cell.get("r")
                if cell.get("t", "n") == "n":
                    float(text)
                else:
                    assert cell.get("t") in {"s", "inlineStr"}
            places = [openpyxl.utils.column_index_from_string(column) for column in columns]
            assert places == sorted(set(places))


def test_every_export_is_tried_here(run):
    names = {
        pattern.name
        for resolver in get_resolver().url_patterns
        for pattern in getattr(resolver, "url_patterns", [])
        if "extension" in pattern.pattern.converters
    }
    assert names == {export.name for export in exports(run)} | OTHER_FILES


@pytest.mark.slow
def test_every_export_is_a_correct_file(client, run):
    for export in exports(run):
        for extension in export.extensions:
            data = export.fetch(client, extension)
            if extension == "xlsx":
                strictly(data)
                assert rows_of(data)[0][0]
            else:
                lines = lines_of(data)
                assert len({len(line) for line in lines if len(line) > 3}) == 1
                assert not [cell for line in lines for cell in line if cell.startswith(("=", "@", "+", "-"))]


@pytest.mark.slow
def test_both_kinds_of_file_say_the_same(client, run):
    """Days, times and numbers as each program shows them; phone numbers have their apostrophe in CSV alone."""
    for export in exports(run):
        if "csv" not in export.extensions or export.name in {"file_of_run", "file_of_figures"}:  # several sheets
            continue
        shown = [[in_csv(cell) for cell in row] for row in rows_of(export.fetch(client, "xlsx"))]
        lines = lines_of(export.fetch(client, "csv"))
        if export.name == "file_of_audit":  # which has meanwhile noted the first of the two
            lines = [lines[0], *lines[2:]]
        assert shown == [[cell.removeprefix("'") for cell in line] for line in lines], export


def in_csv(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return f"{cell:%d.%m.%Y}" if cell.time() == dt.time() else f"{cell:%d.%m.%Y %H:%M:%S}"
    return "" if cell is None else str(cell).removeprefix("'")


def test_people_are_sorted_the_german_way_and_keep_their_numbers(client, run):
    rows = rows_of(Export("table_file", ("personen",)).fetch(client, "xlsx"))
    headings = list(rows[0])
    people = [dict(zip(headings, row, strict=True)) for row in rows[1:]]
    assert [(one["Nachname"], one["Vorname"] or "") for one in people] == sorted(
        ((one["Nachname"], one["Vorname"] or "") for one in people), key=lambda name: sort_key(*name)
    )
    phones = {one["Nachname"]: one["Telefon"] for one in people}
    assert [phones[last] for _first, last in NAMES] == ["+49 261 1", "0261 1", "0261 1", "0261 1", "'-"]
    assert {one["Titel"] for one in people} == {None}


def test_registrations_have_the_minutes_of_what_was_held(client, run):
    rows = rows_of(Export("export", (run.pk,)).fetch(client, "xlsx"))
    found = {row[3]: (row[0], row[2], row[7], row[12], row[13]) for row in rows[1:]}
    day = dt.datetime(2026, 3, 10)  # noqa: DTZ001
    assert found["Öztürk"] == ("0042", day, "Stadtverwaltung Mayen", 100, 2)
    assert found["Groß"] == ("0042", day, "Stadtverwaltung Mayen", None, None)
    assert list(found) == ["Groß", "Nguyễn", "Öztürk", "Ofen", "Sukarno"]


def test_the_log_has_real_moments(client, run):
    rows = rows_of(Export("file_of_audit").fetch(client, "xlsx"))
    assert all(isinstance(row[0], dt.datetime) for row in rows[1:])
    assert len(rows) > 1
