"""Whatever the bytes: a refusal that says why, or rows that another reader finds in them as well."""

import csv
import datetime as dt
import io
import re
import unicodedata

import openpyxl
import pytest
import xlsxwriter
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.tables import PersonResource, Table, UnreadableTable, read_table
from tests.accounts.tables.test_spreadsheets import xlsx

EXAMPLES = [pytest.param(10, id="few"), pytest.param(400, id="many", marks=pytest.mark.slow)]
WITHOUT_LIMIT = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}

# What people type, and what programs stumble over.
WORDS = st.sampled_from([
    "Müller", "O'Neill", "O’Neill", "Groß; Änne", "a,b", "a|b", 'sie sagt "ja"', "Zeile 1\nZeile 2", "=1+1", "'=1", "-",
    "+49 261 1", "@x", "03-2", "0042", "1.5", "1,5", "2E3", "ja", "#", "Nguyễn Thị", "Αθηνά", "李", "\u200eGroß",
    "a\xa0b", "ß", "É", "é", "x@mayen.example",
])  # fmt: skip
TYPED = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"])
CELLS = st.one_of(WORDS, st.text(TYPED, max_size=8))
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5)
HEADINGS = ["E-Mail", "Nachname", "Gruppe"]
INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def plain(cell: str) -> str:
    """What one sees of a cell, by itself; the apostrophe before a formula is ours."""
    cell = INVISIBLE.sub("", cell).strip()
    return cell[1:] if re.match(r"'+[=+\-@\t\r\n＝＋－＠]", cell) else cell


def table_of(data: bytes) -> Table | None:
    """None if it is refused; anything else that is raised fails the test."""
    try:
        return read_table(data, PersonResource.knows)
    except UnreadableTable:
        return None


def expected(rows: list[list[str]]) -> list[tuple[str, ...]]:
    return [tuple(row) for row in rows if any(row)]


@pytest.mark.parametrize("examples", EXAMPLES)
def test_any_bytes_are_read_or_refused(examples):
    @settings(max_examples=examples, **WITHOUT_LIMIT)
    @given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
    @example(b"PK\x03\x04")
    @example(b"\xff\xfe\x00\xd8")
    def check(data: bytes) -> None:
        table_of(data)

    check()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_damaged_workbook_is_read_or_refused(examples):
    whole = xlsx(HEADINGS, ["a@mayen.example", "Groß", "Mitarbeitende"], ["b@mayen.example", 7, dt.date(2027, 3, 10)])

    @settings(max_examples=examples, **WITHOUT_LIMIT)
    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.binary(max_size=3)), min_size=1, max_size=4))
    def check(changes: list[tuple[int, bytes]]) -> None:
        data = bytearray(whole)
        for at, instead in changes:
            data[at : at + len(instead)] = instead
        table_of(bytes(data))

    check()


@pytest.mark.parametrize("examples", EXAMPLES)
def test_csv_is_what_another_reader_finds(examples):
    @settings(max_examples=examples, **WITHOUT_LIMIT)
    @given(
        TABLES,
        st.sampled_from(";,\t|"),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1250", "cp850", "mac_roman"]),
        st.sampled_from(["\r\n", "\n"]),
        st.booleans(),
    )
    def check(rows: list[list[str]], delimiter: str, encoding: str, end: str, says: bool) -> None:
        text = io.StringIO()
        if says:
            text.write(f"sep={delimiter}{end}")
        csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([HEADINGS, *rows])
        try:
            data = text.getvalue().encode(encoding)
        except UnicodeEncodeError:
            return
        if table := table_of(data):
            assert list(table) == expected([[plain(cell) for cell in row] for row in rows])

    check()


VALUES = st.one_of(
    CELLS,
    st.integers(0, 10**9),
    st.floats(0, 10**6).map(lambda number: round(number, 3)),
    st.booleans(),
    st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1)),
    st.times().map(lambda time: time.replace(microsecond=0)),
)


def as_text(value: object) -> str:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.isoformat("seconds").removesuffix(":00") if value.second == 0 else value.isoformat("seconds")
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def by_openpyxl(rows: list[list[object]]) -> bytes:
    return xlsx(*rows)


def by_xlsxwriter(rows: list[list[object]]) -> bytes:
    file = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, day, time = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format()
        time.set_num_format("hh:mm:ss")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                layout = day if isinstance(value, dt.date) else time if isinstance(value, dt.time) else None
                sheet.write(number, column, value, layout)
    return file.getvalue()


@pytest.mark.parametrize("write", [by_openpyxl, by_xlsxwriter])
@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_workbook_is_what_was_written(write, examples):
    @settings(max_examples=examples, **WITHOUT_LIMIT)
    @given(st.lists(st.lists(VALUES, min_size=3, max_size=3), min_size=1, max_size=4))
    def check(rows: list[list[object]]) -> None:
        if write is by_openpyxl:  # which takes for a formula what begins like one
            rows = [
                ["x" if isinstance(value, str) and value.startswith("=") else value for value in row] for row in rows
            ]
        if table := table_of(write([HEADINGS, *rows])):
            assert list(table) == expected([[as_text(value) for value in row] for row in rows])

    check()


@pytest.mark.django_db
@pytest.mark.parametrize("examples", EXAMPLES)
def test_nobody_is_stored_under_another_name_than_the_file_says(examples, agency):
    row = st.tuples(st.integers(0, 3), CELLS, st.one_of(st.just("Mitarbeitende"), CELLS), CELLS)

    @settings(max_examples=examples, **WITHOUT_LIMIT)
    @given(st.lists(row, min_size=1, max_size=3), st.booleans())
    def check(rows: list[tuple[int, str, str, str]], as_workbook: bool) -> None:
        lines = [[f"p{number}@mayen.example", name, group, phone] for number, name, group, phone in rows]
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows([[*HEADINGS, "Telefon"], *lines])
        data = by_xlsxwriter([[*HEADINGS, "Telefon"], *lines]) if as_workbook else text.getvalue().encode()
        table = table_of(data)
        if table is None:
            return
        with transaction.atomic():
            result = PersonResource().import_data(table)
            assert result.error_rows == []
            said = {line[0]: " ".join(plain(line[1]).split()) for line in lines}
            stored = dict(User.objects.values_list("email", "last_name"))
            assert bool(stored) != bool(result.problems)
            normal = {email: openpyxl.utils.escape.unescape(name) for email, name in stored.items()}
            assert {email: as_nfc(name) for email, name in normal.items()} == {
                email: as_nfc(said[email]) for email in stored
            }
            transaction.set_rollback(True)

    check()


def as_nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
