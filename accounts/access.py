"""What ends when a mailbox passes to somebody else, or an account is closed? Apps above register it when they start."""

from collections.abc import Callable

from accounts.models import User

End = Callable[[User], object]

_endings: list[End] = []


def register(end: End) -> None:
    """Register a function that ends access which works without signing in, such as a feed."""
    _endings.append(end)


def end_standing_access(person: User) -> None:
    for end in _endings:
        end(person)
