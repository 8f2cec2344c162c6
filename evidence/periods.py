"""Which days of a grant are reported together? Opened, changed and removed here, each with an entry of the history."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence.models import ReportingPeriod, ReportingPeriodEvent
from trainings.acts import Act
from trainings.dates import date_short
from trainings.models import Funding
from trainings.refusals import Reason, Refused
from trainings.reporting import Period

What = ReportingPeriodEvent.What
MOST_MONTHS = 120
FIELDS = ("first_on", "last_on", "due_on")


def open_period(funding: Funding, values: Mapping[str, Any], act: Act) -> ReportingPeriod:
    """A new one; ``values`` by FIELDS. Raises Refused for days outside the grant, or that another one has."""
    _only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        funding = Funding.objects.select_for_update(no_key=True).get(pk=funding.pk)
        period = ReportingPeriod(funding=funding, **values)
        _refuse_disorder(period)
        period.save()
        note(period, act, What.OPENED)
    return period


def change_period(period: ReportingPeriod, values: Mapping[str, Any], act: Act) -> ReportingPeriod:
    """Other days, another deadline. Raises Refused; the days of one that was handed in stay."""
    with changing(period, act) as (period, act):
        if period.is_handed_in and {"first_on", "last_on"} & values.keys():
            raise handed_in()
        before = {name: getattr(period, name) for name in FIELDS}
        period.first_on = values.get("first_on", period.first_on)
        period.last_on = values.get("last_on", period.last_on)
        period.due_on = values.get("due_on", period.due_on)
        has_other_days = (period.first_on, period.last_on) != (before["first_on"], before["last_on"])
        _refuse_disorder(period, with_days=has_other_days)  # the grant may have been shortened since
        period.save(update_fields=FIELDS)
        changes = [
            {"field": name, "old": _plain(before[name]), "new": _plain(getattr(period, name))}
            for name in FIELDS
            if before[name] != getattr(period, name)
        ]
        if changes:
            note(period, act, What.CHANGED, changes=changes)
    return period


def remove_period(period: ReportingPeriod, act: Act) -> None:
    """One that was opened by mistake. Raises Refused where something was made or handed in."""
    with changing(period, act) as (period, _act):
        if period.is_handed_in:
            raise handed_in()
        if period.events.exclude(what__in=[What.OPENED, What.CHANGED]).exists():
            text = _("Zu diesem Zeitraum wurde bereits etwas erstellt; er bleibt.")
            raise Refused(Reason("in_use", text))
        period.delete()


def hand_in(period: ReportingPeriod, act: Act, *, about: str) -> None:
    """Freeze it, within ``changing``; what was handed in is told by ``about``."""
    act, at = act.begin()
    period.handed_in_at, period.handed_in_by = at, act.user
    period.save(update_fields=["handed_in_at", "handed_in_by"])
    note(period, act, What.HANDED_IN, about=about)


@contextmanager
def changing(period: ReportingPeriod, act: Act) -> Iterator[tuple[ReportingPeriod, Act]]:
    """The period under its lock, and the act with its time. Raises Refused to all but coordinators."""
    _only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        locked = ReportingPeriod.objects.select_for_update(of=("self",)).select_related("funding")
        yield locked.get(pk=period.pk), act


def note(
    period: ReportingPeriod, act: Act, what: What, *, about: str = "", changes: list[dict[str, Any]] | None = None
) -> None:
    """An entry of the period's history."""
    act, at = act.begin()
    ReportingPeriodEvent.objects.create(
        period=period,
        what=what,
        about=about[:200],
        changes=changes or [],
        actor=act.by,
        channel=act.channel,
        reason=act.reason.strip(),
        at=at,
    )


def proposed_for(funding: Funding, day: dt.date | None = None) -> list[Period]:
    """Half-years of the grant without a reporting period, until that of ``day``; cut to the days of the grant."""
    day = day or timezone.localdate()
    taken = [period.days for period in funding.reporting_periods.all()]
    found = []
    first = funding.starts_on
    while first <= min(day, funding.ends_on):
        last = min(Period.half_year(first).last, funding.ends_on)
        if not any(one.first <= last and first <= one.last for one in taken):
            found.append(Period(first, last))
        first = last + dt.timedelta(days=1)
    return found


def handed_in() -> Refused:
    text = _("Dieser Zeitraum ist abgegeben. Was sich seitdem geändert hat, steht in einem Nachtrag.")
    return Refused(Reason("handed_in", text))


def _refuse_disorder(period: ReportingPeriod, *, with_days: bool = True) -> None:
    if with_days:
        _refuse_days(period)
    if period.due_on and period.due_on < period.last_on:
        raise Refused(Reason("days", _("Die Abgabe liegt vor dem Ende des Zeitraums."), "due_on"))


def _refuse_days(period: ReportingPeriod) -> None:
    first, last, funding = period.first_on, period.last_on, period.funding
    if last < first:
        raise Refused(Reason("days", _("Der letzte Tag liegt vor dem ersten."), "last_on"))
    if first < funding.starts_on or last > funding.ends_on:
        text = _("Die Förderung läuft vom %(first)s bis zum %(last)s.")
        days = {"first": date_short(funding.starts_on), "last": date_short(funding.ends_on)}
        raise Refused(Reason("days", text % days, "first_on" if first < funding.starts_on else "last_on"))
    if period.days.months_touched > MOST_MONTHS + 1:  # from within a month to within the same
        text = _("Ein Zeitraum umfasst höchstens zehn Jahre. Bitte prüfen Sie den letzten Tag.")
        raise Refused(Reason("days", text, "last_on"))
    others = funding.reporting_periods.exclude(pk=period.pk).filter(first_on__lte=last, last_on__gte=first)
    if other := others.first():
        text = _("Diese Tage hat schon der Zeitraum %(other)s.")
        raise Refused(Reason("overlap", text % {"other": other.days}, "first_on"))


def _plain(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _only_coordinators(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
