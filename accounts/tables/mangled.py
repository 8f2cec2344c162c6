"""Which keys may a spreadsheet program have made of this cell? „03-2“ becomes „03. Feb“, „0042“ 42, „2E3“ 2000."""

import re
from collections.abc import Iterable

from accounts.tables.columns import read_day

_MONTHS = ("jan", "feb", "mrz mär mar", "apr", "mai may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dez dec")
_WORD = r"([a-zäöü]{3})[a-zäöü]*\.?"
_EXPONENT = re.compile(r"-?\d+(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)

# Day and month, or month and year: („d“, 3, 2), („m“, 2, 26).
Date = tuple[str, int, int]


def keys_like(text: str, known: Iterable[str]) -> set[str]:
    """Those of the known keys that a program would show as this."""
    dates, value = _dates_shown(text), _value_shown(text)
    return {
        key
        for key in known
        if key != text and (dates & _dates_typed(key) or (value is not None and value == _value_typed(key)))
    }


def is_no_key(text: str) -> bool:
    """Whether it is a date, or a number with an exponent, that nobody has typed."""
    return bool(_dates_shown(text)) or has_exponent(text)


def has_exponent(text: str) -> bool:
    """„4,92612E+11“: what is left of a long number."""
    return bool(_EXPONENT.fullmatch(text.strip()))


def _month(word: str) -> int:
    return next((number for number, names in enumerate(_MONTHS, 1) if word.casefold()[:3] in names.split()), 0)


def _dates_shown(text: str) -> set[Date]:
    """What a cell shows that was made a date."""
    text = text.strip()
    if found := re.fullmatch(rf"(\d{{1,2}})\.? ?-?{_WORD}(?:[ -](\d{{2,4}}))?", text, re.IGNORECASE):
        return {("d", int(found[1]), month)} if (month := _month(found[2])) else set()
    if found := re.fullmatch(rf"{_WORD}[ -](\d{{2,4}})", text, re.IGNORECASE):
        return {("m", month, int(found[2]) % 100)} if (month := _month(found[1])) else set()
    try:
        day = read_day(text.partition(" ")[0])
    except ValueError:
        return set()
    return {("d", day.day, day.month), *([("m", day.month, day.year % 100)] if day.day == 1 else [])}


def _dates_typed(key: str) -> set[Date]:
    """What dates it looks like, in German or English order."""
    parts = [part for part in re.split(r"[-/. ]+", key.strip().rstrip(".")) if part]
    if not 2 <= len(parts) <= 3 or not all(part.isdecimal() or _month(part) for part in parts):
        return set()
    values = [int(part) if part.isdecimal() else _month(part) for part in parts]
    if len(values) == 3:
        first, second, third = values
        pairs = [(third, second)] if first > 31 else [(first, second), (second, first)]
        return {("d", day, month) for day, month in pairs if 1 <= day <= 31 and 1 <= month <= 12}
    pairs = [(values[0], values[1]), (values[1], values[0])]
    days = {("d", day, month) for day, month in pairs if 1 <= day <= 31 and 1 <= month <= 12}
    return days | {("m", month, year % 100) for month, year in pairs if 1 <= month <= 12 and year > 12}


def _value_shown(text: str) -> float | None:
    return float(text.replace(",", ".")) if re.fullmatch(r"\d{1,15}", text) or _EXPONENT.fullmatch(text) else None


def _value_typed(key: str) -> float | None:
    """Of what is stored as text, and a program would take for a number."""
    return float(key) if re.fullmatch(r"\d{1,15}|\d+E\d{1,2}", key, re.IGNORECASE) else None
