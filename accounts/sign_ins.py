"""Where is somebody signed in, and what ends that?

A row for each browser makes it possible to show and to end them. Ending all of them also replaces the unusable
password, by which Django checks every session: that ends sessions without a row as well, wherever sessions are kept.
"""

import datetime as dt
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

from accounts import audit
from accounts.models import SignIn, User
from accounts.requests import device

SIGNED_IN_AT = "signed_in_at"  # in the session; seconds since 1970


def note(request: HttpRequest, person: User, at: dt.datetime) -> None:
    """Keep in mind that the person has signed in with this browser."""
    request.session[SIGNED_IN_AT] = at.timestamp()
    if settings.SITE_READ_ONLY:  # nothing may be written, and there is no page that would show it
        return
    if not request.session.session_key:
        request.session.create()
    SignIn.objects.update_or_create(
        session_key=request.session.session_key, defaults={"person": person, "at": at, "device": device(request)}
    )


def forget(session_key: str | None) -> None:
    """After signing out: the session itself ends by that."""
    if session_key and not settings.SITE_READ_ONLY:
        SignIn.objects.filter(session_key=session_key).delete()


def open_sign_ins(person: User) -> list[SignIn]:
    """Those whose session still exists, the latest first."""
    return [sign_in for sign_in in person.sign_ins.all() if _session(sign_in).exists(sign_in.session_key)]


def go_on_as_nobody(request: HttpRequest) -> None:
    """Whoever has just ended their own session is told so on the next page, which nobody is signed in to see."""
    if not request.session.exists(request.session.session_key or ""):
        logout(request)


@transaction.atomic
def end_sign_in(sign_in: SignIn, by: User) -> None:
    """End one of them."""
    _end([sign_in])
    audit.record(audit.What.SESSIONS_ENDED, by=by, person=sign_in.person, about=sign_in.device)


@transaction.atomic
def end_sessions(person: User, by: User | None, except_key: str | None = None) -> int:
    """End all sign-ins of the person, or all others but the one with this session key. Says how many there were.

    For leaving, a new address, another role, second factors that were reset. ``by``: None for jobs and commands.
    """
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    ended = list(person.sign_ins.exclude(session_key=except_key or ""))
    _end(ended)
    if not except_key:
        person.set_unusable_password()  # also in the caller's hands, who may save the whole row
        person.save(update_fields=["password"])
    audit.record(audit.What.SESSIONS_ENDED, by=by, person=person, about=str(len(ended)))
    return len(ended)


def clean_up(at: dt.datetime) -> int:
    """Delete the rows of sessions that have run out; says how many."""
    old = SignIn.objects.filter(at__lt=at - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))
    store = import_module(settings.SESSION_ENGINE).SessionStore
    if hasattr(store, "get_model_class"):  # sessions are rows: asked of all at once
        kept = store.get_model_class().objects.filter(session_key=OuterRef("session_key"))
        return old.filter(~Exists(kept)).delete()[0]
    over = [sign_in.pk for sign_in in old if not _session(sign_in).exists(sign_in.session_key)]
    SignIn.objects.filter(pk__in=over).delete()
    return len(over)


def _end(sign_ins: list[SignIn]) -> None:
    for sign_in in sign_ins:
        _session(sign_in).delete(sign_in.session_key)
        sign_in.delete()


def _session(sign_in: SignIn) -> Any:
    """The place where sessions are kept: the database, or the cache after the project has ended."""
    return import_module(settings.SESSION_ENGINE).SessionStore(sign_in.session_key)
