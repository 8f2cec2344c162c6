"""Does a real Thunderbird show the right hours after every change, nothing twice, and nothing once it is revoked?

It runs without a screen, subscribes over HTTP and fetches again every few seconds. What it shows is read from the
cache it keeps of a calendar.
"""

import datetime as dt
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.clients import world as worlds
from tests.clients.conftest import wait_for
from tests.clients.thunderbird import Thunderbird
from tests.clients.world import Shown

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]

EVERY = "0.1"  # minutes between two fetches; a text, as Thunderbird keeps it
PATIENCE = 90.0  # seconds
AGENT = "Thunderbird/"


class Subscriber(Thunderbird):
    """It has subscribed to calendars: name → address."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        preferences: dict[str, object] = {}
        for name, address in addresses.items():
            preferences |= {
                f"calendar.registry.{name}.type": "ics",
                f"calendar.registry.{name}.uri": address,
                f"calendar.registry.{name}.name": name,
                f"calendar.registry.{name}.cache.enabled": True,
                f"calendar.registry.{name}.readOnly": True,
                f"calendar.registry.{name}.refreshInterval": EVERY,
            }
        super().__init__(folder, preferences)

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
def subscriber(tmp_path) -> Iterator[Callable[[dict[str, str]], Subscriber]]:
    """``subscriber({name: address})`` is running."""
    with ExitStack() as ends:

        def start(addresses: dict[str, str]) -> Subscriber:
            found = Subscriber(tmp_path, addresses)
            found.start()
            ends.callback(lambda: found.end())
            return found

        yield start


def test_thunderbird_follows_every_change(world, site, subscribe, public_address, subscriber):
    subscription = subscribe(world.person)
    client = subscriber({"mine": subscription.address, "public": public_address})
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
