"""Which runs stand behind a number? A list whose sum is the number.

Who takes part twice is one person, and an agency that came twice is one: they stand at the first run they came to.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from trainings.reporting.definitions import OF_A_LEVEL, OF_EVERYTHING, OF_PEOPLE
from trainings.reporting.figures import Dimension, Figures, RunFigures
from trainings.reporting.tallies import Number, Tally

# A quotient is no sum of quotients: what it is made of stands beside it.
_MADE_OF = {
    "units_held": ["minutes_held"],
    "units_attended": ["minutes_attended"],
    "occupancy": ["registered", "places_offered"],
    "waited": ["moved_up"],
    "moved_up": ["waited"],
}
NUMBERS_OF = {None: OF_EVERYTHING, Dimension.AGENCY: OF_PEOPLE, Dimension.GROUP: OF_PEOPLE, Dimension.LEVEL: OF_A_LEVEL}


@dataclass(frozen=True)
class RunBehind:
    """``numbers`` in the order of ``Behind.names``."""

    run: RunFigures
    numbers: list[Number]


@dataclass(frozen=True)
class Behind:
    names: list[str]
    rows: list[RunBehind]
    sums: list[Number]


def runs_behind(figures: Figures, name: str) -> Behind:
    """``figures``: of the part alone that the number is of."""
    names = [name, *_MADE_OF.get(name, [])]
    rows = [
        RunBehind(run, tally.numbers(names)) for run, tally in _each_once(figures.runs) if any(tally.numbers(names))
    ]
    return Behind(names, rows, figures.total.numbers(names))


def _each_once(runs: list[RunFigures]) -> Iterator[tuple[RunFigures, Tally]]:
    """The tally of each run, without the people and agencies of those before it."""
    before = Tally()
    for run in runs:
        alone = Tally.sum([run.tally])
        alone.people -= before.people
        alone.agencies_reached -= before.agencies_reached
        yield run, alone
        before.add(run.tally)
