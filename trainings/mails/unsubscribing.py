"""How does somebody end mails they did not ask for one by one? By a link that needs no account (RFC 8058).

The morning's digest and invitations bear it in their header, so that mail programs can show a button. Opening the
address changes nothing; the form on the page, or the program's POST, acts. The signature is the only authority.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from trainings.models import Correspondence, Course, Interest, Message, mail_kind

SALT = "trainings.unsubscribing"


@dataclass(frozen=True)
class MailSubscription:
    """What is ended: the digest, or, where there is a ``course``, the interest in it."""

    person: User
    course: Course | None = None


def of_message(message: Message) -> MailSubscription | None:
    """What the recipient may end by a link in this mail; None for mails about their own place or duty."""
    if message.recipient is None or not mail_kind(message.kind).can_be_ended:
        return None
    return MailSubscription(message.recipient, message.run.course if message.run else None)


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
    return signing.dumps([subscription.person.pk, course], salt=SALT)


def read_unsubscribing(token: str) -> MailSubscription | None:
    """None for an address that is forged or mangled, or whose person or course is no longer there."""
    try:
        person, course = signing.loads(token, salt=SALT)
        return MailSubscription(User.objects.get(pk=person), Course.objects.get(pk=course) if course else None)
    except (signing.BadSignature, ValueError, TypeError, User.DoesNotExist, Course.DoesNotExist):
        return None


def is_subscribed(subscription: MailSubscription) -> bool:
    """Whether it is still in force."""
    if subscription.course is None:
        return Correspondence.objects.of(subscription.person).wants_digest
    return Interest.objects.open().filter(person=subscription.person, course=subscription.course).exists()


def unsubscribe(subscription: MailSubscription) -> None:
    """No more of these mails. Idempotent."""
    if subscription.course is None:
        Correspondence.objects.change(subscription.person, wants_digest=False)
    else:
        interest = Interest.objects.open().filter(person=subscription.person, course=subscription.course)
        interest.update(ended_at=timezone.now())
