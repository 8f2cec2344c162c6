"""How does somebody end mails they did not ask for one by one? By a link that needs no account (RFC 8058).

The morning's digest, invitations and reminders of refreshers bear it in their header, so that mail programs can show a
button. Opening the address changes nothing; the form on the page, or the program's POST, acts. The signature is the
only authority.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from trainings.models import Correspondence, Course, Ending, Interest, Message, mail_kind

SALT = "trainings.unsubscribing"
REFRESHERS = "refreshers"  # in a token, in place of the key of a course


@dataclass(frozen=True)
class MailSubscription:
    """What is ended: the digest, the interest in a ``course`` where there is one, or reminders of refreshers."""

    person: User
    course: Course | None = None
    of_refreshers: bool = False


def of_message(message: Message) -> MailSubscription | None:
    """What the recipient may end by a link in this mail; None for mails about their own place or duty."""
    ending = mail_kind(message.kind).can_be_ended
    if message.recipient is None or ending is None:
        return None
    if ending is Ending.REFRESHERS:
        return MailSubscription(message.recipient, of_refreshers=True)
    is_interest = ending is Ending.INTEREST and message.run
    return MailSubscription(message.recipient, message.run.course if is_interest and message.run else None)


def headers(message: Message) -> dict[str, str]:
    """``List-Unsubscribe`` with one click (RFC 8058, section 3.1), where it applies."""
    subscription = of_message(message)
    if subscription is None:
        return {}
    return {"List-Unsubscribe": f"<{url(subscription)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def url(subscription: MailSubscription) -> str:
    return settings.PUBLIC_URL + reverse("trainings:unsubscribe", args=[unsubscribe_token(subscription)])


def unsubscribe_token(subscription: MailSubscription) -> str:
    course = subscription.course.pk if subscription.course else 0
    return signing.dumps([subscription.person.pk, REFRESHERS if subscription.of_refreshers else course], salt=SALT)


def read_unsubscribing(token: str) -> MailSubscription | None:
    """None for an address that is forged or mangled, or whose person or course is no longer there."""
    try:
        person, what = signing.loads(token, salt=SALT)
        found = User.objects.get(pk=person)
        if what == REFRESHERS:
            return MailSubscription(found, of_refreshers=True)
        return MailSubscription(found, Course.objects.get(pk=what) if what else None)
    except (signing.BadSignature, ValueError, TypeError, User.DoesNotExist, Course.DoesNotExist):
        return None


def is_subscribed(subscription: MailSubscription) -> bool:
    """Whether it is still in force."""
    if subscription.course is not None:
        return Interest.objects.open().filter(person=subscription.person, course=subscription.course).exists()
    wishes = Correspondence.objects.of(subscription.person)
    return wishes.wants_refreshers if subscription.of_refreshers else wishes.wants_digest


def unsubscribe(subscription: MailSubscription) -> None:
    """No more of these mails. Idempotent."""
    if subscription.course is not None:
        interest = Interest.objects.open().filter(person=subscription.person, course=subscription.course)
        interest.update(ended_at=timezone.now())
    elif subscription.of_refreshers:
        Correspondence.objects.change(subscription.person, wants_refreshers=False)
    else:
        Correspondence.objects.change(subscription.person, wants_digest=False)
