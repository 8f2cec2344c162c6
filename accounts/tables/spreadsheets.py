"""Which files are read as a table, and how is a table written so that no cell is run as a formula?

Read: xlsx, and CSV as German and English Excel write it (semicolon, comma or tab, also said by „sep=“), in the
encodings of ``encodings``; below a title as well. Written: xlsx, and CSV with semicolons and a BOM, which German Excel
opens by a double click.
"""

import csv
import datetime as dt
import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice, repeat, zip_longest
from typing import IO, Any

import openpyxl
import tablib
import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _
from import_export.formats.base_formats import Format

from accounts.tables import encodings, workbooks

# What a cell of an exported table may be.
Cell = str | int | float | Decimal | dt.date | dt.time | None

MAX_COLUMNS = 100
MAX_CHARACTERS = 5_000_000  # in all cells
# In CSV; more is no line of a table, and splitting it would cost memory.
MAX_CHARACTERS_A_LINE = 200_000
# Spreadsheets may contain empty rows between the filled ones, but not an unlimited number.
MAX_EMPTY_ROWS = 20_000

XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # Excel up to 2003, and any file with a password

MOST_ROWS_OF_A_TITLE = 10
# What a spreadsheet program shows in place of a value, in German and English.
_ERROR = re.compile(
    r"#(?:NV|N/A|BEZUG!|REF!|WERT!|VALUE!|DIV/0!|NAME\?|ZAHL!|NUM!|NULL!|ÜBERLAUF!|SPILL!|KALK!|CALC!|GETTING_DATA|#+)"
)
_PHONE_NUMBER = re.compile(r"\+[\d ()/-]+")

# Excel decides by the first character whether a cell is a formula, whatever its source (OWASP, „CSV injection“).
# Apostrophes in front count, so that what is written always reads back as it was.
_TAKEN_FOR_A_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


class UnreadableTable(ValueError):
    """The file is not a table that can be read; the message tells people why."""


class Unknown(str):
    """The text of a cell whose value nobody knows: an error, or a formula that was never calculated."""

    __slots__ = ()


class Table(tablib.Dataset):  # type: ignore[misc]
    """Headings and rows of text, and the number each row has in the file.

    ``remarks``: what people should know of how it was read.
    """

    row_numbers: list[int]
    remarks: list[str]


def escaped(cell: Cell) -> Cell:
    """The cell with an apostrophe in front where a spreadsheet program would calculate it; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and _TAKEN_FOR_A_FORMULA.match(cell) else cell


def unescaped(text: str) -> str:
    """Takes back what ``escaped`` did."""
    if isinstance(text, Unknown):
        return text
    return text[1:] if text.startswith("'") and _TAKEN_FOR_A_FORMULA.match(text[1:]) else text


# --- Reading -----------------------------------------------------------------------------------


def read_table(data: bytes) -> Table:
    """The table in a CSV or xlsx file, every cell as text; raises UnreadableTable.

    Stops reading as soon as ``settings.IMPORT_MAX_ROWS`` is exceeded; empty rows are left out.
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
        return _table(_xlsx_rows(data))
    decoded = _decoded(data)
    said = re.match(r'"?sep=(.)"?\r?\n', decoded.text, re.IGNORECASE)  # for Excel alone
    if said:
        table = _table(_csv_rows(decoded.text[said.end() :], said[1], first=2), first=2)
    else:
        table = _table(_csv_rows(decoded.text, _delimiter(decoded.text)))
    if decoded.encoding:
        text = _("Zeichen gelesen als %(encoding)s. Prüfen Sie bitte die Umlaute.")
        table.remarks.append(text % {"encoding": decoded.encoding})
    return table


def gone() -> str:
    return _("Die Datei liegt nicht mehr vor. Bitte laden Sie sie noch einmal hoch.")


def too_large() -> str:
    return _("Die Datei ist größer als %(megabytes)d MB. Bitte teilen Sie sie auf.") % {
        "megabytes": settings.IMPORT_MAX_BYTES // 1024**2
    }


def _filled(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    characters = 0
    for number, cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            characters += sum(map(len, cells))
            if characters > MAX_CHARACTERS:  # a workbook holds a text once for all the cells that show it
                raise UnreadableTable(too_large())
            if any(encodings.is_encoded_twice(cell) for cell in cells):
                text = _("In Zeile %(row)d sind Umlaute doppelt kodiert. Bitte öffnen Sie die ursprüngliche Datei neu.")
                raise UnreadableTable(text % {"row": number})
            yield number, cells


def _below_the_title(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The rows from the headings on: a title has one cell, or less than half of those of what is below it."""
    first = list(islice(rows, MOST_ROWS_OF_A_TITLE))
    counts = [sum(map(bool, cells)) for _number, cells in first]
    while len(first) > 1:
        widest = max(counts[1:])
        if not (counts[0] == 1 < widest or counts[0] * 2 < widest):
            break
        del first[0], counts[0]
    yield from first
    yield from rows


def _table(rows: Iterator[tuple[int, list[str]]], first: int = 1) -> Table:
    table = Table()
    table.row_numbers, table.remarks = [], []
    width = 0
    for number, cells in _below_the_title(_filled(rows)):
        if table.headers is None:
            if number > first:
                text = _("Die Überschriften stehen in Zeile %(row)d; was darüber steht, wird nicht gelesen.")
                table.remarks.append(text % {"row": number})
            width = len(cells)
            _check_headings(cells)
            table.headers = cells
        elif len(cells) > width:
            raise UnreadableTable(
                _("Zeile %(row)d hat mehr Zellen (%(cells)d) als es Überschriften gibt (%(headings)d).")
                % {"row": number, "cells": len(cells), "headings": width}
            )
        elif len(table) == settings.IMPORT_MAX_ROWS:
            raise UnreadableTable(
                _("Die Tabelle hat mehr als %(rows)d Zeilen. Bitte teilen Sie sie auf.")
                % {"rows": settings.IMPORT_MAX_ROWS}
            )
        else:
            table.append([unescaped(cell) for cell in cells] + [""] * (width - len(cells)))
            table.row_numbers.append(number)
    if not table.row_numbers:
        raise UnreadableTable(
            _("Die Tabelle hat keine Zeilen. In der ersten Zeile stehen die Überschriften, darunter die Daten.")
        )
    return table


def _check_headings(headings: list[str]) -> None:
    if len(headings) > MAX_COLUMNS:
        raise UnreadableTable(_("Die Tabelle hat mehr als %(columns)d Spalten.") % {"columns": MAX_COLUMNS})
    if "" in headings:
        raise UnreadableTable(_("Spalte %(column)d hat keine Überschrift.") % {"column": headings.index("") + 1})


def _decoded(data: bytes) -> encodings.Decoded:
    try:
        return encodings.decode(data)
    except encodings.UnknownCharacters:
        raise UnreadableTable(
            _("Diese Zeichen sind nicht lesbar. Bitte speichern Sie die Datei in Excel als „CSV UTF-8“ oder als .xlsx.")
        ) from None


def _csv_rows(text: str, delimiter: str, first: int = 1) -> Iterator[tuple[int, list[str]]]:
    if "\x00" in text:
        raise UnreadableTable(_("Das ist weder eine CSV-Datei noch eine Excel-Datei (.xlsx)."))
    try:
        reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, first):
            _check_row_number(number)
            if len(cells) > workbooks.MAX_CELLS_IN_A_ROW:
                raise LineTooLong
            yield number, [_known(cell.strip(" \xa0\r\n")) for cell in cells]
    except LineTooLong:
        raise UnreadableTable(
            _("Zeile %(row)d der Datei ist zu lang für eine Tabelle.") % {"row": reader.line_num + first}
        ) from None
    except csv.Error:
        raise UnreadableTable(
            _("Die CSV-Datei ist in Zeile %(row)d nicht lesbar; oft fehlt dort ein Anführungszeichen.")
            % {"row": reader.line_num + first - 1}
        ) from None


class LineTooLong(ValueError):
    """No line of a table is so long."""


def lines_of(text: str) -> Iterator[str]:
    """With their ends, as ``csv`` wants them, but none that would cost memory to split. Raises LineTooLong."""
    for line in io.StringIO(text, newline=""):
        if len(line) > MAX_CHARACTERS_A_LINE:
            raise LineTooLong
        yield line


def _delimiter(text: str) -> str:
    """The one of which most stand in the first lines, outside quotation marks."""
    lines = re.sub(r'"[^"]*"', "", text[:20_000]).lstrip("\r\n").split("\n")[: MOST_ROWS_OF_A_TITLE + 1]
    counts = {delimiter: [line.count(delimiter) for line in lines] for delimiter in ";,\t"}
    return max(counts, key=lambda delimiter: (counts[delimiter][0], max(counts[delimiter])))


def _known(text: str) -> str:
    return Unknown(text) if _ERROR.fullmatch(text) else text


def _xlsx_rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    unreadable = UnreadableTable(_("Die Excel-Datei ist beschädigt oder keine .xlsx-Datei."))
    try:
        calculates = workbooks.has_formulas(data)
    except workbooks.TooMuch:
        raise UnreadableTable(
            _("In der Excel-Datei steckt zu viel. Bitte kopieren Sie nur die Daten, als Werte, in eine neue.")
        ) from None
    except workbooks.Damaged:
        raise unreadable from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about validations and styles that it does not know
        try:
            values = _first_sheet(data, data_only=True)
            formulas = _first_sheet(data, data_only=False) if calculates else repeat(())
            for number, (cells, written) in enumerate(zip(values, formulas, strict=False), 1):
                _check_row_number(number)
                yield number, [_cell_text(cell, made) for cell, made in zip_longest(cells, written)]
        except UnreadableTable:
            raise
        except Exception as error:  # crafted files make openpyxl fail in many ways; all mean the same to the user
            raise unreadable from error


def _check_row_number(number: int) -> None:
    if number > MAX_EMPTY_ROWS + settings.IMPORT_MAX_ROWS:
        raise UnreadableTable(_("Die Tabelle hat zu viele leere Zeilen. Bitte kopieren Sie die Daten in eine neue."))


def _first_sheet(data: bytes, *, data_only: bool) -> Iterator[Sequence[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # the declared ones may be the largest a sheet can have, and are then all yielded
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
    return rows


def _cell_text(cell: Any, made: Any) -> str:
    """``made``: the same cell with its formula. A formula whose value the file does not hold is not an empty cell."""
    if cell.value is None and cell.data_type == "n" and made is not None and made.data_type == "f":
        return Unknown(str(made.value)[:60])
    return _known(_as_text(cell.value))


def _as_text(cell: Any) -> str:
    """The cell as CSV would have it; dates as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nein"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return f"{cell:%Y-%m-%d}" if midnight else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, dt.time):
        return f"{cell:%H:%M}"
    if isinstance(cell, dt.timedelta):  # a time of day in a format for durations
        hours, rest = divmod(int(cell.total_seconds()) // 60, 60)
        return f"{hours:02d}:{rest:02d}"
    return str(cell).strip(" \xa0\r\n")


# --- Writing -----------------------------------------------------------------------------------


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """Semicolons, CRLF and UTF-8 with BOM; one row at a time, so any number of rows fits."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_for_csv(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _for_csv(cell: Cell) -> Cell:
    if isinstance(cell, float | Decimal):
        return f"{cell}".replace(".", ",")  # German Excel takes 2.5 for the second of May
    if isinstance(cell, dt.time):
        return f"{cell:%H:%M}"
    return f"{cell:%d.%m.%Y}" if isinstance(cell, dt.date) else escaped(cell)


@dataclass(frozen=True)
class Worksheet:
    """One table of a workbook. ``widths`` are in characters; a column without one is as wide as its heading needs."""

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """One sheet with a fixed first row; rows are written to disk one at a time."""
    write_workbook([Worksheet("", headings, rows)], file)


def write_workbook(sheets: Iterable[Worksheet], file: IO[bytes]) -> None:
    """Several sheets, each as ``write_xlsx`` has it; printed on A4 they are as wide as the paper."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, {**options, "default_date_format": "dd.mm.yyyy"}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        decimal = book.add_format({"num_format": "#,##0.0"})
        clock = book.add_format({"num_format": "hh:mm"})
        for table in sheets:
            sheet = book.add_worksheet(table.name or None)
            sheet.set_paper(9)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(0)
            sheet.freeze_panes(1, 0)
            for column, heading in enumerate(table.headings):
                width = table.widths[column] if column < len(table.widths) else max(12, min(40, len(heading) + 2))
                sheet.set_column(column, column, width)
            sheet.write_row(0, 0, table.headings, bold)
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if cell == "":
                        continue
                    if isinstance(cell, str):
                        # The type says that it is text, but not in the CSV file somebody makes of it.
                        text = cell if _PHONE_NUMBER.fullmatch(cell) else str(escaped(cell))
                        sheet.write_string(number, column, text, wrapped if table.widths else None)
                    elif isinstance(cell, dt.date):
                        sheet.write_datetime(number, column, cell)
                    elif isinstance(cell, dt.time):
                        sheet.write_datetime(number, column, cell, clock)
                    elif isinstance(cell, Decimal):
                        sheet.write_number(number, column, cell, decimal)
                    elif cell is not None:
                        sheet.write_number(number, column, cell)


# --- As formats of the export --------------------------------------------------


class CsvFile(Format):  # type: ignore[misc]
    def get_title(self) -> str:
        return "CSV"

    def get_extension(self) -> str:
        return "csv"

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def can_export(self) -> bool:
        return True

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        file = io.BytesIO()
        write_csv(dataset.headers, dataset, file)
        return file.getvalue()


class XlsxFile(CsvFile):
    def get_title(self) -> str:
        return "Excel (.xlsx)"

    def get_extension(self) -> str:
        return "xlsx"

    def get_content_type(self) -> str:
        return XLSX_CONTENT_TYPE

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> bytes:
        file = io.BytesIO()
        write_xlsx(dataset.headers, dataset, file)
        return file.getvalue()
