"""What no browser sends of our pages is refused at the door, on SQLite and PostgreSQL alike, and breaks nothing.

The walk finds addresses by itself. CI runs them on both databases.
"""

import io
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import Client, RequestFactory

from accounts.models import User
from config import wsgi
from tests.test_access import args, filled_in, of_the_site, people  # noqa: F401

pytestmark = pytest.mark.django_db

# As they stand in an address.
IN_ADDRESSES = {
    "nul": "a%00b",
    "nul alone": "%00",
    "half a character": "%ED%A0%80",
    "no utf-8": "%FF",
    "beyond 64 bits": "99999999999999999999",
    "the first beyond": "9223372036854775808",
    "beyond what int() takes": "9" * 5000,
    "nobody's": "9223372036854775807",
    "none": "0",
    "negative": "-1",
    "very long": "x" * 5000,
    "digits of others": quote("٣²"),
    "a key of something else": "1-1",
}
HARMLESS = {200, 302, 400, 401, 404, 405, 409, 413, 429}
AUDITING = "/pruefung/"  # 403 without the session of an auditor; with one: tests/evidence/doors


def broken(client: Client, method: str, address: str, data: Any = None) -> str:
    """What went wrong; empty if nothing did. Whatever it did is undone, a new session as well."""
    cookies = SimpleCookie(client.cookies)
    with transaction.atomic():
        try:
            response = getattr(client, method)(address, *([data] if data is not None else []))
            is_kept_out = response.status_code == 403 and address.startswith(AUDITING)
            what = "" if is_kept_out or response.status_code in HARMLESS else str(response.status_code)
        except Exception as error:
            what = f"{type(error).__name__}: {str(error)[:150]}"
        transaction.set_rollback(True)
    client.cookies = cookies
    return what


def turn_of_this_database(number: int) -> int:
    """0 or 1, in turn; at the same number the other one on the other database."""
    return (number + (connection.vendor == "sqlite")) % 2


def with_one_part_impossible(args: dict[str, list[Any]]) -> Iterator[tuple[str, str, str]]:  # noqa: F811
    """Name, what is wrong, and the address, for each part of each address."""
    for name, route in of_the_site().items():
        parts = re.findall(r"<[^>]+>", route)
        good = [quote(str(value), safe="") for value in args.get(name, [])]
        for number in range(len(parts)):
            for what, bad in IN_ADDRESSES.items():
                values = [*good[:number], bad, *good[number + 1 :]]
                address = route
                for part, value in zip(parts, values, strict=True):
                    address = address.replace(part, value, 1)
                yield name, what, f"/{address}"


@pytest.mark.both_databases
@pytest.mark.slow
def test_an_impossible_part_of_an_address_is_not_found(people, args):  # noqa: F811
    """One reads and the other posts; on the other database and at the next address it is the other way round."""
    found = []
    for number, (name, what, address) in enumerate(with_one_part_impossible(args)):
        methods = ["get", "post"] if turn_of_this_database(number) else ["post", "get"]
        for person, method in zip(["anonymous", "coordinator"], methods, strict=True):
            if problem := broken(people[person], method, address):
                found.append((name, what, person, method, problem))
    assert found == []


@pytest.mark.parametrize("what", ["nul", "nul alone", "beyond 64 bits", "the first beyond"])
def test_it_is_the_page_of_the_site_that_says_so(signed_in, coordinator, what):
    client = signed_in(coordinator)
    for address in ["/koordination/termine/{}/", "/schulungen/{}/", "/freigabe/{}/", "/koordination/?q={}"]:
        if what.startswith("nul") or "?" not in address:
            response = client.get(address.format(IN_ADDRESSES[what]))
            assert (response.status_code, "Diese Seite gibt es nicht" in response.content.decode()) == (404, True)


def from_the_server(content_type: str, query: str = "next=%41") -> int:
    """The status of a POST as a WSGI server hands it over; the test client makes the request by itself."""
    told: list[str] = []
    environ = {
        **RequestFactory()._base_environ(REQUEST_METHOD="POST", PATH_INFO="/anmelden/", QUERY_STRING=query),
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": "5",
        "wsgi.input": io.BytesIO(b"--x--"),
    }
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # the connection is the test's
    try:
        wsgi.application(environ, lambda status, headers, info=None: told.append(status)).close()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return int(told[0][:3])


@pytest.mark.parametrize(
    "charset", ["utf-7", "utf-16", "latin-1", "hex", "rot13", "idna", "undefined", "no such", "''", "\0", "a" * 300]
)
def test_values_are_read_as_utf_8_and_by_no_codec_of_the_sender(charset):
    for content_type in [f"text/plain; charset={charset}", f"multipart/form-data; boundary=x; charset={charset}"]:
        assert from_the_server(content_type) == 415
    assert from_the_server('text/plain; charset="UTF-8"') == 403  # no token of the form


def test_a_content_type_nobody_can_read_is_refused():
    for parameter in ["x*=no-such''%41", "charset*=undefined''%41", "charset*=utf-16''%41"]:
        assert from_the_server(f"text/plain; {parameter}") == 415
    assert from_the_server("text/plain; charset=utf-8", "&".join(["a=1"] * 2000)) == 403


def test_a_cookie_that_is_no_text_is_refused(client):
    client.cookies["sessionid"] = "\0aaaaaaaaaaaa"
    assert client.get("/").status_code == 400


def test_among_numbers_those_beyond_the_column_are_found_nowhere(participant):
    beyond = [participant.pk, 2**63, -(2**70)]
    assert list(User.objects.filter(pk__in=beyond)) == [participant]
    assert not User.objects.filter(pk__in=beyond[1:]).exists()
    assert User.objects.exclude(pk__in=beyond[1:]).count() == 1


def test_more_than_any_form_takes_is_not_read(client, settings):
    settings.REQUEST_MAX_BYTES = 1000
    response = client.post("/anmelden/", {"email": "x" * 1001})
    assert (response.status_code, response.content) == (413, b"413 Request Entity Too Large\n")
