"""What stands on the sheets of a workbook, cell by cell, as a person sees it?

Formats count where they change what one reads: 7 as 007, 0.8 as 80 %. Joined cells hold for all the rows they cover.
"""

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import repeat, zip_longest
from typing import Any

import openpyxl
from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.escape import unescape

from accounts.tables import workbooks
from accounts.tables.cells import Covered, FromNumber, Unknown, UnreadableTable, known, seen
from accounts.tables.headings import Row

MAX_COLUMNS = 100
# Spreadsheets may contain empty rows between the filled ones, but not an unlimited number.
MAX_EMPTY_ROWS = 20_000
MAX_COVERED = 200_000  # cells joined with another
# Other archives people have tables in, by a part of theirs and what it begins with.
_OTHERS = [
    ("mimetype", b"application/vnd.oasis.opendocument", "LibreOffice (.ods)"),
    ("Index/Document.iwa", b"", "Apple Numbers"),
    ("Index.zip", b"", "Apple Numbers"),
    ("xl/workbook.bin", b"", "Excel (.xlsb)"),
    ("word/document.xml", b"", "Word (.docx)"),
]
_STRICT = b"http://purl.oclc.org/ooxml/"


@dataclass(frozen=True)
class WorkbookSheet:
    """``joined``: which cells hold for rows below them, as „B3:B5“; filled while ``rows`` are read."""

    name: str
    is_hidden: bool
    notes: workbooks.SheetNotes
    _values: Any
    _formulas: Any
    _is_calculated_on_loading: bool
    joined: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Each with its number and the text of its cells. Raises UnreadableTable."""
        covered, tops = _covered(self.notes.joined), dict[tuple[int, int], str]()
        self.joined.clear()
        with _unreadable():
            values = _rows(self._values)
            formulas = _rows(self._formulas) if self._formulas else repeat(())
            for number, (cells, written) in enumerate(zip(values, formulas, strict=False), 1):
                check_row_number(number)
                texts = [self._text(cell, made) for cell, made in zip_longest(cells, written)]
                for column, (top, left) in covered.get(number, {}).items() if any(texts) else ():
                    if text := texts[column] if (top, left) == (number, column) else tops.get((top, left), ""):
                        self._join(texts, number, column, (top, left), text)
                        tops[top, left] = text
                yield number, texts

    def _join(self, texts: list[str], number: int, column: int, corner: tuple[int, int], text: str) -> None:
        top, left = corner
        texts += [""] * (column + 1 - len(texts))
        if column > left:
            first = f"{get_column_letter(left + 1)}{top}"
            texts[column] = Covered(_("mit %(cell)s verbunden") % {"cell": first})
        elif number > top:
            texts[column] = text
            area = next(area for area in self.notes.joined if area.startswith(f"{get_column_letter(left + 1)}{top}:"))
            if area not in self.joined:
                self.joined.append(area)

    def _text(self, cell: Any, made: Any) -> str:
        """``made``: the same cell with its formula. A formula whose value the file does not hold is not empty."""
        if cell.value is None and (made is None or made.value is None):  # nearly all: rows are filled up
            return ""
        if cell.data_type == "e":
            return Unknown(cell.value)
        if made is not None and made.data_type == "f":
            is_missing = cell.value is None and cell.data_type == "n"
            # Programs that do not calculate write 0 and leave the rest to Excel.
            if is_missing or (self._is_calculated_on_loading and cell.value == 0):
                return Unknown(str(getattr(made.value, "text", made.value))[:60])
        return known(_as_text(cell))


def sheets_of(data: bytes) -> tuple[list[WorkbookSheet], bool]:
    """All sheets of the workbook, and whether it has comments. Raises UnreadableTable."""
    try:
        inside = workbooks.look_into(data)
    except workbooks.TooMuch:
        text = _("In der Excel-Datei steckt zu viel. Bitte kopieren Sie nur die Daten, als Werte, in eine neue.")
        raise UnreadableTable(_of_another_program(data) or text) from None
    except workbooks.Damaged:
        raise UnreadableTable(_of_another_program(data) or _damaged()) from None
    with _unreadable(data):
        values = _book(data, data_only=True)
        formulas = _book(data, data_only=False) if inside.formulas else None
        sheets = [
            WorkbookSheet(
                sheet.title,
                sheet.sheet_state != "visible",
                inside.parts.get(sheet._worksheet_path, workbooks.SheetNotes()),
                sheet,
                formulas.worksheets[place] if formulas else None,
                inside.is_calculated_on_loading,
            )
            for place, sheet in enumerate(values.worksheets)
        ]
        if not sheets:
            raise UnreadableTable(_of_another_program(data) or _damaged())
    return sheets, inside.comments


def check_row_number(number: int) -> None:
    if number > MAX_EMPTY_ROWS + settings.IMPORT_MAX_ROWS:
        raise UnreadableTable(_("Die Tabelle hat zu viele leere Zeilen. Bitte kopieren Sie die Daten in eine neue."))


@contextmanager
def _unreadable(data: bytes = b"") -> Iterator[None]:
    """Crafted files make openpyxl fail in many ways; all mean the same to the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about validations and styles that it does not know
        try:
            yield
        except UnreadableTable:
            raise
        except Exception as error:
            raise UnreadableTable(_of_another_program(data) or _damaged()) from error


def _damaged() -> str:
    return _("Die Excel-Datei ist beschädigt oder keine .xlsx-Datei.")


def _of_another_program(data: bytes) -> str:
    """Which way leads from there, if it is known whose archive it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            for name, start, program in _OTHERS:
                if name in names and _start(archive, name).startswith(start):
                    text = _("Das ist eine Datei von %(program)s. Bitte speichern Sie die Tabelle dort als .xlsx.")
                    return text % {"program": program}
            if "xl/workbook.xml" in names and _STRICT in _start(archive, "xl/workbook.xml"):
                return _("Das ist „Strict Open XML“. Bitte speichern Sie die Datei als „Excel-Arbeitsmappe (.xlsx)“.")
    except Exception:
        return ""
    return ""


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(2000)


def _book(data: bytes, *, data_only: bool) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only, keep_links=False)


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # the declared ones may be the largest a sheet can have, and are then all yielded
    rows: Iterator[Sequence[Any]] = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
    return rows


def _covered(areas: Iterable[str]) -> dict[int, dict[int, tuple[int, int]]]:
    """Row and column of the cell that speaks for it, of each joined cell, itself included."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    count = 0
    for area in areas:
        try:
            left, top, right, bottom = range_boundaries(area)
        except (TypeError, ValueError):
            raise UnreadableTable(_damaged()) from None
        if None in (left, top, right, bottom):
            raise UnreadableTable(_damaged())
        right, bottom = min(right, MAX_COLUMNS + 1), min(bottom, MAX_EMPTY_ROWS + settings.IMPORT_MAX_ROWS)
        count += max(0, right - left + 1) * max(0, bottom - top + 1)
        if count > MAX_COVERED:
            raise UnreadableTable(_("In der Excel-Datei sind zu viele Zellen verbunden. Bitte lösen Sie sie."))
        for row in range(top, bottom + 1):
            found.setdefault(row, {}).update((column - 1, (top, left - 1)) for column in range(left, right + 1))
    return found


def _as_text(cell: Any) -> str:
    """The cell as CSV would have it; dates as ISO 8601."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format))
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}" if value.time() == dt.time() else f"{value:%Y-%m-%d} {_clock(value.time())}"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return _clock(value)
    if isinstance(value, dt.timedelta):  # a time of day in a format for durations
        hours, rest = divmod(int(value.total_seconds()), 3600)
        return f"{hours:02d}:{rest // 60:02d}" + (f":{rest % 60:02d}" if rest % 60 else "")
    text = str(value)
    return seen(unescape(text) if "_x" in text else text)


def _clock(time: dt.time) -> str:
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def _number(value: float, layout: str) -> str:
    if "%" in layout:
        return f"{(Decimal(str(value)) * 100).normalize():f} %"
    if isinstance(value, float) and not value.is_integer():
        return FromNumber(value)
    if re.fullmatch("0{2,}", layout) and value >= 0:
        return f"{int(value):0{len(layout)}d}"
    return FromNumber(int(value))
