"""How long is each bar? Charts of a report, from the very numbers of its tables; templates draw them as SVG.

A bar stands for a number, or for a number and how much of it: filled for the part, in outline for the whole.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from trainings.reporting.figures import CountedPart, Dimension, Figures
from trainings.reporting.periods import Period
from trainings.reporting.reports import Division, Pair, Report
from trainings.reporting.tallies import Tally

Length = int | Decimal
LARGEST = 15  # as many agencies as a chart shows; the table has all
LONGEST = Decimal("99.5")  # in per cent of the room, so that the outline is seen all around
# Where the list of the runs behind a number is found: by period, part and name of the number.
Address = Callable[[Period, CountedPart | None, str], str]


@dataclass(frozen=True)
class Bar:
    """``said`` is the number in words; ``outline`` and ``filled`` are its lengths in per cent of the chart."""

    period: Period
    is_compared: bool
    said: str
    outline: str
    filled: str
    address: str


@dataclass(frozen=True)
class ChartRow:
    label: str
    bars: list[Bar]


@dataclass(frozen=True)
class Chart:
    """``name`` is that of the definition, ``key`` says what a filled part and an outline are where there are both."""

    anchor: str
    name: str
    heading: str
    key: str
    rows: list[ChartRow]


@dataclass(frozen=True)
class _Measure:
    """One number of a tally as a bar."""

    name: str
    heading: str
    key: str = ""

    def lengths(self, tally: Tally) -> tuple[Length, Length]:
        """Of the outline and of what is filled."""
        if self.name == "occupancy":
            return (0, 0) if tally.occupancy is None else (100, tally.occupancy)
        if self.name == "waited":
            return tally.waited, tally.moved_up
        number = getattr(tally, self.name)
        return number, number

    def said(self, tally: Tally) -> str:
        if self.name == "occupancy":
            if tally.occupancy is None:
                return "–"
            text = _("%(share)s %% (%(taken)s von %(places)s)")
            return text % _all_said(share=tally.occupancy, taken=tally.registered, places=tally.places_offered)
        if self.name == "waited":
            return _("%(moved_up)s von %(waited)s") % _all_said(moved_up=tally.moved_up, waited=tally.waited)
        return _said(getattr(tally, self.name))


def charts_of(report: Report, division: Division, address: Address) -> list[Chart]:
    """Those that have something to show."""
    return [
        _chart(report, division, measure, address)
        for measure in _measures(division.dimension)
        if any(any(measure.lengths(figures.total)) for figures in report.both)
    ]


def _measures(dimension: Dimension) -> Iterator[_Measure]:
    if dimension == Dimension.STEP:
        yield _Measure("runs", _("Termine"))
    yield _Measure("participations", _("Teilnahmen"))
    if dimension == Dimension.STEP:
        key = _("Gefüllt: Angemeldete. Umriss: alle angebotenen Plätze.")
        yield _Measure("occupancy", _("Auslastung"), key)
        key = _("Gefüllt: nachgerückt. Umriss: alle, die gewartet haben.")
        yield _Measure("waited", _("Warteliste: nachgerückt und gewartet"), key)


@dataclass(frozen=True)
class _Value:
    """What a bar is to show."""

    figures: Figures
    tally: Tally
    address: str


def _chart(report: Report, division: Division, measure: _Measure, address: Address) -> Chart:
    drawn = list(_drawn(report, division, measure, address))
    longest = max(max(measure.lengths(value.tally)) for _label, values in drawn for value in values)
    rows = [ChartRow(label, [_bar(report, measure, value, longest) for value in values]) for label, values in drawn]
    anchor = f"chart-{measure.name}-{division.anchor}"
    return Chart(anchor, measure.name, measure.heading, measure.key, rows)


def _drawn(
    report: Report, division: Division, measure: _Measure, address: Address
) -> Iterator[tuple[str, list[_Value]]]:
    """What each row is called, and its value in each period."""
    pairs, others = report.pairs(division.dimension), []
    if division.dimension == Dimension.AGENCY:
        pairs.sort(key=lambda pair: [-getattr(tally, measure.name) for tally in report.tallies(pair)])
        pairs, others = pairs[:LARGEST], pairs[LARGEST:]
    elif len(pairs) > LARGEST:
        pairs = _without_empty_ends(pairs, lambda pair: any(any(measure.lengths(one)) for one in report.tallies(pair)))
    for pair in pairs:
        values = []
        for figures, part, tally in zip(report.both, pair, report.tallies(pair), strict=False):
            of = CountedPart(division.dimension, part.key) if part and division.dimension != Dimension.STEP else None
            is_link = part and getattr(tally, measure.name)
            values.append(_Value(figures, tally, address(part.period, of, measure.name) if part and is_link else ""))
        yield pair.name, values
    if others:
        label = _("übrige (%(number)d)") % {"number": len(others)}
        sums = [Tally.sum(tallies) for tallies in zip(*map(report.tallies, others), strict=True)]
        yield label, [_Value(*one, f"#{division.anchor}") for one in zip(report.both, sums, strict=True)]


def _without_empty_ends(pairs: list[Pair], shows: Callable[[Pair], bool]) -> list[Pair]:
    """Of a hundred years only those in which there was something, and what lies between them."""
    places = [place for place, pair in enumerate(pairs) if shows(pair)]
    return pairs[places[0] : places[-1] + 1]


def _bar(report: Report, measure: _Measure, value: _Value, longest: Length) -> Bar:
    outline, filled = (f"{LONGEST * length / (longest or 1):.2f}" for length in measure.lengths(value.tally))
    is_compared = value.figures is report.compared
    return Bar(value.figures.period, is_compared, measure.said(value.tally), outline, filled, value.address)


def _said(number: Length) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


def _all_said(**numbers: Length) -> dict[str, str]:
    return {name: _said(number) for name, number in numbers.items()}
