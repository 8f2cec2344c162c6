"""How does an indicator come to be, and change? Never any more once a period was handed in with it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence import history
from evidence.indicators.words import COUNTED, WITH_TENTHS, WITHOUT_PEOPLE
from evidence.models import Indicator, ReportingPeriod
from trainings.acts import Act
from trainings.dates import date_short
from trainings.models import Funding
from trainings.refusals import Reason, Refused

OVER = "grant_over"
_CHECKED = ("counts", "level", "course", "group", "agency_kind", "target")
STAYS_OPEN = {"target"}  # of the whole grant: no period says it


def create_indicator(funding: Funding, values: Mapping[str, Any], act: Act) -> Indicator:
    """Raises Refused; for a grant that has ended unless ``act.overrides`` has ``OVER``."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, at = act.begin()
        doubts = [doubt for doubt in doubts_about(funding) if doubt.code not in act.overrides.split()]
        made = Indicator(funding=funding, created_at=at, **values)
        _refuse_nonsense(made, doubts)
        history.write(made, {})
        history.note(made, act, history.What.CREATED)
    return made


def doubts_about(funding: Funding) -> list[Reason]:
    """What is to be confirmed before an indicator is added."""
    if funding.ends_on >= timezone.localdate():
        return []
    text = _("Diese Förderung ist am %(day)s zu Ende gegangen. Der Indikator wird trotzdem angelegt.")
    return [Reason(OVER, text % {"day": date_short(funding.ends_on)})]


def is_fixed(indicator: Indicator) -> bool:
    """A period was handed in with it: what it means stays what it meant."""
    periods = indicator.funding.reporting_periods
    return periods.filter(handed_in_at__gte=indicator.created_at).exists()


def change_indicator(indicator: Indicator, values: Mapping[str, Any], act: Act) -> Indicator:
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        indicator = _locked(indicator)
        if _otherwise(indicator, values) - STAYS_OPEN and is_fixed(indicator):
            raise Refused(_fixed())
        _refuse_nonsense(Indicator(**{**{name: getattr(indicator, name) for name in _CHECKED}, **values}), [])
        history.write_changed(indicator, values, act)
    return indicator


def _otherwise(indicator: Indicator, values: Mapping[str, Any]) -> set[str]:
    return {name for name, value in values.items() if getattr(indicator, name) != value}


def remove_indicator(indicator: Indicator, act: Act) -> None:
    """With its targets."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        indicator = _locked(indicator)
        if is_fixed(indicator):
            raise Refused(_fixed())
        history.note(indicator, act, history.What.DELETED)
        indicator.delete()


def _locked(indicator: Indicator) -> Indicator:
    """After the periods of its grant: none of them is handed in meanwhile."""
    list(ReportingPeriod.objects.filter(funding__indicators=indicator).order_by("pk").select_for_update(of=("self",)))
    rows = Indicator.objects.select_for_update(of=("self",)).select_related("funding", "course")
    try:
        return rows.get(pk=indicator.pk)
    except Indicator.DoesNotExist:
        raise Refused(Reason("gone", _("Dieser Indikator wurde inzwischen gelöscht."))) from None


def _fixed() -> Reason:
    text = _("Mit diesem Indikator wurde schon ein Zeitraum abgegeben. Er bleibt, wie er war; legen Sie eine Kopie an.")
    return Reason("handed_in", text)


def _refuse_nonsense(of: Indicator, doubts: list[Reason]) -> None:
    found = list(doubts)
    if of.counts not in COUNTED:
        found.append(Reason("counts", _("Das wird nicht gezählt."), "counts"))
    if of.counts in WITHOUT_PEOPLE:
        text = _("Termine und gehaltene Zeiten gibt es nicht je Gruppe oder Behörde. Bitte lassen Sie das Feld leer.")
        found += [Reason("people", text, name) for name in ("group", "agency_kind") if getattr(of, name)]
    if of.course and of.level and of.course.level != of.level:
        text = _("Diese Schulung hat die Stufe %(level)s; so würde nie etwas gezählt.")
        found.append(Reason("level", text % {"level": of.course.get_level_display()}, "level"))
    if reason := refused_target(of, of.target, "target"):
        found.append(reason)
    if found:
        raise Refused(*found)


def refused_target(of: Indicator, target: Any, field: str) -> Reason | None:
    if target is None:
        return None
    if target < 0:
        return Reason("target", _("Ein Ziel ist nicht negativ."), field)
    if of.counts not in WITH_TENTHS and target != int(target):
        return Reason("target", _("Hier wird in ganzen Zahlen gezählt."), field)
    return None
