"""A backup is two files: the copy, and beside it what must be found in it."""

import datetime as dt
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from config.backups.facts import Facts, facts
from config.backups.sides import CannotBackUp, as_database, client, run, sqlite_path

ENDS = {"sqlite": ".sqlite3", "postgresql": ".dump"}


def take(folder: Path, connection: BaseDatabaseWrapper | None = None) -> Path:
    """Copy the database as it is at this moment, whoever writes meanwhile; returns the copy's path.

    Files are readable by their owner only, and have their names once they are whole. Raises CannotBackUp.
    """
    connection = connection or connections["default"]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    at = timezone.now()
    copy = folder / f"miko-{at.astimezone(dt.UTC):%Y%m%dT%H%M%S}Z{ENDS[connection.vendor]}"
    unfinished = copy.with_name(f".{copy.name}.unfinished")
    umask = os.umask(0o077)
    try:
        found = (_take_sqlite if connection.vendor == "sqlite" else _take_postgres)(connection, unfinished)
        said = {
            "at": at.isoformat(timespec="seconds"),
            "public_url": settings.PUBLIC_URL,
            "bytes": unfinished.stat().st_size,
        }
        manifest_of(copy).write_text(json.dumps({**said, **found.as_json()}, indent=1), encoding="utf-8")
        unfinished.replace(copy)
    finally:
        os.umask(umask)
        unfinished.unlink(missing_ok=True)
    return copy


def keep_newest(folder: Path, number: int) -> list[Path]:
    """Delete all but the newest backups; returns those that went."""
    copies = sorted(path for end in ENDS.values() for path in folder.glob(f"miko-*{end}"))
    old = sorted(copies, key=lambda path: path.name)[: -number or None]
    for copy in old:
        copy.unlink()
        manifest_of(copy).unlink(missing_ok=True)
    return old


def manifest_of(copy: Path) -> Path:
    return copy.with_name(copy.name + ".json")


def read_manifest(copy: Path) -> dict[str, Any]:
    """Raises CannotBackUp for a copy without one, or shorter than it was."""
    try:
        found: dict[str, Any] = json.loads(manifest_of(copy).read_text(encoding="utf-8"))
        size = copy.stat().st_size
    except (OSError, ValueError) as error:
        raise CannotBackUp(f"{copy} is no backup with what must be found in it beside it: {error}") from error
    if size != found["bytes"]:
        raise CannotBackUp(f"{copy} has {size} bytes and not {found['bytes']}: it is not whole.")
    return found


def _take_sqlite(connection: BaseDatabaseWrapper, copy: Path) -> Facts:
    """By SQLite's own online backup, in one step: writers go on meanwhile (WAL); nothing of theirs is half there."""
    with (
        closing(sqlite3.connect(sqlite_path(connection), timeout=60)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
    with as_database({**connection.settings_dict, "NAME": str(copy)}) as copied:
        return facts(copied)


def _take_postgres(connection: BaseDatabaseWrapper, copy: Path) -> Facts:
    """By pg_dump, in the very snapshot in which the facts are gathered."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        found = facts(connection)
        command, environment = client("pg_dump", connection.settings_dict)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={copy}"]
        run([*command[:1], *options, *command[1:]], environment)
    return found
