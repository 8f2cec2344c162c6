"""Whose address is not known yet, and what happens once it is?

Trainers enter people on the spot who have no address at hand. The coordinators' desk names them until one is added, the
account goes into another one of the same person, or it ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import affiliation, people
from accounts.addresses import stands_for_none
from accounts.models import Agency, User
from trainings import mails
from trainings.acts import Act
from trainings.mails import Occasion
from trainings.models import Message, Registration, rows_if_any
from trainings.people.changing import change_person
from trainings.refusals import Reason, Refused


@dataclass(frozen=True)
class Unaddressed:
    """Somebody without an address, and the registration by which they came."""

    person: User
    registration: Registration | None


def without_address() -> list[Unaddressed]:
    """Who was there last comes first; at most three queries."""
    found = rows_if_any(User.objects.without_address().order_by("-date_joined", "-pk"))
    if not found:
        return []
    rows = (
        Registration.objects.filter(person__in=found)
        .select_related("run__course", "agency")
        .order_by("registered_at", "pk")
    )
    first: dict[int, Registration] = {}
    for row in rows:
        first.setdefault(row.person_id, row)
    return [Unaddressed(person, first.get(person.pk)) for person in found]


def known_at(email: str, person: User) -> User | None:
    """Another account of that address: then it is the same person, and the two are merged."""
    other = User.objects.of_address(email)
    return other if other is not None and other.pk != person.pk else None


@transaction.atomic
def add_address(person: User, email: str, act: Act) -> User:
    """The person can be written to and sign in from now on, and hears by mail why. Raises Refused.

    What they said of their agency stays; where that was none of those known here, the domain may know better.
    """
    [person] = people.lock(person)
    if person.has_address:
        raise Refused(Reason("has_address", _("Diese Person hat inzwischen eine E-Mail-Adresse.")))
    if known_at(email, person):
        raise Refused(Reason("known", _("Zu dieser Adresse gibt es schon ein Konto."), "email"))
    person = change_person(person, {"email": email}, act)
    agency = Agency.objects.for_email(email)
    if agency is not None and person.agency_id is None:
        person = affiliation.settle(person, agency, by=act.user)
    return person


def welcome(person: User, old: Mapping[str, Any]) -> None:
    """Follows once somebody has an address: what they were entered in, and how they check their details."""
    if not stands_for_none(old.get("email", "")) or not person.is_active:
        return
    kind = mails.kind(Occasion.WALKED_IN, mails.Who.PARTICIPANT)
    rows = Registration.objects.confirmed().filter(person=person, source=Registration.Source.WALK_IN)
    last = rows.select_related("run").order_by("registered_at", "pk").last()
    # The one of the day may not have been looked at yet: it then goes to the address of now.
    waiting = Message.objects.filter(recipient=person, kind=kind, status=Message.Status.QUEUED)
    if last is not None and not waiting.exists():
        mails.tell(Occasion.WALKED_IN, last)
