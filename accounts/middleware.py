"""Has the person signed in, with a second factor where one is needed, lately enough; and is their profile complete?"""

import time
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from accounts import audit, second_factor, sign_ins
from accounts.models import User
from accounts.requests import whom_it_concerns


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, but a view that needs no sign-in is left alone before the session is read.

    Otherwise every response, calendar feeds included, would vary by cookie and no proxy could cache it.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if not getattr(view, "login_required", True):
            return None
        response = super().process_view(request, view, args, kwargs)
        # A form with a valid token is somebody's who was signed in when they began to fill it in.
        if response is not None and request.method == "POST" and settings.CSRF_COOKIE_NAME in request.COOKIES:
            return self.say_that_it_is_not_saved(request) or response
        return response

    def say_that_it_is_not_saved(self, request: HttpRequest) -> HttpResponse | None:
        """The session ended while somebody was writing: their texts are shown, so that they can be copied."""
        if request.headers.get("Accept") == "application/json":  # of a script, which keeps what it has
            return None
        form = urlsplit(request.headers.get("Referer", ""))
        target = form.path if form.netloc == request.get_host() else ""
        texts = [text for name in request.POST for text in request.POST.getlist(name) if len(text.split()) > 1]
        context = {"texts": texts, "next": target, "minutes": settings.COORDINATOR_IDLE_MINUTES}
        response = render(request, "accounts/signed_out.html", context, status=403)
        response.headers["Cache-Control"] = "no-store"
        return response


class IdleEndMiddleware(MiddlewareMixin):
    """A coordinator's session ends so many minutes after the last page they opened, at most SESSION_COOKIE_AGE long.

    The session itself is given that end, so it holds wherever sessions are kept, and for every address.
    """

    noted_every = 60  # seconds; each note is a write
    seen_at = "seen_at"

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        idle = settings.COORDINATOR_IDLE_MINUTES * 60
        # Marks of attendance go to an open address; a page that is only read there must not vary by cookie.
        if not idle or (request.method != "POST" and not getattr(view, "login_required", True)):
            return
        if not isinstance(request.user, User) or not request.user.is_coordinator:
            return
        session, now = request.session, time.time()
        if now - session.get(self.seen_at, 0) < self.noted_every:
            return
        session[self.seen_at] = now
        ends_at = session.setdefault(sign_ins.SIGNED_IN_AT, now) + settings.SESSION_COOKIE_AGE
        session.set_expiry(max(1, int(min(idle, ends_at - now))))


class SecondFactorRequiredMiddleware(MiddlewareMixin):
    """Nobody who needs a second factor gets anywhere before it is set up and given, the back office included."""

    exempt = second_factor.PAGES | {"account_logout"}

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True) or settings.SITE_READ_ONLY:
            return None
        match = request.resolver_match
        if (match and match.view_name in self.exempt) or not second_factor.is_outstanding(request):
            return None
        target = request.get_full_path() if request.method == "GET" else resolve_url(settings.LOGIN_REDIRECT_URL)
        if request.method == "POST":
            messages.warning(request, _("Was Sie eben absenden wollten, ist nicht gespeichert."))
        request.session[second_factor.WANTED] = target
        if not second_factor.has_one(cast(User, request.user)):
            return HttpResponseRedirect(reverse("mfa_index"))
        [method, *_others] = get_adapter().get_reauthentication_methods(request.user)
        return HttpResponseRedirect(f"{method['url']}?{urlencode({'next': target})}")


class ProfileRequiredMiddleware(MiddlewareMixin):
    """Redirect people without a complete profile to its page, and afterwards back to where they were going.

    Views that need no sign-in stay open, as do the profile page itself and signing out.
    """

    exempt = second_factor.PAGES | {"accounts:profile", "account_logout", "mfa_view_recovery_codes"}

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None  # before request.user is read, or public responses would vary by cookie
        if settings.SITE_READ_ONLY:
            return None  # the profile can no longer be changed, but people may still download what is theirs
        user = request.user
        if not user.is_authenticated or not user.must_complete_profile:
            return None
        if request.resolver_match and request.resolver_match.view_name in self.exempt:
            return None
        target = request.get_full_path() if request.method == "GET" else resolve_url(settings.LOGIN_REDIRECT_URL)
        return HttpResponseRedirect(f"{reverse('accounts:profile')}?{urlencode({'next': target})}")


_IS_PERSONAL = "miko.is_personal"


class DownloadsOnRecordMiddleware(MiddlewareMixin):
    """Whatever file goes to somebody signed in is on record, by whichever page: it may hold data about many people.

    Not what anybody may read: such an answer would depend on the cookie.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        request.META[_IS_PERSONAL] = getattr(view, "login_required", True)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        name = response.headers.get("Content-Disposition", "")
        if (
            not name
            or not request.META.get(_IS_PERSONAL)
            or response.status_code != HTTPStatus.OK
            or settings.SITE_READ_ONLY
            or request.method == "HEAD"
        ):
            return response
        if isinstance(request.user, User):
            match = request.resolver_match
            about = f"{match.view_name if match else ''}: {_filename(name)}"
            audit.record(audit.What.EXPORTED, by=request.user, person=whom_it_concerns(request), about=about)
        return response


def _filename(header: str) -> str:
    """Of a Content-Disposition (RFC 6266)."""
    message = Message()
    message["Content-Disposition"] = header
    return message.get_filename() or ""
