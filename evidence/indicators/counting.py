"""How far is what was agreed? Counted by ``reporting.figures_of`` alone, narrowed as the indicator says."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from django.utils import timezone

from evidence.indicators.words import WITH_TENTHS
from evidence.models import Indicator, PeriodTarget, ReportingPeriod
from trainings.models import Funding
from trainings.reporting import Narrowing, Number, Period, figures_of


@dataclass(frozen=True)
class Attainment:
    """An indicator in a period, or in the whole grant: what was agreed, and what was reached.

    ``live``: of a period that was handed in, what would be reached today, if that is something else.
    """

    indicator: Indicator
    period: ReportingPeriod | None
    target: Number
    reached: Number
    live: Number = None

    @property
    def difference(self) -> Number:
        """Negative while something is missing."""
        return None if self.target is None or self.reached is None else self.reached - self.target

    @property
    def percent(self) -> int | None:
        """Whole, rounded down: what is not reached is never 100."""
        if not self.target or self.reached is None:
            return None
        return int((Decimal(self.reached) * 100 / self.target).to_integral_value(ROUND_FLOOR))


@dataclass(frozen=True)
class IndicatorInGrant:
    """``of_periods`` in the order of the periods; None where the indicator is younger than what was handed in."""

    indicator: Indicator
    of_periods: list[Attainment | None]
    total: Attainment


class _Counting:
    """Each cut of the figures once, whatever is read of it."""

    def __init__(self, funding: Funding, at: dt.datetime) -> None:
        self.funding, self.at = funding, at
        self._totals: dict[tuple[Period, Narrowing, dt.datetime], object] = {}

    def count(self, indicator: Indicator, days: Period, at: dt.datetime | None = None) -> Number:
        key = (days, indicator.narrowing, at or self.at)
        if key not in self._totals:
            figures = figures_of(days, funding=self.funding, only=indicator.narrowing, at=key[2])
            self._totals[key] = figures.total
        number: Number = getattr(self._totals[key], indicator.counts)
        return number


def attainments_of_period(period: ReportingPeriod, at: dt.datetime | None = None) -> list[Attainment]:
    indicators = _indicators(period.funding)
    counting = _Counting(period.funding, at or timezone.now())
    targets = {one.indicator_id: one for one in period.targets.all()}
    found = (_attainment(one, period, targets.get(one.pk), counting) for one in indicators)
    return [attainment for attainment in found if attainment]


def attainments_of_grant(
    funding: Funding, periods: Iterable[ReportingPeriod], at: dt.datetime | None = None
) -> list[IndicatorInGrant]:
    """In the grant as a whole a person counts once, in however many periods: the periods need not add up."""
    counting = _Counting(funding, at or timezone.now())
    whole, periods = Period(funding.starts_on, funding.ends_on), list(periods)
    rows = PeriodTarget.objects.filter(period__funding=funding)
    targets = {(one.indicator_id, one.period_id): one for one in rows}
    return [
        IndicatorInGrant(
            one,
            [_attainment(one, period, targets.get((one.pk, period.pk)), counting) for period in periods],
            Attainment(one, None, _number(one, one.target), counting.count(one, whole)),
        )
        for one in _indicators(funding)
    ]


def _indicators(funding: Funding) -> list[Indicator]:
    return list(Indicator.objects.filter(funding=funding).select_related("course").order_by("pk"))


def _attainment(
    indicator: Indicator, period: ReportingPeriod, agreed: PeriodTarget | None, counting: _Counting
) -> Attainment | None:
    target = _number(indicator, agreed.target if agreed else None)
    kept = _number(indicator, agreed.reached if agreed else None)
    today = counting.count(indicator, period.days)
    if period.handed_in_at is None:
        return Attainment(indicator, period, target, today)
    if kept is None and indicator.created_at > period.handed_in_at:
        return None
    reached = counting.count(indicator, period.days, period.handed_in_at) if kept is None else kept
    return Attainment(indicator, period, target, reached, None if reached == today else today)


def _number(indicator: Indicator, stored: Decimal | None) -> Number:
    """As it is counted: whole numbers are stored with a decimal."""
    return stored if stored is None or indicator.counts in WITH_TENTHS else int(stored)
