"""Whom does the demo offer for signing in with one click? Never in production (config/settings.py refuses)."""

from collections.abc import Callable

from django.conf import settings

from accounts.models import User

Choose = Callable[[], list[tuple[User, str]]]

_choices: list[Choose] = []


def register(choose: Choose) -> None:
    """Called at start-up by the app with the demo world: its people and the names of their roles."""
    _choices.append(choose)


def people() -> list[tuple[User, str]]:
    return [person for choose in _choices for person in choose()] if settings.DEMO else []
