"""Does the agency's agreement allow a place? The operator's setting says what follows if not: nothing, a word, a no.

The setting ``REGISTER_WITHOUT_AGREEMENT`` is ``free``, ``warn`` or ``refuse``. Whoever has got a place in another way –
moved up, from the room, by a coordinator's reason – keeps it; the coordinators read on the page of the run what is so.
"""

import datetime as dt
from collections import Counter

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency, TargetGroup
from accounts.names import by_name
from trainings.booking import allocation
from trainings.dates import date_short
from trainings.models import Agreement, CourseRun, Registration, agreement_of, agreements_of, covering
from trainings.refusals import Reason


def are_needed() -> bool:
    return bool(settings.REGISTER_WITHOUT_AGREEMENT == "refuse")


def are_wanted() -> bool:
    return bool(settings.REGISTER_WITHOUT_AGREEMENT == "warn")


def are_asked_for() -> bool:
    return are_needed() or are_wanted()


def outside(
    run: CourseRun, agency: int | None, group: str, at: dt.datetime, *, places: int, queue_counts: bool = True
) -> list[Reason]:
    """What the agreement of the day on which the run begins does not allow; call it under the lock to count places.

    ``places``: how many more the agency would have, beside those it has and those its people wait for: they are given
    without asking again. Without a ``group`` it is not known yet for whom. Nothing for people without an agency, and
    where the setting asks for no agreements.
    """
    if agency is None or not are_asked_for():
        return []
    day = timezone.localdate(run.starts_at or at)
    agreement = agreement_of(agency, day)
    if agreement is None:
        return [_missing(Agency.objects.get(pk=agency), day)]
    found = []
    if group and not agreement.is_for(group):
        text = _("Die Kooperationsvereinbarung mit %(agency)s gilt für: %(groups)s. Angegeben ist: %(own)s.")
        text %= {"agency": agreement.agency, "groups": agreement.groups_in_words, "own": TargetGroup(group).label}
        found.append(Reason("agreement_group", f"{text} {_what_now()}"))
    if agreement.places_per_run is not None and places:
        taken = allocation.situation_of(run, at).used.get(agency, 0)
        waiting = run.registrations.waitlisted().filter(agency=agency).count() if queue_counts else 0
        if taken + waiting + places > agreement.places_per_run:
            found.append(Reason("agreement_places", f"{_about_places(agreement, taken, waiting)} {_what_now()}"))
    return found


def outside_on(agency: Agency, day: dt.date) -> list[Reason]:
    """The same of a day, whatever is held then: whether there is an agreement at all."""
    return [_missing(agency, day)] if are_asked_for() and agreement_of(agency, day) is None else []


def _missing(agency: Agency, day: dt.date) -> Reason:
    text = _("Mit %(agency)s gibt es für den %(day)s keine Kooperationsvereinbarung.")
    return Reason("agreement", f"{text % {'agency': agency, 'day': date_short(day)}} {_what_now()}")


def _about_places(agreement: Agreement, taken: int, waiting: int) -> str:
    number = agreement.places_per_run or 0
    if waiting:
        text = ngettext(
            "Die Kooperationsvereinbarung mit %(agency)s erlaubt je Termin %(number)d Platz; vergeben: %(taken)d, "
            "auf der Warteliste: %(waiting)d.",
            "Die Kooperationsvereinbarung mit %(agency)s erlaubt je Termin %(number)d Plätze; vergeben: %(taken)d, "
            "auf der Warteliste: %(waiting)d.",
            number,
        )
    else:
        text = ngettext(
            "Die Kooperationsvereinbarung mit %(agency)s erlaubt je Termin %(number)d Platz; vergeben: %(taken)d.",
            "Die Kooperationsvereinbarung mit %(agency)s erlaubt je Termin %(number)d Plätze; vergeben: %(taken)d.",
            number,
        )
    return text % {"agency": agreement.agency, "number": number, "taken": taken, "waiting": waiting}


def _what_now() -> str:
    if are_wanted():
        return _("Die Anmeldung ist trotzdem möglich; die Koordination klärt das mit der Behörde.")
    contact = {"phone": settings.CONTACT_PHONE, "email": settings.CONTACT_EMAIL}
    return _("Bitte wenden Sie sich an die Koordination: %(phone)s, %(email)s.") % contact


def passed_over(registration: Registration, at: dt.datetime) -> list[str]:
    """The codes for the history of a place that is given all the same: in the room, or ahead of the queue."""
    if not are_needed():
        return []
    places = 0 if registration.takes_a_place else 1
    found = outside(registration.run, registration.agency_id, registration.group, at, places=places, queue_counts=False)
    return [reason.code for reason in found]


def remarks_on(run: CourseRun, at: dt.datetime | None = None) -> list[str]:
    """What the coordinator of the run is told: agencies whose people have places that no agreement allows."""
    if run.is_cancelled or not are_asked_for():
        return []
    at = at or timezone.now()
    day = timezone.localdate(run.starts_at or at)
    rows = run.registrations.filter(status__in=Registration.TAKING_A_PLACE).exclude(group="").order_by()
    groups = Counter(rows.values_list("agency", "group"))
    used = {agency: number for agency, number in allocation.situation_of(run, at).used.items() if agency and number}
    agencies = by_name(Agency.objects.filter(pk__in=used))
    by_agency = agreements_of(agencies)
    remarks = []
    for agency in agencies:
        agreement = covering(by_agency[agency.pk], day)
        if agreement is None:
            text = ngettext(
                "%(agency)s: keine Vereinbarung für den %(day)s (%(number)d Platz).",
                "%(agency)s: keine Vereinbarung für den %(day)s (%(number)d Plätze).",
                used[agency.pk],
            )
            remarks.append(text % {"agency": agency, "day": date_short(day), "number": used[agency.pk]})
            continue
        others = {group: number for (key, group), number in groups.items() if key == agency.pk}
        for group, number in sorted(others.items()):
            if not agreement.is_for(group):
                text = _("%(agency)s: Die Vereinbarung gilt nicht für %(group)s (%(number)d).")
                remarks.append(text % {"agency": agency, "group": TargetGroup(group).label, "number": number})
        if agreement.places_per_run is not None and used[agency.pk] > agreement.places_per_run:
            text = ngettext(
                "%(agency)s: Die Vereinbarung erlaubt %(number)d Platz; vergeben: %(taken)d.",
                "%(agency)s: Die Vereinbarung erlaubt %(number)d Plätze; vergeben: %(taken)d.",
                agreement.places_per_run,
            )
            shown = {"agency": agency, "number": agreement.places_per_run, "taken": used[agency.pk]}
            remarks.append(text % shown)
    return remarks
