"""What did a registration come to, and how do many of them add up? Nothing else counts who attended."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from trainings.models import MINUTES_PER_UNIT, Registration

Number = int | Decimal | None


class Outcome(StrEnum):
    """What a registration came to. Each has exactly one."""

    ATTENDED = "attended"
    PARTIAL = "partial"
    EXCUSED = "excused"
    ABSENT = "absent"
    NOT_RECORDED = "not_recorded"


CAME = frozenset({Outcome.ATTENDED, Outcome.PARTIAL})


class CountedRegistration(NamedTuple):
    """One confirmed registration over all sessions of its run; ``minutes_in_period`` are those of the period's."""

    registration: int
    run: int
    person: int
    agency: int | None
    group: str
    source: str
    recorded: int
    absences: int
    minutes: int
    minutes_in_period: int


def teaching_units(minutes: int) -> Decimal:
    """With one decimal, rounded half up."""
    return _with_one_decimal(Decimal(minutes) / MINUTES_PER_UNIT)


def _with_one_decimal(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)


_SUMS = ("runs", "minutes_held", "minutes_attended", "walk_ins", "places_offered", "waited", "moved_up")


@dataclass
class Tally:
    """The numbers of everything, or of a part of it; its attributes are the names of DEFINITIONS."""

    runs: int = 0
    minutes_held: int = 0
    minutes_attended: int = 0
    walk_ins: int = 0
    places_offered: int = 0
    waited: int = 0
    moved_up: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    agencies_reached: set[int] = field(default_factory=set)

    def count(self, row: CountedRegistration, came_to: Outcome) -> None:
        self.outcomes[came_to] += 1
        self.walk_ins += row.source == Registration.Source.WALK_IN
        if came_to in CAME:
            self.people.add(row.person)
            if row.agency is not None:
                self.agencies_reached.add(row.agency)

    def add(self, other: "Tally") -> None:
        """What is counted in it as well; people and agencies in both are there once."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.outcomes.update(other.outcomes)
        self.people |= other.people
        self.agencies_reached |= other.agencies_reached

    @classmethod
    def sum(cls, tallies: Iterable["Tally"]) -> "Tally":
        together = cls()
        for tally in tallies:
            together.add(tally)
        return together

    @property
    def registered(self) -> int:
        return self.outcomes.total()

    @property
    def attended(self) -> int:
        return self.outcomes[Outcome.ATTENDED]

    @property
    def partial(self) -> int:
        return self.outcomes[Outcome.PARTIAL]

    @property
    def excused(self) -> int:
        return self.outcomes[Outcome.EXCUSED]

    @property
    def absent(self) -> int:
        return self.outcomes[Outcome.ABSENT]

    @property
    def not_recorded(self) -> int:
        return self.outcomes[Outcome.NOT_RECORDED]

    @property
    def participations(self) -> int:
        return self.attended + self.partial

    @property
    def persons(self) -> int:
        return len(self.people)

    @property
    def agencies(self) -> int:
        return len(self.agencies_reached)

    @property
    def occupancy(self) -> Decimal | None:
        """None where no place was offered."""
        if not self.places_offered:
            return None
        return _with_one_decimal(Decimal(100 * self.registered) / self.places_offered)

    @property
    def units_held(self) -> Decimal:
        return teaching_units(self.minutes_held)

    @property
    def units_attended(self) -> Decimal:
        return teaching_units(self.minutes_attended)

    def numbers(self, names: Iterable[str]) -> list[Number]:
        return [getattr(self, name) for name in names]
