"""Sessions as calendar events: times in both halves of the year, states, and text that must not break out."""

import datetime as dt
import io

import pytest
from dateutil import tz
from django.utils import translation
from icalendar import Calendar

from tests import builders
from tests.builders import berlin, cancel_session, further_session
from trainings import calendars
from trainings.calendars import CalendarItem, ical
from trainings.models import Course, CourseRun, Registration, Session, Venue

CHANGED = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)

# Two days before, on, and after each change of the clocks, over several years; in Berlin's time and in UTC.
TIMES = [
    (berlin(2026, 3, 27, 9), dt.datetime(2026, 3, 27, 8, tzinfo=dt.UTC)),
    (berlin(2026, 3, 29, 1, 59), dt.datetime(2026, 3, 29, 0, 59, tzinfo=dt.UTC)),
    (berlin(2026, 3, 29, 3), dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)),
    (berlin(2026, 3, 30, 9), dt.datetime(2026, 3, 30, 7, tzinfo=dt.UTC)),
    (berlin(2026, 7, 1, 9), dt.datetime(2026, 7, 1, 7, tzinfo=dt.UTC)),
    (berlin(2026, 10, 24, 9), dt.datetime(2026, 10, 24, 7, tzinfo=dt.UTC)),
    (berlin(2026, 10, 25, 9), dt.datetime(2026, 10, 25, 8, tzinfo=dt.UTC)),
    (berlin(2026, 12, 1, 9), dt.datetime(2026, 12, 1, 8, tzinfo=dt.UTC)),
    (berlin(2027, 3, 27, 9), dt.datetime(2027, 3, 27, 8, tzinfo=dt.UTC)),
    (berlin(2027, 3, 28, 9), dt.datetime(2027, 3, 28, 7, tzinfo=dt.UTC)),
    (berlin(2027, 10, 30, 9), dt.datetime(2027, 10, 30, 7, tzinfo=dt.UTC)),
    (berlin(2027, 10, 31, 9), dt.datetime(2027, 10, 31, 8, tzinfo=dt.UTC)),
    (berlin(2040, 7, 2, 9), dt.datetime(2040, 7, 2, 7, tzinfo=dt.UTC)),
]


def session_of(run: CourseRun) -> Session:
    for rows in (Session.objects, CourseRun.objects, Course.objects, Venue.objects):
        rows.update(changed_at=CHANGED)
    return Session.objects.select_related("run__course", "run__venue").get(run=run)


def lines(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


def properties(item: CalendarItem) -> dict[str, str]:
    """Name (with parameters) and value of each line of the event as it is sent."""
    sent = lines(calendars.as_ical([item]))
    event = sent[sent.index("BEGIN:VEVENT") + 1 : sent.index("END:VEVENT")]
    return dict(line.split(":", 1) for line in event)


@pytest.fixture
def session(db):
    venue = builders.build_venue("Kreishaus", "Koblenz", street="Bahnhofstr. 9", postal_code="56068")
    course = builders.build_course("Basisseminar", slug="basisseminar")
    run = builders.build_run(course, starts_at=berlin(2026, 7, 1, 9), venue=venue, number="2026-001")
    return session_of(run)


# --- Times ----------------------------------------------------------------------------------------


@pytest.fixture
def feed_of_all_times(db):
    run = builders.build_run(sessions=[(start, start + dt.timedelta(minutes=45)) for start, _utc in TIMES])
    sessions = Session.objects.filter(run=run).select_related("run__course", "run__venue").order_by("starts_at")
    return calendars.as_ical([CalendarItem(session) for session in sessions])


def test_the_library_reads_back_the_right_moments(feed_of_all_times):
    events = Calendar.from_ical(feed_of_all_times).walk("VEVENT")
    assert [event["DTSTART"].dt.astimezone(dt.UTC) for event in events] == [utc for _start, utc in TIMES]


def test_the_time_zone_in_the_file_gives_the_right_moments_by_itself(feed_of_all_times):
    """dateutil knows nothing but the VTIMEZONE: its offsets and rules alone make the moment."""
    text = feed_of_all_times.decode()
    zone = tz.tzical(io.StringIO(text)).get("Europe/Berlin")
    starts = [line for line in lines(feed_of_all_times) if line.startswith("DTSTART;TZID=Europe/Berlin:")]
    local = [dt.datetime.strptime(line.rpartition(":")[2], "%Y%m%dT%H%M%S").replace(tzinfo=zone) for line in starts]
    assert [moment.astimezone(dt.UTC) for moment in local] == [utc for _start, utc in TIMES]


def test_the_time_zone_is_written_by_rules_not_by_dates(feed_of_all_times):
    sent = lines(feed_of_all_times)
    zone = sent[sent.index("BEGIN:VTIMEZONE") : sent.index("END:VTIMEZONE") + 1]
    assert zone == ical.EUROPE_BERLIN.strip().split("\r\n")
    assert sent.count("BEGIN:VTIMEZONE") == 1


def test_times_given_in_utc_are_written_in_berlins_time(session):
    session.starts_at = dt.datetime(2026, 7, 1, 7, tzinfo=dt.UTC)
    assert properties(CalendarItem(session))["DTSTART;TZID=Europe/Berlin"] == "20260701T090000"


# --- States ---------------------------------------------------------------------------------------


def test_an_event_of_the_public_calendar(session):
    assert properties(CalendarItem(session)) == {
        "SUMMARY": "Basisseminar",
        "DTSTART;TZID=Europe/Berlin": "20260701T090000",
        "DTEND;TZID=Europe/Berlin": "20260701T163000",
        "DTSTAMP": "20260102T030405Z",
        "LAST-MODIFIED": "20260102T030405Z",
        "UID": session.calendar_uid,
        "SEQUENCE": "0",
        "LOCATION": "Kreishaus\\, Bahnhofstr. 9\\, 56068 Koblenz",
        "DESCRIPTION": "Umfang: 8 UE (6 Std.)\\nhttp://127.0.0.1:8000/schulungen/basisseminar/#termin-2026-001",
        "URL": "http://127.0.0.1:8000/schulungen/basisseminar/#termin-2026-001",
        "CATEGORIES": "Schulung",
        "CLASS": "PUBLIC",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS": "FREE",
    }


@pytest.mark.parametrize(
    ("status", "summary", "state", "transparency", "busy"),
    [
        ("confirmed", "Basisseminar", "CONFIRMED", "OPAQUE", "BUSY"),
        ("waitlisted", "Warteliste: Basisseminar", "TENTATIVE", "OPAQUE", "TENTATIVE"),
        ("requested", "Freigabe angefragt: Basisseminar", "TENTATIVE", "OPAQUE", "TENTATIVE"),
        ("offered", "Platz angeboten: Basisseminar", "TENTATIVE", "OPAQUE", "TENTATIVE"),
    ],
)
def test_an_event_of_ones_own(session, status, summary, state, transparency, busy):
    sent = properties(CalendarItem(session, status=status, changed_at=CHANGED))
    assert sent["SUMMARY"] == summary
    assert (sent["STATUS"], sent["TRANSP"], sent["X-MICROSOFT-CDO-BUSYSTATUS"]) == (state, transparency, busy)
    assert sent["CLASS"] == "PRIVATE"


@pytest.mark.parametrize("status", ["", "confirmed", "waitlisted", "cancelled"])
def test_a_cancelled_run_stays_and_blocks_nobody(session, status):
    session.run.cancelled_at, session.run.cancellation_reason = CHANGED, "Die Kursleitung ist krank."
    sent = properties(CalendarItem(session, status=status))
    assert sent["SUMMARY"] == "ABGESAGT: Basisseminar"
    assert (sent["STATUS"], sent["TRANSP"], sent["X-MICROSOFT-CDO-BUSYSTATUS"]) == ("CANCELLED", "TRANSPARENT", "FREE")
    assert sent["DESCRIPTION"].split("\\n")[0] == "Dieser Termin ist abgesagt: Die Kursleitung ist krank."


def test_a_cancelled_session_stays_and_its_sequence_rises(session):
    further_session(session.run)
    cancel_session(Session.objects.get(pk=session.pk))
    sent = properties(CalendarItem(Session.objects.select_related("run__course", "run__venue").get(pk=session.pk)))
    assert (sent["SUMMARY"], sent["STATUS"], sent["SEQUENCE"]) == ("ABGESAGT: Basisseminar", "CANCELLED", "1")


def test_changes_of_the_registration_count_too(session):
    session.sequence = 2
    later = CHANGED + dt.timedelta(days=1)
    sent = properties(CalendarItem(session, status="confirmed", changed_at=later, changes=3))
    assert sent["SEQUENCE"] == "5"
    assert (sent["DTSTAMP"], sent["LAST-MODIFIED"]) == ("20260103T030405Z", "20260103T030405Z")


@pytest.mark.parametrize(
    ("status", "told"), [("confirmed", True), ("waitlisted", False), ("offered", False), ("", False)]
)
def test_only_confirmed_people_get_the_online_link(db, status, told):
    run = builders.build_run(format=CourseRun.Format.ONLINE, online_link="https://konferenz.example/raum")
    content = calendars.as_ical([CalendarItem(session_of(run), status=status)])
    assert ("konferenz.example" in "".join(lines(content))) is told
    assert properties(CalendarItem(session_of(run)))["LOCATION"] == "online"


def test_the_online_link_goes_when_the_run_is_cancelled(db):
    run = builders.build_run(
        format=CourseRun.Format.ONLINE, online_link="https://konferenz.example/raum",
        cancelled_at=CHANGED, cancellation_reason="krank",
    )  # fmt: skip
    content = calendars.as_ical([CalendarItem(session_of(run), status=Registration.Status.CONFIRMED)])
    assert "konferenz.example" not in "".join(lines(content))


def test_english(session):
    session.run.course.title_en = "Basic seminar"
    with translation.override("en"):
        assert properties(CalendarItem(session))["SUMMARY"] == "Basic seminar"


# --- Form -----------------------------------------------------------------------------------------


def test_a_feed_has_a_name_and_says_how_often_to_look(session):
    sent = lines(calendars.as_ical([CalendarItem(session)], name="Schulungen, Süd; Nord", description="Alle"))
    assert sorted(sent[: sent.index("BEGIN:VTIMEZONE")]) == [
        "BEGIN:VCALENDAR",
        "CALSCALE:GREGORIAN",
        "NAME:Schulungen\\, Süd\\; Nord",
        "PRODID:-//MiKo//Trainings//DE",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "VERSION:2.0",
        "X-PUBLISHED-TTL:PT4H",
        "X-WR-CALDESC:Alle",
        "X-WR-CALNAME:Schulungen\\, Süd\\; Nord",
        "X-WR-TIMEZONE:Europe/Berlin",
    ]


def test_a_file_to_import_has_no_name(session):
    sent = lines(calendars.as_ical([CalendarItem(session)]))
    assert sent[: sent.index("BEGIN:VTIMEZONE")] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MiKo//Trainings//DE",
        "CALSCALE:GREGORIAN",
    ]


def test_nobody_is_asked_to_answer(session):
    content = calendars.as_ical([CalendarItem(session, status="confirmed")], name="Meine")
    assert [word for word in (b"METHOD", b"ORGANIZER", b"ATTENDEE") if word in content] == []


def test_the_same_state_gives_the_same_bytes(session):
    item = CalendarItem(session, status="confirmed", changed_at=CHANGED)
    assert calendars.as_ical([item], name="A") == calendars.as_ical([item], name="A")


def test_a_calendar_without_events_is_still_one():
    parsed = Calendar.from_ical(calendars.as_ical([], name="Leer"))
    assert [component.name for component in parsed.subcomponents] == ["VTIMEZONE"]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_a_line_break_in_a_text_cannot_begin_a_property(session, line_break):
    evil = f"Titel{line_break}END:VEVENT{line_break}X-EVIL:1"
    session.run.course.title = evil
    session.run.notes = evil
    session.room = evil
    content = calendars.as_ical([CalendarItem(session, status="confirmed")], name=evil, description=evil)
    # Also for readers who take every line break of Unicode for one of the file.
    begun = {line.split(":")[0].split(";")[0] for line in "".join(lines_folded(content)).splitlines()}
    assert begun & {"X-EVIL", "Titel"} == set()
    assert len(Calendar.from_ical(content).walk("VEVENT")) == 1
    assert properties(CalendarItem(session))["SUMMARY"] == "Titel END:VEVENT X-EVIL:1"


def lines_folded(content: bytes) -> list[str]:
    return [line + "\n" for line in content.decode().replace("\r\n ", "").split("\r\n")]


def test_texts_are_escaped_and_read_back_as_they_were(session):
    title = "Recht, Praxis; C:\\temp „Ümläute“ 😀 100 % " + "lang " * 40
    session.run.course.title = title.strip()
    content = calendars.as_ical([CalendarItem(session)])
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert str(Calendar.from_ical(content).walk("VEVENT")[0]["SUMMARY"]) == title.strip()


def test_control_characters_and_the_librarys_backslash_n(session):
    session.run.course.title = "A\x00B\x1b[31mC\x7f D:\\Neu"
    assert properties(CalendarItem(session))["SUMMARY"] == "A B [31mC D:\u2216Neu"


def test_long_notes_are_shortened_and_the_address_stays_last(session):
    session.run.notes = "Wort " * 500
    description = properties(CalendarItem(session))["DESCRIPTION"]
    assert len(description) < 700
    assert description.endswith("\\nhttp://127.0.0.1:8000/schulungen/basisseminar/#termin-2026-001")
