"""What may Prometheus know: requests by view and status, and how old the oldest work is. Off without METRICS_TOKEN.

Answered before everything else, as ``config.health`` is, to whoever has the token. No figure is about a person: views
are counted by name, never by address.
"""

import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare

METRICS = "/metrics/"


class MetricsMiddleware:
    """Counts what the site answers, and answers METRICS itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.METRICS_TOKEN:
            raise MiddlewareNotUsed
        from config import counting  # noqa: PLC0415  who has no metrics shall not load what counts them

        self.get_response, self.counting = get_response, counting

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == METRICS:
            return self._answer(request)
        began = time.perf_counter()
        response = self.get_response(request)
        self.counting.count(_view_of(request), response.status_code, time.perf_counter() - began)
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("Authorization", "")
        if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
            return HttpResponse("401\n", status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"})
        response = HttpResponse(self.counting.text(), content_type=self.counting.CONTENT_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response


def _view_of(request: HttpRequest) -> str:
    """Its name; the addresses that lead nowhere count as one, or whoever types many makes as many figures."""
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}") else "none"
