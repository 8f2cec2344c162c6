"""What is a table made of, and which of its cells may be taken for something else?"""

import datetime as dt
import re
from decimal import Decimal

import tablib
from django.utils.translation import gettext_lazy

from accounts.names import without_invisible

# What a cell of an exported table may be; a datetime is the time on the clock, without a zone.
Cell = str | int | float | Decimal | dt.date | dt.time | None

# What a spreadsheet program shows in place of a value, in any of its languages.
_ERROR = re.compile(
    r"#(?:[A-ZÄÖÜ][A-ZÄÖÜ0-9_/]*[!?]|NV|N/?A|N/D|GETTING_DATA|DATEN_ABRUFEN|#+)|(?:Err|Fehler|Error):\d{3}"
)
# Excel decides by the first character whether a cell is a formula, whatever its source (OWASP, „CSV injection“).
# Apostrophes in front count, so that what is written always reads back as it was.
_TAKEN_FOR_A_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


class UnreadableTable(ValueError):
    """The file is not a table that can be read; the message tells people why."""


class Unknown(str):
    """The text of a cell whose value nobody knows: an error, or a formula that was never calculated."""

    __slots__ = ()
    why = gettext_lazy("Der Wert dieser Zelle ist nicht bekannt: „%(value)s“.")


class Covered(Unknown):
    """A cell that is joined with the one before it, and so has no value of its own."""

    __slots__ = ()


class FromNumber(str):
    """The text of a cell that holds a number: zeros in front, and a plus, are gone."""

    __slots__ = ()


class Table(tablib.Dataset):  # type: ignore[misc]
    """Headings and rows of text, and the number each row has in the file.

    ``letters``: which column of the file a heading stands over. ``how``: what was read, in a sentence;
    ``remarks``: what people should look at.
    """

    row_numbers: list[int]
    heading_row: int
    letters: dict[str, str]
    how: str
    remarks: list[str]

    def unknown_cell(self) -> dict[str, str]:
        """The address and the text of the first cell whose value nobody knows; empty if there is none."""
        for number, row in zip(self.row_numbers, self, strict=True):
            for heading, cell in zip(self.headers, row, strict=True):
                if isinstance(cell, Unknown):
                    return {"cell": f"{self.letters[heading]}{number}", "value": str(cell)}
        return {}


def seen(text: str) -> str:
    """What people see of a cell."""
    return without_invisible(text).strip()


def known(text: str) -> str:
    return Unknown(text) if _ERROR.fullmatch(text) else text


def escaped(cell: Cell) -> Cell:
    """The cell with an apostrophe in front where a spreadsheet program would calculate it; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and _TAKEN_FOR_A_FORMULA.match(cell) else cell


def unescaped(text: str) -> str:
    """Takes back what ``escaped`` did."""
    if isinstance(text, Unknown):
        return text
    return text[1:] if text.startswith("'") and _TAKEN_FOR_A_FORMULA.match(text[1:]) else text
