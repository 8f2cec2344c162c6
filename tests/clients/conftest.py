"""The site over HTTP, and calendar programs that share no code with it.

Run with ``pytest -m clients`` after ``bash tests/clients/install.sh``. A program that is missing fails its test.
"""

import datetime as dt
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.urls import reverse

from accounts.models import User
from tests.clients import world as worlds
from tests.clients.world import Shown, World
from trainings import calendars
from trainings.models import CalendarSubscription

PROGRAMS = Path(django_settings.BASE_DIR) / "var" / "clients"
# A web server between us and the program must not be asked for addresses on this machine.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
Call = Callable[..., str]


@dataclass(frozen=True)
class Asked:
    """One line of the site's access log."""

    status: int
    with_etag: bool
    by: str


@dataclass(frozen=True)
class Site:
    address: str
    log: Path

    def asked(self, by: str) -> list[Asked]:
        """The requests of one program, known by a word of its User-Agent."""
        lines = [line.split("\t") for line in self.log.read_text().splitlines()]
        rows = [Asked(int(status), etag != "-", agent) for status, etag, agent in lines]
        return [row for row in rows if by in row.by]

    def get(self, address: str) -> tuple[int, bytes]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(address, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


@pytest.fixture
def site(database_url, tmp_path) -> Iterator[Site]:
    """The site behind gunicorn, on the test's database."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **ENVIRONMENT,
        "DATABASE_URL": database_url,
        "DEMO": "false",
        "HOME": str(tmp_path),
        "LOG_LEVEL": "WARNING",
        "PUBLIC_URL": f"http://{address}",
    }
    log = tmp_path / "access.log"
    log.touch()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", address]
    command += ["--access-logfile", str(log), "--access-logformat", "%(s)s\t%({if-none-match}i)s\t%(a)s"]
    with (tmp_path / "site.log").open("wb") as errors:
        process = subprocess.Popen(command, env=environment, cwd=django_settings.BASE_DIR, stderr=errors)
    try:
        found = Site(f"http://{address}", log)
        wait_for(lambda: _answers(found), "the site to answer")
        yield found
    finally:
        process.terminate()
        process.wait(20)


def _answers(site: Site) -> bool:
    try:
        return site.get(f"{site.address}{reverse('trainings:public_feed')}")[0] == 200
    except urllib.error.URLError:
        return False


def wait_for(happens: Callable[[], bool], what: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < until, f"Waited {seconds} s for {what}."
        time.sleep(0.2)


@pytest.fixture
def world(transactional_db) -> World:
    return worlds.build()


@dataclass(frozen=True)
class Subscription:
    address: str
    revoke: Callable[[], None]


@pytest.fixture
def subscribe(site) -> Callable[..., Subscription]:
    """``subscribe(person)`` gives the address of the person's calendar, of any kind, and what revokes it."""

    def subscribe(person: User, kind: str = CalendarSubscription.Kind.PERSONAL) -> Subscription:
        token = calendars.subscribe(person, kind)
        made = CalendarSubscription.objects.for_token(token)
        address = f"{site.address}{reverse('trainings:personal_feed', args=[token])}"
        return Subscription(address, lambda: calendars.revoke(made))

    return subscribe


@pytest.fixture
def public_address(site) -> str:
    return f"{site.address}{reverse('trainings:public_feed')}"


@pytest.fixture
def call() -> Call:
    """``call(program, …)`` runs a program to its end; what it says, or a failure with all it said."""

    def call(*command: str | Path, **options) -> str:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": PROGRAMS, "timeout": 60, **options}
        try:
            done = subprocess.run([str(part) for part in command], env=ENVIRONMENT, text=True, **options)
        except FileNotFoundError as missing:
            pytest.fail(f"{missing}. Run: bash tests/clients/install.sh")
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return call


@pytest.fixture
def shown(call) -> Callable[..., list[list[Shown]]]:
    """``shown(file, …)`` is what ical.js shows of each calendar."""

    def shown(*paths: Path) -> list[list[Shown]]:
        with (Path(__file__).parent / "read_ical.mjs").open() as script:
            lines = call("node", "--input-type=module", "-", *paths, stdin=script).splitlines()
        return [_events(json.loads(line)) for line in lines]

    return shown


def _events(found: dict[str, list]) -> list[Shown]:
    return sorted(
        Shown(uid, utc(start[:19]), utc(end[:19]), status, worlds.title_in(title))
        for uid, [start, end, status, _sequence, title, *_texts] in found.items()
    )


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
