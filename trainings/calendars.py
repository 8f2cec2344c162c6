"""How does a session look in a calendar program? Sessions → iCalendar (RFC 5545) bytes; no HTTP, no queries.

The one builder for feeds, downloads and mails, so that they never disagree: a session has one UID for ever, its
SEQUENCE only rises, and the same state gives the same bytes.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vDuration, vText

from trainings import dates
from trainings.models import CourseRun, Registration, Session

# To be raised with every change of what is written below: clients then fetch what they already have anew.
VERSION = 1
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


@dataclass(frozen=True)
class Entry:
    """A session as somebody sees it; ``session.run`` must have its course and venue loaded.

    ``status`` is that of the reader's registration, empty in the public calendar. ``changes`` counts how often the
    reader's registrations for this run have changed their status, ``changed_at`` is when they last did.
    """

    session: Session
    status: str = ""
    changed_at: dt.datetime | None = None
    changes: int = 0

    @property
    def run(self) -> CourseRun:
        return self.session.run

    @property
    def is_public(self) -> bool:
        return not self.status

    @property
    def is_cancelled(self) -> bool:
        return self.session.is_cancelled or self.run.is_cancelled

    @property
    def is_confirmed(self) -> bool:
        return self.status == Registration.Status.CONFIRMED and not self.is_cancelled

    @property
    def last_modified(self) -> dt.datetime:
        moments = [self.session.changed_at, self.changed_at]
        return max(moment for moment in moments if moment).astimezone(dt.UTC).replace(microsecond=0)


def calendar(entries: Iterable[Entry], *, name: str = "", description: str = "") -> bytes:
    """A calendar in the active language. Without a name it is a file to import, with one a feed to subscribe to."""
    result = Calendar()
    result.add("PRODID", PRODID)
    result.add("VERSION", "2.0")
    result.add("CALSCALE", "GREGORIAN")
    if name:
        # The library does not escape these by itself, nor does it write VALUE, which RFC 7986 asks for.
        result.add("NAME", vText(one_line(name)))
        result.add("X-WR-CALNAME", vText(one_line(name)))
        result.add("X-WR-CALDESC", vText(one_line(description or name)))
        result.add("X-WR-TIMEZONE", vText("Europe/Berlin"))
        result.add("REFRESH-INTERVAL", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        result.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    # Always there, so that a calendar without events has a component, as RFC 5545 demands.
    result.add_component(Timezone.from_ical(EUROPE_BERLIN))
    for entry in entries:
        result.add_component(event(entry))
    return bytes(result.to_ical())


def event(entry: Entry) -> Event:
    """The VEVENT. No METHOD, ORGANIZER or ATTENDEE: programs would mail acceptances to them."""
    session = entry.session
    status, transparency, busy = _state(entry)
    result = Event()
    result.add("UID", session.calendar_uid)
    result.add("DTSTAMP", entry.last_modified)
    result.add("LAST-MODIFIED", entry.last_modified)
    result.add("SEQUENCE", session.sequence + entry.changes)
    result.add("DTSTART", session.starts_at.astimezone(BERLIN))
    result.add("DTEND", session.ends_at.astimezone(BERLIN))
    result.add("SUMMARY", one_line(_summary(entry)))
    result.add("LOCATION", one_line(_location(entry)))
    result.add("DESCRIPTION", clean(_description(entry)))
    result.add("URL", _address(entry))
    result.add("CATEGORIES", [one_line(_("Schulung"))])
    result.add("CLASS", "PUBLIC" if entry.is_public else "PRIVATE")
    result.add("STATUS", status)
    result.add("TRANSP", transparency)
    # Outlook asks for this before TRANSP, and for that before STATUS.
    result.add("X-MICROSOFT-CDO-BUSYSTATUS", vText(busy))
    return result


def clean(text: str) -> str:
    """Text without control characters; the only line break left is ``\\n``."""
    text = CONTROLS.sub(" ", LINE_BREAKS.sub("\n", text))
    # The library writes a backslash before N as a line break.
    return text.replace("\\N", "\u2216N")


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _state(entry: Entry) -> tuple[str, str, str]:
    """STATUS, TRANSP and what Outlook shows. What is only announced must not block anybody's day."""
    if entry.is_cancelled:
        return "CANCELLED", "TRANSPARENT", "FREE"
    if entry.is_public:
        return "CONFIRMED", "TRANSPARENT", "FREE"
    if entry.is_confirmed:
        return "CONFIRMED", "OPAQUE", "BUSY"
    return "TENTATIVE", "OPAQUE", "TENTATIVE"


def _summary(entry: Entry) -> str:
    title = entry.run.course.display_title
    if entry.is_cancelled:
        return _("ABGESAGT: %(title)s") % {"title": title}
    if entry.is_public or entry.is_confirmed:
        return title
    return f"{Registration.Status(entry.status).label}: {title}"


def _location(entry: Entry) -> str:
    run = entry.run
    parts = [run.venue.address if run.venue else "", entry.session.room]
    if run.format != CourseRun.Format.ON_SITE:
        parts.append(_("online"))
    return ", ".join(part for part in parts if part)


def _description(entry: Entry) -> str:
    run = entry.run
    lines = []
    if run.is_cancelled:
        lines.append(_("Dieser Termin ist abgesagt: %(reason)s") % {"reason": run.cancellation_reason})
    elif entry.session.is_cancelled:
        lines.append(_("Diese Sitzung entfällt."))
    elif entry.is_confirmed:
        lines.append(_("Ihr Platz ist bestätigt."))
        if run.online_link:
            lines.append(_("Zugangslink: %(link)s") % {"link": run.online_link})
    elif not entry.is_public:
        status = Registration.Status(entry.status).label
        lines.append(_("Sie haben noch keinen bestätigten Platz: %(status)s.") % {"status": status})
    elif run.visibility == CourseRun.Visibility.INVITATION:
        lines.append(_("Zu diesem Termin lädt die Koordination ein."))
    lines.append(_("Umfang: %(units)s") % {"units": dates.units(entry.session.teaching_units)})
    if run.display_notes and not entry.is_cancelled:
        lines.append(Truncator(run.display_notes).chars(LONGEST_NOTE))
    lines.append(_address(entry))
    return "\n".join(lines)


def _address(entry: Entry) -> str:
    return f"{settings.PUBLIC_URL}{entry.run.get_absolute_url()}"
