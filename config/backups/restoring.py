"""How does a copy become a database again, and is everything in it?"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from config.backups.facts import Facts, behind, damaged, differences, facts
from config.backups.files import read_manifest
from config.backups.sides import CannotBackUp, as_database, client, run, sqlite_path


def verify(copy: Path, connection: BaseDatabaseWrapper | None = None) -> list[str]:
    """Restore the copy beside the present database, compare, and throw it away; says what is wrong with it.

    On PostgreSQL the user needs the right to create databases. Raises CannotBackUp.
    """
    connection = connection or connections["default"]
    wanted = Facts.from_json(read_manifest(copy))
    with _restored(copy, connection) as there:
        return _compare(wanted, there)


def restore(copy: Path, connection: BaseDatabaseWrapper | None = None) -> str:
    """Put the copy in the place of the present database, once it is verified; returns where the former one is kept.

    Nobody may be connected: web and worker are stopped. Raises CannotBackUp, and then nothing has changed.
    """
    connection = connection or connections["default"]
    wanted = Facts.from_json(read_manifest(copy))
    stamp = f"{timezone.now():%Y%m%d%H%M%S}"
    with _restored(copy, connection, keep=True) as there:
        if wrong := _compare(wanted, there):
            raise CannotBackUp("The copy is not whole: " + "; ".join(wrong))
        _forget_where_it_ran(there)
        new = str(there.settings_dict["NAME"])
    connection.close()
    if connection.vendor == "sqlite":
        return _swap_files(Path(sqlite_path(connection)), Path(new), stamp)
    return _swap_databases(connection, new, stamp)


def _compare(wanted: Facts, there: BaseDatabaseWrapper) -> list[str]:
    return differences(wanted, facts(there, wanted)) + damaged(there) + behind(there)


def _forget_where_it_ran(there: BaseDatabaseWrapper) -> None:
    """So that its mails are held until a coordinator has looked: those of that day may long have left."""
    if "trainings_databasehome" in there.introspection.table_names():
        with there.cursor() as cursor:
            cursor.execute("UPDATE trainings_databasehome SET public_url = '', machine = ''")


@contextmanager
def _restored(copy: Path, connection: BaseDatabaseWrapper, *, keep: bool = False) -> Iterator[BaseDatabaseWrapper]:
    """The copy as a database of its own, which is deleted afterwards unless it is to be kept and nothing was raised."""
    make, delete = (_file, _delete_file) if connection.vendor == "sqlite" else (_database, _delete_database)
    described = make(copy, connection)
    kept = False
    try:
        with as_database(described) as there:
            yield there
        kept = keep
    finally:
        if not kept:
            delete(described, connection)


def _file(copy: Path, connection: BaseDatabaseWrapper) -> dict[str, Any]:
    beside = Path(sqlite_path(connection)).resolve().parent
    handle, path = tempfile.mkstemp(prefix=".restoring-", suffix=".sqlite3", dir=beside)
    os.close(handle)
    shutil.copyfile(copy, path)
    described = {**connection.settings_dict, "NAME": path}
    try:
        with closing(sqlite3.connect(path)) as there:
            found = [row[0] for row in there.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    if found != ["ok"]:
        _delete_file(described, connection)
        raise CannotBackUp("SQLite finds the copy damaged: " + "; ".join(found[:5]))
    return described


def _delete_file(described: dict[str, Any], connection: BaseDatabaseWrapper) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{described['NAME']}{end}").unlink(missing_ok=True)


def _swap_files(present: Path, new: Path, stamp: str) -> str:
    former = present.with_name(f"{present.name}.before-{stamp}")
    for end in ("-wal", "-shm", ""):
        if (log := present.with_name(present.name + end)).exists():
            log.rename(former.with_name(former.name + end))
    for end in ("-wal", "-shm"):
        Path(f"{new}{end}").unlink(missing_ok=True)  # closed, so nothing is in it
    new.rename(present)
    return str(former)


def _database(copy: Path, connection: BaseDatabaseWrapper) -> dict[str, Any]:
    described = {**connection.settings_dict, "NAME": f"{connection.settings_dict['NAME']}_restoring_{os.getpid()}"}
    _say(connection, f"CREATE DATABASE {connection.ops.quote_name(described['NAME'])} TEMPLATE template0")
    command, environment = client("pg_restore", described)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", f"--dbname={command[-1]}"]
    try:
        run([*command[:-1], *options, str(copy)], environment)
    except CannotBackUp:
        _delete_database(described, connection)
        raise
    return described


def _delete_database(described: dict[str, Any], connection: BaseDatabaseWrapper) -> None:
    _say(connection, f"DROP DATABASE IF EXISTS {connection.ops.quote_name(described['NAME'])}")


def _swap_databases(connection: BaseDatabaseWrapper, new: str, stamp: str) -> str:
    present, quote = str(connection.settings_dict["NAME"]), connection.ops.quote_name
    former = f"{present}_before_{stamp}"
    _say(connection, f"ALTER DATABASE {quote(present)} RENAME TO {quote(former)}")
    try:
        _say(connection, f"ALTER DATABASE {quote(new)} RENAME TO {quote(present)}")
    except CannotBackUp:
        _say(connection, f"ALTER DATABASE {quote(former)} RENAME TO {quote(present)}")
        raise
    return f"the database {former}"


def _say(connection: BaseDatabaseWrapper, statement: str) -> None:
    """About databases, so from another one: PostgreSQL's own, which is always there."""
    command, environment = client("psql", {**connection.settings_dict, "NAME": "postgres"})
    run([*command, "--no-psqlrc", "--quiet", "--command", statement], environment)
