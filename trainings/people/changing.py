"""What may a coordinator change about a person, or an agency's contact, and who hears of it?"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import affiliation, people
from accounts.addresses import stands_for_none
from accounts.models import Agency, User
from trainings import mails
from trainings.acts import Act
from trainings.mails import Occasion, Who
from trainings.permissions import people_entered_by_agencies
from trainings.refusals import Reason, Refused

BELONGING = ("agency", "organisation", "group")


def new_person(values: Mapping[str, Any], act: Act) -> User:
    """An account for somebody who has not signed in yet. Raises Refused."""
    _only_coordinators(act)
    values = dict(values)
    try:
        return people.create(values.pop("email"), by=act.by, profile_completed_at=timezone.now(), **values)
    except ValidationError as invalid:
        raise as_refused(invalid) from None


@transaction.atomic
def change_person(person: User, values: Mapping[str, Any], act: Act, *, since: dt.date | None = None) -> User:
    """Change what is in ``values``; agency, organisation and group from ``since`` on, by default from today.

    ``since`` alone says that they belonged there from that day on, and what they were registered for counts so. Raises
    Refused.
    """
    _only_coordinators(act)
    [person] = people.lock(person)
    if reason := _out_of_reach(person, values, act):
        raise Refused(reason)
    try:
        others = {name: value for name, value in values.items() if name not in BELONGING}
        person = people.change(person, others, by=act.by, reason=act.reason)
        if since or any(name in values for name in BELONGING):
            person = _belongs(person, values, since, act)
    except ValidationError as invalid:
        raise as_refused(invalid) from None
    return person


@transaction.atomic
def rename_colleague(person: User, act: Act, *, title: str, first_name: str, last_name: str) -> User:
    """The agency's contact corrects the name under which they registered a colleague.

    As long as the colleague has not been here: from then on it is theirs to say. Raises Refused.
    """
    [person] = people.lock(person)
    if not people_entered_by_agencies(act.user).filter(pk=person.pk).exists():
        text = _("Diesen Namen ändert nur noch die Person selbst oder die Koordination.")
        raise Refused(Reason("not_yours", text))
    values = {"title": title, "first_name": first_name, "last_name": last_name}
    try:
        return people.change(person, values, by=act.by, reason=act.reason)
    except ValidationError as invalid:
        raise as_refused(invalid) from None


def as_refused(invalid: ValidationError) -> Refused:
    if not hasattr(invalid, "error_dict"):
        return Refused(*(Reason("invalid", text) for text in invalid.messages))
    return Refused(
        *(
            Reason("invalid", text, "" if name == NON_FIELD_ERRORS else name)
            for name, texts in invalid.message_dict.items()
            for text in texts
        )
    )


def _belongs(person: User, values: Mapping[str, Any], since: dt.date | None, act: Act) -> User:
    today = timezone.localdate()
    agency: Agency | None = values.get("agency", person.agency)
    organisation = "" if agency else values.get("organisation", person.organisation)
    new = affiliation.Belonging(agency.pk if agency else None, organisation, values.get("group", person.group))
    if since is None and new == affiliation.on(person, today):
        return person
    if person.profile_completed_at is None and not person.group:
        said = {"agency": agency, "organisation": new.organisation, "group": new.group}
        return people.change(person, said, by=act.by, reason=act.reason)
    return affiliation.change(person, since or today, new, by=act.by, reason=act.reason)


def _only_coordinators(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))


def _out_of_reach(person: User, values: Mapping[str, Any], act: Act) -> Reason | None:
    if person.is_superuser and not act.user.is_superuser:
        # Who changes an address can sign in as its owner.
        return Reason("superuser", _("Dieses Konto verwaltet der technische Betrieb."))
    if person.merged_into_id or person.erased_at:
        return Reason("gone", _("Dieses Konto gibt es so nicht mehr."))
    if "role" in values and values["role"] == User.Role.AGENCY_CONTACT != person.role:
        agency = values.get("agency", person.agency)
        if agency is None:
            return Reason("no_agency", _("Eine Ansprechperson braucht eine Behörde."), "agency")
    return None


def concerns_coordinators(person: User, values: Mapping[str, Any]) -> bool:
    """Whether it changes who coordinates, or how a coordinator signs in: then they must have proved who they are."""
    among_them = person.is_coordinator or values.get("role") == User.Role.COORDINATOR
    return among_them and bool(values.keys() & {"role", "email", "is_active"})


def tell(person: User, old: Mapping[str, Any]) -> None:
    """Follows whenever a person changes: the old address and the new one hear of it, coordinators of one another."""
    if "email" in old and person.is_active and not stands_for_none(old["email"]):
        kind = mails.kind(Occasion.ADDRESS_CHANGED, Who.PARTICIPANT)
        mails.queue(kind, None, recipient=person)
        mails.queue(kind, None, to_email=old["email"])
    role, was_active = old.get("role", person.role), old.get("is_active", person.is_active)
    was_superuser = old.get("is_superuser", person.is_superuser)
    was_coordinator = was_active and (was_superuser or role == User.Role.COORDINATOR)
    if was_coordinator != person.is_coordinator:
        _tell_coordinators(person, "granted" if person.is_coordinator else "taken")
    elif was_coordinator and "email" in old:
        _tell_coordinators(person, "address")


def _tell_coordinators(person: User, what: str) -> None:
    """Those who are now, and the one it is about."""
    kind = mails.kind(Occasion.COORDINATORS_CHANGED, Who.COORDINATOR)
    told = {*User.objects.coordinators(), *([person] if person.is_active else [])}
    for coordinator in sorted(told, key=lambda one: one.pk):
        mails.queue(kind, None, recipient=coordinator, details={"person": person.pk, "what": what})
