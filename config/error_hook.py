"""Who outside hears of errors? A server that speaks Sentry's protocol, if SENTRY_DSN names one. Off by default.

It learns which error happened where in our code, and nothing about people: no address, no header, no cookie, no
account, no value of a variable, and not what an error says, which may repeat a name or an address.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from trainings import outage

SENT = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "server_name", "exception")


def start() -> None:
    """Raises ImproperlyConfigured where the library is missing, which is an extra."""
    try:
        import sentry_sdk  # noqa: PLC0415  an extra: most sites have none
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN needs sentry-sdk: requirements-errors.txt.") from error
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.ENVIRONMENT,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        send_client_reports=False,
        auto_session_tracking=False,
        before_send=without_people,
    )


def without_people(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any] | None:
    """What may leave: kinds of errors and lines of code. None, nothing at all, for a database that is away."""
    exc_info = hint.get("exc_info")
    error = exc_info[1] if exc_info else None
    if outage.is_away(error):
        return None
    kept = {name: event[name] for name in SENT if name in event}
    values = kept.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_without_words(value) for value in values]}
    if name := event.get("transaction"):
        kept["transaction"] = name if "/" not in name else ""  # a view's name, not an address
    return kept


def _without_words(value: dict[str, Any]) -> dict[str, Any]:
    """Of one error of the chain: its type, and where it was raised."""
    frames = [
        {name: frame[name] for name in ("filename", "module", "function", "lineno", "in_app") if name in frame}
        for frame in (value.get("stacktrace") or {}).get("frames", [])
    ]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": frames}}
