"""Does a real Thunderbird show the right hours after every change, nothing twice, and nothing once it is revoked?

It runs without a screen, subscribes over HTTP and fetches again every few seconds. What it shows is read from the
cache it keeps of a calendar.
"""

import datetime as dt
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.clients import world as worlds
from tests.clients.conftest import ENVIRONMENT, wait_for
from tests.clients.world import Shown

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]

EVERY = "0.1"  # minutes between two fetches; a text, as Thunderbird keeps it
PATIENCE = 90.0  # seconds
AGENT = "Thunderbird/"
PREFERENCES = {
    "calendar.timezone.local": "Europe/Berlin",
    "calendar.timezone.useSystemTimezone": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.proxy.type": 0,
    "storage.sqlite.exclusiveLock.enabled": False,  # so that the test can read beside it
}


class Thunderbird:
    """One that has subscribed to calendars: name → address."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self.folder = folder
        self.profile = folder / "profile"
        self.profile.mkdir()
        preferences: dict[str, object] = {**PREFERENCES}
        for name, address in addresses.items():
            preferences |= {
                f"calendar.registry.{name}.type": "ics",
                f"calendar.registry.{name}.uri": address,
                f"calendar.registry.{name}.name": name,
                f"calendar.registry.{name}.cache.enabled": True,
                f"calendar.registry.{name}.readOnly": True,
                f"calendar.registry.{name}.refreshInterval": EVERY,
            }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
        (self.profile / "user.js").write_text("\n".join(lines))

    def start(self) -> None:
        command = ["thunderbird", "--headless", "--no-remote", "--profile", str(self.profile)]
        environment = {**ENVIRONMENT, "HOME": str(self.folder), "TZ": "Europe/Berlin"}
        with (self.folder / "thunderbird.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)  # it has children
        self.process.wait()

    def shows(self, name: str) -> list[Shown]:
        """What stands in its cache of the calendar: start and end by its own reading of the time zone."""
        path = self.profile / "calendar-data" / "cache.sqlite"
        if not path.exists():
            return []
        query = "SELECT id, event_start, event_end, ical_status, title FROM cal_events WHERE cal_id = ?"
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as cache:
                rows = cache.execute(query, [name]).fetchall()
        except sqlite3.OperationalError:  # it is just being made
            return []
        return sorted(
            Shown(uid, _moment(start), _moment(end), status, worlds.title_in(title))
            for uid, start, end, status, title in rows
        )

    def comes_to_show(self, name: str, expected: list[Shown]) -> list[Shown]:
        """What it shows as soon as that stays as expected, or else after a while; it empties and fills in steps."""
        until, shown = time.monotonic() + PATIENCE, []
        while shown != [expected] * 3 and time.monotonic() < until:
            time.sleep(0.5)
            shown = [*shown[-2:], self.shows(name)]
        return shown[-1]


def _moment(microseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(microseconds / 1_000_000, dt.UTC)


@pytest.fixture
def thunderbird(tmp_path) -> Iterator[Callable[[dict[str, str]], Thunderbird]]:
    """``thunderbird({name: address})`` is started and has subscribed."""
    with ExitStack() as ends:

        def subscribed(addresses: dict[str, str]) -> Thunderbird:
            found = Thunderbird(tmp_path, addresses)
            found.start()
            ends.callback(lambda: found.end())
            return found

        yield subscribed


def test_thunderbird_follows_every_change(world, site, subscribe, public_address, thunderbird):
    subscription = subscribe(world.person)
    client = thunderbird({"mine": subscription.address, "public": public_address})
    before = worlds.of_person(world.person)
    assert client.comes_to_show("mine", before) == before
    assert client.comes_to_show("public", worlds.of_everybody()) == worlds.of_everybody()

    answered = len(site.asked(AGENT))
    wait_for(lambda: len(site.asked(AGENT)) >= answered + 2, "both calendars to be fetched again")
    assert {(asked.with_etag, asked.status) for asked in site.asked(AGENT)[answered:]} == {(True, 304)}
    assert client.comes_to_show("mine", before) == before

    worlds.change(world)
    after = worlds.of_person(world.person)
    assert after != before
    assert client.comes_to_show("mine", after) == after
    assert client.comes_to_show("public", worlds.of_everybody()) == worlds.of_everybody()

    # While it runs, it keeps what it has got; with 410 instead of 404 it would keep it for ever.
    subscription.revoke()
    client.end()
    client.start()
    assert client.comes_to_show("mine", []) == []
    assert client.comes_to_show("public", worlds.of_everybody()) == worlds.of_everybody()
