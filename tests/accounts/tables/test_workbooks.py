"""Workbooks as people have them: which sheet and which rows are read, what is hidden or joined, what formats mean."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from accounts.tables import PersonResource, UnreadableTable, read_table
from tests.accounts.tables.hostile_files import workbook
from tests.accounts.tables.test_spreadsheets import xlsx, zipped

HEADINGS = ["E-Mail", "Vorname", "Nachname", "Gruppe"]
ANNA = ["anna@mayen.example", "Anna", "Klein", "Mitarbeitende"]
JAN = ["jan@mayen.example", "Jan", "Weber", "Mitarbeitende"]
knows = PersonResource.knows


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def of_sheets(**sheets: list[list[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


# --- Which sheet ------------------------------------------------------------------------------------


def test_the_sheet_with_known_headings_is_read_and_the_others_are_named():
    book = of_sheets(Hinweise=[["Bitte lesen", "Sie dies"]], Leer=[], Liste=[HEADINGS, ANNA], Alt=[HEADINGS, JAN])
    book["Alt"].sheet_state = "hidden"
    table = read_table(saved(book), knows)
    assert list(table) == [tuple(ANNA)]
    assert table.how == "Gelesen ist das Tabellenblatt „Liste“, Überschriften in Zeile 1."
    assert table.remarks == ["Nicht gelesen werden die Tabellenblätter: Hinweise, Alt (ausgeblendet)."]


def test_a_hidden_sheet_is_not_read_though_it_is_the_first():
    book = of_sheets(Alt=[HEADINGS, JAN], Neu=[HEADINGS, ANNA])
    book["Alt"].sheet_state = "veryHidden"
    assert list(read_table(saved(book))) == [tuple(ANNA)]
    book.remove(book["Neu"])
    book.create_sheet("Leer")
    with pytest.raises(UnreadableTable, match="„Alt“ ist ausgeblendet"):
        read_table(saved(book))


def test_of_two_sheets_with_such_a_table_the_first_is_read_and_that_is_said():
    table = read_table(saved(of_sheets(Mai=[HEADINGS, ANNA], Juni=[HEADINGS, JAN])), knows)
    assert (list(table), table.remarks) == ([tuple(ANNA)], ["Nicht gelesen werden die Tabellenblätter: Juni."])


# --- Which rows and columns -------------------------------------------------------------------------


def test_hidden_and_filtered_rows_and_hidden_columns_are_read_and_named():
    book = of_sheets(Liste=[HEADINGS, *([f"{n}@mayen.example", "A", "B", "Mitarbeitende"] for n in range(2, 9))])
    for row in (1, 3, 5, 6):
        book["Liste"].row_dimensions[row].hidden = True
    book["Liste"].column_dimensions["C"].hidden = True
    table = read_table(saved(book), knows)
    assert len(table) == 7
    assert table.remarks == [
        "Ausgeblendet oder weggefiltert, aber mit übernommen: Zeile 3, 5–6.",
        "Ausgeblendet, aber mit übernommen: Spalte C.",
    ]


def test_comments_are_not_read_and_that_is_said():
    book = of_sheets(Liste=[HEADINGS, ANNA])
    book["Liste"]["C2"].comment = Comment("heißt jetzt Groß", "K")
    assert read_table(saved(book)).remarks == ["Kommentare und Notizen an Zellen werden nicht gelesen."]


def test_headings_are_where_most_of_them_are_known():
    rows = [["Name: Liste", "Stand", "12.11.", "intern"], ["E-Mail", "", "", ""], HEADINGS, ANNA]
    table = read_table(xlsx(*rows), knows)
    assert (table.headers, list(table), table.row_numbers) == (HEADINGS, [tuple(ANNA)], [4])


def test_headings_in_two_rows_are_read_as_one():
    book = of_sheets(Liste=[["E-Mail", "Person", "", "Gruppe"], ["", "Vorname", "Nachname", ""], ANNA])
    book["Liste"].merge_cells("B1:C1")
    table = read_table(saved(book), knows)
    assert (table.headers, list(table)) == (HEADINGS, [tuple(ANNA)])
    assert table.remarks == ["Die Überschriften stehen in zwei Zeilen (1–2); die untere zählt, wo es sie gibt."]
    for area in ("A1:A2", "D1:D2"):  # and so they are in the lower one
        book["Liste"].merge_cells(area)
    table = read_table(saved(book), knows)
    assert (table.headers, list(table)) == (HEADINGS, [tuple(ANNA)])
    assert table.remarks == ["Die Überschriften stehen in Zeile 2; was darüber steht, wird nicht gelesen."]


def test_a_column_without_heading_and_cells_is_left_out():
    assert list(read_table(xlsx(["A", None, "B"], ["1", None, "2"]))) == [("1", "2")]
    assert read_table(xlsx(["A", None, "B"], ["1", None, "2"])).letters == {"A": "A", "B": "C"}


# --- Joined cells -----------------------------------------------------------------------------------


def test_a_cell_joined_downwards_holds_for_all_its_rows():
    book = of_sheets(Liste=[HEADINGS, ANNA, [*JAN[:3], "Führungskräfte"], []])
    book["Liste"].merge_cells("D2:D6")
    table = read_table(saved(book), knows)
    assert [row[3] for row in table] == ["Mitarbeitende", "Mitarbeitende"]  # and no rows of nothing else
    assert table.remarks == ["Verbundene Zellen gelten für jede ihrer Zeilen: D2:D6."]


@pytest.mark.django_db
def test_cells_joined_sideways_have_no_value_each(agency):
    book = of_sheets(Liste=[HEADINGS, ["a@mayen.example", "Anna Klein", "", "Mitarbeitende"]])
    book["Liste"].merge_cells("B2:C2")
    result = PersonResource().import_data(read_table(saved(book), knows))
    assert result.problems == [(2, "Nachname", "Der Wert dieser Zelle ist nicht bekannt: „mit B2 verbunden“.")]
    assert result.cell(2, "Nachname") == "C2"


def test_a_joined_title_is_a_title():
    book = of_sheets(Liste=[["Liste der Teilnehmenden"], HEADINGS, ANNA])
    book["Liste"].merge_cells("A1:D1")
    assert read_table(saved(book)).headers == HEADINGS


# --- Cells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "layout", "shown"),
    [
        (7, "000", "007"),
        (7, "General", "7"),
        (261123, "0", "261123"),
        (0.8, "0%", "80 %"),
        (0.825, "0.0%", "82.5 %"),
        (dt.datetime(2027, 3, 10), "DD.MM.YYYY", "2027-03-10"),  # noqa: DTZ001
        (dt.datetime(2027, 3, 10, 9, 0, 30), "DD.MM.YYYY", "2027-03-10 09:00:30"),  # noqa: DTZ001
        (dt.time(9), "hh:mm", "09:00"),
        (dt.time(9, 0, 30), "hh:mm:ss", "09:00:30"),
        (dt.timedelta(hours=9, minutes=5), "[h]:mm", "09:05"),
        ("+49 261 1", "General", "+49 261 1"),
        ("Zeile 1_x000D_\nZeile 2", "General", "Zeile 1\r\nZeile 2"),
        ("\u200eGroß\xa0", "General", "Groß"),
    ],
)
def test_a_cell_reads_as_it_looks(value, layout, shown):
    book = of_sheets(Liste=[["A"], [value]])
    book["Liste"]["A2"].number_format = layout
    assert list(read_table(saved(book))) == [(shown,)]


def test_dates_of_the_macintosh_count_from_1904():
    book = of_sheets(Liste=[["A"], [dt.datetime(2027, 3, 10)]])  # noqa: DTZ001
    book.epoch = CALENDAR_MAC_1904
    assert list(read_table(saved(book))) == [("2027-03-10",)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "shown", ["#SPILL!", "#FELD!", "#BLOCKIERT!", "#CONNECT!", "#ZAHL!", "#N/D", "#VALEUR!", "#ERROR!", "Err:502"]
)
def test_an_error_in_any_language_is_no_value(agency, shown):
    data = xlsx(HEADINGS, ["a@mayen.example", "Anna", shown, "Mitarbeitende"])
    result = PersonResource().import_data(read_table(data))
    assert [(row, heading, result.cell(row, heading)) for row, heading, _text in result.problems] == [
        (2, "Nachname", "C2")
    ]


@pytest.mark.django_db
def test_what_a_program_has_not_calculated_is_no_value(agency):
    """Those that write files without calculating say 0, and that Excel is to calculate when it opens them."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ANNA)
        sheet.write_formula(1, 2, "=UPPER(B2)")
        sheet.write_row(2, 0, JAN)
        sheet.write_formula(2, 2, "=UPPER(B3)", None, "WEBER")
    result = PersonResource().import_data(read_table(file.getvalue()))
    assert [(row, heading) for row, heading, _text in result.problems] == [(2, "Nachname")]


# --- Other files ------------------------------------------------------------------------------------


def ods() -> bytes:
    return zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", **{"content.xml": b"<x/>"})


@pytest.mark.parametrize(
    ("data", "way"),
    [
        (ods(), r"LibreOffice \(\.ods\)\. Bitte speichern Sie die Tabelle dort als \.xlsx"),
        (zipped(**{"Index/Document.iwa": b"x"}), "Apple Numbers"),
        (zipped(**{"xl/workbook.bin": b"x"}), r"Excel \(\.xlsb\)"),
        (zipped(**{"word/document.xml": b"<x/>"}), "Word"),
        (workbook(**{"xl/workbook.xml": '<workbook xmlns="http://purl.oclc.org/ooxml/main"/>'}), "Strict Open XML"),
        (b"<html><table><tr><td>E-Mail</td></tr></table>", "Webseite oder XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "Webseite oder XML"),
    ],
)
def test_the_files_of_other_programs_are_refused_with_the_way_out(data, way):
    with pytest.raises(UnreadableTable, match=way):
        read_table(data)


def test_a_workbook_with_too_many_joined_cells_is_refused():
    book = of_sheets(Liste=[HEADINGS, ANNA])
    data, file = saved(book), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.infolist():
            joined = b'<mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells><pageMargins'
            new.writestr(entry, old.read(entry).replace(b"<pageMargins", joined, 1))
    with pytest.raises(UnreadableTable, match="zu viele Zellen verbunden"):
        read_table(file.getvalue())
