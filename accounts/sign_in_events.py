"""What is kept on record of signing in, signing out and second factors, whichever way somebody takes.

Django and the sign-in library announce these by signals of theirs; ``connect`` is called once when the apps start.
"""

from typing import Any

from allauth.account.signals import login_code_rejected
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, sign_ins
from accounts.models import User
from accounts.requests import device


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="accounts: signed in")
    user_logged_out.connect(_signed_out, dispatch_uid="accounts: signed out")
    login_code_rejected.connect(_code_refused, dispatch_uid="accounts: code refused")
    factors.authentication_failed.connect(_factor_refused, dispatch_uid="accounts: factor refused")
    factors.authenticator_added.connect(_factor_added, dispatch_uid="accounts: factor added")
    factors.authenticator_removed.connect(_factor_removed, dispatch_uid="accounts: factor removed")
    factors.authenticator_reset.connect(_recovery_codes_renewed, dispatch_uid="accounts: recovery codes renewed")


def factor_refused(person: User) -> None:
    """Called where the library announces nothing: for passkeys."""
    _record(audit.What.FACTOR_REFUSED, person=person)


def _signed_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    sign_ins.note(request, user, timezone.now())
    _record(audit.What.SIGNED_IN, by=user, about=device(request))


def _signed_out(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        sign_ins.forget(request.session.session_key)
        _record(audit.What.SIGNED_OUT, by=user)


def _code_refused(sender: object, user: User, **kwargs: Any) -> None:
    _record(audit.What.CODE_REFUSED, person=user)


def _factor_refused(sender: object, user: User, **kwargs: Any) -> None:
    factor_refused(user)


def _factor_added(sender: object, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _record(audit.What.FACTOR_ADDED, by=user, about=authenticator.type)


def _factor_removed(sender: object, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _record(audit.What.FACTOR_REMOVED, by=user, about=authenticator.type)


def _recovery_codes_renewed(sender: object, user: User, **kwargs: Any) -> None:
    _record(audit.What.RECOVERY_CODES_RENEWED, by=user)


def _record(what: audit.What, *, by: User | None = None, person: User | None = None, about: str = "") -> None:
    if settings.SITE_READ_ONLY:
        audit.write_line(what, by=by, person=person, about=about)
    else:
        audit.record(what, by=by, person=person, about=about)
