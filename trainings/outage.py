"""Is the database away, for whatever reason, and has that been said? One line a minute per process is enough."""

import threading
import time

from django.db import InterfaceError, InternalError, OperationalError

EVERY = 60.0  # seconds between two lines about the same outage
RETRY_AFTER = 30  # seconds; what browsers and monitors are told
CLOSED = frozenset({"08", "53", "57", "58"})  # classes of SQLSTATE: connection, resources (disk), shutdown, system
STANDBY = "25006"  # a server that is not, or no more, the one to write to
CANCELLED = "57014"  # by a limit of our own: no outage
UNREADABLE = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY")

_lock = threading.Lock()
_said_at: list[float] = []


def is_away(error: BaseException | None) -> bool:
    """Whether the error, or what led to it, says that the database cannot be used now; not that we asked wrongly."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, (InterfaceError, OperationalError)) and _is_of_the_server(error):
            return True
        if isinstance(error, InternalError) and getattr(error.__cause__, "sqlstate", None) == STANDBY:
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_of_the_server(error: InterfaceError | OperationalError) -> bool:
    """By what the driver says; PostgreSQL without a state: there was no connection to ask by."""
    cause = error.__cause__
    if type(cause).__module__ == "sqlite3":
        return str(getattr(cause, "sqlite_errorname", "")).startswith(UNREADABLE)
    state = getattr(cause, "sqlstate", None)
    return state is None or (state[:2] in CLOSED and state != CANCELLED)


def may_say() -> bool:
    """Whether a line about it is due; who asks says it."""
    with _lock:
        now = time.monotonic()
        if _said_at and now - _said_at[0] < EVERY:
            return False
        _said_at[:] = [now]
        return True


def forget() -> None:
    """The database has answered: the next outage is said at once."""
    with _lock:
        _said_at.clear()
