"""How do indicators become a file for Excel? A line for each and each period; definitions on a sheet of their own."""

from collections.abc import Iterable
from typing import IO

from django.utils.translation import gettext as _

from accounts.tables import Cell, Worksheet, write_workbook
from evidence.indicators.counting import Attainment
from evidence.indicators.words import in_words
from evidence.models import Indicator
from trainings.reporting import DEFINITIONS

WIDE, NARROW = 40, 14


def write_indicators_xlsx(attainments: Iterable[Attainment], file: IO[bytes]) -> None:
    found = list(attainments)
    indicators: list[Indicator] = list(dict.fromkeys(attainment.indicator for attainment in found))
    lines = Worksheet(
        _("Indikatoren"),
        [
            *(_("Indikator"), _("Zeitraum"), _("Erster Tag"), _("Letzter Tag"), _("Ziel"), _("Erreicht")),
            *(_("Differenz"), _("Prozent"), _("Heute"), _("Gezählt wird")),
        ],
        map(_line, found),
        [WIDE, WIDE // 2, *[NARROW] * 7, 2 * WIDE],
    )
    definitions = Worksheet(
        _("Definitionen"),
        [_("Indikator"), _("Definition des Fördermittelgebers"), _("Gezählt wird"), _("So wird gezählt")],
        ([of.name, of.definition, in_words(of), str(DEFINITIONS[of.counts].sentence)] for of in indicators),
        [WIDE, 2 * WIDE, 2 * WIDE, 2 * WIDE],
    )
    write_workbook([lines, definitions], file)


def _line(attainment: Attainment) -> list[Cell]:
    of, period = attainment.indicator, attainment.period
    first, last = (period.first_on, period.last_on) if period else (of.funding.starts_on, of.funding.ends_on)
    return [
        of.name,
        str(period.days) if period else _("Ganze Förderung"),
        first,
        last,
        attainment.target,
        attainment.reached,
        attainment.difference,
        attainment.percent,
        attainment.live,
        in_words(of),
    ]
