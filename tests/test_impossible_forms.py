"""What no person fills in is an error beside the field, on SQLite and PostgreSQL alike, and breaks nothing.

The walk takes every address and every field of its forms, also fields that a form has only for somebody else, and puts
one impossible value at a time where the others are as they should be. CI runs it on both databases.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from re import findall
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
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
from tests.test_impossible_values import broken

pytestmark = pytest.mark.django_db

MISSING = "missing"
# By what is wrong with it; bytes are sent as they are.
VALUES: dict[str, Any] = {
    "nul": "a\0b",
    "half a character": b"\xed\xa0\x80",
    "beyond 64 bits": str(2**63),
    "negative": "-1",
    "beyond everything": f"1{'0' * 30}",
    "beyond what int() takes": "9" * 5000,
    "a digit that is no number": "²",
    "no number": "NaN",
    "before all years": "0000-01-01",
    "after all years": "99999-12-31",
    "the first day": "0001-01-01",
    "the last day": "9999-12-31",
    "the last moment": "9999-12-31T23:59",
    "no time": "25:61",
    "too long": "x" * 70_000,
    "from right to left": "\u202e\u200b\ufeff＠",
    "an address too long": f"a@{'b' * 300}.example",
    "several": ["1", "a\0b", "-1"],
    "a file": SimpleUploadedFile("a\0b.csv", b"a\0b"),
    "an empty file": SimpleUploadedFile("\u202e.pdf", b""),
    MISSING: None,
}
IN_QUERIES = ["%ED%A0%80", "9223372036854775808", "-1", f"1{'0' * 30}", "9" * 5000, quote("²"), "NaN"]
IN_QUERIES += ["0000-01-01", "99999-12-31", "0001-01-01", "9999-12-31", "9999-99", "x" * 2000, "%00", "__", "[]"]
# Says nothing of a form, and takes seconds.
PAPER = {"trainings:session_sheet", "trainings:run_sheets", "trainings:programme", "certificates:sample"}


def who_may(name: str) -> str:
    """The one for whom the address does most."""
    table = rows(CHANGING) if name in rows(CHANGING) else rows(READING)
    outcomes = table[name]
    order = [PEOPLE[-1], *PEOPLE[:-1]]
    return next(
        (person for person in order if outcomes[PEOPLE.index(person)] in {"may", "ok", "405"}),
        "coordinator",
    )


def shown_at(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send of all the forms of a page, and their fields that are empty."""
    page = client.get(address)
    if page.status_code != 200 or not page["Content-Type"].startswith("text/html"):
        return {}
    fields: dict[str, Any] = dict.fromkeys(findall(r'<(?:input|select|textarea)[^>]*\bname="([\w-]+)"', page.content.decode()), "")
    for form in Page(page).forms:
        fields |= form
    fields.pop("csrfmiddlewaretoken", None)
    return fields


def with_one_impossible(fields: dict[str, Any], values: Sequence[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for field in fields:
        for what in values:
            others = {name: value for name, value in fields.items() if name != field}
            yield field, what, others if what == MISSING else others | {field: VALUES[what]}


def walk(people: dict[str, Client], args: dict[str, list[Any]], names: Sequence[str], values: Sequence[str]) -> list[Any]:  # noqa: F811
    posted, found = what_is_posted(args), []
    for name in names:
        person, address = who_may(name), filled_in(name, args)
        fields = shown_at(people[person], address) | posted.get(name, {})
        for field, what, data in with_one_impossible(fields, values):
            for file in data.values():
                if isinstance(file, SimpleUploadedFile):
                    file.seek(0)
            cache.clear()  # or limits would answer
            if problem := broken(people[person], "post", address, data):
                found.append((name, person, field, what, problem))
    return found


TAKING_FORMS = sorted({*rows(CHANGING)} - {"account_logout", "accounts:demo_sign_in"})


def test_impossible_values_in_some_forms(people, args):  # noqa: F811
    names = ["trainings:edit_person", "trainings:cancel_other", "accounts:profile", "account_login", "trainings:upload_scan"]
    assert walk(people, args, names, ["nul", "half a character", "beyond 64 bits", "a file", MISSING]) == []


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_impossible_values_in_every_field_of_every_form(people, args, part):  # noqa: F811
    assert walk(people, args, TAKING_FORMS[part::4], [*VALUES]) == []
