"""What does a reader see of a report, part by part? Charts, and tables that say the same; on a page and on paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from trainings.reporting.charts import Address, Chart, charts_of
from trainings.reporting.definitions import DEFINITIONS
from trainings.reporting.figures import CountedPart, Dimension
from trainings.reporting.periods import Period
from trainings.reporting.reports import Division, Report, divisions
from trainings.reporting.tallies import Number


class FigureColumn(NamedTuple):
    """A number of a table. Its label as text: a table of a thousand runs would translate it again in every cell."""

    name: str
    label: str


class FigureRow(NamedTuple):
    """``address``: where the runs behind its numbers are, but for the name of the number; may be empty."""

    name: str
    numbers: list[Number]
    address: str


class FigureTable(NamedTuple):
    period: Period
    rows: list[FigureRow]


@dataclass(frozen=True)
class Section:
    """One division of the whole, with a table for each period that has something in it."""

    division: Division
    charts: list[Chart]
    columns: list[FigureColumn]
    tables: list[FigureTable]


def columns(names: Iterable[str]) -> list[FigureColumn]:
    return [FigureColumn(name, str(DEFINITIONS[name].label)) for name in names]


def sections_of(report: Report, address: Address, dimensions: Iterable[Dimension] = tuple(Dimension)) -> list[Section]:
    """Without those in which there is nothing at all."""
    return [
        Section(division, charts_of(report, division, address), columns(division.names), tables)
        for division in divisions(report.figures)
        if division.dimension in dimensions and (tables := _tables(report, division, address))
    ]


def _tables(report: Report, division: Division, address: Address) -> list[FigureTable]:
    tables = []
    for figures in report.both:
        rows = []
        for part in figures.parts[division.dimension] if figures.runs else []:
            of = None if division.dimension == Dimension.STEP else CountedPart(division.dimension, part.key)
            rows.append(FigureRow(part.name, part.numbers, address(part.period, of, "")))
        if rows:
            tables.append(FigureTable(figures.period, rows))
    return tables
