"""What does a time or a duration in the export of a conferencing system mean?

Exports write them as the language of the account has it, without a zone: those are times of Europe/Berlin.
"""

import datetime as dt
import re
from collections.abc import Iterable

from trainings.dates import ZONE

MOST_SECONDS = 30 * 24 * 3600  # a room may stay open for days

_MOMENT = re.compile(
    r"(?P<a>\d{1,4})(?P<mark>[./-])(?P<b>\d{1,2})(?P=mark)(?P<c>\d{1,4})"
    r"[T, ]+(?:um )?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r" ?(?P<half>[ap]\.?m\.?)?(?: ?Uhr)? ?\(?(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT|CES?T|MES?Z)?\)?",
    re.IGNORECASE,
)
_NAMED_MONTH = re.compile(
    r"(?:(?P<d1>\d{1,2})\.? )?(?P<name>[^\W\d]{3,9})\.?(?: (?P<d2>\d{1,2}))?,? (?P<year>\d{4})", re.IGNORECASE
)
_MONTH_NAMES = ["jan", "feb", "mar|mär", "apr", "may|mai", "jun", "jul", "aug", "sep", "oct|okt", "nov", "dec|dez"]
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split("|")}
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "cet": 60, "mez": 60, "cest": 120, "mesz": 120}
# Hours, minutes, seconds by the first letters of their words, German and English; „Std.“ before „s“.
_UNITS = {"h": 3600, "st": 3600, "m": 60, "s": 1}


def month_first(texts: Iterable[str], day: dt.date) -> bool:
    """Whether 3/4/2026 is the 4th of March, for a whole file: by numbers above 12, else by the day it should be of."""
    found = [match for text in texts if (match := _MOMENT.match(text)) and match["mark"] == "/"]
    pairs = {(int(match["a"]), int(match["b"])) for match in found}
    if any(first > 12 for first, _second in pairs):
        return False
    if any(second > 12 for _first, second in pairs):
        return True
    return (day.day, day.month) not in pairs or (day.month, day.day) in pairs


def readings(text: str, *, month_first: bool, is_utc: bool = False) -> list[dt.datetime]:
    """The moments a text may mean, in UTC and in order: two in the hour that comes twice in October.

    Raises ValueError if it is no time. ``is_utc`` is for texts that name no zone under headings that do.
    """
    moment = _moment(text, month_first)
    if moment.tzinfo is None and is_utc:
        moment = moment.replace(tzinfo=dt.UTC)
    if moment.tzinfo:
        return [moment.astimezone(dt.UTC)]
    return sorted({moment.replace(tzinfo=ZONE, fold=fold).astimezone(dt.UTC) for fold in (0, 1)})


def seconds(text: str) -> int:
    """„1h 2m 3s“, „1 Std. 2 Min. 3 Sek.“, „65 mins“, „01:02:03“, and a bare number, which means minutes.

    Raises ValueError if it is no duration.
    """
    found = round(_seconds(text.casefold().replace(",", ".")))
    if found > MOST_SECONDS:
        raise ValueError(text)
    return found


def _seconds(text: str) -> float:
    if re.fullmatch(r"\d{1,6}(\.\d+)?", text):
        return float(text) * 60
    if match := re.fullmatch(r"(\d{1,4}):(\d{2})(?::(\d{2}))?", text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    found = 0.0
    parts = re.findall(r"(\d{1,6}(?:\.\d+)?)\s*([a-z]+)", text)
    if not parts:
        raise ValueError(text)
    for number, word in parts:
        unit = next((unit for unit in _UNITS if word.startswith(unit)), None)
        if unit is None:
            raise ValueError(text)
        found += float(number) * _UNITS[unit]
    return found


def _moment(text: str, month_first: bool) -> dt.datetime:
    """Aware if the text names a zone; raises ValueError."""
    match = _MOMENT.fullmatch(_NAMED_MONTH.sub(_with_month_number, text, count=1))
    if not match:
        raise ValueError(text)
    first, second, third = (int(match[part]) for part in "abc")
    if len(match["a"]) == 4:
        year, month, day = first, second, third
    elif match["mark"] == "/" and month_first:
        month, day, year = first, second, third
    else:
        day, month, year = first, second, third
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
    year = year + 2000 if year < 100 else year
    if not 2000 <= year < 2100:
        raise ValueError(text)
    zone = _zone(match["zone"])
    return dt.datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0), tzinfo=zone)


def _with_month_number(match: re.Match[str]) -> str:
    """„Mar 3, 2026“ and „3. März 2026“ as 2026-3-3."""
    number, day = _MONTHS.get(match["name"][:3].casefold()), match["d1"] or match["d2"]
    return f"{match['year']}-{number}-{day}" if number and day else match[0]


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text.casefold() in _ZONES:
        return dt.timezone(dt.timedelta(minutes=_ZONES[text.casefold()]))
    sign, digits = -1 if "-" in text else 1, re.sub(r"\D", "", text)
    hours, rest = (digits, "0") if len(digits) < 3 else (digits[:-2], digits[-2:])
    return dt.timezone(sign * dt.timedelta(hours=int(hours), minutes=int(rest)))
