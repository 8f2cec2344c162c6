"""Which agency and group does a person belong to, and since when?

``User.agency`` and ``User.group`` are those of today. Whoever has changed has rows of Affiliation as well.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import audit, people
from accounts.models import Affiliation, Agency, User


@dataclass(frozen=True)
class Belonging:
    """The key of the agency a person belongs to, None without a known one, then with what they say; and their group."""

    agency_id: int | None
    organisation: str
    group: str


# What follows from it: the person, from which day on (None: all along), who says so, and why.
Consequence = Callable[[User, dt.date | None, User | None, str], object]

_consequences: list[Consequence] = []


def register(consequence: Consequence) -> None:
    """Apps above register what follows when they start, such as whom registrations to come count for."""
    _consequences.append(consequence)


def on(person: User, day: dt.date) -> Belonging:
    """Where the person belonged, or will belong, on that day."""
    rows = list(person.affiliations.order_by("since"))
    found = next((row for row in reversed(rows) if row.since <= day), rows[0] if rows else person)
    return Belonging(found.agency_id, found.organisation, found.group)


@transaction.atomic
def change(person: User, since: dt.date, new: Belonging, *, by: User | None, reason: str = "") -> User:
    """From that day on the person belongs elsewhere; what was said before of later days is replaced.

    Raises ValidationError.
    """
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.affiliations.exists():
        first = min(timezone.localdate(person.date_joined), since - dt.timedelta(days=1))
        _write(person, first, Belonging(person.agency_id, person.organisation, person.group))
    person.affiliations.filter(since__gte=since).delete()
    _write(person, since, new)
    if since <= timezone.localdate():
        person = _make_current(person, new, by=by, reason=reason)
    else:
        audit.record(audit.What.AFFILIATION_ANNOUNCED, by=by, person=person, about=since.isoformat(), reason=reason)
    _follow(person, since, by, reason)
    return person


def forget(person: User) -> None:
    """The person becomes a count: where they belonged is said by their registrations, for each day."""
    person.affiliations.all().delete()


def take_effect(at: dt.datetime | None = None) -> int:
    """Changes that were announced for a day become what is true today; says of how many people."""
    today = timezone.localdate(at or timezone.now())
    begun = Affiliation.objects.filter(since__lte=today)
    latest = begun.filter(person=OuterRef("pk")).order_by("-since")
    others = (
        User.objects.filter(is_active=True, pk__in=begun.order_by().values("person"))
        .annotate(
            said_since=Subquery(latest.values("since")[:1]),
            said_organisation=Subquery(latest.values("organisation")[:1]),
            said_group=Subquery(latest.values("group")[:1]),
            said_agency=Coalesce(Subquery(latest.values("agency_id")[:1]), 0, output_field=BigIntegerField()),
            agency_now=Coalesce("agency_id", 0, output_field=BigIntegerField()),
        )
        .filter(said_since__isnull=False)
        .exclude(said_organisation=F("organisation"), said_group=F("group"), said_agency=F("agency_now"))
    )
    people_of_today = list(others.order_by("pk"))
    for person in people_of_today:
        _make_current(person, on(person, today), by=None)
    return len(people_of_today)


@transaction.atomic
def settle(person: User, agency: Agency | None, *, by: User) -> User:
    """A coordinator's decision: the agency, or None to keep what the person typed. ``by`` must be a coordinator.

    It was so all along: no day begins with it.
    """
    if not by.is_coordinator:
        raise PermissionError("Only coordinators decide on affiliations.")
    person = people.change(person, {"agency": agency}, by=by, noted={"affiliation_checked_at": timezone.now()})
    person.affiliations.filter(agency=None).update(agency=agency)
    _follow(person, None, by, "")
    return person


def introduce(
    email: str,
    *,
    first_name: str,
    last_name: str,
    group: str,
    title: str = "",
    organisation: str = "",
    by: User | None = None,
) -> User:
    """Create an account for somebody else, for example after a phone call; they sign in later with that address.

    An account that was begun but never completed is completed; any other of that mailbox comes back as it is. The
    person still has to acknowledge the privacy notice.
    """
    with transaction.atomic():
        person = User.objects.of_address(email) or people.create(email, by=by)
        if person.has_completed_profile or not person.is_active:
            return person
        values = {"first_name": first_name, "last_name": last_name, "group": group}
        if title:
            values["title"] = title
        values["organisation"] = "" if person.agency_id else organisation
        return people.change(person, values, by=by, noted={"profile_completed_at": timezone.now()})


def introduce_without_address(
    *, first_name: str, last_name: str, group: str, agency: Agency | None, organisation: str, by: User | None = None
) -> User:
    """The same for somebody whose address is not known yet: always a new account, which may turn out to be a second."""
    return people.create_without_address(
        by=by,
        first_name=first_name,
        last_name=last_name,
        group=group,
        agency=agency,
        organisation="" if agency else organisation,
        profile_completed_at=timezone.now(),
    )


def _follow(person: User, since: dt.date | None, by: User | None, reason: str) -> None:
    for consequence in _consequences:
        consequence(person, since, by, reason)


def _write(person: User, since: dt.date, new: Belonging) -> None:
    Affiliation.objects.create(
        person=person, since=since, agency_id=new.agency_id, organisation=new.organisation, group=new.group
    )


def _make_current(person: User, new: Belonging, *, by: User | None, reason: str = "") -> User:
    agency = Agency.objects.get(pk=new.agency_id) if new.agency_id else None
    values = {"agency": agency, "organisation": new.organisation, "group": new.group}
    return people.change(person, values, by=by, reason=reason)
