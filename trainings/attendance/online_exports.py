"""Who was connected to an online meeting, and when? Reads the attendance exports of conferencing systems.

Bytes in, people out; no database. Microsoft Teams (with numbered sections, and the older list of events), Webex, Zoom
and BigBlueButton, in German and English, are recognised by their headings alone: file names, order of columns and
separators differ between versions and after a detour through Excel. Times without a zone are those of Europe/Berlin.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.addresses import normalised
from accounts.names import clean_name
from accounts.tables import LineTooLong, lines_of, too_large
from trainings.attendance import online_times
from trainings.dates import ZONE, date_long, span

# A page can show and a form can send so many people; a session has far fewer.
MAX_PEOPLE = 400
MAX_LENGTH = 200  # of a name or an address
MAX_CELLS = 100  # of a line that are looked at; exports have up to twenty
# Webex and Zoom round durations to minutes; by so much they may fall short of the times beside them.
ROUNDING_SECONDS = 60

SYSTEMS = {
    "teams": "Microsoft Teams",
    "webex": "Webex",
    "zoom": "Zoom",
    "bigbluebutton": "BigBlueButton",
}

# Headings by what stands below them, reduced by ``_key``.
_HEADINGS = {
    "name": {
        "name", "fullname", "vollständigername", "displayname", "anzeigename", "teilnehmername", "participantname",
        "nameoriginalname", "usernameoriginalname", "benutzernameoriginalname", "nameursprünglichername",
        "attendeename",
    },
    "first_name": {"firstname", "vorname"},
    "last_name": {"lastname", "nachname"},
    "email": {
        "email", "emailadresse", "emailaddress", "useremail", "benutzeremail", "emailadressedesbenutzers",
        "benutzeremailadresse", "attendeeemail", "emaildesteilnehmers", "emailadressedesteilnehmers",
        "teilnehmeremail", "teilnehmeremailadresse",
    },
    "upn": {"participantidupn", "teilnehmeridupn", "participantid", "teilnehmerid"},
    "joined": {
        "firstjoin", "firstjointime", "jointime", "join", "joined", "ersterbeitritt", "ersteteilnahme", "beitrittszeit",
        "beitrittszeitpunkt", "beitritt", "zeitpunktdesbeitritts", "beigetreten", "beigetretenum", "teilnahme",
        "startzeitderteilnahme", "teilnahmezeit",
    },
    "left": {
        "lastleave", "lastleavetime", "leavetime", "leave", "left", "letztesverlassen", "letzteraustritt",
        "letzterabgang", "austrittszeit", "austrittszeitpunkt", "austritt", "verlassen", "verlassenum",
        "zeitpunktdesverlassens", "zeitdesverlassens", "verlassenszeit", "endzeitderteilnahme",
    },
    "duration": {
        "inmeetingduration", "duration", "durationminutes", "totaldurationminutes", "timeinsessionminutes",
        "attendanceduration", "dauer", "dauerminuten", "gesamtdauerminuten", "dauerinderbesprechung",
        "besprechungsdauer", "dauerderbesprechungsteilnahme", "teilnahmedauer", "anwesenheitsdauer",
        "dauerderteilnahme", "zeitindersitzungminuten",
    },
    "action": {"useraction", "benutzeraktion", "aktion", "action"},
    "at": {"timestamp", "zeitstempel", "utceventtimestamp"},
    "waiting": {"inwaitingroom", "imwarteraum", "imwartezimmer"},
}  # fmt: skip
# The host in what Zoom says of the meeting, a participant in its lists of webinars.
_MAYBE_THE_HOST = {"username", "benutzername"}
_SIGNS = [
    ("bigbluebutton", {"moderator"}),
    ("webex", {"attendeeemail", "attendanceduration", "emaildesteilnehmers", "emailadressedesteilnehmers"}),
    ("zoom", {"nameoriginalname", "usernameoriginalname", "useremail", "benutzeremail", "guest", "gast"}),
    ("zoom", {"durationminutes", "dauerminuten", "totaldurationminutes"}),
    ("teams", {"participantidupn", "teilnehmeridupn", "inmeetingduration", "useraction", "benutzeraktion"}),
    ("teams", {"firstjoin", "ersterbeitritt", "role", "rolle"}),
]
_NO_VALUE = {"", "-", "–", "--", "n/a", "k.a.", "null"}
_SECTION = re.compile(r"\d+\. ?\D")  # „2. Teilnehmer“
_UTC = re.compile(r"\b(UTC|GMT)\b", re.IGNORECASE)
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class UnreadableExport(ValueError):
    """The file cannot be used for this session; the message says why."""


@dataclass(frozen=True)
class Stay:
    """One line of the file: when somebody came and went (UTC), and for how many seconds the person was connected.

    Without ``left`` the person was still there when the file was written. Fewer ``seconds`` than between the times mean
    interruptions that the file does not list.
    """

    joined: dt.datetime | None = None
    left: dt.datetime | None = None
    seconds: int | None = None

    @property
    def has_no_end(self) -> bool:
        return self.joined is not None and self.left is None and self.seconds is None


@dataclass(frozen=True)
class Attendee:
    """A person as the file names them, on however many devices and with however many reconnections."""

    name: str
    email: str
    stays: tuple[Stay, ...]


@dataclass(frozen=True)
class Export:
    """``system`` is a key of SYSTEMS, or empty for headings that could be anybody's."""

    system: str
    people: tuple[Attendee, ...]

    @property
    def system_name(self) -> str:
        return SYSTEMS.get(self.system) or _("Programm nicht erkannt")

    @property
    def without_end(self) -> int:
        """How many people have no end of their stay in the file."""
        return sum(any(stay.has_no_end for stay in person.stays) for person in self.people)

    @property
    def without_times(self) -> bool:
        return not any(stay.joined for person in self.people for stay in person.stays)


@dataclass(frozen=True)
class _ExportLine:
    """One person's line as it stands in the file."""

    number: int
    name: str
    email: str
    joined: str
    left: str
    duration: str
    action: str
    is_summary: bool = False
    is_utc: bool = False


# --- Counting ----------------------------------------------------------------------------------


def minutes(stays: Iterable[Stay], starts_at: dt.datetime, ends_at: dt.datetime) -> int:
    """Full minutes connected between two moments: overlaps count once, and never more than between the two."""
    starts_at, ends_at = starts_at.astimezone(dt.UTC), ends_at.astimezone(dt.UTC)  # local times subtract as on a clock
    exact, spans = [], []
    loose = untimed = 0.0
    for stay in stays:
        if stay.joined is None:
            untimed += stay.seconds or 0
            continue
        left = stay.left or (ends_at if stay.has_no_end else stay.joined + dt.timedelta(seconds=stay.seconds or 0))
        part = max(stay.joined, starts_at), min(left, ends_at)
        if part[0] >= part[1]:
            continue
        spans.append(part)
        if stay.seconds is None or stay.seconds >= (left - stay.joined).total_seconds() - ROUNDING_SECONDS:
            exact.append(part)
        else:
            loose += min(stay.seconds, (part[1] - part[0]).total_seconds())
    connected = min(_covered(exact) + loose, _covered(spans)) + untimed
    return int(min(connected, (ends_at - starts_at).total_seconds()) // 60)


def _covered(parts: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """Seconds that lie in at least one of the parts."""
    seconds, end = 0.0, None
    for start, stop in sorted(parts):
        since = start if end is None else max(start, end)
        if stop > since:
            seconds += (stop - since).total_seconds()
        end = stop if end is None else max(end, stop)
    return seconds


# --- Reading -----------------------------------------------------------------------------------


def read_export(data: bytes, starts_at: dt.datetime, ends_at: dt.datetime) -> Export:
    """The people in an export of the session between these moments; raises UnreadableExport."""
    system, lines = _table(_decoded(data))
    texts = [text for line in lines for text in (line.joined, line.left)]
    month_first = online_times.month_first(texts, starts_at.astimezone(ZONE).date())
    people = _people(lines, month_first)
    if not people:
        raise UnreadableExport(_("In der Datei steht niemand."))
    if len(people) > MAX_PEOPLE:
        raise UnreadableExport(
            _("Die Datei nennt mehr als %(people)d Personen. Ist es die richtige?") % {"people": MAX_PEOPLE}
        )
    export = Export(system, tuple(people))
    if not export.without_times:
        _check_day(people, starts_at, ends_at)
    return export


def _check_day(people: Sequence[Attendee], starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    stays = [stay for person in people for stay in person.stays]
    if any(stay.joined is None for stay in stays) or minutes(stays, starts_at, ends_at):
        return
    day = min(stay.joined for stay in stays if stay.joined)
    if day.astimezone(ZONE).date() == starts_at.astimezone(ZONE).date():
        text = _("Nach dieser Datei war während der Sitzung (%(time)s) niemand verbunden.")
        raise UnreadableExport(text % {"time": span(starts_at, ends_at)})
    text = _("Die Datei ist vom %(day)s; die Sitzung war am %(session)s. Bitte wählen Sie die Datei dieser Sitzung.")
    raise UnreadableExport(text % {"day": date_long(day), "session": date_long(starts_at)})


def _decoded(data: bytes) -> str:
    """Teams and Webex write UTF-16 with tabs, Zoom and BigBlueButton UTF-8, German Excel Windows-1252."""
    if len(data) > settings.IMPORT_MAX_BYTES:
        raise UnreadableExport(too_large())
    if not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        raise UnreadableExport(_("Die Datei ist leer."))
    if data.startswith((_ZIP, _OLE)):
        raise UnreadableExport(
            _("Das ist eine Excel-Datei. Bitte laden Sie die CSV-Datei hoch, die das Konferenzprogramm geliefert hat.")
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data[1:2] == b"\x00" and data[3:4] == b"\x00":
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableExport(_unknown())


def _unknown() -> str:
    return _(
        "Diese Datei ist keine Anwesenheitsliste von Microsoft Teams, Webex, Zoom oder BigBlueButton, oder sie nennt "
        "keine Zeiten. Bitte laden Sie die CSV-Datei hoch, die das Konferenzprogramm geliefert hat."
    )


def _table(text: str) -> tuple[str, list[_ExportLine]]:
    """The system and the lines about people; the separator is the one with which there are headings."""
    if sum(1 for line in text.splitlines() if line.strip()) > settings.IMPORT_MAX_ROWS:
        raise UnreadableExport(
            _("Die Tabelle hat mehr als %(rows)d Zeilen. Bitte teilen Sie sie auf.")
            % {"rows": settings.IMPORT_MAX_ROWS}
        )
    text = re.sub(r'(^|[\t;,])="', r'\1"', text, flags=re.MULTILINE)  # Webex: ="2026-03-03", so that Excel keeps it
    for delimiter in [mark for mark in "\t;," if mark in text]:
        try:
            rows = list(csv.reader(lines_of(text), delimiter=delimiter))
        except csv.Error:
            continue
        except LineTooLong:
            raise UnreadableExport(_unknown()) from None
        systems: list[str] = []
        lines = list(_lines((row[:MAX_CELLS] for row in rows), systems))
        if systems:
            return next((system for system in systems if system), ""), lines
    raise UnreadableExport(_unknown())


def _lines(rows: Iterable[Sequence[str]], systems: list[str]) -> Iterator[_ExportLine]:
    """Lines below headings; tells ``systems`` of each kind of headings."""
    columns: dict[str, int] = {}
    section = ""
    is_utc = is_summary = False
    for number, row in enumerate(rows, 1):
        cells = [_cell(cell) for cell in row]
        if found := _columns(cells):
            columns, keys = found, {_key(cell) for cell in cells}
            systems.append(next((system for system, signs in _SIGNS if signs & keys), ""))
            is_utc = "utceventtimestamp" in keys or any(_UTC.search(cell) for cell in cells)
            is_summary = section.startswith("2.") or bool({"firstjoin", "ersterbeitritt"} & keys)
        elif _SECTION.match(cells[0] if cells else "") and not any(cells[1:]):
            columns, section = {}, cells[0]
        elif columns:
            value = {name: cells[column] if column < len(cells) else "" for name, column in columns.items()}
            line = _line(number, {name: "" if text.casefold() in _NO_VALUE else text for name, text in value.items()})
            if line and value.get("waiting", "").casefold() not in {"yes", "ja"}:
                yield replace(line, is_utc=is_utc, is_summary=is_summary)


def _cell(text: str) -> str:
    """Without the wrapper that keeps Excel from changing it: ="2026-03-03 09:00"."""
    text = clean_name(text[: 2 * MAX_LENGTH])
    return text[2:].removesuffix('"') if text.startswith('="') else text


def _line(number: int, value: dict[str, str]) -> _ExportLine | None:
    """None where nobody is named or no time is given."""
    name = value.get("name") or f"{value.get('first_name', '')} {value.get('last_name', '')}".strip()
    addresses = [value.get("email", ""), value.get("upn", "")]
    email = next((text for text in addresses if "@" in text and "#ext#" not in text.casefold()), "")
    joined, duration = value.get("at") or value.get("joined", ""), value.get("duration", "")
    if not (name or email) or not (joined or duration):
        return None
    left, action = value.get("left", ""), value.get("action", "")
    name, email = name[:MAX_LENGTH], normalised(email)[:MAX_LENGTH]
    return _ExportLine(number, name, email, joined, left, duration, action)


def _key(heading: str) -> str:
    return re.sub(r"[\W\d_]", "", _UTC.sub("", heading).casefold())


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which column says what, if the cells are headings of a list of people with times; else nothing.

    What comes after the name is preferred: exports that repeat the meeting in every line have the host's address first.
    """
    keys = [_key(cell) for cell in cells]
    columns: dict[str, int] = {}
    for name, known in _HEADINGS.items():
        places = [place for place, key in enumerate(keys) if key in known]
        if name == "name" and not places:
            places = [place for place, key in enumerate(keys) if key in _MAYBE_THE_HOST]
        after = [place for place in places if place > columns.get("name", -1)]
        if places:
            columns[name] = (after or places)[0]
    has_name = "name" in columns or {"first_name", "last_name"} <= set(columns)
    if not has_name or not ("joined" in columns or "duration" in columns or {"action", "at"} <= set(columns)):
        return {}
    is_host = "name" in columns and keys[columns["name"]] in _MAYBE_THE_HOST and "joined" not in columns
    return {} if is_host else columns


# --- People ------------------------------------------------------------------------------------


def _people(lines: Sequence[_ExportLine], month_first: bool) -> list[Attendee]:
    """One per address, else per name, in the order of the file; Teams' list of stays is preferred to its summary."""
    listed = {text for line in lines if not line.is_summary for text in (line.email, line.name.casefold()) if text}
    kept = [line for line in lines if not line.is_summary or not {line.email, line.name.casefold()} & listed]
    by_person: dict[str, list[_ExportLine]] = {}
    for line in kept:
        by_person.setdefault(line.email or line.name.casefold(), []).append(line)
    return [Attendee(own[0].name, own[0].email, tuple(_stays(own, month_first))) for own in by_person.values()]


def _stays(lines: Sequence[_ExportLine], month_first: bool) -> Iterator[Stay]:
    if any(line.action for line in lines):
        yield from _from_events(lines, month_first)
        return
    for line in lines:
        seconds = _seconds(line)
        joined = _readings(line, line.joined, month_first) if line.joined else []
        left = _readings(line, line.left, month_first) if line.left else []
        pairs = [(start, end) for start in joined for end in left if start <= end]
        if pairs:
            start, end = min(pairs, key=lambda pair: _misfit(pair[1] - pair[0], seconds))
            yield Stay(start, end, seconds)
        elif left:  # left before joining: the times cannot both be right, so they do not count
            yield Stay(joined[0] if joined else None, None, seconds or 0)
        else:
            yield Stay(joined[0] if joined else None, None, seconds)


def _misfit(length: dt.timedelta, seconds: int | None) -> float:
    """When the clocks go back, take the reading that fits the duration, or else the shortest."""
    return length.total_seconds() if seconds is None else abs(length.total_seconds() - seconds)


def _seconds(line: _ExportLine) -> int | None:
    try:
        return online_times.seconds(line.duration) if line.duration else None
    except ValueError:
        raise _unreadable(line, line.duration) from None


def _readings(line: _ExportLine, text: str, month_first: bool) -> list[dt.datetime]:
    try:
        return online_times.readings(text, month_first=month_first, is_utc=line.is_utc)
    except ValueError:
        raise _unreadable(line, text) from None


def _unreadable(line: _ExportLine, text: str) -> UnreadableExport:
    sentence = _("Die Zeit „%(text)s“ in Zeile %(row)d ist nicht lesbar.")
    return UnreadableExport(sentence % {"text": text[:40], "row": line.number})


def _from_events(lines: Sequence[_ExportLine], month_first: bool) -> Iterator[Stay]:
    """Somebody on two devices is there until both have left; whoever is not seen leaving has stayed."""
    events: list[tuple[dt.datetime, bool]] = []
    for line in lines:
        readings = _readings(line, line.joined, month_first)
        later = [at for at in readings if not events or at >= events[-1][0]]
        events.append(((later or readings)[0], _key(line.action).startswith(("left", "verlassen", "hatverlassen"))))
    devices, since, last_left = 0, None, None
    for at, has_left in sorted(events):
        if has_left and since:
            devices, last_left = devices - 1, at
            if devices == 0:
                yield Stay(since, at)
                since = last_left = None
        elif not has_left:
            devices, since, last_left = devices + 1, since or at, None
    if since:
        yield Stay(since, last_left)
