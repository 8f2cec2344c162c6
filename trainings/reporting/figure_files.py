"""How do figures become a file for Excel? One CSV to filter by its first column, or a workbook with several sheets.

Both end with the definitions of the page.
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
    OF_PEOPLE,
    Definition,
)
from trainings.reporting.figures import Figures, PartFigures
from trainings.reporting.tallies import Number

WIDE, NARROW, DAY = 40, 14, 12


def write_figures_csv(figures: Figures, file: IO[bytes]) -> None:
    headings = [_("Auswertung"), *_headings_of_run(), *_labels(OF_EVERYTHING)]
    write_csv(headings, _lines(figures), file)


def _lines(figures: Figures) -> Iterator[list[Cell]]:
    """What the line is about, number, name, first and last day, and the numbers; empty where there is none."""
    period = figures.period
    yield [_("Gesamt"), None, str(period), period.first, period.last, *figures.numbers]
    for run in figures.runs:
        numbers = _spread(OF_A_RUN, run.numbers)
        yield [_("je Termin"), run.number, run.title, run.first_day, run.last_day, *numbers]
    for what, parts in [(_("je Behörde"), figures.agencies), (_("je Gruppe"), figures.groups)]:
        for part in parts:
            yield [what, None, part.name, period.first, period.last, *_spread(OF_PEOPLE, part.numbers)]
    for definition in _all_definitions():
        yield [_("Definition"), None, f"{definition.label}: {definition.sentence}"]


def _spread(names: list[str], numbers: list[Number]) -> list[Number]:
    """Each number under its heading among all."""
    found = dict(zip(names, numbers, strict=True))
    return [found.get(name) for name in OF_EVERYTHING]


def write_figures_xlsx(figures: Figures, file: IO[bytes]) -> None:
    write_workbook(_sheets(figures), file)


def _sheets(figures: Figures) -> Iterator[Worksheet]:
    numbers = zip(_labels(OF_EVERYTHING), figures.numbers, strict=True)
    days: list[list[Cell]] = [
        [_("Erster Tag"), figures.period.first],
        [_("Letzter Tag"), figures.period.last],
        [_("Stand der Auswertung"), timezone.localdate(figures.at)],
    ]
    yield Worksheet(_("Zahlen"), [_("Zahl"), str(figures.period)], [*days, *map(list, numbers)], [WIDE, 2 * NARROW])
    yield Worksheet(
        _("je Termin"),
        [*_headings_of_run(), *_labels(OF_A_RUN)],
        ([run.number, run.title, run.first_day, run.last_day, *run.numbers] for run in figures.runs),
        [NARROW, WIDE, DAY, DAY, *[NARROW] * len(OF_A_RUN)],
    )
    yield _parts(_("je Behörde"), _("Behörde / Einrichtung"), figures.agencies)
    yield _parts(_("je Gruppe"), _("Gruppe"), figures.groups)
    texts = [[str(definition.label), str(definition.sentence)] for definition in _all_definitions()]
    yield Worksheet(_("Definitionen"), [_("Zahl"), _("Definition")], texts, [NARROW * 2, 100])


def _parts(name: str, heading: str, parts: list[PartFigures]) -> Worksheet:
    rows = ([part.name, *part.numbers] for part in parts)
    return Worksheet(name, [heading, *_labels(OF_PEOPLE)], rows, [WIDE, *[NARROW] * len(OF_PEOPLE)])


def _headings_of_run() -> list[str]:
    return [pgettext("number", "Termin"), _("Bezeichnung"), _("Erster Tag"), _("Letzter Tag")]


def _labels(names: list[str]) -> list[str]:
    return [str(DEFINITIONS[name].label) for name in names]


def _all_definitions() -> list[Definition]:
    return [*DEFINITIONS.values(), *ATTRIBUTIONS]
