"""The database is away: do people read so, do machines know when to come again, and does the log stay short?"""

import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from socket import socket

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, IntegrityError, InterfaceError, InternalError, OperationalError
from django.urls import include, path

from config.logs import JsonFormatter, OutageFilter
from tests.config.test_health import no_database, nothing_said  # noqa: F401  fixtures
from tests.pages import read
from trainings import outage


def broken_view(request):
    raise RuntimeError("kaputt")


urlpatterns = [path("kaputt/", login_not_required(broken_view)), path("", include("config.urls"))]
handler500 = "config.outages.broken"


@pytest.fixture
def log():
    """``log()`` are the lines as production writes them."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(OutageFilter())
    logging.getLogger().addHandler(handler)
    yield lambda: written.getvalue().splitlines()
    logging.getLogger().removeHandler(handler)


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_read_that_it_will_be_back_and_machines_when(client, no_database, log):  # noqa: F811
    client.raise_request_exception = False
    for _number in range(110):
        answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"], list(answer.cookies)) == (503, "30", [])
    page = read(answer, 503)
    assert page.headings == ["Gleich wieder da"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    [line] = log()
    assert line.startswith("The database is away, and requests are answered by 503: ")


@pytest.mark.django_db(transaction=True)
def test_somebody_signed_in_reads_it_too_and_may_have_posted(signed_in, participant, request):
    client = signed_in(participant)
    client.raise_request_exception = False
    request.getfixturevalue("no_database")
    assert client.get("/meine-schulungen/").status_code == 503
    assert client.post("/sprache/", {"language": "en"}).status_code in {302, 503}


@pytest.mark.django_db
def test_an_error_of_ours_stays_one_with_its_traceback(client, settings, log):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    answers = [client.get("/kaputt/"), client.get("/kaputt/")]
    assert {answer.status_code for answer in answers} == {500}
    assert len([line for line in log() if line == "RuntimeError: kaputt"]) == 2


class Postgres(Exception):
    """What psycopg raises, of which only the state is asked."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def caused_by(error: DatabaseError, cause: Exception) -> DatabaseError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("sqlstate", "is_away"),
    [
        (None, True),  # no connection
        ("08006", True),
        ("53100", True),  # disk full
        ("53300", True),  # too many connections
        ("57P01", True),  # shut down by an administrator
        ("57014", False),  # a statement took longer than it may
        ("40P01", False),  # deadlock: a fault of ours
        ("55P03", False),
    ],
)
def test_what_postgresql_says(sqlstate, is_away):
    assert outage.is_away(caused_by(OperationalError("x"), Postgres(sqlstate))) is is_away


def test_what_led_to_the_error_counts_and_a_wrong_question_does_not():
    gone = caused_by(InterfaceError("connection already closed"), Postgres(None))
    assert outage.is_away(caused_by(RuntimeError("x"), gone))
    assert not outage.is_away(IntegrityError("x"))
    assert not outage.is_away(None)
    assert outage.is_away(caused_by(InternalError("x"), Postgres("25006"))), "a standby"
    assert not outage.is_away(caused_by(InternalError("x"), Postgres(None)))
    with closing(sqlite3.connect(":memory:")) as memory, pytest.raises(sqlite3.OperationalError) as wrong:
        memory.execute("SELECT * FROM nirgends")
    assert not outage.is_away(caused_by(OperationalError("x"), wrong.value))


def test_one_line_a_minute(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(outage.time, "monotonic", lambda: now[0])
    said = []
    for second in range(150):
        now[0] = 1000.0 + second
        if outage.may_say():
            said.append(second)
    assert said == [0, 60, 120]


def test_json_in_utc_without_secrets():
    secret = "x" * 40
    try:
        raise RuntimeError(f"/kalender/{secret}/")
    except RuntimeError:
        record = logging.LogRecord("a.b", logging.ERROR, "f", 1, "GET /kalender/%s/", (secret,), sys.exc_info())
    record.created = 1767225600.25
    line = json.loads(JsonFormatter().format(record))
    assert line["time"] == "2026-01-01T00:00:00.250Z"
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "a.b", "GET /kalender/***/")
    assert "RuntimeError: /kalender/***/" in line["error"]
    assert secret not in json.dumps(line)


# --- real processes -------------------------------------------------------------------------------


def free_port() -> int:
    with closing(socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.slow
def test_a_web_server_without_its_database_in_json(tmp_path):
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": "sqlite:////nirgends/miko.sqlite3", "LOG_FORMAT": "json"}
    command = [
        sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--logger-class", "config.access_log.Logger", "--no-control-socket",
    ]  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        web = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stderr=log, stdout=log)
    try:
        statuses = [status_of(f"http://127.0.0.1:{port}{address}", web) for address in ["/live/", "/ready/", *"/" * 50]]
    finally:
        web.terminate()
        web.wait(20)
    assert statuses == [200, *[503] * 51]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert len([line for line in lines if line["level"] in {"WARNING", "ERROR"}]) == 1
    assert all(line["time"].endswith("Z") for line in lines)


def status_of(address: str, web: "subprocess.Popen[bytes]") -> int:
    for _try in range(200):
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            assert web.poll() is None
            time.sleep(0.1)
    raise AssertionError("the web server does not start")
