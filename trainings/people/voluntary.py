"""What did somebody tell us without having to, and how do they take it back? At once, with one button each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import people
from accounts.models import User
from trainings import booking, calendars
from trainings.acts import Act
from trainings.models import CalendarSubscription, Interest, Registration, in_active_language
from trainings.refusals import Reason, Refused

VOLUNTARY = {"phone": _("Telefon"), "form_of_address": _("Anrede")}


@dataclass(frozen=True)
class Voluntary:
    """``code`` names it in the form; ``said`` is what is stored, of what it is said ``about``."""

    code: str
    label: str | Promise
    about: str
    said: str
    take_back: Callable[[Act], object]


def voluntary(person: User) -> list[Voluntary]:
    return [*_of_account(person), *_needs(person), *_interests(person), *_subscriptions(person)]


def take_back(person: User, code: str, act: Act) -> Voluntary:
    """Raises Refused where there is no such thing (any more)."""
    found = next((one for one in voluntary(person) if one.code == code), None)
    if found is None:
        raise Refused(Reason("gone", str(_("Das ist nicht mehr gespeichert."))))
    with transaction.atomic():
        found.take_back(act)
    return found


def _of_account(person: User) -> Iterator[Voluntary]:
    for name, label in VOLUNTARY.items():
        if said := getattr(person, name):
            yield Voluntary(name, label, "", said, partial(_empty, person, name))


def _empty(person: User, name: str, act: Act) -> None:
    people.forget(person, name, by=act.by)


def _needs(person: User) -> Iterator[Voluntary]:
    """Also what an agency's contact or a coordinator has written down for them."""
    for row in Registration.objects.of(person).exclude(needs="").select_related("run__course"):
        about, said = row.run.course.display_title, in_active_language(row.needs, "")
        yield Voluntary(f"needs-{row.pk}", _("Bedarf"), about, said, partial(booking.change_needs, row, ""))


def _interests(person: User) -> Iterator[Voluntary]:
    for row in Interest.objects.filter(person=person).select_related("course"):
        about, said = row.course.display_title, in_active_language(row.wish, "")
        yield Voluntary(f"interest-{row.pk}", _("Interesse"), about, said, partial(_delete, row))


def _delete(interest: Interest, _act: Act) -> None:
    interest.delete()


def _subscriptions(person: User) -> Iterator[Voluntary]:
    for row in calendars.subscriptions_of(person):
        yield Voluntary(f"calendar-{row.pk}", _("Kalender-Abonnement"), "", row.name, partial(_end, row))


def _end(subscription: CalendarSubscription, _act: Act) -> None:
    calendars.revoke(subscription)
