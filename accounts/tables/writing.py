"""How is a table written so that no cell is run as a formula?

As xlsx, and as CSV with semicolons and a BOM, which German Excel opens by a double click.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

import tablib
import xlsxwriter
from import_export.formats.base_formats import Format

from accounts.tables.cells import Cell, escaped

XLSX_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_OF_A_CELL = 32_767  # characters in Excel
MAX_OF_A_SHEET = 1_048_576  # rows; the library says nothing of those beyond
_PHONE_NUMBER = re.compile(r"\+[\d ()/-]+")


def write_csv(
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    file: IO[bytes],
    *,
    delimiter: str = ";",
    decimal_mark: str = ",",
) -> None:
    """CRLF and UTF-8 with BOM; one row at a time, so any number of rows fits. No headings: the first row is a row.

    By itself with semicolons and decimal commas: German Excel takes 2.5 for the second of May.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    if headings:
        writer.writerow([escaped(heading) for heading in headings])
    writer.writerows([_for_csv(cell, decimal_mark) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _for_csv(cell: Cell, decimal_mark: str) -> Cell:
    if isinstance(cell, float | Decimal):
        return f"{cell}".replace(".", decimal_mark)
    if isinstance(cell, dt.time):
        return f"{cell:%H:%M}"
    if isinstance(cell, dt.datetime):
        return f"{cell:%d.%m.%Y %H:%M:%S}"
    return f"{cell:%d.%m.%Y}" if isinstance(cell, dt.date) else escaped(cell)


@dataclass(frozen=True)
class Worksheet:
    """One table of a workbook; no headings: the first row is a row.

    ``widths`` are in characters; a column without one is as wide as its heading needs.
    """

    name: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Cell]], file: IO[bytes]) -> None:
    """One sheet with a fixed row of headings; rows are written to disk one at a time. ``ValueError`` if too many."""
    write_workbook([Worksheet("", headings, rows)], file)


def write_workbook(sheets: Iterable[Worksheet], file: IO[bytes]) -> None:
    """Several sheets, each as ``write_xlsx`` has it; printed on A4 they are as wide as the paper."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, {**options, "default_date_format": "dd.mm.yyyy"}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        decimal = book.add_format({"num_format": "#,##0.0"})
        clock = book.add_format({"num_format": "hh:mm"})
        moment = book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        for table in sheets:
            sheet = book.add_worksheet(table.name or None)
            sheet.set_paper(9)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            if table.headings:
                sheet.repeat_rows(0)
                sheet.freeze_panes(1, 0)
            for column, heading in enumerate(table.headings):
                width = table.widths[column] if column < len(table.widths) else max(12, min(40, len(heading) + 2))
                sheet.set_column(column, column, width)
            sheet.write_row(0, 0, [escaped(heading) for heading in table.headings], bold)
            for number, row in enumerate(table.rows, 1 if table.headings else 0):
                if number >= MAX_OF_A_SHEET:
                    raise ValueError(f"A sheet holds {MAX_OF_A_SHEET:,} rows")
                for column, cell in enumerate(row):
                    if cell == "":
                        continue
                    if isinstance(cell, str):
                        # The type says that it is text, but not in the CSV file somebody makes of it.
                        text = cell if _PHONE_NUMBER.fullmatch(cell) else str(escaped(cell))
                        text = text if len(text) <= MAX_OF_A_CELL else f"{text[: MAX_OF_A_CELL - 1]}…"
                        sheet.write_string(number, column, text, wrapped if table.widths else None)
                    elif isinstance(cell, dt.datetime):
                        sheet.write_datetime(number, column, cell, moment)
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
