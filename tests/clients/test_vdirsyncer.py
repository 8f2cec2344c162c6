"""Does vdirsyncer take over the feed once, its changes and nothing else, and does khal list it at the right hours?"""

import json
import subprocess
from dataclasses import replace

import pytest

from accounts.models import User
from tests.clients import world as worlds
from tests.clients.conftest import PROGRAMS, utc
from tests.clients.world import Shown

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]

VDIRSYNCER = """\
[general]
status_path = "{folder}/status/"

[pair site]
a = "feed"
b = "copy"
collections = null
conflict_resolution = "a wins"

[storage feed]
type = "http"
url = "{address}"

[storage copy]
type = "filesystem"
path = "{folder}/copy/"
fileext = ".ics"
"""

KHAL = """\
[calendars]
[[copy]]
path = {folder}/copy/

[sqlite]
path = {folder}/khal.db

[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
"""


@pytest.fixture
def synchronise(call, tmp_path):
    """``synchronise(address)`` brings the copy up to date; the lines that tell of work done."""
    (tmp_path / "copy").mkdir()

    def synchronise(address: str) -> list[str]:
        config = tmp_path / "vdirsyncer.conf"
        if not config.exists():
            config.write_text(VDIRSYNCER.format(folder=tmp_path, address=address))
            _vdirsyncer("discover")
        return [line.split()[0] for line in _vdirsyncer("sync") if line.startswith(("Copying", "Deleting"))]

    def _vdirsyncer(command: str) -> list[str]:
        program = [PROGRAMS / "venv/bin/vdirsyncer", "--verbosity", "INFO", "--config", tmp_path / "vdirsyncer.conf"]
        return call(*program, command, stderr=subprocess.STDOUT).splitlines()

    return synchronise


def expected(person: User) -> list[Shown]:
    return [event for event in sorted(replace(event, uid="") for event in worlds.of_person(person)) if _read(event)]


def _read(event: Shown) -> bool:
    """khal knows Berlin from pytz, whose tables end in 2037: it takes every later summer for winter."""
    return event.starts_at.year <= 2037


@pytest.fixture
def shown(call, tmp_path):
    """What khal lists of the copy; without the UIDs, for which vdirsyncer puts its own in a feed."""

    def shown() -> list[Shown]:
        config = tmp_path / "khal.conf"
        config.write_text(KHAL.format(folder=tmp_path))
        fields = ["uid", "start-long-full", "end-long-full", "status", "title"]
        options = [part for field in fields for part in ("--json", field)]
        answer = call(PROGRAMS / "venv/bin/khal", "--config", config, "list", *options, "2026-01-01", "2038-01-01")
        # an event over midnight is listed on both days
        events = {event["uid"]: event for line in answer.splitlines() for event in json.loads(line)}
        return sorted(
            Shown(
                uid="",
                starts_at=utc(event["start-long-full"]),
                ends_at=utc(event["end-long-full"]),
                status=event["status"].strip(),
                title=worlds.title_in(event["title"]),
            )
            for event in events.values()
        )

    return shown


def test_khal_lists_what_the_tables_say_and_vdirsyncer_works_only_when_something_changed(
    world, subscribe, synchronise, shown
):
    address = subscribe(world.person).address
    assert synchronise(address) == ["Copying"] * len(worlds.of_person(world.person))
    assert shown() == expected(world.person)
    assert synchronise(address) == []

    worlds.change(world)
    done = synchronise(address)
    assert shown() == expected(world.person)
    assert sorted(done) == ["Copying"] * 4 + ["Deleting"] * 4
