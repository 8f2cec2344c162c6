"""Who was connected to an online meeting, and when? Reads the attendance exports of conferencing systems.

Bytes in, people out; no database. One reader for all systems: tables are found by their headings, in the languages of
``online_words``, whatever stands around them and whatever Excel has made of them. A line that is not understood is
never guessed: its person is marked, and the line is listed with the reason.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from django.utils.translation import gettext as _

from trainings.attendance import online_times
from trainings.attendance.online_tables import ExportLine, UnreadableExport, read_lines
from trainings.attendance.online_words import AWAY, EXCUSED, JOINED, LEFT, NO, THERE, YES, said
from trainings.dates import ZONE, date_long, span

# A page can show and a form can send so many people; a session has far fewer.
MAX_PEOPLE = 400
MAX_LEFT_OUT = 200
# Webex and Zoom round durations to minutes; by so much they may fall short of the times beside them.
ROUNDING_SECONDS = 60
# So far from the session's start and end most people join and leave at most; less than half an hour, so that only one
# whole hour can be meant.
NEAR = dt.timedelta(minutes=29)
# So long nobody is connected without a break, and by so much a duration that names no unit is longer than the session
# only where the unit is another one, in all of the file.
LONGEST = 24 * 3600
FAR_LONGER = 3
HOURS_AND_MINUTES = "0:0"

_POINTS = re.compile(r"\((\d{1,4}(?:[.,]\d{1,9})?)/(\d{1,4}(?:[.,]\d{1,9})?)\)")  # Moodle: „A (2/2)“


T = TypeVar("T")


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
    """A person as the file names them, on however many devices and with however many reconnections.

    ``is_doubtful``: a line about them was not understood; they were there for at least as long as ``stays`` say.
    """

    name: str
    email: str
    stays: tuple[Stay, ...]
    is_doubtful: bool = False


@dataclass(frozen=True)
class LeftOut:
    """A line that does not count, and why."""

    row: int
    name: str
    why: str


@dataclass(frozen=True)
class Export:
    """``system`` is empty for headings that could be anybody's; ``names_only``: the file says who, and not how long.

    ``day_assumed``: it has times of the clock, taken as those of the day of the session. ``zone``: what it says of its
    time zone, where nobody knows that zone. ``shift``: hours by which all times were moved.
    """

    system: str
    people: tuple[Attendee, ...]
    left_out: tuple[LeftOut, ...] = ()
    names_only: bool = False
    day_assumed: bool = False
    zone: str = ""
    shift: int = 0

    @property
    def system_name(self) -> str:
        return self.system or _("Programm nicht erkannt")

    @property
    def without_end(self) -> int:
        """How many people have no end of their stay in the file."""
        return sum(any(stay.has_no_end for stay in person.stays) for person in self.people)

    @property
    def without_times(self) -> bool:
        return not any(stay.joined for person in self.people for stay in person.stays)

    def shifted(self, hours: int) -> "Export":
        """With all times that many hours later."""
        by = dt.timedelta(hours=hours)
        people = (
            replace(
                person,
                stays=tuple(
                    Stay(stay.joined and stay.joined + by, stay.left and stay.left + by, stay.seconds)
                    for stay in person.stays
                ),
            )
            for person in self.people
        )
        return replace(self, people=tuple(people), shift=self.shift + hours)


# --- Counting ----------------------------------------------------------------------------------


def minutes(stays: Iterable[Stay], starts_at: dt.datetime, ends_at: dt.datetime) -> int:
    """Full minutes connected between two moments: overlaps count once, and never more than between the two.

    Of durations without times the longest counts: whether they overlap, nobody knows (``may_overlap``).
    """
    starts_at, ends_at = starts_at.astimezone(dt.UTC), ends_at.astimezone(dt.UTC)  # local times subtract as on a clock
    exact, spans = [], []
    loose = untimed = 0.0
    for stay in stays:
        if stay.joined is None:
            untimed = max(untimed, stay.seconds or 0)  # they may be of one time
            continue
        left = _left(stay, ends_at)
        part = max(stay.joined, starts_at), min(left, ends_at)
        if part[0] >= part[1]:
            continue
        spans.append(part)
        if stay.seconds is None or stay.seconds >= (left - stay.joined).total_seconds() - ROUNDING_SECONDS:
            exact.append(part)
        else:
            loose += min(stay.seconds, (part[1] - part[0]).total_seconds())
    connected = max(min(_length(exact) + loose, _length(spans)), untimed)
    return int(min(connected, (ends_at - starts_at).total_seconds()) // 60)


def may_overlap(stays: Sequence[Stay]) -> bool:
    """Whether there is a duration without times beside other stays, so that they cannot be summed up."""
    return len(stays) > 1 and any(stay.joined is None for stay in stays)


def presence(stays: Iterable[Stay], ends_at: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """From when to when somebody was connected, on any device; between the parts lie the gaps."""
    return _union((stay.joined, max(stay.joined, _left(stay, ends_at))) for stay in stays if stay.joined)


def _left(stay: Stay, ends_at: dt.datetime) -> dt.datetime:
    if stay.left or stay.has_no_end or not stay.joined:
        return stay.left or ends_at.astimezone(dt.UTC)
    return stay.joined + dt.timedelta(seconds=stay.seconds or 0)


def _union(parts: Iterable[tuple[dt.datetime, dt.datetime]]) -> list[tuple[dt.datetime, dt.datetime]]:
    joined: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(parts):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _length(parts: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    return sum((end - start).total_seconds() for start, end in _union(parts))


def suspected_shift(people: Iterable[Attendee], starts_at: dt.datetime, ends_at: dt.datetime) -> int:
    """By how many hours all times seem to be off, because a clock stood in another zone; 0 if they seem right.

    Most people join about the start, and the last about the end: if both are off by the same whole hour, so is all.
    """
    parts = [found for person in people if (found := presence(person.stays, ends_at))]
    if not parts:
        return 0
    joined = sorted(found[0][0] for found in parts)
    middle = joined[(len(joined) - 1) // 2]
    last = sorted(found[-1][1] for found in parts)[-1 - len(parts) // 4]
    late = (middle - starts_at, last - ends_at)
    hours = -round(sum(late, dt.timedelta()) / 2 / dt.timedelta(hours=1))
    fits = all(abs(away + dt.timedelta(hours=hours)) <= NEAR for away in late)
    return hours if fits and abs(hours) <= 14 else 0


# --- Reading -----------------------------------------------------------------------------------


class _NotUnderstood(ValueError):
    """What a line says of its person cannot be told; the message says why."""


class _NotThere(ValueError):
    """The line says that the person was not there."""


def read_export(data: bytes, starts_at: dt.datetime, ends_at: dt.datetime) -> Export:
    """The people in an export of the session between these moments; raises UnreadableExport."""
    found = read_lines(data)
    has_times = any(line.has_times for line in found.lines)
    lines = [line for line in found.lines if line.has_times == has_times]
    reading = _Reading(lines, starts_at, ends_at)
    people = list(reading.people())
    if not any(person.stays for person in people) and has_times and reading.left_out:
        first = reading.left_out[0]
        text = _("Zeile %(row)d: %(why)s") % {"row": first.row, "why": first.why}
        raise UnreadableExport(f"{_('Die Datei nennt keine Zeiten, die zu lesen sind.')} {text}")
    if not people:
        raise UnreadableExport(_("In der Datei steht niemand."))
    if len(people) > MAX_PEOPLE:
        raise UnreadableExport(
            _("Die Datei nennt mehr als %(people)d Personen. Ist es die richtige?") % {"people": MAX_PEOPLE}
        )
    _check_day(people, starts_at, ends_at)
    return Export(
        found.system,
        tuple(people),
        tuple(sorted(reading.left_out, key=lambda one: one.row)[:MAX_LEFT_OUT]),
        names_only=not has_times,
        day_assumed=reading.day_assumed,
        zone=found.zone,
    )


def _check_day(people: Sequence[Attendee], starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    stays = [stay for person in people for stay in person.stays]
    joined = [stay.joined for stay in stays if stay.joined]
    is_timed = joined and len(joined) == len(stays)
    if not is_timed or minutes(stays, starts_at, ends_at) or suspected_shift(people, starts_at, ends_at):
        return
    day = min(joined)
    if day.astimezone(ZONE).date() == starts_at.astimezone(ZONE).date():
        text = _("Nach dieser Datei war während der Sitzung (%(time)s) niemand verbunden.")
        raise UnreadableExport(text % {"time": span(starts_at, ends_at)})
    raise _of_another_day(date_long(day), starts_at)


def _of_another_day(day: str, starts_at: dt.datetime) -> UnreadableExport:
    text = _("Die Datei ist vom %(day)s; die Sitzung war am %(session)s. Bitte wählen Sie die Datei dieser Sitzung.")
    return UnreadableExport(text % {"day": day, "session": date_long(starts_at)})


class _Reading:
    """From lines to people: one per address, else per name, in the order of the file."""

    def __init__(self, lines: Sequence[ExportLine], starts_at: dt.datetime, ends_at: dt.datetime) -> None:
        self.left_out: list[LeftOut] = []
        self.day_assumed = False
        self.starts_at = starts_at.astimezone(ZONE)
        first, last = self.starts_at.date(), ends_at.astimezone(ZONE).date()
        self.days = [first + dt.timedelta(days) for days in range(min((last - first).days, 2) + 1)]
        texts = [line.value.get(kind, "") for line in lines for kind in ("day", "joined", "left", "at")]
        headings = {heading for line in lines for heading in line.dated}
        self.month_first = online_times.month_first([*texts, *headings], first)
        self.lines = lines
        self.heading = self._heading(headings)
        self.seconds = (ends_at - starts_at).total_seconds()
        self.unlikely = {
            online_times.form(line.value["duration"])
            for line in lines
            if not line.units and _has_no_span(line) and _seconds_of(line) > FAR_LONGER * self.seconds
        } - {""}

    def _heading(self, headings: Iterable[str]) -> str:
        """Of the columns under days (Moodle) the one of this session."""
        days = {heading: online_times.date(heading, month_first=self.month_first) for heading in sorted(headings)}
        of_the_day = [heading for heading, day in days.items() if day in self.days]
        if days and not of_the_day:
            raise _of_another_day(", ".join(days), self.starts_at)
        return min(of_the_day, key=self._hours_away, default="")

    def _hours_away(self, heading: str) -> float:
        start, clock = self.starts_at.time(), online_times.clock(heading) or self.starts_at.time()
        return abs(start.hour - clock.hour + (start.minute - clock.minute) / 60)

    def people(self) -> Iterator[Attendee]:
        """Teams' list of stays is preferred to its summary, except for two people of one name without an address."""
        lines = self.lines
        addresses: dict[str, set[str]] = {}
        for line in lines:
            addresses.setdefault(line.name.casefold(), set()).add(line.email)

        def key(line: ExportLine) -> str:
            known = addresses[line.name.casefold()]
            return (
                line.email or ("" if "email" in line.value or len(known) != 2 else max(known)) or line.name.casefold()
            )

        summaries = Counter(key(line) for line in lines if line.is_summary and not line.email)
        listed = {key(line) for line in lines if not line.is_summary}
        own: dict[str, list[ExportLine]] = {}
        for line in lines:
            one = key(line)
            if summaries[one] > 1 and line.is_summary:
                own[f"{one} {line.number}"] = [line]
            elif summaries[one] < 2 and not (line.is_summary and one in listed):
                own.setdefault(one, []).append(line)
        for one, of_one in own.items():
            yield from self._person(of_one, one if "@" in one else "")

    def _person(self, lines: Sequence[ExportLine], email: str) -> Iterator[Attendee]:
        stays, events, is_there, is_doubtful = list[Stay](), list[tuple[dt.datetime, bool]](), False, False
        for line in lines:
            try:
                self._check_there(line)
                if "at" in line.value:
                    events.append(self._event(line, events))
                elif line.has_times:
                    stays.append(self._stay(line))
                is_there = True
            except _NotThere as why:
                self.left_out.append(LeftOut(line.number, line.name or line.email, str(why)))
            except _NotUnderstood as why:
                self.left_out.append(LeftOut(line.number, line.name or line.email, str(why)))
                is_there = is_doubtful = True
        if not is_doubtful:  # an event that is not understood may have been anything, also the end of a stay
            stays += _stays_between(events)
        if may_overlap(stays):
            is_doubtful = True
            text = _("Mehrere Zeilen ohne Beitritt und Austritt: Ob sie sich überschneiden, ist nicht bekannt.")
            self.left_out.append(LeftOut(lines[-1].number, lines[-1].name or lines[-1].email, text))
        if events and min(events)[1]:
            is_doubtful = True
            self.left_out.append(LeftOut(lines[0].number, lines[0].name, _("Das Verlassen steht vor jedem Beitritt.")))
        if is_there:
            name = next((line.name for line in lines if line.name), "")
            yield Attendee(name, email, tuple(stays), is_doubtful)

    def _check_there(self, line: ExportLine) -> None:
        waiting = said(line.value.get("waiting", ""))
        if waiting in YES:
            raise _NotThere(_("im Warteraum"))
        says = self._says_there(line)
        if waiting and waiting not in NO:
            raise _unknown_word(line.value["waiting"])
        if {"attended", "absent"} & set(line.value) and not (says or line.has_times):
            raise _NotUnderstood(_("Ob die Person da war, ist nicht eingetragen."))
        if self.heading:
            self._check_points(line.dated.get(self.heading, ""))

    @staticmethod
    def _says_there(line: ExportLine) -> bool:
        """Whether a column says that the person was there. Beside times, a word nobody knows says nothing."""
        says = set()
        for kind, there, away in (("attended", YES | THERE, NO | AWAY), ("absent", NO | THERE, YES | AWAY)):
            word = said(line.value.get(kind, ""))
            if word in EXCUSED:
                raise _excused()
            if word in there | away:
                says.add(word in there)
            elif word and not line.has_times:
                raise _unknown_word(line.value[kind])
        if says == {False}:
            raise _NotThere(_("laut Datei nicht da"))
        if len(says) > 1:
            raise _NotUnderstood(_("Die Spalten widersprechen sich."))
        return True in says

    @staticmethod
    def _check_points(text: str) -> None:
        """Somebody late or excused may have some of the points; how long they were there, the file does not say."""
        if not text:
            raise _NotThere(_("an diesem Tag ist nichts eingetragen"))
        if not (points := _POINTS.search(text)):
            raise _unknown_word(text)
        if said(text[: points.start()]) in EXCUSED:
            raise _excused()
        got, most = (float(number.replace(",", ".")) for number in points.groups())
        if not got and most:
            raise _NotThere(_("laut Datei nicht da"))
        if got < most or not most:
            raise _NotUnderstood(_("„%(text)s“ sind nicht alle Punkte.") % {"text": text[:40]})

    def _event(self, line: ExportLine, before: Sequence[tuple[dt.datetime, bool]]) -> tuple[dt.datetime, bool]:
        action = said(line.value.get("action", ""))
        if action not in JOINED | LEFT:
            raise _unknown_word(line.value.get("action", ""))
        found = self._readings(line, "at")
        if not found:
            raise _NotUnderstood(_("keine Zeit"))
        later = [at for at in found if not before or at >= before[-1][0]]
        return (later or found)[0], action in LEFT

    def _stay(self, line: ExportLine) -> Stay:
        joined, left = self._readings(line, "joined"), self._readings(line, "left")
        seconds = self._read(line, "duration", partial(self._duration, line))
        if joined and left:
            pairs = [(start, end) for start in joined for end in left if start <= end]
            if not pairs:
                raise _NotUnderstood(_("Das Verlassen steht vor dem Beitritt."))
            start, end = min(pairs, key=lambda pair: _misfit(pair[1] - pair[0], seconds))
            return Stay(start, end, seconds)
        if left and seconds is not None:
            return Stay(left[0] - dt.timedelta(seconds=seconds), left[0], seconds)
        if left:
            raise _NotUnderstood(_("Der Beitritt fehlt."))
        if joined or seconds is not None:
            return Stay(joined[0] if joined else None, None, seconds)
        raise _NotThere(_("ohne Zeiten"))

    def _duration(self, line: ExportLine, text: str) -> int:
        """Beside both times it matters little; without them, what may be minutes and seconds is not taken for hours."""
        seconds, form = online_times.seconds(text, line.units), "" if line.units else online_times.form(text)
        is_too_long = seconds > LONGEST or (form == HOURS_AND_MINUTES and seconds > self.seconds)
        if _has_no_span(line) and (is_too_long or form in self.unlikely):
            asks = _("„%(text)s“: Stunden, Minuten oder Sekunden? Bitte nennen Sie die Einheit in der Überschrift.")
            raise _NotUnderstood(asks % {"text": text[:40]}) if form else ValueError(text)
        return seconds

    def _readings(self, line: ExportLine, kind: str) -> list[dt.datetime]:
        def read(text: str) -> list[dt.datetime]:
            zone = online_times.zone(line.value["zone"]) if line.value.get("zone") else line.zone
            if zone is None and line.value.get("zone"):
                raise ValueError(text)
            if day := "" if online_times.day_of(text) else line.value.get("day", ""):
                text = f"{day} {text}"
            found = online_times.readings(text, days=self.days, month_first=self.month_first, at=zone)
            self.day_assumed |= not online_times.day_of(text)
            return found

        return self._read(line, kind, read) or []

    @staticmethod
    def _read(line: ExportLine, kind: str, read: Callable[[str], T]) -> T | None:
        text = line.value.get(kind, "")
        try:
            return read(text) if text else None
        except _NotUnderstood:
            raise
        except ValueError:
            raise _NotUnderstood(_("„%(text)s“ ist nicht lesbar.") % {"text": text[:40]}) from None


def _has_no_span(line: ExportLine) -> bool:
    return not (line.value.get("joined") and line.value.get("left"))


def _seconds_of(line: ExportLine) -> int:
    try:
        return online_times.seconds(line.value.get("duration", ""))
    except ValueError:
        return 0


def _excused() -> _NotUnderstood:
    return _NotUnderstood(_("laut Datei entschuldigt"))


def _unknown_word(text: str) -> _NotUnderstood:
    return _NotUnderstood(_("Was „%(text)s“ bedeutet, ist nicht bekannt.") % {"text": text[:40]})


def _misfit(length: dt.timedelta, seconds: int | None) -> float:
    """When the clocks go back, take the reading that fits the duration, or else the shortest."""
    return length.total_seconds() if seconds is None else abs(length.total_seconds() - seconds)


def _stays_between(events: Sequence[tuple[dt.datetime, bool]]) -> Iterator[Stay]:
    """Somebody on two devices is there until both have left; whoever is not seen leaving has stayed."""
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
