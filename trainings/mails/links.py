"""What may somebody do who has only a link from a mail? One thing, for a while: approve, answer an offer, or cancel.

A link carries a signature and no secret of its own. It is bound to what it was sent for: when that place is no longer
held, when the request went to somebody else, or when the registration has ended, the link has ended as well. Opening
it changes nothing (mail scanners open every link); the form on the page acts.
"""

import datetime as dt
import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.addresses import normalised
from trainings.models import Registration

SALT = "trainings.links"
PURPOSES = {"approval": "trainings:approval", "offer": "trainings:offer", "cancel": "trainings:cancel_by_link"}


def link_url(purpose: str, registration: Registration, email: str = "") -> str:
    """The whole address. ``email`` is to whom a request for approval goes."""
    return settings.PUBLIC_URL + reverse(PURPOSES[purpose], args=[link_token(purpose, registration, email)])


def link_token(purpose: str, registration: Registration, email: str = "") -> str:
    """Raises ValueError for a request for approval to the person whose registration it is."""
    if purpose == "approval" and registration.person.reads(email):
        raise ValueError("Nobody decides on their own registration.")
    content = [registration.pk, _stamp(purpose, registration), addressee(email)]
    return signing.dumps(content, salt=f"{SALT}.{purpose}")


def addressee(email: str) -> str:
    """Distinguishes addresses without revealing them, because links appear in logs."""
    return salted_hmac(SALT, normalised(email)).hexdigest()[:16] if email else ""


@dataclass(frozen=True)
class Link:
    """What an address says: which registration, and for whom it was made (compare with ``addressee``)."""

    registration: Registration
    sent_to: str
    is_current: bool


def read_link(purpose: str, token: str) -> Link | None:
    """None if the link is forged, mangled or made for another purpose.

    One whose time is over is returned as not current: people want to know what became of it.
    """
    try:
        pk, stamp, sent_to = signing.loads(token, salt=f"{SALT}.{purpose}")
        registration = Registration.objects.for_lists().select_related("run__funding").get(pk=pk)
    except (signing.BadSignature, ValueError, TypeError, Registration.DoesNotExist):
        return None
    return Link(registration, sent_to, registration.is_active and stamp == _stamp(purpose, registration))


def _stamp(purpose: str, registration: Registration) -> str:
    """What the link is bound to: the very offer or request, for cancelling the registration as such."""
    if purpose == "cancel":
        return registration.registered_at.isoformat()
    since = registration.status_changed_at.astimezone(dt.UTC).isoformat()
    return f"{registration.status}:{since}"


_SECRET = [*PURPOSES.values(), "trainings:unsubscribe"]


def shorten_links_to(page: str) -> None:
    """Called when the apps start: an address of an app above, of which all but the beginning is its secret."""
    if page not in _SECRET:
        _SECRET.append(page)


def shorten_links(text: str) -> str:
    """The text with the secret part of every such address cut off, for people who read a mail that is not theirs."""
    starts = "|".join(re.escape(reverse(name, args=["-"]).rstrip("-/") + "/") for name in _SECRET)
    return re.sub(rf"({starts})([^\s/]{{3}})[^\s/]{{7,}}/?", r"\1\2…", text)
