"""How does an auditor come in? By the link, then by a code that goes to the address the coordinator gave.

Opening the link changes nothing, since mail scanners open every link, and it says nothing either: whatever the link,
the pages, the work and the answers are the same, so that nobody learns from them whether there is a door. Inside, a
session of its own holds for one door; no account is involved, and whoever is signed in in the same browser stays so.
"""

import logging
import secrets
import time
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts import audit, sign_in_mails
from accounts.emblem import emblem_context
from accounts.limits import Limit, network
from evidence.doors import looking
from evidence.models import AuditorDoor, DoorLook, sha256_of_link

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

COOKIE = "pruefung"
HOURS = 8
_CODE_HOLDS = 15 * 60  # seconds

# All by the digest of the link, so that a new link begins anew.
CODES = [Limit("door:codes:hour", 5, 3600), Limit("door:codes:day", 20, 24 * 3600)]
TRIES = Limit("door:tries", 5, _CODE_HOLDS)  # of one code
WRONG = Limit("door:wrong", 10, 24 * 3600)
NETWORK = Limit("door:network", 60, 3600)

LEAST = 0.25  # seconds that every try takes

_DOOR, _LINK, _UNTIL = "auditor_door", "auditor_link", "auditor_until"


def door_of(token: str) -> AuditorDoor | None:
    return AuditorDoor.objects.for_token(token)


def seconds_to_wait(token: str) -> int:
    """Until another code may be typed; 0 if it may be now."""
    return WRONG.seconds_left(sha256_of_link(token))


def _take_as_long(work: Callable[P, T]) -> Callable[P, T]:
    """Whatever the link: else the time of the answer would tell of a mail that was written."""

    @wraps(work)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        until = time.monotonic() + LEAST
        try:
            return work(*args, **kwargs)
        finally:
            time.sleep(max(0, until - time.monotonic()))

    return wrapped


@_take_as_long
def mail_code(token: str, address: str) -> int:
    """Have a code mailed, if the link leads to an open door; 0, or the seconds to wait until the next."""
    of, net = sha256_of_link(token), network(address)
    if not NETWORK.take(net):
        return NETWORK.seconds_left(net)
    for limit in CODES:
        if not limit.take(of):
            return limit.seconds_left(of)
    code = f"{secrets.randbelow(10**6):06}"
    cache.set(_place(of), {"digest": _digest(of, code), "shown": code if settings.DEMO else ""}, _CODE_HOLDS)
    door = door_of(token)
    try:
        if door:
            sign_in_mails.send(_mail(door, code))
    except OSError as error:
        logger.error("The code for an auditor could not be sent: %s.", type(error).__name__)
    return 0


def code_to_show(token: str) -> str:
    """In the demo, where no mails leave."""
    waiting: dict[str, str] = cache.get(_place(sha256_of_link(token))) or {}
    return waiting.get("shown", "") if settings.DEMO and door_of(token) else ""


@_take_as_long
def enter(token: str, typed: str, address: str) -> AuditorDoor | None:
    """The door, if this is the code that was mailed for it: once, of two at the same time for one of them."""
    of, place = sha256_of_link(token), _place(sha256_of_link(token))
    if not NETWORK.take(network(address)) or WRONG.is_reached(of):
        return None
    waiting: dict[str, str] = cache.get(place) or {"digest": ""}
    door = door_of(token)
    code = "".join(one for one in typed if one.isdecimal())
    if constant_time_compare(waiting["digest"], _digest(of, code)) and cache.delete(place) and door:
        return door
    WRONG.take(of)
    TRIES.take(of, waiting["digest"])
    if TRIES.is_reached(of, waiting["digest"]):
        cache.delete(place)
    with override(settings.LANGUAGE_CODE):
        audit.record(audit.What.CODE_REFUSED, about=door.label if door else _("Prüfzugang: unbekannter Link"))
    return None


def begin(door: AuditorDoor) -> tuple[str, str]:
    """A session for this door: the value of its cookie, and the path the cookie is for."""
    store = _store()
    store[_DOOR], store[_LINK], store[_UNTIL] = door.pk, door.token_sha256, time.time() + HOURS * 3600
    store.set_expiry(HOURS * 3600)
    store.create()
    looking.note(door, DoorLook.Page.ENTERED)
    return str(store.session_key), reverse("evidence:audit", args=[door.pk])


def inside(key: str, pk: int) -> AuditorDoor | None:
    """The door, while the session holds and the door is open by the same link."""
    said = _store(key)
    if said.get(_DOOR) != pk or said.get(_UNTIL, 0) < time.time():
        return None
    found = AuditorDoor.objects.open().filter(pk=pk, token_sha256=said[_LINK])
    return found.select_related("period__funding").first()


def end(key: str) -> None:
    """The auditor leaves. Only a session of a door, whatever the cookie names."""
    store = _store(key)
    if store.get(_DOOR):
        store.flush()


def _store(key: str | None = None) -> Any:
    known = key if key and key.isascii() and key.isalnum() else None
    return import_module(settings.SESSION_ENGINE).SessionStore(known)


def _place(of: str) -> str:
    return f"door:code:{of}"


def _digest(of: str, code: str) -> str:
    return salted_hmac("evidence.doors.code", f"{of}:{code}", algorithm="sha256").hexdigest()


def _mail(door: AuditorDoor, code: str) -> EmailMultiAlternatives:
    with override(door.language):
        context = {
            **emblem_context(),
            "code": code,
            "site_name": settings.SITE_NAME,
            "operator_name": settings.OPERATOR_NAME,
            "contact_email": settings.CONTACT_EMAIL,
            "contact_phone": settings.CONTACT_PHONE,
            "privacy_url": settings.PUBLIC_URL + reverse("privacy"),
        }
        subject = _("Code für Ihren Prüfzugang")
        text = render_to_string("evidence/audit/code_email.txt", context)
        mail = EmailMultiAlternatives(f"{settings.SITE_NAME}: {subject}", text.strip() + "\n", None, [door.email])
        mail.attach_alternative(render_to_string("evidence/audit/code_email.html", context), "text/html")
    return mail
