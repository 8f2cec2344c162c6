"""Which headers does every answer carry beyond those of Django's own middleware, and what is answered at all?"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Send ``settings.SECURE_CSP`` (the format of Django 6, whose middleware will replace this)."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        policy = "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in settings.SECURE_CSP.items())
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


class PrivateFilesMiddleware(MiddlewareMixin):
    """What is no page and goes to somebody signed in is kept by nobody on the way, unless the view says otherwise."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        # Who it is, is asked last: it makes an answer depend on the cookie.
        if not is_page and "Cache-Control" not in response.headers and request.user.is_authenticated:
            response.headers["Cache-Control"] = "private, no-store"
        return response


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
            "account_login",
            "account_confirm_login_code",
            "account_logout",
            "account_inactive",
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
