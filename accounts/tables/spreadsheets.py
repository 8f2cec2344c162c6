"""Which files are read as a table?

xlsx, and CSV as German and English Excel write it (semicolon, comma, tab or upright, also said by „sep=“), in the
encodings of ``encodings``; below a title as well. What was taken of the file, and what was not, is said.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from accounts.tables import encodings, workbooks
from accounts.tables.cells import Covered, Table, UnreadableTable, known, seen, unescaped
from accounts.tables.headings import MOST_ROWS_OF_A_TITLE, Headings, Knows, Row, find
from accounts.tables.sheets import MAX_COLUMNS, WorkbookSheet, check_row_number, sheets_of

MAX_CHARACTERS = 5_000_000  # in all cells
# In CSV; more is no line of a table, and splitting it would cost memory.
MAX_CHARACTERS_A_LINE = 200_000

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # Excel up to 2003, and any file with a password
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:[!?]|html|table|workbook)", re.IGNORECASE)
_DELIMITERS = ";,\t|"


def read_table(data: bytes, knows: Knows | None = None) -> Table:
    """The table in a CSV or xlsx file, every cell as text; raises UnreadableTable.

    ``knows`` helps to find the headings. Stops reading as soon as ``settings.IMPORT_MAX_ROWS`` is exceeded; empty rows
    are left out.
    """
    if len(data) > settings.IMPORT_MAX_BYTES:
        raise UnreadableTable(too_large())
    if not data.strip():
        raise UnreadableTable(_("Die Datei ist leer."))
    if data.startswith(_OLE):
        raise UnreadableTable(
            _("Das ist eine alte Excel-Datei (.xls) oder eine mit Kennwort. Bitte speichern Sie sie neu als .xlsx.")
        )
    if data.startswith(_ZIP):
        return _of_workbook(data, knows)
    if _MARKUP.match(data):
        raise UnreadableTable(
            _("Das ist eine Webseite oder XML, auch wenn Excel sie öffnet. Bitte speichern Sie sie dort als .xlsx.")
        )
    return _of_text(data, knows)


def gone() -> str:
    return _("Die Datei liegt nicht mehr vor. Bitte laden Sie sie noch einmal hoch.")


def too_large() -> str:
    return _("Die Datei ist größer als %(megabytes)d MB. Bitte teilen Sie sie auf.") % {
        "megabytes": settings.IMPORT_MAX_BYTES // 1024**2
    }


# --- Rows become a table ------------------------------------------------------------------------


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    characters = 0
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            characters += sum(map(len, cells))
            if characters > MAX_CHARACTERS:  # a workbook holds a text once for all the cells that show it
                raise UnreadableTable(too_large())
            if any(encodings.is_garbled(cell) for cell in cells):
                text = _("In Zeile %(row)d sind Umlaute doppelt kodiert. Bitte öffnen Sie die ursprüngliche Datei neu.")
                raise UnreadableTable(text % {"row": number})
            yield number, cells


def _table(rows: Iterable[Row], knows: Knows | None, first: int = 1) -> Table:
    """``first``: the row in which headings stand that need no remark."""
    filled = _filled(rows)
    begin = list(islice(filled, MOST_ROWS_OF_A_TITLE))
    headings = find(begin, knows) if begin else Headings([], (), 0, 0)
    table, width = Table(), len(headings.names)
    table.row_numbers, table.remarks = [], []
    table.heading_row = headings.rows[-1] if begin else first
    _check_headings(headings.names)
    if begin and headings.rows[0] > first:
        text = _("Die Überschriften stehen in Zeile %(row)d; was darüber steht, wird nicht gelesen.")
        table.remarks.append(text % {"row": headings.rows[0]})
    if len(headings.rows) > 1:
        text = _("Die Überschriften stehen in zwei Zeilen (%(rows)s); die untere zählt, wo es sie gibt.")
        table.remarks.append(text % {"rows": numbers(headings.rows)})
    found: list[list[str]] = []
    for number, cells in chain(begin[headings.above :], filled):
        while len(cells) > width and (isinstance(cells[-1], Covered) or not cells[-1]):
            cells.pop()
        if len(cells) > width:
            raise UnreadableTable(
                _("Zeile %(row)d hat mehr Zellen (%(cells)d) als es Überschriften gibt (%(headings)d).")
                % {"row": number, "cells": len(cells), "headings": width}
            )
        if len(found) == settings.IMPORT_MAX_ROWS:
            raise UnreadableTable(
                _("Die Tabelle hat mehr als %(rows)d Zeilen. Bitte teilen Sie sie auf.")
                % {"rows": settings.IMPORT_MAX_ROWS}
            )
        found.append([unescaped(cell) for cell in cells] + [""] * (width - len(cells)))
        table.row_numbers.append(number)
    if not found:
        raise UnreadableTable(
            _("Die Tabelle hat keine Zeilen. In der ersten Zeile stehen die Überschriften, darunter die Daten.")
        )
    _fill(table, headings.names, found)
    return table


def _fill(table: Table, headings: list[str], rows: list[list[str]]) -> None:
    """Columns between the others without heading and without any cell are left out."""
    for place in [place for place, heading in enumerate(headings) if not heading]:
        if any(row[place] and not isinstance(row[place], Covered) for row in rows):
            raise UnreadableTable(_("Spalte %(column)d hat keine Überschrift.") % {"column": place + 1})
    places = [place for place, heading in enumerate(headings) if heading]
    for row in rows:
        table.append([row[place] for place in places])
    table.headers = [headings[place] for place in places]
    table.letters = {headings[place]: get_column_letter(place + 1) for place in reversed(places)}


def _check_headings(headings: list[str]) -> None:
    if len(headings) > MAX_COLUMNS:
        raise UnreadableTable(_("Die Tabelle hat mehr als %(columns)d Spalten.") % {"columns": MAX_COLUMNS})


def numbers(rows: Iterable[int]) -> str:
    """„3, 5–7“."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    return ", ".join(shown[:20]) + (" …" if len(shown) > 20 else "")


# --- Workbooks ----------------------------------------------------------------------------------


def _of_workbook(data: bytes, knows: Knows | None) -> Table:
    sheets, has_comments = sheets_of(data)
    begins = [list(islice(_filled(sheet.rows()), MOST_ROWS_OF_A_TITLE)) for sheet in sheets]
    filled = [(sheet, begin) for sheet, begin in zip(sheets, begins, strict=True) if begin]
    shown = [(sheet, find(begin, knows).known) for sheet, begin in filled if not sheet.is_hidden]
    if filled and not shown:
        text = _("Das ausgefüllte Tabellenblatt „%(sheet)s“ ist ausgeblendet. Bitte blenden Sie es ein.")
        raise UnreadableTable(text % {"sheet": filled[0][0].name})
    sheet = max(shown, key=lambda one: one[1])[0] if shown else sheets[0]
    table = _table(sheet.rows(), knows)
    how = _("Gelesen ist das Tabellenblatt „%(sheet)s“, Überschriften in Zeile %(row)d.")
    table.how = how % {"sheet": sheet.name, "row": table.heading_row}
    table.remarks += _left_out([one for one, _begin in filled if one is not sheet])
    table.remarks += _remarks(sheet, table)
    if has_comments:
        table.remarks.append(_("Kommentare und Notizen an Zellen werden nicht gelesen."))
    return table


def _left_out(sheets: list[WorkbookSheet]) -> list[str]:
    if not sheets:
        return []
    names = [_("%(sheet)s (ausgeblendet)") % {"sheet": one.name} if one.is_hidden else one.name for one in sheets]
    return [_("Nicht gelesen werden die Tabellenblätter: %(sheets)s.") % {"sheets": ", ".join(names)[:500]}]


def _remarks(sheet: WorkbookSheet, table: Table) -> list[str]:
    found = []
    if rows := sheet.notes.hidden_rows & {*table.row_numbers}:
        text = _("Ausgeblendet oder weggefiltert, aber mit übernommen: Zeile %(rows)s.")
        found.append(text % {"rows": numbers(rows)})
    letters = [letter for letter in table.letters.values() if letter in sheet.notes.hidden_columns]
    if letters:
        text = _("Ausgeblendet, aber mit übernommen: Spalte %(columns)s.")
        found.append(text % {"columns": ", ".join(reversed(letters))})
    joined = [area for area in sheet.joined if int(re.sub(r"\D*(\d+).*", r"\1", area)) >= table.row_numbers[0]]
    if joined:
        text = _("Verbundene Zellen gelten für jede ihrer Zeilen: %(cells)s.")
        found.append(text % {"cells": ", ".join(joined[:20])})
    return found


# --- Text ---------------------------------------------------------------------------------------


def _of_text(data: bytes, knows: Knows | None) -> Table:
    decoded = _decoded(data)
    said = re.match(r'"?sep=(.)"?\r?\n', decoded.text, re.IGNORECASE)  # for Excel alone
    text, first = (decoded.text[said.end() :], 2) if said else (decoded.text, 1)
    delimiter = said[1] if said else _delimiter(text, knows)
    table = _table(_csv_rows(text, delimiter, first), knows, first)
    for number, row in zip(table.row_numbers, table, strict=True):
        if any("\n" in cell and cell.count(delimiter) >= max(2, len(row) - 1) for cell in row):  # a row in a cell
            raise _unreadable_csv(number)
    how = _(
        "Gelesen ist eine CSV-Datei: Trennzeichen %(delimiter)s, Zeichen in %(encoding)s, "
        "Überschriften in Zeile %(row)d."
    )
    table.how = how % {
        "delimiter": _("Tabulator") if delimiter == "\t" else f"„{delimiter}“",
        "encoding": decoded.encoding,
        "row": table.heading_row,
    }
    if not decoded.is_usual:
        remark = _("Zeichen gelesen als %(encoding)s. Prüfen Sie bitte die Umlaute.")
        table.remarks.append(remark % {"encoding": decoded.encoding})
    return table


def _decoded(data: bytes) -> encodings.Decoded:
    try:
        return encodings.decode(data)
    except encodings.UnknownCharacters as unknown:
        way = _("Bitte speichern Sie die Datei in Excel als „CSV UTF-8“ oder als .xlsx.")
        why = [_("Diese Zeichen sind nicht lesbar.")]
        if unknown.readings:
            said = {"row": unknown.line, "readings": " / ".join(f"„{reading}“" for reading in unknown.readings[:3])}
            why.append(_("Die Datei sagt nicht, was in Zeile %(row)d steht: %(readings)s?") % said)
        raise UnreadableTable(" ".join([*why, way])) from None


def _csv_rows(text: str, delimiter: str, first: int = 1) -> Iterator[Row]:
    if "\x00" in text:
        raise UnreadableTable(_("Das ist weder eine CSV-Datei noch eine Excel-Datei (.xlsx)."))
    try:
        reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, first):
            check_row_number(number)
            if len(cells) > workbooks.MAX_CELLS_IN_A_ROW:
                raise LineTooLong
            yield number, [_cell(cell) for cell in cells]
    except LineTooLong:
        raise UnreadableTable(
            _("Zeile %(row)d der Datei ist zu lang für eine Tabelle.") % {"row": reader.line_num + first}
        ) from None
    except csv.Error:
        raise _unreadable_csv(reader.line_num + first - 1) from None


def _unreadable_csv(row: int) -> UnreadableTable:
    text = _("Die CSV-Datei ist in Zeile %(row)d nicht lesbar; oft fehlt dort ein Anführungszeichen.")
    return UnreadableTable(text % {"row": row})


def _cell(text: str) -> str:
    """Without the formula by which some keep Excel from taking ="0042" for a number."""
    text = seen(text)
    kept = re.fullmatch(r'="([^"]*)"', text)
    return known(seen(kept[1]) if kept else text)


class LineTooLong(ValueError):
    """No line of a table is so long."""


def lines_of(text: str) -> Iterator[str]:
    """With their ends, as ``csv`` wants them, but none that would cost memory to split. Raises LineTooLong."""
    for line in io.StringIO(text, newline=""):
        if len(line) > MAX_CHARACTERS_A_LINE:
            raise LineTooLong
        yield line


def _delimiter(text: str, knows: Knows | None) -> str:
    """The one by which most headings are known, else of which most stand in the first lines outside quotation marks."""
    begin = re.sub(r'"[^"]*"', "", text[:20_000]).lstrip("\r\n")
    lines = re.split("\r\n?|\n", begin)[: MOST_ROWS_OF_A_TITLE + 1]
    counts = {delimiter: [line.count(delimiter) for line in lines] for delimiter in _DELIMITERS}
    known_by = {delimiter: _known_by(text, delimiter, knows) for delimiter in _DELIMITERS}
    return max(counts, key=lambda one: (known_by[one], counts[one][0], max(counts[one])))


def _known_by(text: str, delimiter: str, knows: Knows | None) -> int:
    if knows is None:
        return 0
    rows: list[Row] = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=delimiter), 1):
            rows += [(number, [seen(cell) for cell in cells])] if any(cells) else []
            if len(rows) == MOST_ROWS_OF_A_TITLE:
                break
    except csv.Error:
        return 0
    return find(rows, knows).known if rows else 0
