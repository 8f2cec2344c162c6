"""Is ``ical.VERSION`` raised when an event says something else? Programs keep what they have as long as it is not."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.utils import translation

from tests.builders import berlin
from trainings import calendars
from trainings.calendars import CalendarItem, ical
from trainings.calendars.ical import Inside, Note
from trainings.models import Course, CourseRun, Registration, Session, Venue

CHANGED = berlin(2026, 1, 2, 3)
# By version, what it writes. An entry never changes; another text is another version.
DIGESTS = {3: "9dc0e9e97bee81f8", 4: "273b1bee40851918"}


def build_session(*, session: dict[str, Any] | None = None, **run: Any) -> Session:
    """Without a database, so that each number in it is known."""
    texts = {"title": "Umgang mit Vielfalt", "title_en": "Working with Diversity", "slug": "vielfalt"}
    venue = Venue(name="Kreishaus", street="Bahnhofstr. 9", town="Koblenz", phone="0261 108-0", changed_at=CHANGED)
    defaults = {
        "course": Course(**texts, changed_at=CHANGED), "number": "2026-001", "capacity": 16, "format": "hybrid",
        "venue": venue, "online_link": "https://raum.example/1", "notes": "Parkplatz im Hof", "changed_at": CHANGED,
    }  # fmt: skip
    fields: dict[str, Any] = {
        "pk": 1, "starts_at": berlin(2026, 7, 1, 9), "ends_at": berlin(2026, 7, 1, 16, 30), "teaching_minutes": 360,
        "room": "Saal 2", "calendar_uid": "uid@miko-trainings", "sequence": 3, "changed_at": CHANGED,
    }  # fmt: skip
    return Session(run=CourseRun(**{**defaults, **run}), **{**fields, **(session or {})})


def items() -> Iterator[CalendarItem]:
    """A session as anybody sees it, who registered, who teaches, sends people or organises; in each of its states."""
    plain = build_session()
    yield CalendarItem(plain)
    yield from (CalendarItem(plain, status=status, changes=2, reminder=60) for status in Registration.Status)
    yield CalendarItem(plain, inside=Inside("/liste/1/", 12, 3, teaches=True, works_there=True))
    yield CalendarItem(plain, inside=Inside("/behoerde/1/", 1, 0, own_taken=1, own_waiting=1))
    yield CalendarItem(plain, inside=Inside("/koordination/1/", 0, 0, is_draft=True))
    yield CalendarItem(plain, inside=Inside("/liste/1/", 0, 0, is_draft=True, teaches=True))
    yield CalendarItem(build_session(visibility="invitation", format="on_site", online_link="", notes=""))
    for gone in [
        build_session(session={"cancelled_at": CHANGED}),
        build_session(cancelled_at=CHANGED, cancellation_reason="Kursleitung erkrankt"),
    ]:
        yield from [CalendarItem(gone), CalendarItem(gone, status="confirmed", reminder=60)]


def everything_written() -> bytes:
    written = []
    for language in ("de", "en"):
        with translation.override(language):
            feed = {"name": "Meine Schulungen", "description": "Ihre Termine"}
            written.append(calendars.as_ical([], note=Note("Zurzeit keine Termine", CHANGED.date()), **feed))
            written.append(calendars.as_ical([CalendarItem(build_session())] * 2, **feed))
            written += [calendars.as_ical([item]) for item in items()]
    return b"".join(written)


def test_another_text_is_another_version(settings, monkeypatch):
    monkeypatch.setattr(ical, "MOST_EVENTS", 1)  # so that a feed of two is narrowed
    settings.PUBLIC_URL = "https://schulungen.example"
    digest = hashlib.sha256(everything_written()).hexdigest()[:16]
    assert DIGESTS.get(ical.VERSION) == digest, (
        "events or feeds say something else than before: raise VERSION in trainings/calendars/ical.py "
        f'to {max(DIGESTS) + 1}, so that programs fetch them anew, and store here {max(DIGESTS) + 1}: "{digest}"'
    )
