"""How are the two databases spoken to from outside Django: SQLite's file, PostgreSQL's own tools?"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend


class CannotBackUp(Exception):
    """The text says why, in words for who runs the site."""


@contextmanager
def as_database(described: dict[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own to a database described as a connection's ``settings_dict``; no model uses it."""
    wrapper: type[BaseDatabaseWrapper] = load_backend(described["ENGINE"]).DatabaseWrapper
    there = wrapper({**described, "CONN_MAX_AGE": 0})
    try:
        yield there
    finally:
        there.close()


def sqlite_path(connection: BaseDatabaseWrapper) -> str:
    return str(connection.settings_dict["NAME"])


def client(program: str, described: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The command, ending with the database's name, and an environment that holds the password."""
    from django.db.backends.postgresql.client import DatabaseClient  # noqa: PLC0415  needs the driver, an extra

    arguments, environment = DatabaseClient.settings_to_cmd_args_env(described, [])
    return [program, *arguments[1:]], {**os.environ, **(environment or {})}


def run(command: list[str], environment: dict[str, str]) -> None:
    """Raises CannotBackUp with what the program said."""
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise CannotBackUp(f"{command[0]} is missing; on Debian it is in postgresql-client.") from error
    if done.returncode:
        raise CannotBackUp(f"{command[0]}: {done.stderr.strip()}")
