"""Which headers does every answer carry beyond those of Django's own middleware, and what is answered at all?"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Send ``settings.SECURE_CSP`` (the format of Django 6, whose middleware will replace this)."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        policy = "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in settings.SECURE_CSP.items())
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class BrowserPolicyMiddleware(MiddlewareMixin):
    """What pages may ask of a browser, and which sites may embed an answer. Views that mean it for others say so."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        allowed = settings.PERMISSIONS_POLICY
        if request.resolver_match and getattr(request.resolver_match.func, "uses_camera", False):
            allowed = {**allowed, "camera": "self"}
        features = (f"{feature}=({sources})" for feature, sources in allowed.items())
        response.headers.setdefault("Permissions-Policy", ", ".join(features))
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PersonalAnswersMiddleware(MiddlewareMixin):
    """What goes to a browser with a session, or to whoever has a secret address, is kept by nobody, on no disk.

    Who has a session is not asked by name: that would make public answers depend on the cookie. Views of what is the
    same for everybody, and of what calendar programs ask for again, say so themselves.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        address = request.resolver_match
        is_secret = address is not None and "token" in address.kwargs
        if "Cache-Control" not in response.headers and (is_secret or not request.session.is_empty()):
            response.headers["Cache-Control"] = "private, no-store"
        return response


class MethodsMiddleware(MiddlewareMixin):
    """Answer what no address takes, and OPTIONS, before anything is done for it.

    Before the check against forged requests too: programs that try PROPFIND or POST on a calendar shall hear what they
    may do, not that a cookie is missing.
    """

    reading = ("GET", "HEAD", "OPTIONS")
    everything = ("GET", "HEAD", "POST", "OPTIONS")

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        taken = self.reading if getattr(view, "is_only_read", False) else self.everything
        if request.method not in taken:
            return HttpResponseNotAllowed(taken)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers={"Allow": ", ".join(taken)})
        return None


class ReadOnlyMiddleware(MiddlewareMixin):
    """With ``settings.SITE_READ_ONLY`` answer for certificates alone, and 410 (Gone) for everything else.

    Gone, not 503: nobody shall try again later, and search engines forget. Calendars alone are 404, on which calendar
    programs take out what they have; on 410 Thunderbird would keep it. What is served writes nothing to the database.
    """

    served = frozenset(
        {
            "certificates:verify_form",
            "certificates:verify",
            "certificates:compare_file",
            "certificates:list",
            "certificates:download",
            "certificates:show",
            "certificates:record",
            "certificates:record_file",
            "account_login",
            "account_confirm_login_code",
            "account_logout",
            "account_inactive",
            "mfa_authenticate",
            "openid_connect_login",
            "openid_connect_callback",
            "accounts:demo_sign_in",
            "imprint",
            "privacy",
            "accessibility",
            "feedback",
            "easy_language",
            "sign_language",
            "set_language",
            "favicon",
        }
    )

    feeds = frozenset({"trainings:public_feed", "trainings:personal_feed"})

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not settings.SITE_READ_ONLY or request.resolver_match is None:
            return None
        if request.resolver_match.view_name in self.served:
            return None
        if request.resolver_match.view_name in self.feeds:
            return HttpResponseNotFound()
        return render(request, "read_only.html", status=410)
