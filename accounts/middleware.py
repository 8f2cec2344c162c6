"""Has the person signed in, completed their profile and acknowledged the privacy notice?"""

from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from accounts import audit
from accounts.models import User


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, but a view that needs no sign-in is left alone before the session is read.

    Otherwise every response, calendar feeds included, would vary by cookie and no proxy could cache it.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if not getattr(view, "login_required", True):
            return None
        return super().process_view(request, view, args, kwargs)


class ProfileRequiredMiddleware(MiddlewareMixin):
    """Redirect people without a complete profile to its page, and afterwards back to where they were going.

    Views that need no sign-in stay open, as do the profile page itself and signing out.
    """

    exempt = frozenset({"accounts:profile", "account_logout"})

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
            audit.record(audit.What.EXPORTED, by=request.user, about=about)
        return response


def _filename(header: str) -> str:
    """Of a Content-Disposition (RFC 6266)."""
    message = Message()
    message["Content-Disposition"] = header
    return message.get_filename() or ""
