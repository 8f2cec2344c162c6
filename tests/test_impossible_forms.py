"""What no person fills in is an error beside the field, on SQLite and PostgreSQL alike, and breaks nothing.

The walk takes every address and every field of its forms, also fields that a form has only for somebody else, and puts
one impossible value at a time where the others are as they should be. CI runs it on both databases with one value in
each field, another one in the next field and on the other database, and NUL on PostgreSQL, which cannot store it;
``IMPOSSIBLE=all`` puts all of them everywhere, which takes half an hour.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from re import findall
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.pages import Page
from tests.test_access import (  # noqa: F401
    CHANGING,
    PEOPLE,
    READING,
    args,
    filled_in,
    of_the_site,
    people,
    rows,
    what_is_posted,
)
from tests.test_impossible_values import broken, turn_of_this_database

pytestmark = pytest.mark.django_db

MISSING = "missing"
# By what is wrong with it; bytes are sent as they are.
VALUES: dict[str, Any] = {
    "nul": "a\0b",
    "half a character": b"\xed\xa0\x80",
    "negative": "-1",
    "beyond 64 bits": str(2**63),
    "beyond everything": f"1{'0' * 30}",
    "too long, also for int()": "9" * 70_000,
    "from right to left": "\u202e\u200b\ufeff＠²",
    "several": ["1", "a\0b", "-1"],
    "a file": SimpleUploadedFile("a\0b.csv", b"a\0b"),
    MISSING: None,
}
DAYS = ["0000-01-01", "0001-01-01", "9999-12-31", "99999-12-31", "2026-02-30"]


def who_may(name: str) -> str:
    """The one for whom the address does most."""
    table = rows(CHANGING) if name in rows(CHANGING) else rows(READING)
    outcomes = table[name]
    order = [PEOPLE[-1], *PEOPLE[:-1]]
    return next(
        (person for person in order if outcomes[PEOPLE.index(person)] in {"may", "ok", "405"}),
        "coordinator",
    )


def shown_at(client: Client, address: str) -> tuple[dict[str, Any], set[str]]:
    """What a browser would send of all the forms of a page, their empty fields and buttons as None; which are days."""
    page = client.get(address)
    if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
        return {}, set()
    tags = findall(r"<(?:input|select|textarea|button)\b[^>]*>", page.content.decode())
    names = {name: tag for tag in tags for name in findall(r'\bname="([\w-]+)"', tag)}
    fields: dict[str, Any] = dict.fromkeys(names)
    for form in Page(page).forms:
        fields |= form
    fields.pop("csrfmiddlewaretoken", None)
    return fields, {name for name, tag in names.items() if 'type="date"' in tag}


def values_for(number: int, is_day: bool) -> dict[str, Any]:
    """Of the field of that number, on this database."""
    values = VALUES | (dict(zip(DAYS, DAYS, strict=True)) if is_day else {})
    return {name: values[name] for name in some(list(values), number)}


def some(values: list[str], number: int) -> list[str]:
    """The one whose turn it is on this database, and on PostgreSQL the first as well in every third field."""
    if os.environ.get("IMPOSSIBLE") == "all":
        return values
    first, *others = values
    in_turn = others[(number * 2 + turn_of_this_database(number)) % len(others)]
    return [in_turn] if connection.vendor == "sqlite" or number % 3 else [first, in_turn]


def problems(name: str, client: Client, address: str, fields: dict[str, Any], days: set[str]) -> Iterator[str]:
    for number, field in enumerate(fields):
        for what, value in values_for(number, field in days).items():
            data = {other: sent for other, sent in fields.items() if other != field and sent is not None}
            if what != MISSING:
                data[field] = value
            for sent in data.values():
                if isinstance(sent, SimpleUploadedFile):
                    sent.seek(0)
            cache.clear()  # or limits would answer
            if problem := broken(client, "post", address, data):
                yield f"{name}: {field}: {what}: {problem}"


def walk(people: dict[str, Client], args: dict[str, list[Any]], names: Sequence[str]) -> list[str]:  # noqa: F811
    posted, found = what_is_posted(args), []
    for name in names:
        client, address = people[who_may(name)], filled_in(name, args)
        fields, days = shown_at(client, address)
        found += problems(name, client, address, fields | posted.get(name, {}), days)
    return found


TAKING_FORMS = sorted({*rows(CHANGING)} - {"account_logout", "accounts:demo_sign_in"})


def test_impossible_values_in_some_forms(people, args):  # noqa: F811
    assert walk(people, args, ["trainings:cancel_other", "trainings:upload_scan", "account_login"]) == []


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_impossible_values_in_every_field_of_every_form(people, args, part):  # noqa: F811
    assert walk(people, args, TAKING_FORMS[part::4]) == []


# --- What stands behind the question mark ------------------------------------------------------------------

IN_QUERIES = [
    "%00",
    "%ED%A0%80",
    "-1",
    f"{2**63}",
    f"1{'0' * 30}",
    "9" * 5000,
    quote("\u202e\ufeff＠²"),
    "x" * 2000,
    "a+" * 1500,
]
IN_QUERIES += [*DAYS, "0000-H1", "9999-H2", "99999-01", "[]"]
# They ask for nothing, and paper takes seconds.
PAPER = {"trainings:session_sheet", "trainings:run_sheets", "trainings:programme", "certificates:sample", "favicon"}


def names_in_queries() -> set[str]:
    """Every word by which the code asks for something behind the question mark."""
    found = {"next", "page", "q"}
    for package in ["accounts", "certificates", "config", "evidence", "trainings"]:
        for file in Path(settings.BASE_DIR, package).rglob("*.py"):
            found |= {*findall(r"GET(?:\.get(?:list)?\(|\[)\"([\w-]+)\"", file.read_text(encoding="utf-8"))}
    return found


@pytest.mark.both_databases
@pytest.mark.slow
def test_impossible_queries_break_nothing(people, args):  # noqa: F811
    found, words = [], names_in_queries()
    for number, name in enumerate(sorted(rows(READING).keys() - PAPER)):
        client, address = people[who_may(name)], filled_in(name, args)
        page = client.get(address)
        asks = page["Content-Type"].startswith("text/html") and 'method="get"' in page.content.decode()
        for value in some(IN_QUERIES, number):
            queries = ["&".join(f"{word}={value}" for word in sorted(words))[:60_000]]
            queries += [f"{field}={value}" for field in shown_at(client, address)[0]] if asks else []
            for query in queries:
                if what := broken(client, "get", f"{address}?{query}"):
                    found.append(f"{address}?{query[:80]}: {what}")
    assert found == []


@pytest.mark.both_databases
@pytest.mark.slow
def test_impossible_queries_do_not_break_the_back_office(people, args):  # noqa: F811
    found = []
    for model, of_model in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        filters = [each if isinstance(each, str) else each[0] for each in of_model.list_filter if not callable(each)]
        words = ["q", "o", "p", "all", "e", "id__exact", "_facets", *(f"{each}__exact" for each in filters), *filters]
        words += [each.parameter_name for each in of_model.list_filter if hasattr(each, "parameter_name")]
        for number, word in enumerate(words):
            for value in some(IN_QUERIES, number):
                if what := broken(people["coordinator"], "get", f"{address}?{word}={value}"):
                    found.append(f"{address}?{word}={value[:30]}: {what}")
    assert found == []
