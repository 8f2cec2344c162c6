"""Who needs a second factor, has it been given, and how does somebody come back who has lost it?

The factors themselves (passkeys, codes of an app, recovery codes) are the sign-in library's. Coordinators and
superusers need one when ``settings.SECOND_FACTOR_REQUIRED``; anybody else may set one up and is then asked for it.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import audit, sign_ins
from accounts.models import User

View = Callable[..., HttpResponseBase]

JUST = 10 * 60  # seconds
WANTED = "wanted_before_second_factor"  # in the session: the address somebody was on the way to
# Recovery codes alone are none: they go with the last of these.
KINDS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
# What somebody must reach who still has to set one up or to give it; each asks again where something would be weakened.
PAGES = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
    }
)


class CannotReset(Exception):
    """These factors are not for this person to reset."""


def is_required(person: User) -> bool:
    return bool(settings.SECOND_FACTOR_REQUIRED) and person.is_coordinator


def has_one(person: User) -> bool:
    return bool(Authenticator.objects.filter(user=person, type__in=KINDS).exists())


def is_outstanding(request: HttpRequest) -> bool:
    """Whether a second factor is still to be set up or given before this person is let in.

    Given in this session: one that began before the factor was set up, or before the person became a coordinator,
    counts as little as the sign-in by click of the demo.
    """
    person = request.user
    if not isinstance(person, User) or not is_required(person):
        return False
    return _given_at(request, person) is None or not has_one(person)


def just_given(request: HttpRequest) -> bool:
    """Whether the person has shown within ten minutes that it is them.

    Who has a second factor shows it by that; who needs none and has none (in the demo, or where it is not required) by
    signing in.
    """
    person = request.user
    if not isinstance(person, User):
        return False
    if has_one(person):
        shown_at = _given_at(request, person)
    elif is_required(person):
        shown_at = None
    else:
        shown_at = request.session.get(sign_ins.SIGNED_IN_AT)
    return shown_at is not None and time.time() - shown_at < JUST


def second_factor_just_given(view: View) -> View:
    """For views that change what protects people: asks for the factor first, then goes on with the same request."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not just_given(request):
            raise ReauthenticationRequired  # the library keeps a form that was sent, and leads here again
        return view(request, *args, **kwargs)

    return wrapped


def note_given(request: HttpRequest, kind: str) -> None:
    """Who has just set one up has given it by that."""
    factor = Authenticator.objects.filter(user_id=request.user.pk, type=kind).order_by("pk").last()
    if factor:
        record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type)


def may_set_up(view: View) -> View:
    """For the pages where a factor is added: the first one needs a sign-in just done, others a factor just given."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_add(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    return wrapped


def may_add(request: HttpRequest) -> bool:
    person = request.user
    if isinstance(person, User) and not has_one(person):
        return time.time() - (request.session.get(sign_ins.SIGNED_IN_AT) or 0) < JUST
    return just_given(request)


@transaction.atomic
def reset(person: User, by: User | None) -> int:
    """Take away all second factors of somebody who has lost theirs, and end their sessions. Says how many there were.

    ``by``: another coordinator, or None for the operator's command. Superusers are out of reach of those who are none.
    """
    User.objects.select_for_update().get(pk=person.pk)
    if by is not None and not may_reset(person, by):
        raise CannotReset
    factors = Authenticator.objects.filter(user=person)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    audit.record(audit.What.FACTORS_RESET, by=by, person=person, about=", ".join(kinds))
    sign_ins.end_sessions(person, by)
    return len(kinds)


def may_reset(person: User, by: User) -> bool:
    return by.is_coordinator and by.pk != person.pk and (by.is_superuser or not person.is_superuser)


def _given_at(request: HttpRequest, person: User) -> float | None:
    """When the person last gave a second factor in this session; seconds since 1970."""
    records = get_authentication_records(request, person)
    given = [record["at"] for record in records if record.get("method") == "mfa"]
    return cast(float, given[-1]) if given else None
