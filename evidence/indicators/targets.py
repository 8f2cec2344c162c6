"""What is agreed for a period, and what it came to when the period was handed in?"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from evidence import periods
from evidence.indicators.changing import refused_target
from evidence.indicators.counting import attainments_of_period
from evidence.models import Indicator, PeriodTarget, ReportingPeriod
from trainings.acts import Act
from trainings.refusals import Reason, Refused


def set_targets(period: ReportingPeriod, targets: Mapping[int, Decimal | None], act: Act) -> None:
    """By the keys of indicators; None takes one away. In the history of the period. Raises Refused."""
    with periods.changing(period, act) as (period, act):
        if period.is_handed_in:
            raise periods.handed_in()
        known = {one.pk: one for one in Indicator.objects.filter(funding=period.funding)}
        if targets.keys() - known.keys():
            raise Refused(Reason("gone", _("Einen dieser Indikatoren gibt es nicht mehr.")))
        checked = (refused_target(known[key], target, f"target-{key}") for key, target in targets.items())
        if reasons := [reason for reason in checked if reason]:
            raise Refused(*reasons)
        before = {one.indicator_id: one.target for one in period.targets.all()}
        changed = {key: target for key, target in targets.items() if before.get(key) != target}
        for key, target in changed.items():
            PeriodTarget.objects.update_or_create(indicator=known[key], period=period, defaults={"target": target})
            change = {"field": "target", "old": _plain(before.get(key)), "new": _plain(target)}
            about = _("Ziel: %(indicator)s") % {"indicator": known[key]}
            periods.note(period, act, periods.What.CHANGED, about=about, changes=[change])


def reached_at(period: ReportingPeriod, at: dt.datetime) -> dict[str, Any]:
    """By the key of each indicator what it comes to, with what it asks for; as plain JSON values."""
    return {
        str(one.indicator.pk): {"asks": _asks(one.indicator), "reached": str(one.reached)}
        for one in attainments_of_period(period, at)
        if one.reached is not None
    }


def keep_what_was_reached(period: ReportingPeriod, at: dt.datetime, told: Mapping[str, Any] | None = None) -> None:
    """As the period is handed in, in that transaction: whatever is corrected afterwards, this is what was said.

    ``told`` is what ``reached_at`` said when the dossier was made, which the funder gets; an indicator that is younger,
    or asks for something else since, is counted now.
    """
    for attainment in attainments_of_period(period, at):
        said = (told or {}).get(str(attainment.indicator.pk), {})
        is_told = said.get("asks") == _asks(attainment.indicator)
        PeriodTarget.objects.update_or_create(
            indicator=attainment.indicator,
            period=period,
            defaults={"reached": Decimal(said["reached"]) if is_told else attainment.reached},
        )


def _asks(of: Indicator) -> list[Any]:
    return [of.counts, of.level, of.course_id, of.format, of.group, of.agency_kind]


def _plain(target: Decimal | None) -> str | None:
    return None if target is None else str(target)
