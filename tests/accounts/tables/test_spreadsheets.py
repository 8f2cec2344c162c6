"""Which files are read, which are refused, and what keeps formulas from being calculated."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from accounts.tables import (
    PersonResource,
    UnreadableTable,
    Worksheet,
    read_table,
    write_csv,
    write_workbook,
    write_xlsx,
)
from accounts.tables.cells import escaped, unescaped


def xlsx(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_csv_is_read_in_the_ways_excel_writes_it(encoding, delimiter):
    table = read_table(f'Name{delimiter}Ort\r\nMüller{delimiter}"a{delimiter} b"\r\n'.encode(encoding))
    assert (table.headers, list(table), table.row_numbers) == (["Name", "Ort"], [("Müller", f"a{delimiter} b")], [2])


@pytest.mark.parametrize(
    "text",
    [
        "Liste, Stand 12.11., intern\nE-Mail;Vorname;Nachname\nx;A;B\n",
        "\ufeff\ufeffE-Mail;Vorname;Nachname\nx;A;B\n",
        "E-Mail*;Vorname:;Nach\u00adname\nx;\u200fA;B\xa0\n",
        'E-Mail;Vorname;Nachname;;\r\nx;="A";"B";;\r\n;;;;\r\n',
        "E-Mail|Vorname|Nachname\rx|A|B\r",
    ],
)
def test_what_surrounds_and_hides_in_a_csv_file_is_passed_over(text):
    table = read_table(text.encode(), PersonResource.knows)
    assert all(map(PersonResource.knows, table.headers))
    assert list(table) == [("x", "A", "B")]


def test_xlsx_cells_become_text():
    data = xlsx(
        ["a", "b", "c", "d", "e"],
        [8, 2.5, dt.date(2026, 3, 10), True, " ü "],
        [None, None],
        [dt.datetime(2026, 3, 10, 9)],  # noqa: DTZ001
    )
    table = read_table(data)
    assert list(table) == [("8", "2.5", "2026-03-10", "ja", "ü"), ("2026-03-10 09:00", "", "", "", "")]
    assert table.row_numbers == [2, 4]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Die Datei ist leer."),
        (b"Name;Ort\n", "Die Tabelle hat keine Zeilen."),
        ("Name\nMüller".encode("utf-32"), "Diese Zeichen sind nicht lesbar."),
        (b"Name\nM\x8fller", "Diese Zeichen sind nicht lesbar."),
        (b"Name\n\x00\x01", "Das ist weder eine CSV-Datei noch eine Excel-Datei"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Das ist eine alte Excel-Datei"),
        (b"PK\x03\x04nonsense", "Die Excel-Datei ist beschädigt"),
        (zipped(word=b"<w/>"), "Die Excel-Datei ist beschädigt"),
        (b'Name;Ort\n"a;b', "Die CSV-Datei ist in Zeile 2 nicht lesbar"),
        (b'A;B;C\na;"b;c\nd;e";f\n', "Die CSV-Datei ist in Zeile 2 nicht lesbar"),
        (b"Name;Ort\na;b;c", "Zeile 2 hat mehr Zellen (3)"),
        (b"Name;;Ort\na;b;c", "Spalte 2 hat keine Überschrift."),
    ],
)
def test_anything_else_is_refused_with_a_reason(data, message):
    with pytest.raises(UnreadableTable) as refused:
        read_table(data)
    assert str(refused.value)[: len(message)] == message


def test_too_many_rows_are_refused(settings):
    settings.IMPORT_MAX_ROWS = 3
    rows = [["n"], *([str(number)] for number in range(4))]
    for data in ["\n".join(row[0] for row in rows).encode(), xlsx(*rows)]:
        with pytest.raises(UnreadableTable, match="mehr als 3 Zeilen"):
            read_table(data)
    assert len(read_table(b"n\n1\n2\n3\n\n")) == 3


def test_too_many_bytes_are_refused(settings):
    settings.IMPORT_MAX_BYTES = 1024**2
    with pytest.raises(UnreadableTable, match="größer als 1 MB"):
        read_table(b"x" * (1024**2 + 1))


def test_a_zip_bomb_is_not_unpacked():
    bomb = zipped(**{"xl/worksheets/sheet1.xml": b"0" * (26 * 1024**2)})
    assert len(bomb) < 100_000
    with pytest.raises(UnreadableTable, match="steckt zu viel"):
        read_table(bomb)


@pytest.mark.slow
def test_400_000_rows_are_refused_without_being_read():
    file = io.BytesIO()
    write_xlsx(["n"], ([number] for number in range(400_000)), file)
    with pytest.raises(UnreadableTable):
        read_table(file.getvalue())


@pytest.mark.parametrize("text", ["=1+1", "+49 261 1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "'=1", "''=1", "＝1"])
def test_formulas_are_escaped_and_come_back(text):
    assert escaped(text) == f"'{text}"
    assert unescaped(f"'{text}") == text


@pytest.mark.parametrize("cell", [-5, 1.5, None, "O'Neill", "'s-Hertogenbosch", "a=b", "", dt.date(2026, 3, 10)])
def test_other_cells_stay_as_they_are(cell):
    assert escaped(cell) == cell


def test_written_tables_read_back_the_same():
    rows = [("=1+1", "'=1", "Ünver; Ö\nx", "-"), ("", "a", "", "O'Neill")]
    for write in [write_csv, write_xlsx]:
        file = io.BytesIO()
        write(["a", "b", "c", "d"], rows, file)
        assert list(read_table(file.getvalue())) == rows


def test_csv_opens_in_german_excel_by_a_double_click():
    file = io.BytesIO()
    write_csv(["Name", "Zahl", "UE", "Tag"], [["=x", -5, Decimal("2.5"), dt.date(2026, 3, 10)]], file)
    assert file.getvalue() == b"\xef\xbb\xbfName;Zahl;UE;Tag\r\n'=x;-5;2,5;10.03.2026\r\n"


def test_csv_in_the_dialect_that_a_reader_asks_for():
    file = io.BytesIO()
    write_csv([], [["a,b", Decimal("2.5"), -5]], file, delimiter=",", decimal_mark=".")
    assert file.getvalue() == b'\xef\xbb\xbf"a,b",2.5,-5\r\n'


def test_headings_are_no_formulas_either():
    as_csv, as_xlsx = io.BytesIO(), io.BytesIO()
    write_csv(["=1+1"], [], as_csv)
    write_xlsx(["=1+1"], [], as_xlsx)
    assert as_csv.getvalue() == b"\xef\xbb\xbf'=1+1\r\n"
    assert openpyxl.load_workbook(as_xlsx).active["A1"].value == "'=1+1"


def test_a_table_without_headings_begins_with_its_first_row():
    file = io.BytesIO()
    write_xlsx([], [[1, "a"]], file)
    sheet = openpyxl.load_workbook(file).active
    assert ([[cell.value for cell in row] for row in sheet], sheet.freeze_panes) == ([[1, "a"]], None)


def test_no_row_is_left_out_of_a_sheet_in_silence(monkeypatch):
    monkeypatch.setattr("accounts.tables.writing.MAX_OF_A_SHEET", 3)
    write_xlsx(["n"], [[1], [2]], io.BytesIO())
    with pytest.raises(ValueError, match="3 rows"):
        write_xlsx(["n"], [[1], [2], [3]], io.BytesIO())


def test_a_workbook_has_several_sheets_with_numbers_as_numbers():
    file = io.BytesIO()
    write_workbook(
        [Worksheet("a", ["n"], [[Decimal("1234.5")], ["=1+1"]]), Worksheet("b", ["Tag"], [[dt.date(2026, 3, 10)]])],
        file,
    )
    book = openpyxl.load_workbook(file)
    first, second = book["a"]["A2"], book["a"]["A3"]
    assert (first.value, first.data_type, second.value, second.data_type) == (1234.5, "n", "'=1+1", "s")
    assert book["b"]["A2"].value.date() == dt.date(2026, 3, 10)
