"""What must be the same in a database and its copy? Rows of each table, the bytes of files, how far sequences are."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

SIDE_BY_SIDE = "sha256"  # a column of this name beside one of bytes says what their hash was when they came


@dataclass(frozen=True)
class Facts:
    """By name of table, or of table and column: what is written beside a copy, and found again in what it becomes."""

    rows: dict[str, int]
    hashes: dict[str, str]
    sequences: dict[str, int]

    @classmethod
    def from_json(cls, read: dict[str, Any]) -> Self:
        return cls(read["rows"], read["hashes"], read["sequences"])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def facts(connection: BaseDatabaseWrapper, like: Facts | None = None) -> Facts:
    """Of this database; of the tables and columns of ``like``, or of all there are."""
    present = set(connection.introspection.table_names())
    tables = sorted(like.rows) if like else sorted(present)
    columns = sorted(like.hashes) if like else sorted(name for name in _columns_of_bytes() if name[0] in present)
    rows = {table: _number(connection, table) for table in tables if table in present}
    pairs = [tuple(name.split(".")) if isinstance(name, str) else name for name in columns]
    hashes = {f"{table}.{column}": _hash(connection, table, column) for table, column in pairs if table in present}
    return Facts(rows, hashes, _sequences(connection))


def differences(wanted: Facts, found: Facts) -> list[str]:
    """In words, what the copy lacks. Sequences may be further on: a number is taken even by what is not kept."""
    said = [f"{table}: {number} rows, found {found.rows.get(table, 'no table')}"
            for table, number in wanted.rows.items() if found.rows.get(table) != number]  # fmt: skip
    said += [f"{name}: the bytes are not the same" for name, sha256 in wanted.hashes.items()
             if found.hashes.get(name) != sha256]  # fmt: skip
    said += [f"sequence {name}: is at {found.sequences.get(name, 0)}, was at {number}"
             for name, number in wanted.sequences.items() if found.sequences.get(name, 0) < number]  # fmt: skip
    return said


def damaged(connection: BaseDatabaseWrapper) -> list[str]:
    """Files whose bytes are no longer those whose hash was noted when they came: certificates, scans of lists."""
    present = set(connection.introspection.table_names())
    said = []
    for table, column in _columns_of_bytes():
        columns = _column_names(connection, table) if table in present else set()
        if SIDE_BY_SIDE in columns:
            said += [f"{table} {pk}: {column} has another SHA-256 than noted"
                     for pk, content, noted in _read(connection, table, column, SIDE_BY_SIDE)
                     if content and noted and hashlib.sha256(content).hexdigest() != noted]  # fmt: skip
    return said


def behind(connection: BaseDatabaseWrapper) -> list[str]:
    """Sequences that would give out a key that is already taken."""
    said = []
    counts = _sequences(connection)
    present = set(connection.introspection.table_names())
    for model in apps.get_models():
        key = model._meta.pk
        if isinstance(key, models.AutoField | models.BigAutoField) and model._meta.db_table in present:
            table = model._meta.db_table
            column, name = _quoted(connection, str(key.column)), _quoted(connection, table)
            [highest] = _one(connection, f"SELECT max({column}) FROM {name}")  # noqa: S608
            if highest and counts.get(table, 0) < highest:
                said.append(f"{table}: the sequence is at {counts.get(table, 0)}, the highest key is {highest}")
    return said


def _columns_of_bytes() -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField)
    ]


def _quoted(connection: BaseDatabaseWrapper, name: str) -> str:
    return connection.ops.quote_name(name)


def _number(connection: BaseDatabaseWrapper, table: str) -> int:
    [number] = _one(connection, f"SELECT count(*) FROM {_quoted(connection, table)}")  # noqa: S608
    return int(number)


def _hash(connection: BaseDatabaseWrapper, table: str, column: str) -> str:
    """Of the hashes of all rows, in the order of their keys."""
    whole = hashlib.sha256()
    for pk, content in _read(connection, table, column):
        whole.update(f"{pk} {hashlib.sha256(content or b'').hexdigest()}\n".encode())
    return whole.hexdigest()


def _read(connection: BaseDatabaseWrapper, table: str, *columns: str) -> Iterable[tuple[Any, ...]]:
    """Key and columns of every row; few at a time, for files are large. The first column is bytes."""
    key, name = _quoted(connection, "id"), _quoted(connection, table)
    fields = ", ".join(_quoted(connection, column) for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {name} ORDER BY {key}")  # noqa: S608
        keys = [pk for (pk,) in cursor.fetchall()]
        for pk in keys:
            cursor.execute(f"SELECT {fields} FROM {name} WHERE {key} = %s", [pk])  # noqa: S608
            content, *others = cursor.fetchone()
            yield (pk, bytes(content) if content is not None else None, *others)


def _column_names(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _sequences(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """By table, the last key given out."""
    if connection.vendor == "sqlite":
        query = "SELECT name, seq FROM sqlite_sequence"
    else:
        query = (
            "SELECT d.refobjid::regclass::text, s.last_value FROM pg_sequences s"
            " JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = s.schemaname::regnamespace"
            " JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i')"
            " WHERE s.schemaname = current_schema() AND s.last_value IS NOT NULL"
        )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name.strip('"'): int(number) for name, number in cursor.fetchall()}


def _one(connection: BaseDatabaseWrapper, query: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone())
