"""What is put together for a reader: the figures of a period, alone or beside those of another?"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings.models import CourseRun, Funding
from trainings.reporting.definitions import DEFINITIONS, OF_A_LEVEL, OF_A_STEP, OF_EVERYTHING, OF_PEOPLE, Definition
from trainings.reporting.figures import Dimension, Figures, PartFigures, figures_of
from trainings.reporting.periods import Period
from trainings.reporting.tallies import Number, Tally


class Total(NamedTuple):
    """One number of everything; ``compared`` and ``difference`` are None where there is nothing to compare."""

    definition: Definition
    number: Number
    compared: Number
    difference: Number


class Pair(NamedTuple):
    """The same part in both periods, or where it is in one of them alone."""

    part: PartFigures | None
    compared: PartFigures | None

    @property
    def name(self) -> str:
        """Steps of two periods have two names."""
        return " / ".join(dict.fromkeys(one.name for one in self if one))


@dataclass(frozen=True)
class Report:
    """Both are of the same grant, and as things stood at the same moment."""

    figures: Figures
    compared: Figures | None = None

    @property
    def both(self) -> list[Figures]:
        return [self.figures, self.compared] if self.compared else [self.figures]

    def totals(self) -> list[Total]:
        """In the order of DEFINITIONS."""
        compared = self.compared.numbers if self.compared else [None] * len(OF_EVERYTHING)
        return [
            Total(DEFINITIONS[name], number, other, _difference(number, other))
            for name, number, other in zip(OF_EVERYTHING, self.figures.numbers, compared, strict=True)
        ]

    def pairs(self, dimension: Dimension) -> list[Pair]:
        """Steps by their order, other parts by what they are: first those of the period, then what is in the other."""
        parts = self.figures.parts[dimension]
        compared = self.compared.parts[dimension] if self.compared else []
        if dimension == Dimension.STEP:
            return [Pair(*pair) for pair in zip_longest(parts, compared)]
        others = {other.key: other for other in compared}
        pairs = [Pair(part, others.pop(part.key, None)) for part in parts]
        return pairs + [Pair(None, other) for other in others.values()]

    def tallies(self, pair: Pair) -> list[Tally]:
        """Of each period; an empty one where the part is not in it."""
        return [part.tally if part else Tally() for part in pair[: len(self.both)]]


def _difference(number: Number, compared: Number) -> Number:
    return None if number is None or compared is None else number - compared


def report_of(
    period: Period,
    *,
    compared_with: Period | None = None,
    run: CourseRun | None = None,
    funding: Funding | None = None,
    at: dt.datetime | None = None,
) -> Report:
    """Both are divided as the longer one is: months beside years would say nothing."""
    at = at or timezone.now()
    months = max(one.months_of_a_step for one in (period, compared_with) if one)
    of = partial(figures_of, run=run, funding=funding, months_of_a_step=months, at=at)
    return Report(of(period), of(compared_with) if compared_with else None)


class Division(NamedTuple):
    """One way to divide the whole: its heading, what stands over the names of the parts, which numbers they have."""

    dimension: Dimension
    heading: str
    column: str
    names: list[str]

    @property
    def anchor(self) -> str:
        return f"by-{self.dimension.value}"


def divisions(figures: Figures) -> Iterator[Division]:
    steps = {
        1: (_("Je Monat"), _("Monat")),
        6: (_("Je Halbjahr"), _("Halbjahr")),
        12: (_("Je Jahr"), _("Jahr")),
    }
    yield Division(Dimension.STEP, *steps[figures.months_of_a_step], OF_A_STEP)
    yield Division(Dimension.LEVEL, _("Je Stufe"), _("Stufe"), OF_A_LEVEL)
    yield Division(Dimension.AGENCY, _("Je Behörde"), _("Behörde / Einrichtung"), OF_PEOPLE)
    yield Division(Dimension.GROUP, _("Je Gruppe"), _("Gruppe"), OF_PEOPLE)
