"""How is a setting read from the environment? By a declared name, literally, and all that is wrong is said at once.

Values are what they are: a ``$`` in a password stands for nothing. Who misspells three values learns of three.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

YES = frozenset({"true", "on", "ok", "y", "yes", "1"})
NO = frozenset({"false", "off", "n", "no", "0"})
LISTED = "docs/operations/settings.md"


@dataclass(frozen=True)
class Variable:
    """A variable of the environment. ``meaning`` is a cell of the operator's table, in Markdown."""

    name: str
    meaning: str
    default: Any = environ.Env.NOTSET  # as the settings read it; computed ones are given where they are read
    needed: bool = False  # production does not start without it
    production: str = ""  # what production should say, if not needed

    def row(self) -> str:
        production = "**needed**" if self.needed else self.production
        default = "" if self.default in (environ.Env.NOTSET, "") else f"; default `{self._shown()}`"
        return f"| `{self.name}` | {production} | {self.meaning}{default} |"

    def _shown(self) -> str:
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


class Environment(environ.FileAwareEnv):  # type: ignore[misc]  # the library has no types
    """As django-environ's, whose methods read text, numbers, flags and addresses; NAME_FILE names a value's file."""

    def __init__(self, declared: Iterable[Variable]) -> None:
        super().__init__()
        self.declared = {variable.name: variable for variable in declared}
        self.problems: list[str] = []

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        """The library takes a value that begins with ``$`` for another variable's name; here it is a value."""
        if var not in self.declared:
            raise ImproperlyConfigured(f"{var} is not declared: config/variables.py says what each variable means.")
        fallback = self.declared[var].default if default is self.NOTSET else default
        try:
            value = self.ENVIRON[var]
        except KeyError:
            return fallback
        except OSError as error:
            self.problems.append(f"{var}_FILE cannot be read: {error.strerror}.")
            return fallback
        if value == "" and cast is not str:
            return fallback
        return self._parsed(var, value, cast, fallback)

    def _parsed(self, name: str, value: str, cast: Any, fallback: Any) -> Any:
        """The value is not repeated in what is said: it may be a secret."""
        if cast is bool:
            if value.strip().lower() not in YES | NO:
                self.problems.append(f"{name} must be true or false.")
            return value.strip().lower() in YES
        try:
            return self.parse_value(value, cast)
        except (ValueError, TypeError):
            self.problems.append(f"{name} must be a number." if cast is int else f"{name} cannot be read.")
            return fallback

    def needed(self, name: str, development: str, *, production: bool) -> str:
        """The variable's value; its development default, which production notes as a problem."""
        value: str = self.str(name, default="")
        if not value and production:
            self.problems.append(f"{name} must be set in production.")
        return value or development

    def database(self, name: str, development: str, *, production: bool) -> dict[str, Any]:
        url = self.needed(name, development, production=production)
        try:
            found: dict[str, Any] = self.db_url_config(url)
        except (ValueError, KeyError, ImproperlyConfigured):
            found = {}
        if not found.get("ENGINE"):
            self.problems.append(f"{name} is no address of a database.")
            found = self.db_url_config(development)
        return found

    def finish(self) -> None:
        """Raises ImproperlyConfigured with everything that was found wrong, if anything was."""
        if self.problems:
            lines = "".join(f"\n  {problem}" for problem in self.problems)
            raise ImproperlyConfigured(f"The site does not start; {LISTED} has every setting.{lines}")
