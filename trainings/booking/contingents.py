"""How many places of a run are kept for which agency? Set or end a contingent; freed places go to the queue."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency
from trainings.acts import Act
from trainings.booking import transitions
from trainings.locking import locked
from trainings.models import Contingent, CourseRun
from trainings.refusals import Reason, Refused


def set_contingent(
    run: CourseRun,
    agency: Agency,
    act: Act,
    *,
    reserved: int,
    maximum: int | None,
    release_on: dt.date,
) -> Contingent:
    """Keep so many places for the agency until that day, and give it no more than ``maximum``; replaces what it had.

    Raises Refused where more is reserved than there is.
    """
    with locked(run) as run:
        act, at = act.begin()
        _only_coordinators(act)
        if reasons := _objections(run, agency, reserved, maximum, release_on, at):
            raise Refused(*reasons)
        contingent, _created = Contingent.objects.update_or_create(
            run=run,
            agency=agency,
            defaults={"reserved": reserved, "maximum": maximum, "release_on": release_on},
        )
        transitions.fill(run, at)
    return contingent


def remove_contingent(contingent: Contingent, act: Act) -> None:
    """End the agency's contingent in this run. Raises Refused."""
    with locked(contingent.run) as run:
        act, at = act.begin()
        _only_coordinators(act)
        contingent.delete()
        transitions.fill(run, at)


def _objections(
    run: CourseRun, agency: Agency, reserved: int, maximum: int | None, release_on: dt.date, at: dt.datetime
) -> list[Reason]:
    reasons = []
    if not reserved and maximum is None:
        reasons.append(Reason("empty", _("Bitte geben Sie reservierte Plätze oder eine Obergrenze an.")))
    if maximum is not None and maximum < max(reserved, 1):
        reasons.append(Reason("maximum", _("Die Obergrenze ist kleiner als die Zahl der reservierten Plätze.")))
    if run.starts_at and release_on > timezone.localdate(run.starts_at):
        reasons.append(Reason("release", _("Die Freigabe liegt nach dem Beginn des Termins.")))
    others = Contingent.objects.in_force(at).filter(run=run).exclude(agency=agency)
    left = run.capacity - sum(others.values_list("reserved", flat=True))
    if reserved > left:
        left = max(0, left)
        text = ngettext(
            "Für diese Behörde kann höchstens %(number)d Platz reserviert werden.",
            "Für diese Behörde können höchstens %(number)d Plätze reserviert werden.",
            left,
        )
        reasons.append(Reason("reserved", text % {"number": left}))
    return reasons


def _only_coordinators(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
