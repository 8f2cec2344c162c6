"""Do the parsers of other programs read of feeds, downloads and invitations what the tables say, without complaint?"""

from pathlib import Path

import pytest
from django.urls import reverse

from accounts.models import User
from tests.clients import world as worlds
from tests.clients.conftest import PROGRAMS
from trainings.models import CalendarSubscription, CourseRun

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]

Kind = CalendarSubscription.Kind


@pytest.fixture
def read(site, tmp_path):
    """``read(address)`` is a file with what the site answers there."""

    def read(address: str) -> Path:
        status, content = site.get(address)
        assert status == 200
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.ics"
        path.write_bytes(content)
        return path

    return read


def test_ical_js_shows_what_the_tables_say(world, subscribe, public_address, read, shown):
    mine = subscribe(world.person).address
    assert shown(read(mine), read(public_address)) == [worlds.of_person(world.person), worlds.of_everybody()]
    worlds.change(world)
    assert shown(read(mine), read(public_address)) == [worlds.of_person(world.person), worlds.of_everybody()]


def test_ical_js_shows_the_same_of_a_download(world, site, read, shown):
    session = world.to_move.sessions.get()
    [[event]] = shown(read(f"{site.address}{reverse('trainings:session_calendar', args=[session.pk])}"))
    assert event in worlds.of_everybody()


def test_feed_fetched_twice_is_the_same_to_the_byte(world, site, subscribe, public_address):
    for address in (subscribe(world.person).address, public_address):
        assert site.get(address) == site.get(address)


def test_libical_objects_to_nothing(world, site, subscribe, public_address, read, call):
    worlds.change(world)
    session = world.to_move.sessions.get()
    stranger = worlds.builders.build_person()
    files = [
        read(subscribe(world.person).address),
        read(subscribe(stranger).address),
        read(public_address),
        read(f"{site.address}{reverse('trainings:session_calendar', args=[session.pk])}"),
    ]
    said = [line.partition(": ")[2] for line in call(PROGRAMS / "icallint", *files).splitlines()]
    assert said[0] == f"{len(worlds.of_person(world.person))} events"
    assert said[2:] == [f"{len(worlds.of_everybody())} events", "1 events"]


def test_calendars_of_trainers_contacts_and_coordinators_are_read_as_the_tables_say(
    world, trainer, subscribe, read, call, shown
):
    worlds.change(world)
    for run in CourseRun.objects.all():
        run.trainers.add(trainer)
    contact = worlds.builders.build_person(role=User.Role.AGENCY_CONTACT, agency=world.person.agency)
    readers = {Kind.TRAINER: trainer, Kind.AGENCY: contact, Kind.COORDINATOR: world.coordinator}
    files = [read(subscribe(person, kind).address) for kind, person in readers.items()]
    call(PROGRAMS / "icallint", *files)
    everything = [event.uid for event in worlds.of_everybody()]
    assert [[event.uid for event in events] for events in shown(*files)] == [everything] * 3


def test_libical_does_object(tmp_path, call):
    """So that silence means something."""
    path = tmp_path / "wrong.ics"
    path.write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nDTSTART:soon\r\n"
                     b"UID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")  # fmt: skip
    with pytest.raises(AssertionError, match="Failed iTIP restrictions"):
        call(PROGRAMS / "icallint", path)
