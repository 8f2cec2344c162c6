"""How do figures become a file for Excel? One CSV to filter by its first column, or a workbook with several sheets.

Both end with the definitions of the page; where two periods are compared, both are in the same file.
"""

from collections.abc import Iterator
from typing import IO

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.tables import Cell, Worksheet, write_csv, write_workbook
from trainings.reporting.definitions import (
    ATTRIBUTIONS,
    DEFINITIONS,
    OF_A_RUN,
    OF_EVERYTHING,
    Definition,
)
from trainings.reporting.figures import Figures
from trainings.reporting.reports import Report, divisions
from trainings.reporting.tallies import Number

WIDE, NARROW, DAY = 40, 14, 12


def write_figures_csv(report: Report, file: IO[bytes]) -> None:
    headings = [_("Auswertung"), *_headings_of_run(), *_labels(OF_EVERYTHING)]
    write_csv(headings, _lines(report), file)


def _lines(report: Report) -> Iterator[list[Cell]]:
    """What the line is about, number, name, first and last day, and the numbers; empty where there is none."""
    yield from _lines_of(report.figures, "%s")
    if report.compared:
        yield from _lines_of(report.compared, _("Vergleich: %s"))
    if report.figures.funding:
        yield [_("Förderung"), None, str(report.figures.funding)]
    for definition in _all_definitions():
        yield [_("Definition"), None, f"{definition.label}: {definition.sentence}"]


def _lines_of(figures: Figures, what: str) -> Iterator[list[Cell]]:
    period = figures.period
    yield [what % _("Gesamt"), None, str(period), period.first, period.last, *figures.numbers]
    for run in figures.runs:
        numbers = _spread(OF_A_RUN, run.numbers)
        yield [what % _("je Termin"), run.number, run.title, run.first_day, run.last_day, *numbers]
    for division in divisions(figures):
        for part in figures.parts[division.dimension]:
            days = part.period
            numbers = _spread(division.names, part.numbers)
            yield [what % _in_a_sentence(division.heading), None, part.name, days.first, days.last, *numbers]


def _spread(names: list[str], numbers: list[Number]) -> list[Number]:
    """Each number under its heading among all."""
    found = dict(zip(names, numbers, strict=True))
    return [found.get(name) for name in OF_EVERYTHING]


def write_figures_xlsx(report: Report, file: IO[bytes]) -> None:
    write_workbook(_sheets(report), file)


def _sheets(report: Report) -> Iterator[Worksheet]:
    yield _totals(report)
    yield from _sheets_of(report.figures, "%s")
    if report.compared:
        yield from _sheets_of(report.compared, _("%s (Vergleich)"))
    texts = [[str(definition.label), str(definition.sentence)] for definition in _all_definitions()]
    yield Worksheet(_("Definitionen"), [_("Zahl"), _("Definition")], texts, [NARROW * 2, 100])


def _totals(report: Report) -> Worksheet:
    periods = [figures.period for figures in report.both]
    rows: list[list[Cell]] = [
        [_("Erster Tag"), *(period.first for period in periods)],
        [_("Letzter Tag"), *(period.last for period in periods)],
        [_("Stand der Auswertung"), timezone.localdate(report.figures.at)],
    ]
    if report.figures.funding:
        rows.append([_("Förderung"), str(report.figures.funding)])
    for total in report.totals():
        more = [total.compared, total.difference] if report.compared else []
        rows.append([str(total.definition.label), total.number, *more])
    headings = [_("Zahl"), *map(str, periods), *([_("Unterschied")] if report.compared else [])]
    return Worksheet(_("Zahlen"), headings, rows, [WIDE, *[2 * NARROW] * (len(headings) - 1)])


def _sheets_of(figures: Figures, what: str) -> Iterator[Worksheet]:
    yield Worksheet(
        what % _("je Termin"),
        [*_headings_of_run(), *_labels(OF_A_RUN)],
        ([run.number, run.title, run.first_day, run.last_day, *run.numbers] for run in figures.runs),
        [NARROW, WIDE, DAY, DAY, *[NARROW] * len(OF_A_RUN)],
    )
    for division in divisions(figures):
        yield Worksheet(
            what % _in_a_sentence(division.heading),
            [division.column, *_labels(division.names)],
            ([part.name, *part.numbers] for part in figures.parts[division.dimension]),
            [WIDE, *[NARROW] * len(division.names)],
        )


def _in_a_sentence(heading: str) -> str:
    return heading[:1].lower() + heading[1:]


def _headings_of_run() -> list[str]:
    return [pgettext("number", "Termin"), _("Bezeichnung"), _("Erster Tag"), _("Letzter Tag")]


def _labels(names: list[str]) -> list[str]:
    return [str(DEFINITIONS[name].label) for name in names]


def _all_definitions() -> list[Definition]:
    return [*DEFINITIONS.values(), *ATTRIBUTIONS]
