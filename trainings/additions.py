"""What do apps above show on pages of trainings? They register it when they start; the pages have places for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from accounts.models import User

Rows = Callable[[User], Sequence[object]]


class Place(Enum):
    """Where on a page. The template there sees what the page sees."""

    DESK = auto()  # what needs doing, on the coordinators' desk
    DESK_LINKS = auto()
    AGENCY_ACTIONS = auto()
    MY_TRAININGS = auto()
    PERSON = auto()  # rows are asked of the person shown, not of who looks
    MY_DATA = auto()  # what one can download there


@dataclass(frozen=True)
class Addition:
    template: str
    rows: Sequence[object]


_REGISTERED: dict[Place, list[tuple[str, Rows | None]]] = {place: [] for place in Place}


def register(place: Place, template: str, rows: Rows | None = None) -> None:
    """Show the template there; with ``rows``, a function of who looks, only where there are any."""
    _REGISTERED[place].append((template, rows))


def additions(place: Place, person: User) -> list[Addition]:
    found = [(template, rows and rows(person)) for template, rows in _REGISTERED[place]]
    return [Addition(template, rows or []) for template, rows in found if rows is None or rows]
