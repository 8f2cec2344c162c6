"""How many places of a run are kept for which agency? Set or end a contingent; freed places go to the queue."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency
from trainings.acts import Act
from trainings.booking import transitions
from trainings.history import recorded
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
    with recorded(run, act) as recording:
        run, act, at = recording.run, recording.act, recording.at
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
    with recorded(contingent.run, act) as recording:
        _only_coordinators(recording.act)
        contingent.delete()
        transitions.fill(recording.run, recording.at)


def move_days(run: CourseRun, shift: dt.timedelta, today: dt.date) -> None:
    """The run has moved: the days of its contingents and held places keep their distance, but none gets into the past.

    The caller holds the lock.
    """
    for share in run.contingents.filter(release_on__gte=today):
        share.release_on = max(share.release_on + shift, today)
        share.save(update_fields=["release_on"])
    for place in run.held_places.open().filter(name_by__gte=today):
        place.name_by = max(place.name_by + shift, today)
        place.save(update_fields=["name_by"])


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
