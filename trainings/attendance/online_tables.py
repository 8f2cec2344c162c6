"""Which lines of an attendance export are about people, and what stands in which column?

Tables are found by their headings, in the languages of ``online_words``, whatever stands around them and whatever Excel
has made of them. Nobody writes line breaks into such a file: a line is a row, and a lone quotation mark in somebody's
name stays one character of that name.
"""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.addresses import normalised
from accounts.names import clean_name
from accounts.tables import LineTooLong, UnknownCharacters, decode, lines_of, too_large
from trainings.attendance import online_times
from trainings.attendance.online_words import (
    AWAY,
    EXCUSED,
    FIRST,
    HARMLESS,
    HEADINGS,
    NO,
    SYSTEMS,
    THERE,
    YES,
    folded,
    said,
)

MAX_LENGTH = 200  # of a name or an address
MAX_HEADINGS = 3000  # characters of such a line
MAX_ATTEMPTS = 500  # lines that may be headings
MAX_CELLS = 100  # of a line that are looked at; exports have up to twenty

_NO_VALUE = {"", "-", "–", "--", "n/a", "k.a.", "null", "?"}
SEPARATORS = "\t;,|"
_BLANK = ' \t;,|"\r\n\x1f'
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,]+@[^\s<>()\[\];,]+")
_SECTION = re.compile(r"\d+\. ?\D")  # „2. Teilnehmer“
_ALIEN = {
    "Excel": (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
    "JSON": (b"{", b"[{", b'["', b"[ ", b"[\n", b"[\r"),
    "PDF": (b"%PDF",),
    "HTML": (b"<",),
    "PNG": (b"\x89PNG",),
    "JPEG": (b"\xd8\xff",),  # what follows a first byte that may also be part of a mark of order
}


class UnreadableExport(ValueError):
    """The file cannot be used for this session; the message says why, and which file can."""


@dataclass(frozen=True)
class ExportLine:
    """A row about somebody: its cells by the kinds of HEADINGS, and those below the name of a day by their headings."""

    number: int
    value: Mapping[str, str]
    dated: Mapping[str, str]
    is_summary: bool = False
    zone: dt.tzinfo | None = None
    units: frozenset[int] = frozenset()  # of its duration, from the heading

    @property
    def has_times(self) -> bool:
        return bool({"joined", "duration", "at"} & set(self.value))

    @property
    def name(self) -> str:
        both = f"{self.value.get('first_name', '')} {self.value.get('last_name', '')}"
        return (self.value.get("name") or both.strip())[:MAX_LENGTH]

    @property
    def email(self) -> str:
        texts = [self.value.get(kind, "") for kind in ("email", "upn", "name")]
        own = (text for text in texts if "#ext#" not in text.casefold())  # of another organisation's guest, made up
        found = next((match[0] for text in own if (match := _ADDRESS.search(text))), "")
        return normalised(found)[:MAX_LENGTH]


@dataclass
class ExportLines:
    """``zone``: what the file says of its time zone, if that is none we know."""

    system: str
    lines: list[ExportLine]
    zone: str


def read_lines(data: bytes) -> ExportLines:
    """Raises UnreadableExport. The separator is the one with which most headings are known."""
    text = _decoded(data)
    best, most = None, 0
    try:
        filled = Counter(bool(line.strip()) for line in lines_of(text))
        if filled[True] > settings.IMPORT_MAX_ROWS or filled[False] > 10 * settings.IMPORT_MAX_ROWS:
            found = _("Die Tabelle hat mehr als %(rows)d Zeilen. Bitte teilen Sie sie auf.")
            raise UnreadableExport(found % {"rows": settings.IMPORT_MAX_ROWS})
        for delimiter in ["\x1f", *(mark for mark in SEPARATORS if mark in text)]:
            tables = _Tables(text, delimiter)
            if tables.known > most:
                best, most = tables, tables.known
    except LineTooLong:
        raise UnreadableExport(_unknown()) from None
    if best is None:
        raise UnreadableExport(_unknown())
    if best.unknown_times:
        text = _(
            "Hier scheinen Zeiten zu stehen, aber wir kennen die Überschrift nicht: %(headings)s. Bitte nennen Sie die "
            "Spalten in der Datei Beitritt, Austritt oder Dauer, oder löschen Sie sie."
        )
        raise UnreadableExport(text % {"headings": ", ".join(sorted(best.unknown_times)[:5])})
    if best.unknown_marks:
        text = _(
            "Hier scheint zu stehen, wer da war oder wie lange, aber wir kennen die Überschrift nicht: %(headings)s. "
            "Bitte nennen Sie die Spalten in der Datei Anwesend, Abwesend oder Dauer in Minuten, oder löschen Sie sie."
        )
        raise UnreadableExport(text % {"headings": ", ".join(sorted(best.unknown_marks)[:5])})
    return ExportLines(next(filter(None, best.systems), ""), best.lines, best.zone_text)


# --- Bytes -------------------------------------------------------------------------------------


def _decoded(data: bytes) -> str:
    """Teams and Webex write UTF-16 with tabs, Zoom and BigBlueButton UTF-8, German Excel Windows-1252."""
    if len(data) > settings.IMPORT_MAX_BYTES:
        raise UnreadableExport(too_large())
    start = data[:1000].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\x00", b"")
    if not start and not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n"):
        raise UnreadableExport(_("Die Datei ist leer."))
    for kind, beginnings in _ALIEN.items():
        if start.startswith(beginnings):
            raise UnreadableExport(_("Das ist eine Datei der Art %(kind)s. %(way)s") % {"kind": kind, "way": _way()})
    try:
        encoding = _of_sixteen_bits(data)
        text = data.decode(encoding) if encoding else decode(data).text
    except UnicodeDecodeError:
        raise UnreadableExport(_unknown()) from None
    except UnknownCharacters:
        text = _("Diese Zeichen sind nicht lesbar. Bitte speichern Sie die Datei in Excel als „CSV UTF-8“.")
        raise UnreadableExport(text) from None
    if "\x00" in text:
        raise UnreadableExport(_unknown())
    return text.removeprefix("\ufeff")


def _of_sixteen_bits(data: bytes) -> str:
    """Every second byte of Latin letters is zero, with a mark in front or without."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = data[:400]
    if start[1::2].count(0) * 2 > len(start[1::2]):
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) * 2 > len(start[::2]) else ""


def _way() -> str:
    return _(
        "Bitte laden Sie die Anwesenheitsliste als CSV-Datei hoch, wie sie das Konferenzprogramm liefert; eine Tabelle "
        "aus Excel oder Google Tabellen speichern Sie als CSV. Gibt es keine, schreiben Sie Namen und Zeiten in eine "
        "Tabelle mit den Überschriften Name, E-Mail, Beitritt, Austritt."
    )


def _unknown() -> str:
    return f"{_('Diese Datei ist keine Anwesenheitsliste, oder ihre Überschriften sind nicht bekannt.')} {_way()}"


# --- Tables ------------------------------------------------------------------------------------


class _Tables:
    """All lines below headings, cells separated by ``delimiter``; ``known``: the most headings known in one row."""

    def __init__(self, text: str, delimiter: str) -> None:
        self.known, self.systems, self.zone_text = 0, list[str](), ""
        self.zone: dt.tzinfo | None = None
        self.unknown_times: set[str] = set()
        self.unknown_marks: set[str] = set()
        mark = re.escape(delimiter)
        self.delimiter = delimiter
        self.wrapped = re.compile(rf'(^|{mark})="')  # Webex: ="2026-03-03", so that Excel keeps it
        self.cell = re.compile(rf'(?:"((?:[^"]|"")*+)"(?={mark}|$)|([^{mark}]*))(?:{mark}|$)')
        self.lines = list(self._lines(text))

    def _lines(self, text: str) -> Iterator[ExportLine]:
        columns: dict[str, int] = {}
        dated: dict[str, int] = {}
        others, units = dict[int, str](), frozenset[int]()
        section, is_summary, zone = "", False, None
        attempts, is_blank = 0, True
        for number, raw in enumerate(lines_of(text), 1):
            may_be_headings = not columns or is_blank or not re.search(r"\d", raw)  # after nothing, or without times
            if is_blank := not raw.strip(_BLANK):
                continue
            cells, headings, found = self._cells(raw.rstrip("\r\n")), list[str](), dict[str, int]()
            if may_be_headings and attempts < MAX_ATTEMPTS and len(raw) < MAX_HEADINGS:
                attempts, headings = attempts + 1, [_clean(cell) for cell in cells]
                found = _columns(headings)
            if found:
                columns = found
                others = {
                    at: cell
                    for at, cell in enumerate(headings)
                    if _kind(cell) in {"", "attended", "absent"} and at not in found.values()
                }
                units = online_times.units_in_heading(headings[found["duration"]] if "duration" in found else "")
                dated = {heading: at for at, heading in enumerate(headings) if online_times.day_of(heading)}
                is_summary = section.startswith("2.") or any(
                    _kind(heading) in {"joined", "left"} and FIRST.search(folded(heading)) for heading in headings
                )
                zone = next(filter(None, map(online_times.zone_in_heading, headings)), None)
                self.known = max(self.known, len(columns))
                self.systems.append(_system(headings))
            elif _SECTION.match(cells[0]) and not any(cells[1:]):
                columns, section = {}, cells[0]
            elif columns:
                value, days = ({key: _value(cells, at) for key, at in of.items()} for of in (columns, dated))
                if not (columns.keys() >= {"joined", "left"} or columns.keys() & {"duration", "at"}):
                    self._look_for_marks(cells, {at: cell for at, cell in others.items() if cell not in dated}, days)
                line = ExportLine(number, value, days, is_summary, zone or self.zone, units)
                if line.name or line.email:
                    yield line
            elif headings:
                self._look_for_a_zone(headings)

    def _cells(self, raw: str) -> list[str]:
        """Without the marks around them."""
        matches = islice(self.cell.finditer(self.wrapped.sub(r'\1"', raw)), MAX_CELLS)
        cells = [match[2] if match[1] is None else match[1].replace('""', '"') for match in matches]
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        if len(cells) == 1 and raw.startswith('"') and self.delimiter in cells[0]:  # Excel has quoted the whole line
            return self._cells(raw[1:-1].replace('""', '"'))
        return cells

    def _look_for_marks(self, cells: Sequence[str], others: Mapping[int, str], days: Mapping[str, str]) -> None:
        """In columns nobody knows: times, or who was there. Beside days (Moodle) numbers are sums of other days."""
        for at, heading in others.items():
            text = _value(cells, at)[:60]
            if heading and online_times.clock(text):
                self.unknown_times.add(heading)
            elif not days and heading != "#" and not HARMLESS.search(folded(heading)) and _may_be_a_mark(text):
                self.unknown_marks.add(heading or _("Spalte %(number)d") % {"number": at + 1})

    def _look_for_a_zone(self, cells: Sequence[str]) -> None:
        """„Time zone: Europe/London“, above the headings."""
        label, _colon, behind = cells[0].partition(":")
        value = next(filter(None, [behind.strip(), *cells[1:]]), "")
        if value and _kind(label) == "zone":
            self.zone = online_times.zone(value)
            self.zone_text = "" if self.zone else value


def _clean(text: str) -> str:
    text = clean_name(text[: 2 * MAX_LENGTH])
    return text[1 + (text[0] == "=") : -1] if re.fullmatch(r'=?".+"', text) else text


def _value(cells: Sequence[str], at: int) -> str:
    text = _clean(cells[at]) if at < len(cells) else ""
    return "" if text.casefold() in _NO_VALUE else text


def _may_be_a_mark(text: str) -> bool:
    """„ja“, „fehlt“, „30“, „1 h“, „80 %“, „✓“"""
    if said(text) in YES | THERE | NO | AWAY | EXCUSED or (len(text) == 1 and unicodedata.category(text)[0] == "S"):
        return True
    try:
        return bool(text) and online_times.seconds(text.rstrip(" %"), {60}) >= 0
    except ValueError:
        return False


# --- Headings ----------------------------------------------------------------------------------


_NAMES = {"name", "first_name", "last_name"}


@lru_cache(maxsize=2048)
def _kind(heading: str) -> str:
    words = folded(heading)
    return next((kind for kind, pattern in HEADINGS.items() if pattern.search(words)), "") if words else ""


def _system(cells: Sequence[str]) -> str:
    keys = {folded(cell).replace(" ", "") for cell in cells}
    return next((name for name, signs in SYSTEMS.items() if any(sign <= keys for sign in signs)), "")


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Which column says what, if the cells are headings of a list of people; else nothing.

    What comes after the name is preferred: exports that repeat the meeting in every line have the host's address first.
    """
    places: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        if "@" in cell or not (kind := _kind(cell)):
            continue
        places.setdefault(kind, []).append(place)
    is_of_a_meeting = "meeting" in places and not {"joined", "at"} & set(places)  # Zoom says first what was held
    if is_of_a_meeting:
        return {}
    if not _NAMES & set(places) and "maybe_name" in places:
        places["name"] = places["maybe_name"]
    given = {"first_name", "last_name"} & set(places)
    if "name" in places and len(given) == 1:  # „Vorname“, „Name“
        places[({"first_name", "last_name"} - given).pop()] = places.pop("name")
    for kind in ("joined", "left"):
        if f"maybe_{kind}" in places and "at" not in places:
            places.setdefault(kind, places[f"maybe_{kind}"])
    start = min((place for name in _NAMES for place in places.get(name, [])), default=-1)
    found = {kind: next((at for at in every if at > start), every[0]) for kind, every in places.items()}
    found |= {kind: places[kind][0] for kind in _NAMES & set(places)}
    has_name = bool(_NAMES & set(found))
    is_of_events = {"action", "at"} <= set(found)
    if (has_name or "email" in found) and ({"joined", "duration"} & set(found) or is_of_events):
        return found if is_of_events else {kind: at for kind, at in found.items() if kind not in {"action", "at"}}
    is_dated = "maybe_name" not in found and any(map(online_times.day_of, cells))
    says_more = {"email", "upn", "attended", "absent"} & set(found) or is_dated
    are_names = has_name and all(_kind(cell) in _NAMES and not set(cell) & set(SEPARATORS) for cell in cells)
    return found if has_name and (says_more or are_names) and "at" not in found else {}
