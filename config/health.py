"""Is this process alive, and may it be given requests? For load balancers, containers and monitors.

Answered before everything else: such programs ask by an address of the network, without https, and keep no cookies.
What is wrong is for the log alone.
"""

import logging
from collections.abc import Callable
from functools import cache

from django.core.cache import cache as the_cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse

from trainings import outage

logger = logging.getLogger(__name__)

LIVE, READY = "/live/", "/ready/"


class HealthMiddleware:
    """Answers two addresses and lets everything else through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"} or request.path_info not in {LIVE, READY}:
            return self.get_response(request)
        why_not = what_is_missing() if request.path_info == READY else ""
        if why_not and outage.may_say():
            logger.warning("Not ready: %s", why_not)
        return _answer(request, ready=not why_not)


def _answer(request: HttpRequest, *, ready: bool) -> HttpResponse:
    text = ("ok" if ready else "not ready") + "\n"
    response = HttpResponse("" if request.method == "HEAD" else text, content_type="text/plain")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Else Django writes a line for every 503.
    response._has_been_logged = True  # type: ignore[attr-defined]
    if not ready:
        response.status_code = 503
        response.headers["Retry-After"] = str(outage.RETRY_AFTER)
    return response


def what_is_missing() -> str:
    """Why pages cannot be answered now; empty if they can. Two queries."""
    try:
        if missing := unapplied_migrations():
            return f"migrations are not applied: {', '.join(missing)}"
        the_cache.get("ready")  # its table, where it is one; limits on signing in need it
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
    return ""


def unapplied_migrations() -> list[str]:
    """The newest of each app, where the database does not have it. A database that is ahead of the code is ready."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [".".join(newest) for newest in _newest_migrations() if newest not in applied]


@cache
def _newest_migrations() -> list[tuple[str, str]]:
    """Of the code, which does not change while it runs."""
    return sorted(MigrationLoader(None).graph.leaf_nodes())
