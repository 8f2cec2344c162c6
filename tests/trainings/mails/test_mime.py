"""Does a mail arrive as mail programs expect it? Sent through a real SMTP server, and read as its bytes came in.

The golden files are what five mails tell a calendar. After a change that is meant, delete them: the next run writes
them anew and fails, the one after it compares.
"""

import datetime as dt
import email
import socket
from email.message import Message as Received
from pathlib import Path

import pytest
import time_machine
from aiosmtpd.controller import Controller
from icalendar import Calendar

from tests import builders
from tests.builders import berlin, save_session
from tests.mails import let_grace_pass
from trainings import booking, mails
from trainings.acts import Act
from trainings.models import Correspondence, Message, Session

GOLDEN = Path(__file__).parent.parent / "calendars" / "golden"
NOW = dt.datetime(2037, 1, 15, 9, 30, tzinfo=dt.UTC)
CANCELLATION = ["text/plain", "text/html", "text/calendar", "image/png", "application/ics"]
INVITATION = [*CANCELLATION[:3], "image/png", *CANCELLATION[3:]]  # with the code to check in with

pytestmark = pytest.mark.django_db


class Sink:
    """Keeps every mail as it came over the wire."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.received.append(envelope.original_content)
        return "250 OK"

    def take(self) -> tuple[bytes, Received]:
        [content] = self.received
        self.received.clear()
        return content, email.message_from_bytes(content)


@pytest.fixture
def sink(settings):
    handler = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.DEFAULT_FROM_EMAIL = "MiKo-MYK Schulungen <schulungen@kreis-myk.example>"
    settings.PUBLIC_URL = "https://schulungen.example"
    yield handler
    controller.stop()


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def run(clock, db):
    """One place in summer; umlauts, an emoji and a line that has to be folded."""
    course = builders.build_course(
        "Grüße aus Übersee: „Recht, Praxis; Haltung“ 😀 für Kolleginnen und Kollegen", slug="gruesse"
    )
    run = builders.build_run(
        course,
        number="2037-014",
        capacity=1,
        starts_at=berlin(2037, 7, 1, 9),
        venue=builders.build_venue("Altes Rathaus", "Mayen", street="Straße des 17. Juni 1", postal_code="56727"),
        notes="Bitte bringen Sie Ihre Fälle mit. " * 12,
    )
    Session.objects.update(calendar_uid="00000000-0000-4000-8000-000000000014@miko-trainings")
    return run


def calendar_of(mail: Received) -> bytes:
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return part.get_payload(decode=True)


def leaves(mail: Received) -> list[str]:
    return [part.get_content_type() for part in mail.walk() if not part.is_multipart()]


def is_golden(name: str, content: bytes) -> bool:
    path = GOLDEN / name
    if not path.exists():
        path.write_bytes(content)
        return False
    return path.read_bytes() == content


@pytest.mark.slow
def test_the_life_of_an_invitation_as_it_arrives(sink, clock, run, participant, other_participant):
    first = booking.register(run, other_participant, Act(other_participant))
    mails.deliver_due()
    sink.received.clear()

    told = []

    def arrives(name: str) -> None:
        mails.deliver_due()
        taken = [email.message_from_bytes(content) for content in sink.received]
        [mail] = [mail for mail in taken if mail["To"] == participant.email]
        sink.received.clear()
        clock.shift(dt.timedelta(days=1))
        assert is_golden(name, calendar_of(mail)), name
        told.append(Calendar.from_ical(calendar_of(mail)))

    waiting = booking.register(run, participant, Act(participant))
    arrives("tentative.ics")
    booking.cancel(first, Act(other_participant))
    arrives("confirmed.ics")
    session = builders.only_session(run)
    session.starts_at, session.ends_at, session.room = berlin(2037, 12, 1, 10), berlin(2037, 12, 1, 17), "Saal 2"
    save_session(session)
    let_grace_pass()
    arrives("moved.ics")
    booking.cancel(waiting, Act(participant))
    arrives("cancelled.ics")
    booking.register(run, participant, Act(participant))
    arrives("again.ics")

    events = [calendar.walk("VEVENT")[0] for calendar in told]
    assert [(str(calendar["METHOD"]), str(event["STATUS"])) for calendar, event in zip(told, events, strict=True)] == [
        ("REQUEST", "TENTATIVE"),
        ("REQUEST", "CONFIRMED"),
        ("REQUEST", "CONFIRMED"),
        ("CANCEL", "CANCELLED"),
        ("REQUEST", "CONFIRMED"),
    ]
    assert {str(event["UID"]) for event in events} == {"00000000-0000-4000-8000-000000000014@miko-trainings"}
    assert [event["SEQUENCE"] for event in events] == [1, 2, 3, 4, 5]
    stamps = [event["DTSTAMP"].dt for event in events]
    assert stamps == sorted(set(stamps))
    assert [event["DTSTART"].dt.astimezone(dt.UTC).isoformat() for event in events] == [
        *["2037-07-01T07:00:00+00:00"] * 2,
        *["2037-12-01T09:00:00+00:00"] * 3,
    ]
    assert {(str(event["ORGANIZER"]), str(event["ATTENDEE"])) for event in events} == {
        ("mailto:schulungen@kreis-myk.example", "mailto:yildiz@mayen.example")
    }


def test_an_invitation_on_the_wire(sink, run, participant):
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    wire, mail = sink.take()

    assert b"\n" not in wire.replace(b"\r\n", b"")
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert max(len(line) for line in wire.split(b"\r\n")) <= 998
    assert wire.count(b'Content-Type: text/calendar; method="REQUEST"; charset="utf-8"\r\n') == 1
    assert wire.count(b"text/calendar") == 1

    assert leaves(mail) == INVITATION
    assert mail.get_content_type() == "multipart/mixed"
    related, file = mail.get_payload()
    alternative, _code, _emblem = related.get_payload()
    assert [related.get_content_type(), alternative.get_content_type()] == [
        "multipart/related",
        "multipart/alternative",
    ]
    calendar = alternative.get_payload()[-1]
    assert calendar.get_content_type() == "text/calendar"
    assert [calendar["Content-Transfer-Encoding"], calendar["Content-Disposition"]] == ["base64", None]
    assert [file.get_content_type(), file.get_filename(), file.get_content_disposition()] == [
        "application/ics",
        "einladung.ics",
        "attachment",
    ]
    assert file.get_payload(decode=True) == calendar.get_payload(decode=True)
    assert email.utils.parseaddr(mail["From"])[1] == "schulungen@kreis-myk.example"
    assert mail["Message-ID"] == f"<{Message.objects.get().message_id}>"


def test_lines_of_the_calendar_are_folded_and_read_back_as_they_were(sink, run, participant):
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    content = calendar_of(sink.take()[1])
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Grüße aus Übersee: „Recht, Praxis; Haltung“ 😀 für Kolleginnen und Kollegen"
    assert event["ATTENDEE"].params["CN"] == "Ayşe Yıldız"
    assert event["LOCATION"] == "Altes Rathaus, Straße des 17. Juni 1, 56727 Mayen"


def test_a_cancellation_on_the_wire(sink, run, participant):
    registration = booking.register(run, participant, Act(participant))
    mails.deliver_due()
    sink.take()
    booking.cancel(registration, Act(participant))
    mails.deliver_due()
    wire, mail = sink.take()
    assert wire.count(b'Content-Type: text/calendar; method="CANCEL"; charset="utf-8"\r\n') == 1
    assert leaves(mail) == CANCELLATION
    assert mail.get_payload()[-1].get_filename() == "absage.ics"


def test_many_sessions_on_the_wire_are_a_file_and_no_invitation(sink, clock, participant):
    days = [berlin(2037, 7, day, 9) for day in range(1, 5)]
    run = builders.build_run(sessions=[(day, day + dt.timedelta(hours=2)) for day in days])
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    wire, mail = sink.take()
    assert b"text/calendar" not in wire
    assert leaves(mail) == ["text/plain", "text/html", "image/png", "image/png", "application/ics"]
    file = mail.get_payload()[-1]
    assert file.get_filename() == "termine.ics"
    assert len(Calendar.from_ical(file.get_payload(decode=True)).walk("VEVENT")) == 4


def test_a_mail_without_calendar_is_packed_as_before(sink, run, participant):
    Correspondence.objects.change(participant, calendar_choice="none")
    booking.register(run, participant, Act(participant))
    mails.deliver_due()
    wire, mail = sink.take()
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
        "image/png",
    ]
    assert b"\n" not in wire.replace(b"\r\n", b"")
