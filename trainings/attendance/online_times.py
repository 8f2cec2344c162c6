"""What does a time, a zone or a duration in the export of a conferencing system mean?

Exports write them as the language of the account has it. A time without a zone is one of Europe/Berlin.
"""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from trainings.attendance.online_words import WORDS, folded, listed
from trainings.dates import ZONE

MOST_SECONDS = 30 * 24 * 3600  # a room may stay open for days

_DAY = re.compile(r"(?<![\d:.])(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?![\d:])\.?")
_NAMED_DAY = re.compile(
    r"(?:(?P<d1>\d{1,2})[.-]?(?: de)? ?)?\b(?P<name>[^\W\d]{3,9})\b[.-]?"
    r"(?: (?P<d2>\d{1,2})\b)?,?(?: de)? ?(?P<year>\d{4})"
)
_CLOCK = re.compile(
    r"(?<![\d:])(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?(?!\d) ?(?:([ap])\.? ?m\b\.?)?", re.IGNORECASE
)
_OFFSET = re.compile(r"(?:utc|gmt)? ?([+-])(\d{1,2})(?::?(\d{2}))?\b", re.IGNORECASE)
_PLACE = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_-]+){1,2}")  # Europe/London
_WINDOWS = {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}
_MONTHS = {folded(name): number for number, names in enumerate(WORDS["times"]["months"], 1) for name in names.split()}
_FILLERS = {"", *map(folded, listed(WORDS["times"]["fillers"]))}
_ZONES: dict[str, int] = WORDS["times"]["zones"]
_UNITS = {
    int(seconds): re.compile("|".join(listed(words)).replace("*", r"\w*"))
    for seconds, words in WORDS["times"]["units"].items()
}


def day_of(text: str) -> tuple[int, str, int, int] | None:
    """The numbers of a day as they stand there, and the sign between the first two."""
    if match := _DAY.search(text):
        return int(match[1]), match[2], int(match[3]), int(match[4])
    if (match := _NAMED_DAY.search(text)) and (match["d1"] or match["d2"]):
        month = next((number for name, number in _MONTHS.items() if folded(match["name"]).startswith(name)), None)
        if month:
            return int(match["year"]), "-", month, int(match["d1"] or match["d2"])
    return None


def clock(text: str) -> dt.time | None:
    """The time of the clock in a text, if there is one, whatever else is."""
    match = _CLOCK.search(_without_day(text))
    try:
        return match and _time(match)
    except ValueError:
        return None


def _without_day(text: str) -> str:
    pattern = _DAY if _DAY.search(text) else _NAMED_DAY
    return pattern.sub(" ", text, count=1) if day_of(text) else text


def _time(match: re.Match[str]) -> dt.time:
    hour = int(match[1])
    if match[4]:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + (12 if match[4] in "pP" else 0)
    return dt.time(hour, int(match[2]), int(match[3] or 0))


def date(text: str, *, month_first: bool) -> dt.date | None:
    try:
        return _day(*found, month_first, text) if (found := day_of(text)) else None
    except ValueError:
        return None


def month_first(texts: Iterable[str], day: dt.date) -> bool:
    """Whether 3/4/2026 is the 4th of March, for a whole file: by numbers above 12, else by the day it should be of."""
    days = [found for text in texts if (found := day_of(text))]
    pairs = {(first, second) for first, mark, second, _third in days if mark != "." and first < 32}
    if any(first > 12 for first, _second in pairs):
        return False
    if any(second > 12 for _first, second in pairs):
        return True
    return (day.day, day.month) not in pairs or (day.month, day.day) in pairs


def zone(text: str) -> dt.tzinfo | None:
    """„UTC“, „GMT+1“, „(UTC+01:00) Berlin“, „MEZ“, „Europe/London“, „GMT Standard Time“; None for anything else."""
    named = _PLACE.search(text)
    text = text.strip(" ()[]").casefold()
    if place := (named and _exists(named[0]) and named[0]) or _WINDOWS.get(text):
        return ZoneInfo(place)
    if match := _OFFSET.match(text):
        away = dt.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return dt.timezone(-away if match[1] == "-" else away) if away <= dt.timedelta(hours=14) else None
    return dt.timezone(dt.timedelta(minutes=_ZONES[text])) if text in _ZONES else None


def zone_in_heading(text: str) -> dt.tzinfo | None:
    """„Join Time (UTC)“, „UTC Event Timestamp“."""
    return next(filter(None, map(zone, [*re.findall(r"\(([^()]*)\)", text), *text.split(" ", 1)[:1]])), None)


def _exists(place: str) -> bool:
    try:
        return bool(ZoneInfo(place))
    except (KeyError, OSError, ValueError):
        return False


def readings(
    text: str, *, days: Sequence[dt.date], month_first: bool = False, at: dt.tzinfo | None = None
) -> list[dt.datetime]:
    """The moments a text may mean, in UTC and in order: two in the hour that comes twice in October.

    ``days`` are those of the session, for clock times that name none; ``at`` is the zone where the text has none.
    Raises ValueError if it is no time.
    """
    day = day_of(text)
    rest = _without_day(text.replace("\u2212", "-"))
    match = _CLOCK.search(rest)
    if not match:
        raise ValueError(text)
    time = _time(match)
    if re.match(r"[+-]", rest[match.end() :]) and not (day and (match[3] or "T" in text or match[0].endswith(" "))):
        raise ValueError(text)  # 9:00-10:00 is a span, and no zone
    named = _zone_beside(f"{rest[: match.start()]} {rest[match.end() :]}", text) or at or ZONE
    moments = (
        dt.datetime.combine(one, time.replace(fold=fold), named).astimezone(dt.UTC)
        for one in ([_day(*day, month_first, text)] if day else days)
        for fold in (0, 1)
    )
    return sorted(set(moments))


def _zone_beside(rest: str, text: str) -> dt.tzinfo | None:
    """What stands beside day and clock must be a zone, or words that say nothing."""
    rest = re.sub(r"\s*\([^()]*\)$", "", rest.strip()) if re.search(r"\w.*[+-]\d", rest) else rest
    words = (word for word in re.split(r"[\s,()]+", rest) if re.search(r"\d", word) or folded(word) not in _FILLERS)
    left_over = " ".join(words)
    if not left_over:
        return None
    if found := zone(left_over):
        return found
    raise ValueError(text)


def _day(first: int, mark: str, second: int, third: int, month_first: bool, text: str) -> dt.date:
    if first > 31:
        year, month, day = first, second, third
    elif mark != "." and month_first:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    year = year + 2000 if year < 100 else year
    if not 2000 <= year < 2100:
        raise ValueError(text)
    return dt.date(year, month, day)


def units_in_heading(text: str) -> frozenset[int]:
    """„Duration (seconds)“, „Dauer in Std.“, „Dauer (mm:ss)“: the units that stand there, by their seconds."""
    words = folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    parts = re.sub(r"duration|dauer", r" \g<0> ", words).split()
    parts = [part[0] if part in {"hh", "mm", "ss"} else part for part in parts]
    return frozenset(unit for unit, words in _UNITS.items() if any(map(words.fullmatch, parts)))


def form(text: str) -> str:
    """How a duration is written that names no unit itself; empty if it does."""
    found = re.fullmatch(r"[\d.,]+|\d+:\d+(:\d+)?", text)
    return re.sub(r"[\d.,]+", "0", text) if found else ""


def seconds(text: str, units: Collection[int] = ()) -> int:
    """„1h 2m 3s“, „1 Std. 2 Min. 3 Sek.“, „65 mins“, „01:02:03“, „PT1H2M“, and a bare number.

    That is of the ``units`` in the heading. Without any a whole number means minutes, and „1:30“ hours and minutes.
    Raises ValueError if it is no duration.
    """
    found = round(_seconds(text.casefold().replace(",", "."), units))
    if found > MOST_SECONDS:
        raise ValueError(text)
    return found


def _seconds(text: str, units: Collection[int]) -> float:
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        if len(units) > 1 or not (units or float(text).is_integer()):
            raise ValueError(text)
        return float(text) * next(iter(units), 60)
    if match := re.fullmatch(r"(\d{1,4}):([0-5]\d):([0-5]\d)", text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
    if match := re.fullmatch(r"(\d{1,4}):([0-5]\d)", text):
        if units and units not in ({3600}, {3600, 60}, {3600, 60, 1}, {60, 1}):
            raise ValueError(text)
        return (int(match[1]) * 60 + int(match[2])) * (1 if units == {60, 1} else 60)
    part = r"(\d{1,6}(?:\.\d+)?)\s*([^\W\d]+)\.?"
    if not re.fullmatch(rf"(?:pt)?(?:{part}[\s,;]*)+", text):
        raise ValueError(text)
    found, used = 0.0, set()
    for number, word in re.findall(part, text):
        unit = next((seconds for seconds, words in _UNITS.items() if words.fullmatch(word)), None)
        if unit is None or unit in used:
            raise ValueError(text)
        used.add(unit)
        found += float(number) * unit
    return found
