"""What does a list say of one person, and how is it carried from the preview to the last step, unread?"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.addresses import normalised, validate_address
from accounts.names import clean_name
from accounts.tables import unknown_value
from trainings.booking.group_words import GROUPS, group_of

MAX_LINES = 200
_MOST_IN_A_CELL = 400  # characters carried; it is long said to be too long
_CELLS = 8
MOST_CARRIED = MAX_LINES * _CELLS * (_MOST_IN_A_CELL + 2)  # with tabs, and line ends as browsers send them


class TooManyLines(ValueError):
    """The message states the limit."""


@dataclass(frozen=True)
class Line:
    """One person as typed; ``number`` counts the lines of the list, its headings included.

    ``asked``: what only the reader knows to be doubtful, ``many`` cells for a name, or ``order`` of the two names
    (``perhaps``, where the page has said which comes first), or an address in a ``column`` of others. ``is_sure``:
    somebody has looked at it and says that it is right.
    """

    number: int
    email: str
    last_name: str = ""
    first_name: str = ""
    group: str = ""
    organisation: str = ""
    title: str = ""
    asked: str = ""
    needs: str = ""
    is_sure: bool = False

    @property
    def name(self) -> str:
        return ", ".join(part for part in [self.last_name, self.first_name] if part)

    @property
    def target_group(self) -> str:
        """The group as its code word; raises ValueError, with a message for people, where it is none."""
        group = group_of(self.group)
        if group is None:
            raise ValueError(unknown_value(self.group, GROUPS.allowed))
        return str(group)

    @property
    def has_address(self) -> bool:
        try:
            validate_address(self.email)
        except ValidationError:
            return False
        return True

    @property
    def has_group(self) -> bool:
        return group_of(self.group) is not None


def as_text(lines: Iterable[Line]) -> str:
    """The lines as ``read_back`` has them again, whatever is in them."""
    return "\n".join("\t".join(cell[:_MOST_IN_A_CELL] for cell in _cells(line)) for line in lines)


def _cells(line: Line) -> list[str]:
    names = [line.title, line.last_name, line.first_name]
    return [line.email, *names, line.group, line.organisation, line.asked, str(line.number)]


def read_back(text: str) -> list[Line]:
    """Nothing is read into it a second time. Raises TooManyLines."""
    lines: list[Line] = []
    for row in text.replace("\r\n", "\n").split("\n"):
        cells = [clean_name(cell) for cell in row.split("\t")]
        if not any(cells):
            continue
        at_most(len(lines))
        email, title, last, first, group, organisation, asked, number = [*cells, *[""] * 8][:8]
        known = asked if asked in {"many", "order", "perhaps", "column"} else ""
        place = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
        lines.append(Line(place, normalised(email), last, first, group, organisation, title, known))
    return lines


def at_most(number: int) -> None:
    if number >= MAX_LINES:
        text = _("Die Liste hat mehr als %(number)d Zeilen. Bitte teilen Sie sie auf.")
        raise TooManyLines(text % {"number": MAX_LINES})
