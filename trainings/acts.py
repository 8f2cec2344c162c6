"""Who does something, through which channel, why, past which rule, and when? The subject of every history entry."""

import datetime as dt
from dataclasses import dataclass, replace

from django.utils import timezone

from accounts.models import User
from trainings.models import RegistrationEvent

Channel = RegistrationEvent.Channel


@dataclass(frozen=True)
class Act:
    """Built by the page, handed through the operations, written by the history.

    ``by`` is None for what happens by itself, and for somebody without an account, then named by ``by_email``. On whose
    behalf it is done follows from the registration. ``overrides`` are the codes of the rules passed over, with spaces
    between.
    """

    by: User | None = None
    channel: Channel = Channel.WEB
    reason: str = ""
    overrides: str = ""
    by_email: str = ""
    at: dt.datetime | None = None

    def begin(self) -> tuple["Act", dt.datetime]:
        """The act with its time, and that time: now, unless it was given or taken before.

        Operations call it under the lock: later arrivals must not come ahead in the queue.
        """
        act = self if self.at else replace(self, at=timezone.now())
        assert act.at is not None  # noqa: S101  see above
        return act, act.at

    @property
    def user(self) -> User:
        """The acting person, for operations that need an account."""
        if self.by is None:
            raise ValueError("Only somebody with an account can do this.")
        return self.by

    @property
    def is_by_coordinator(self) -> bool:
        return self.by is not None and self.by.is_coordinator

    @property
    def has_reason(self) -> bool:
        return bool(self.reason.strip())


def automatic(at: dt.datetime, reason: str = "") -> Act:
    """What happens because time has passed or a place is free."""
    return Act(channel=Channel.AUTOMATIC, reason=reason, at=at)
