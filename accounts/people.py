"""How does an account come about, change and end? The one place that writes people; each change is on record.

What hangs on a person elsewhere (places, teaching, contact duties) is the business of ``trainings.people``.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import access, audit, sign_ins
from accounts.addresses import NO_ADDRESS_DOMAIN, normalised
from accounts.audit import What
from accounts.models import ERASED_DOMAIN, Agency, AuditEvent, ContactDuty, User

# What a change of each of these is called on record; of everything else, a change of the person's details.
_KINDS = {
    "email": What.ADDRESS_CHANGED,
    "role": What.ROLE_CHANGED,
    "contact_of": What.ROLE_CHANGED,
    "is_superuser": What.ROLE_CHANGED,
    "agency": What.AFFILIATION_CHANGED,
    "organisation": What.AFFILIATION_CHANGED,
    "group": What.AFFILIATION_CHANGED,
}
# With any of these somebody else may be at the other end, or may do less than before.
_ENDS_ACCESS = {"email", "is_active"}
_ENDS_SESSIONS = _ENDS_ACCESS | {"role", "is_superuser"}


# What of an emptied row still says something: that it was one person.
OF_A_COUNT = frozenset({"id", "is_active", "erased_at", "merged_into"})


# What follows from it: the person as they are now, what was otherwise before, who changed it, and why. Whatever makes
# somebody speak for other agencies than before, ``contact_of`` has the agencies of before.
Consequence = Callable[[User, Mapping[str, Any], User | None, str], object]

_consequences: list[Consequence] = []


def register(consequence: Consequence) -> None:
    """Apps above register what follows when they start, such as who takes over the duties of a contact."""
    _consequences.append(consequence)


def create(email: str, *, by: User | None = None, **values: Any) -> User:
    """An account for the address; the agency follows from its domain unless given. Raises ValidationError."""
    with transaction.atomic():
        with _one_account_per_mailbox():
            person = User.objects.create_user(email, **values)
        audit.record(What.PERSON_CREATED, by=by, person=person)
        if person.role != User.Role.PARTICIPANT:
            _follow(person, {"role": User.Role.PARTICIPANT, **_otherwise(person, [])}, by, "")
    return person


def create_without_address(*, by: User | None = None, **values: Any) -> User:
    """An account for somebody whose address nobody has at hand: no mail goes there until ``change`` gives it one."""
    return create(f"{secrets.token_hex(8)}@{NO_ADDRESS_DOMAIN}", by=by, **values)


def at_address(email: str, **values: Any) -> User:
    """The person of that address; an account begun now, by whoever types it, if there is none."""
    with transaction.atomic():
        person, is_new = User.objects.at_address(email, **values)
        if is_new:
            audit.record(What.PERSON_CREATED, person=person)
    return person


def change(
    person: User,
    values: Mapping[str, Any],
    *,
    by: User | None,
    reason: str = "",
    noted: Mapping[str, Any] | None = None,
) -> User:
    """Set fields of the person; what is not in ``values`` stays. ``noted``: moments that are not worth a record.

    A changed name is to be confirmed anew. A changed address ends whatever is open under the old one. The last active
    coordinator stays one. Raises ValidationError, with the fields it is about.
    """
    with transaction.atomic():
        person = _locked(person)
        if "email" in values:
            values = {**values, "email": normalised(values["email"])}
        if values.get("agency", person.agency) != person.agency and person.role == User.Role.AGENCY_CONTACT:
            values = {"role": User.Role.PARTICIPANT, **values}  # they spoke as somebody of the agency they leave
            ends_duties = True
        else:
            ends_duties = person.role == User.Role.AGENCY_CONTACT != values.get("role", person.role)
        contact_of = _contact_of(person)
        old = {name: getattr(person, name) for name in values}
        changed = {name: value for name, value in values.items() if value != old[name]}
        loses = person.is_coordinator
        for name, value in changed.items():
            setattr(person, name, value)
        loses = loses and not person.is_coordinator
        if changed.keys() & set(User.PRINTED_NAME):
            changed["name_confirmed_at"] = person.name_confirmed_at = None
        _check(person, changed, loses_coordinator=loses)
        for name, value in (noted or {}).items():
            setattr(person, name, value)
        if changed or noted:
            with _one_account_per_mailbox():
                person.save(update_fields=[*changed, *(noted or {})])
        if ends_duties:
            _set_duties(person, [])
        was = {name: old[name] for name in changed if name in old} | _otherwise(person, contact_of)
        _record(person, was, by, reason)
        if changed.keys() & _ENDS_ACCESS:
            access.end_standing_access(person)
        if changed.keys() & _ENDS_SESSIONS:
            sign_ins.end_sessions(person, by)
        _follow(person, was, by, reason)
    return person


def appoint_contact(person: User, agency: Agency, *, by: User | None, reason: str = "") -> User:
    """The person speaks for this agency from now on, besides those they speak for already. Raises ValidationError.

    Whether they belong to it makes no difference. Whoever was no contact speaks for this one alone.
    """
    with transaction.atomic():
        person = _locked(person)
        return _speak_for(person, [*_contact_of(person), agency], by, reason)


def dismiss_contact(person: User, agency: Agency, *, by: User | None, reason: str = "") -> User:
    """The person speaks no longer for this agency; without any other they are no contact any more."""
    with transaction.atomic():
        person = _locked(person)
        return _speak_for(person, [one for one in _contact_of(person) if one != agency], by, reason)


def _speak_for(person: User, agencies: list[Agency], by: User | None, reason: str) -> User:
    """For these and no others. The caller holds the lock."""
    before = _contact_of(person)
    if set(agencies) == set(before):
        return person
    if not agencies:
        return change(person, {"role": User.Role.PARTICIPANT}, by=by, reason=reason)
    was_coordinator, old = person.is_coordinator, {}
    if person.role != User.Role.AGENCY_CONTACT:
        old["role"], person.role = person.role, User.Role.AGENCY_CONTACT
    _check(person, {"role": person.role}, loses_coordinator=was_coordinator and not person.is_coordinator)
    _set_duties(person, agencies)
    was = {**old, **_otherwise(person, before)}
    _record(person, was, by, reason)
    if old:
        sign_ins.end_sessions(person, by)
    _follow(person, was, by, reason)
    return person


def _set_duties(person: User, agencies: list[Agency]) -> None:
    """Store the role, and for whom it holds; without any agency the next time begins with the own one."""
    further = [one for one in agencies if one.pk != person.agency_id]
    person.speaks_only_for_others = bool(agencies) and len(further) == len(agencies)
    person.save(update_fields=["role", "speaks_only_for_others"])
    ContactDuty.objects.filter(person=person).exclude(agency__in=further).delete()
    kept = set(ContactDuty.objects.filter(person=person).values_list("agency", flat=True))
    ContactDuty.objects.bulk_create(ContactDuty(person=person, agency=one) for one in further if one.pk not in kept)


def _contact_of(person: User) -> list[Agency]:
    return [*person.spoken_for().order_by("pk")]


def _otherwise(person: User, before: list[Agency]) -> dict[str, Any]:
    """For the consequences: the agencies the person spoke for, if these are others now."""
    return {"contact_of": before} if before != _contact_of(person) else {}


def end(person: User, *, by: User | None, reason: str = "", at: dt.datetime | None = None) -> User:
    """The account ends: nobody signs in with it any more, and what works without signing in ends, too.

    Raises ValidationError for the last active coordinator.
    """
    with transaction.atomic():
        person = _locked(person)
        if not person.is_active:
            return person
        values = {"is_active": False, "left_at": at or timezone.now(), "role": User.Role.PARTICIPANT}
        values["is_superuser"] = False  # or it would come back with the account
        was_coordinator, contact_of = person.is_coordinator, _contact_of(person)
        old: dict[str, Any] = {"is_active": True, "role": person.role, "is_superuser": person.is_superuser}
        for name, value in values.items():
            setattr(person, name, value)
        _check(person, values, loses_coordinator=was_coordinator)
        person.save(update_fields=list(values))
        if contact_of:
            _set_duties(person, [])
            old["contact_of"] = contact_of
        access.end_standing_access(person)
        sign_ins.end_sessions(person, by)
        audit.record(What.PERSON_LEFT, by=by, person=person, reason=reason)
        _follow(person, old, by, reason)
    return person


def reopen(person: User, *, by: User | None, reason: str = "") -> User:
    """The account can be used again; what ended with it does not come back. Raises ValidationError."""
    with transaction.atomic():
        person = _locked(person)
        if person.is_active:
            return person
        if person.merged_into_id or person.erased_at or person.restricted_at:
            raise ValidationError(_("Dieses Konto lässt sich nicht wieder öffnen."), "gone")
        person.is_active, person.left_at = True, None
        person.save(update_fields=["is_active", "left_at"])
        audit.record(What.PERSON_RETURNED, by=by, person=person, reason=reason)
    return person


def merge_into(person: User, kept: User, *, by: User | None, at: dt.datetime | None = None) -> User:
    """``person`` is the same as ``kept``: this account ends. Raises ValidationError for the last coordinator."""
    with transaction.atomic():
        person = end(person, by=by, at=at) if person.is_active else _locked(person)
        person.merged_into = kept
        person.save(update_fields=["merged_into"])
        audit.record(What.ACCOUNTS_MERGED, by=by, person=kept, about=str(person.pk))
    return person


def part(person: User, *, by: User | None, ended_with_it: bool) -> User:
    """They were two people after all. The account can be used again if it ``ended_with`` the merge, not before."""
    with transaction.atomic():
        person = _locked(person)
        person.merged_into = None
        if ended_with_it:
            person.is_active, person.left_at = True, None
        person.save(update_fields=["merged_into", "is_active", "left_at"])
        audit.record(What.MERGE_UNDONE, by=by, person=person)
    return person


def restrict(person: User, *, by: User | None, reason: str = "", at: dt.datetime | None = None) -> User:
    """What is still evidence is kept and nothing else is done with it. The account has ended before."""
    with transaction.atomic():
        person = _locked(person)
        if person.restricted_at is None:
            person.restricted_at = at or timezone.now()
            person.save(update_fields=["restricted_at"])
            audit.record(What.PERSON_RESTRICTED, by=by, person=person, reason=reason, at=at)
    return person


def end_restriction(person: User, *, by: User | None, reason: str = "") -> User:
    """The account can be used again; what ended with it does not come back."""
    with transaction.atomic():
        person = _locked(person)
        person.restricted_at = person.left_at = None
        person.is_active = True
        person.save(update_fields=["restricted_at", "left_at", "is_active"])
        audit.record(What.RESTRICTION_ENDED, by=by, person=person, reason=reason)
    return person


def forget(person: User, *names: str, by: User | None) -> User:
    """Empty what the person need not have told. On record without the old value, which would outlive it there."""
    with transaction.atomic():
        person = _locked(person)
        for name, value in dict.fromkeys(names, "").items():
            setattr(person, name, value)
        person.save(update_fields=names)
        audit.record(What.PERSON_CHANGED, by=by, person=person, changes={name: [] for name in names})
    return person


def empty(person: User, *, at: dt.datetime | None = None) -> User:
    """Only a count from now on: every column that says something of the person is emptied, also one added later.

    Values on record go as well. ValueError for an account in use.
    """
    at = at or timezone.now()
    with transaction.atomic():
        person = _locked(person)
        if person.erased_at:
            return person
        if person.is_active:
            raise ValueError("An account ends before its person becomes a count.")
        access.end_standing_access(person)
        for column in User._meta.concrete_fields:
            if column.name not in OF_A_COUNT and not column.generated:
                setattr(person, column.attname, None if column.null else column.get_default())
        person.email = f"{secrets.token_hex(8)}@{ERASED_DOMAIN}"
        person.set_unusable_password()
        person.date_joined = person.erased_at = at
        person.save()
        ContactDuty.objects.filter(person=person).delete()
        person.groups.clear()
        person.user_permissions.clear()
        AuditEvent.objects.forget_values(person)
        audit.record(What.BECAME_A_COUNT, person=person, at=at)
    return person


def remove(never_used: models.QuerySet[User]) -> int:
    """Accounts that were begun and never used leave nothing behind. Says how many."""
    return never_used.delete()[1].get("accounts.User", 0)


def _follow(person: User, old: Mapping[str, Any], by: User | None, reason: str) -> None:
    for consequence in _consequences if old else []:
        consequence(person, old, by, reason)


@contextmanager
def _one_account_per_mailbox() -> Iterator[None]:
    """What was free a moment ago may be taken now: said as for any other address that is."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as taken:
        if "mailbox" not in str(taken) and "email" not in str(taken):
            raise
        raise _taken() from None


def _taken() -> ValidationError:
    return ValidationError({"email": _("Zu dieser Adresse, oder zu ihrem Postfach, gibt es schon ein Konto.")})


def lock(*people: User) -> list[User]:
    """As they are now, and nobody else changes them until the end; with a coordinator all of them, who must be counted.

    In one order: two who take the role from each other, or merge each other, follow each other.
    """
    keys = {person.pk for person in people}
    if User.objects.coordinators().filter(pk__in=keys).exists():
        keys |= set(User.objects.coordinators().values_list("pk", flat=True))
    rows = User.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True)
    found = {person.pk: person for person in rows}
    return [found[person.pk] for person in people]


def _locked(person: User) -> User:
    return lock(person)[0]


def _check(person: User, changed: Mapping[str, Any], *, loses_coordinator: bool) -> None:
    others = [one.name for one in User._meta.fields if one.name not in changed]
    if loses_coordinator and not User.objects.coordinators().exclude(pk=person.pk).exists():
        text = _("Das ist die letzte aktive Person der Koordination. Ernennen Sie zuerst jemand anderen.")
        raise ValidationError({"role": text}, "last_coordinator")
    person.clean_fields(exclude=others)
    person.validate_unique(exclude=others)
    if "email" in changed and User.objects.others_with_mailbox(person.email, person).exists():
        raise _taken()
    if person.role == User.Role.AGENCY_CONTACT and person.agency_id is None:
        raise ValidationError({"agency": _("Eine Ansprechperson braucht eine Behörde.")})
    if person.profile_completed_at and not (person.last_name and person.group):
        empty = "last_name" if not person.last_name else "group"
        raise ValidationError({empty: _("Diese Angabe darf nicht fehlen.")})


def _record(person: User, old: Mapping[str, Any], by: User | None, reason: str) -> None:
    by_kind: dict[What, dict[str, list[Any]]] = {}
    for name, value in old.items():
        kind = _KINDS.get(name, What.PERSON_CHANGED)
        now = _contact_of(person) if name == "contact_of" else getattr(person, name)
        by_kind.setdefault(kind, {})[name] = [_plain(value), _plain(now)]
    for kind, changes in by_kind.items():
        audit.record(kind, by=by, person=person, changes=changes, reason=reason)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_plain(one)) for one in value)
    if isinstance(value, models.Model):
        return value.short_name if isinstance(value, Agency) else value.pk
    return value.isoformat() if isinstance(value, dt.datetime | dt.date) else value
