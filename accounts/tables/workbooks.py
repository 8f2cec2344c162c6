"""Is an xlsx file small enough for openpyxl to read, and what does openpyxl not tell? Its 70 kB may cost gigabytes.

Each part of the archive is unpacked and parsed once, piece by piece, and counted; nothing of it is kept. The limits are
far above a table of ``settings.IMPORT_MAX_ROWS`` rows, and what stays below them is read within seconds.
"""

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils import get_column_letter

MAX_UNPACKED_BYTES = 25 * 1024 * 1024
MAX_PARTS = 500
MAX_SHEETS = 100
MAX_CELLS_IN_A_ROW = 16_384  # what Excel has
# Of a table with all its rows and twenty-five columns, each with a text of its own.
MAX_OF_CELLS = 600_000
# Of formats, validations, relations and all else that openpyxl makes objects of.
MAX_OTHERS = 50_000
MAX_DEPTH = 50
MAX_ATTRIBUTES = 30  # of one element
MAX_ATTRIBUTES_OF_ALL = 1_500_000
MAX_TAG_BYTES = 256 * 1024
# openpyxl writes a shared formula out for each of its cells: length × cells.
MAX_SHARED_FORMULAS = 1_000_000

_TRUE = {"1", "true", "on"}
_PIECE = 64 * 1024
_OF_CELLS = {"row", "c", "v", "is", "si", "t", "f"}
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # as Excel writes; others unpack with more memory than they fill


class TooMuch(Exception):
    """There is more in the file than is read."""


class Damaged(Exception):
    """It is no xlsx file, or not a whole one."""


@dataclass
class SheetNotes:
    """What one sheet hides and joins. Rows by number, columns by letter, areas as „B3:B5“."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[str] = field(default_factory=set)
    joined: list[str] = field(default_factory=list)


@dataclass
class Workbook:
    """``parts``: what is inside each of them, by its name in the archive."""

    formulas: int = 0
    is_calculated_on_loading: bool = False
    comments: bool = False
    parts: dict[str, SheetNotes] = field(default_factory=dict)


def look_into(data: bytes) -> Workbook:
    """Raises TooMuch or Damaged, before anything large is in memory."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
                raise TooMuch
            if any(part.compress_type not in _METHODS for part in parts):
                raise Damaged
            seen = _Seen()
            for part in parts:  # zipfile never unpacks more of a part than the size declared
                seen.read(archive, part)
            return seen.book
    except (TooMuch, Damaged):
        raise
    except Exception as error:  # a crafted archive fails in many ways
        raise Damaged from error


class _Seen:
    """What has been counted so far, over all parts: openpyxl may be led to any of them as anything."""

    def __init__(self) -> None:
        self.of_cells = self.others = self.attributes = 0
        self.book, self.inside = Workbook(), SheetNotes()
        self.cells_in_row = self.depth = 0
        self.sheets = 0
        self.ways: set[str] = set()  # from this part to a sheet
        self.shared = self.longest = 0
        self.length: int | None = None  # of the formula that is being read

    def read(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
        self.depth = self.cells_in_row = 0
        self.ways = set()
        self.inside = self.book.parts[part.filename.removeprefix("/")] = SheetNotes()
        self.book.comments |= "comments" in part.filename.lower()
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._starts, self._ends
        parser.StartDoctypeDeclHandler = self._declares
        parser.CharacterDataHandler = self._says
        fed = 0
        with archive.open(part) as file:
            try:
                while piece := file.read(_PIECE):
                    parser.Parse(piece, False)
                    fed += len(piece)
                    if fed - parser.CurrentByteIndex > MAX_TAG_BYTES:
                        raise TooMuch
                parser.Parse(b"", True)
            except expat.ExpatError as error:
                if part.filename.endswith((".xml", ".rels")):  # and not a picture, of which nothing is read
                    raise Damaged from error

    def _declares(self, *_doctype: object) -> None:
        raise Damaged  # no program writes one, and entities are for nothing else here

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.attributes += len(attributes)
        name = name.rpartition(":")[2]
        if name in _OF_CELLS:
            self.of_cells += 1
            self._counts_of_cells(name, attributes)
        else:
            self.others += 1
            self._notes(name, attributes)
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                self._leads_to("/".join(posixpath.normpath(attributes.get("Target", "")).split("/")[-2:]))
            elif name == "sheet":
                self.sheets += 1
                self._leads_to(next((value for key, value in attributes.items() if key.endswith(":id")), ""))
        if (
            self.depth > MAX_DEPTH
            or len(attributes) > MAX_ATTRIBUTES
            or self.attributes > MAX_ATTRIBUTES_OF_ALL
            or self.of_cells > MAX_OF_CELLS
            or self.others > MAX_OTHERS
        ):
            raise TooMuch

    def _counts_of_cells(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self.cells_in_row += 1
            if self.cells_in_row > MAX_CELLS_IN_A_ROW:
                raise TooMuch
        elif name == "row":
            self.cells_in_row = 0
            number = attributes.get("r", "")
            if attributes.get("hidden") in _TRUE and number.isdecimal() and len(number) < 6:
                self.inside.hidden_rows.add(int(number))
        elif name == "f":
            self.book.formulas += 1
            self.length = 0
            self.shared += attributes.get("t") == "shared"

    def _notes(self, name: str, attributes: dict[str, str]) -> None:
        if name == "mergeCell":
            self.inside.joined.append(attributes.get("ref", "").replace("$", ""))
        elif name == "col" and attributes.get("hidden") in _TRUE:
            first, last = (int(attributes.get(end, "0")) for end in ("min", "max"))
            self.inside.hidden_columns |= {get_column_letter(one) for one in range(max(first, 1), min(last, 200) + 1)}
        elif name == "calcPr":
            self.book.is_calculated_on_loading |= attributes.get("fullCalcOnLoad") in _TRUE

    def _leads_to(self, target: str) -> None:
        """openpyxl may read all of every sheet: a long one with a hundred names is read a hundred times."""
        if target in self.ways or self.sheets > MAX_SHEETS:
            raise TooMuch
        self.ways.add(target)

    def _says(self, text: str) -> None:
        if self.length is not None:
            self.length += len(text)

    def _ends(self, name: str) -> None:
        self.depth -= 1
        if self.length is not None and name.rpartition(":")[2] == "f":
            self.longest, self.length = max(self.longest, self.length), None
            if self.longest * self.shared > MAX_SHARED_FORMULAS:
                raise TooMuch
