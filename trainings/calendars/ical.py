"""How does a session look in a calendar program? Sessions → iCalendar (RFC 5545) bytes; no HTTP, no queries.

The one builder for feeds, downloads and mails, so that they never disagree: a session has one UID for ever, its
SEQUENCE only rises, and the same state gives the same bytes.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Alarm, Calendar, Component, Event, Timezone, vDuration, vText

from trainings import dates
from trainings.models import CourseRun, Registration, Session

# To be raised with every change of what is written below: clients then fetch what they already have anew.
VERSION = 4
# Google cuts a feed at about a thousand events or one megabyte.
MOST_EVENTS = 1000
MOST_BYTES = 1_000_000
MOST_KEPT = 4_000  # events of about a kilobyte, in each process
REFRESH = dt.timedelta(hours=4)
PRODID = "-//MiKo//Trainings//DE"
BERLIN = ZoneInfo("Europe/Berlin")

# The rule of the EU since 1996 as RRULE. The library's own ``add_missing_timezones`` lists dates (RDATE), of which
# Thunderbird reads the first and Outlook none: summer events came an hour late.
EUROPE_BERLIN = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
""".replace("\n", "\r\n")

# Line breaks of Unicode, which some programs take for the end of a line of the file.
LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
CONTROLS = re.compile("[\x00-\x09\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_NOTE = 400
END = b"END:VCALENDAR\r\n"
HEAD_BYTES = 5_000  # more than what stands around the events, with the longest names


@dataclass(frozen=True)
class Inside:
    """What those see who teach a run, send people to it or organise it; never the name of a participant.

    ``path`` leads to the page they work on, for teachers the list of the session. Of an agency's people ``own_taken``
    and ``own_waiting`` are the numbers, None in other calendars. ``works_there``: told the phone of the venue and the
    online link. ``changed_at`` is when the numbers last changed.
    """

    path: str
    taken: int
    waiting: int
    own_taken: int | None = None
    own_waiting: int = 0
    teaches: bool = False
    works_there: bool = False
    is_draft: bool = False
    changed_at: dt.datetime | None = None


@dataclass(frozen=True)
class CalendarItem:
    """A session as somebody sees it; ``session.run`` must have its course and venue loaded.

    ``status`` is that of the reader's registration, empty in other calendars. ``changes`` counts how often the
    reader's registrations for this run have changed their status, ``changed_at`` is when they last did.
    ``reminder`` is in minutes before the start.
    """

    session: Session
    status: str = ""
    changed_at: dt.datetime | None = None
    changes: int = 0
    inside: Inside | None = None
    reminder: int | None = None

    @property
    def run(self) -> CourseRun:
        return self.session.run

    @property
    def is_public(self) -> bool:
        return not self.status and self.inside is None

    @property
    def is_cancelled(self) -> bool:
        return self.session.is_cancelled or self.run.is_cancelled

    @property
    def is_confirmed(self) -> bool:
        return self.status == Registration.Status.CONFIRMED and not self.is_cancelled

    @property
    def last_modified(self) -> dt.datetime:
        """When anything the event shows was last changed: session, run, course, venue, one's own place, the numbers."""
        run = self.run
        moments = [self.session.changed_at, run.changed_at, run.course.changed_at, self.changed_at]
        moments += [run.venue.changed_at if run.venue else None, self.inside.changed_at if self.inside else None]
        return max(moment for moment in moments if moment).astimezone(dt.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Note:
    """What a calendar without events says instead, on one day, so that it does not look broken."""

    text: str
    day: dt.date


def as_ical(items: Iterable[CalendarItem], *, name: str = "", description: str = "", note: Note | None = None) -> bytes:
    """A calendar in the active language. Without a name it is a file to import, with one a feed to subscribe to.

    The first items are the most important ones: what goes beyond ``MOST_EVENTS`` or ``MOST_BYTES`` is left out,
    and said. They are written in the order of time.
    """
    written: list[tuple[dt.datetime, int, bytes]] = []
    left = MOST_BYTES - HEAD_BYTES
    is_narrowed = False
    for item in items:
        content = _written(EventFacts.of(item))
        if len(content) > left or len(written) == MOST_EVENTS:
            is_narrowed = True
            break
        left -= len(content)
        written.append((item.session.starts_at, item.session.pk, content))
    if is_narrowed:
        description = " ".join([description or name, _("(gekürzt auf die nächsten Termine)")])
    frame = bytes(_frame(name, description, None if written else note).to_ical())
    head, end = frame[: -len(END)], frame[-len(END) :]
    return b"".join([head, *(content for _start, _pk, content in sorted(written)), end])


@lru_cache(maxsize=1)
def timezone() -> Component:
    """Parsed once, and written by every calendar that has events; nobody changes it."""
    return Timezone.from_ical(EUROPE_BERLIN)


def empty_calendar() -> Calendar:
    result = Calendar()
    result.add("PRODID", PRODID)
    result.add("VERSION", "2.0")
    result.add("CALSCALE", "GREGORIAN")
    return result


def _frame(name: str, description: str, note: Note | None) -> Calendar:
    """The calendar without its events."""
    result = empty_calendar()
    if name:
        # The library does not escape these by itself, nor does it write VALUE, which RFC 7986 asks for.
        result.add("NAME", vText(one_line(name)))
        result.add("X-WR-CALNAME", vText(one_line(name)))
        result.add("X-WR-CALDESC", vText(one_line(description or name)))
        result.add("X-WR-TIMEZONE", vText("Europe/Berlin"))
        result.add("REFRESH-INTERVAL", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        result.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    # Always there, so that a calendar without events has a component, as RFC 5545 demands.
    result.add_component(timezone())
    if note:
        result.add_component(_all_day(note))
    return result


def _all_day(note: Note) -> Event:
    result = Event()
    result.add("UID", f"{note.day:%Y%m%d}-note@miko-trainings")
    result.add("DTSTAMP", dt.datetime.combine(note.day, dt.time.min, dt.UTC))
    result.add("DTSTART", note.day)
    result.add("DTEND", note.day + dt.timedelta(days=1))
    result.add("SUMMARY", one_line(note.text))
    result.add("TRANSP", "TRANSPARENT")
    result.add("X-MICROSOFT-CDO-BUSYSTATUS", vText("FREE"))
    return result


class EventFacts(NamedTuple):
    """All that an event says, as plain values."""

    uid: str
    changed_at: dt.datetime
    sequence: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    summary: str
    location: str
    description: str
    address: str
    category: str
    is_public: bool
    state: tuple[str, str, str]
    reminder: int | None

    @classmethod
    def of(cls, item: CalendarItem) -> "EventFacts":
        session, address = item.session, _address(item)
        return cls(
            uid=session.calendar_uid,
            changed_at=item.last_modified,
            sequence=session.sequence + item.changes,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            summary=_summary(item),
            location=_location(item),
            description=_description(item, address),
            address=address,
            category=_("Schulung"),
            is_public=item.is_public,
            state=_state(item),
            reminder=None if item.is_cancelled else item.reminder,
        )


def event(item: CalendarItem) -> Event:
    """The VEVENT. No METHOD, ORGANIZER or ATTENDEE: programs would mail acceptances to them."""
    return _event(EventFacts.of(item))


@lru_cache(maxsize=MOST_KEPT)
def _written(facts: EventFacts) -> bytes:
    """Equal facts are equal bytes, so that what many calendars hold is written once in a process."""
    return bytes(_event(facts).to_ical())


def _event(facts: EventFacts) -> Event:
    status, transparency, busy = facts.state
    summary = one_line(facts.summary)
    result = Event()
    result.add("UID", facts.uid)
    result.add("DTSTAMP", facts.changed_at)
    result.add("LAST-MODIFIED", facts.changed_at)
    result.add("SEQUENCE", facts.sequence)
    result.add("DTSTART", facts.starts_at.astimezone(BERLIN))
    result.add("DTEND", facts.ends_at.astimezone(BERLIN))
    result.add("SUMMARY", summary)
    if location := one_line(facts.location):
        result.add("LOCATION", location)
    result.add("DESCRIPTION", clean(facts.description))
    result.add("URL", facts.address)
    result.add("CATEGORIES", [one_line(facts.category)])
    result.add("CLASS", "PUBLIC" if facts.is_public else "PRIVATE")
    result.add("STATUS", status)
    result.add("TRANSP", transparency)
    # Outlook asks for this before TRANSP, and for that before STATUS.
    result.add("X-MICROSOFT-CDO-BUSYSTATUS", vText(busy))
    if facts.reminder is not None:
        result.add_component(_alarm(summary, facts.reminder))
    return result


def _alarm(text: str, minutes: int) -> Alarm:
    result = Alarm()
    result.add("ACTION", "DISPLAY")
    result.add("DESCRIPTION", text)
    result.add("TRIGGER", -dt.timedelta(minutes=minutes))
    return result


def clean(text: str) -> str:
    """Text without control characters; the only line break left is ``\\n``."""
    text = CONTROLS.sub(" ", LINE_BREAKS.sub("\n", text))
    # The library writes a backslash before N as a line break.
    return text.replace("\\N", "\u2216N")


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _state(item: CalendarItem) -> tuple[str, str, str]:
    """STATUS, TRANSP and what Outlook shows. What one only looks at must not block anybody's day."""
    if item.is_cancelled:
        return "CANCELLED", "TRANSPARENT", "FREE"
    if item.inside:
        blocks = "OPAQUE" if item.inside.teaches else "TRANSPARENT"
        if item.inside.is_draft:
            return "TENTATIVE", blocks, "TENTATIVE" if item.inside.teaches else "FREE"
        return "CONFIRMED", blocks, "BUSY" if item.inside.teaches else "FREE"
    if item.is_public:
        return "CONFIRMED", "TRANSPARENT", "FREE"
    if item.is_confirmed:
        return "CONFIRMED", "OPAQUE", "BUSY"
    return "TENTATIVE", "OPAQUE", "TENTATIVE"


def _summary(item: CalendarItem) -> str:
    title = item.run.course.display_title
    if item.is_cancelled:
        return _("ABGESAGT: %(title)s") % {"title": title}
    if item.inside and item.inside.is_draft:
        return _("ENTWURF: %(title)s") % {"title": title}
    if item.inside or item.is_public or item.is_confirmed:
        return title
    return f"{Registration.Status(item.status).label}: {title}"


def _location(item: CalendarItem) -> str:
    run = item.run
    parts = [run.venue.address if run.venue else "", item.session.room]
    if run.is_online:
        parts.append(_("online"))
    return ", ".join(part for part in parts if part)


def _description(item: CalendarItem, address: str) -> str:
    run = item.run
    lines = []
    if run.is_cancelled:
        lines.append(_("Dieser Termin ist abgesagt: %(reason)s") % {"reason": run.cancellation_reason})
    elif item.session.is_cancelled:
        lines.append(_("Diese Sitzung entfällt."))
    elif item.inside:
        lines += _seen_inside(run, item.inside)
    elif item.is_confirmed:
        lines.append(_("Ihr Platz ist bestätigt."))
        if run.online_link:
            lines.append(_online_link(run))
    elif not item.is_public:
        status = Registration.Status(item.status).label
        lines.append(_("Sie haben noch keinen bestätigten Platz: %(status)s.") % {"status": status})
    elif run.visibility == CourseRun.Visibility.INVITATION:
        lines.append(_("Zu diesem Termin lädt die Koordination ein."))
    lines.append(_("Umfang: %(units)s") % {"units": dates.units(item.session.teaching_units)})
    if run.display_notes and not item.is_cancelled:
        lines.append(_shortened(run.display_notes))
    leads_to_list = item.inside is not None and item.inside.teaches
    lines.append(_("Teilnahmeliste: %(address)s") % {"address": address} if leads_to_list else address)
    return "\n".join(lines)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_NOTE else Truncator(text).chars(LONGEST_NOTE)  # which counts every letter


def _seen_inside(run: CourseRun, inside: Inside) -> list[str]:
    """How full the run is, and how to get to it."""
    lines = [occupancy(inside.taken, run.capacity, inside.waiting)]
    if inside.own_taken is not None:
        own = ngettext("Ihre Behörde: %(number)d Platz", "Ihre Behörde: %(number)d Plätze", inside.own_taken)
        lines.append(own % {"number": inside.own_taken} + _waiting(inside.own_waiting))
    if inside.works_there and run.venue and run.venue.phone:
        lines.append(_("Telefon vor Ort: %(phone)s") % {"phone": run.venue.phone})
    if inside.works_there and run.online_link:
        lines.append(_online_link(run))
    return lines


def occupancy(taken: int, capacity: int, waiting: int) -> str:
    """„12 von 16 Plätzen belegt, 3 warten“."""
    text = ngettext("%(taken)d von %(capacity)d Platz belegt", "%(taken)d von %(capacity)d Plätzen belegt", capacity)
    return text % {"taken": taken, "capacity": capacity} + _waiting(waiting)


def _waiting(number: int) -> str:
    if not number:
        return ""
    return ", " + ngettext("%(number)d wartet", "%(number)d warten", number) % {"number": number}


def _online_link(run: CourseRun) -> str:
    return _("Zugangslink: %(link)s") % {"link": run.online_link}


def _address(item: CalendarItem) -> str:
    return f"{settings.PUBLIC_URL}{item.inside.path if item.inside else item.run.get_absolute_url()}"
