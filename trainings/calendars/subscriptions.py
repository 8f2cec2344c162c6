"""The life of a subscription: made, changed, fetched, revoked. ``feeds`` decides what it shows."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.calendars import programs
from trainings.models import (
    CalendarChoice,
    CalendarSubscription,
    CalendarSubscriptionQuerySet,
    Correspondence,
    sha256_of_token,
)
from trainings.permissions import teaches
from trainings.refusals import Reason, Refused

FeedKind = CalendarSubscription.Kind

MOST = 20
# A fetch is noted no more often, so that an ordinary one writes nothing.
NOTED_EVERY = dt.timedelta(hours=1)
FEED_OPTIONS = ("name", "with_waitlisted", "with_cancelled", "reminder", "look_back")


def feed_kinds_for(person: User) -> list[FeedKind]:
    """What the person may subscribe to by their present roles."""
    may = {
        FeedKind.PERSONAL: True,
        FeedKind.TRAINER: teaches(person),
        FeedKind.AGENCY: person.is_agency_contact,
        FeedKind.COORDINATOR: person.is_coordinator,
    }
    return [kind for kind, allowed in may.items() if allowed]


def subscriptions_of(person: User) -> CalendarSubscriptionQuerySet:
    return CalendarSubscription.objects.filter(person=person)


@transaction.atomic
def subscribe(
    person: User,
    kind: str = FeedKind.PERSONAL,
    *,
    name: str = "Kalender",
    instead_of_mail: bool = False,
    at: dt.datetime | None = None,
    **options: Any,
) -> str:
    """A new secret for a calendar of the person. Only its digest is stored: tell it now.

    ``options`` are fields of the subscription. ``instead_of_mail`` ends invitations by e-mail, where the subscription
    shows one's own trainings. Raises Refused.
    """
    at = at or timezone.now()
    person = User.objects.select_for_update().get(pk=person.pk)
    if kind not in feed_kinds_for(person):
        raise Refused(Reason("not_yours", _("Diesen Kalender können Sie nicht abonnieren.")))
    if subscriptions_of(person).count() >= MOST:
        text = _("Sie haben bereits sehr viele Abonnements. Bitte beenden Sie zuerst eines.")
        raise Refused(Reason("too_many", text))
    token = CalendarSubscription.new_token()
    CalendarSubscription.objects.create(
        person=person,
        kind=kind,
        name=name,
        token_sha256=sha256_of_token(token),
        created_at=at,
        changed_at=at,
        **options,
    )
    if instead_of_mail and kind == FeedKind.PERSONAL:
        Correspondence.objects.change(person, calendar_choice=CalendarChoice.FEED)
    return token


def options_of(subscription: CalendarSubscription) -> list[object]:
    """What its calendar depends on besides the sessions."""
    return [subscription.pk, subscription.kind, *(getattr(subscription, name) for name in FEED_OPTIONS)]


def change_subscription(subscription: CalendarSubscription, *, at: dt.datetime | None = None) -> CalendarSubscription:
    """Save its name and options; its kind and the address stays, and programs fetch the calendar anew."""
    subscription.changed_at = at or timezone.now()
    subscription.save(update_fields=[*FEED_OPTIONS, "changed_at"])
    return subscription


def revoke(subscription: CalendarSubscription) -> None:
    """Its address is not known any more, and nothing of it is kept. Idempotent."""
    subscriptions_of(subscription.person).filter(pk=subscription.pk).delete()


def revoke_all(person: User) -> None:
    """Somebody else may have the device, or the mailbox, in which the addresses are kept."""
    subscriptions_of(person).delete()


def note_fetch(subscription: CalendarSubscription, agent: str, *, at: dt.datetime | None = None) -> None:
    """Which kind of program last fetched it, and when, at most once an hour; never the address or the full agent."""
    at = at or timezone.now()
    if subscription.fetched_at is None or subscription.fetched_at <= at - NOTED_EVERY:
        row = CalendarSubscription.objects.filter(pk=subscription.pk)
        row.update(fetched_at=at, fetched_by=programs.family(agent))
