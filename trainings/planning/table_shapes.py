"""In which shapes do people have tables of runs? All of them become the one that ``tables`` reads: a row per run.

Each session in a column („Sitzung 1“, „Sitzung 2“ …); or date, begin, end, units and room in columns of their own,
with a row per session where the number is the same; without numbers, too.
"""

import re

import tablib
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.tables import Table, Unknown, UnreadableTable, folded

ONE_SESSION = re.compile(r"\s*(?:sitzung|session)\s*\d+\s*", re.IGNORECASE)
SESSIONS = "Sitzungen"
# The columns a session may be spread over, by the headings that are understood.
_PARTS = {
    "day": {"datum", "tag", "date", "termin am"},
    "start": {"beginn", "von", "start", "anfang", "uhrzeit von", "beginn (uhrzeit)"},
    "end": {"ende", "bis", "end", "uhrzeit bis", "ende (uhrzeit)"},
    "times": {"uhrzeit", "zeit", "uhrzeiten"},
    "units": {"ue", "unterrichtseinheiten"},
    "room": {"raum", "room", "saal"},
}

UNITS = r"(?P<amount>0*[1-9]\d{0,2})\s*(?P<unit>UE|min\.?|minuten)"
_UNITS = re.compile(rf"(?:{UNITS}|0*[1-9]\d{{0,2}})", re.IGNORECASE)
# „6 Std.“, „ca. 8 UE“; and „8“, „8,5“, „1.04“: units that lack their word, or the number of a room that lacks its.
_MAYBE_UNITS = re.compile(
    r"(?:(?:ca\.?|circa|etwa|rund|~)\s*)?"
    r"(?:\d[\d.,½]*\s*(?:UE|LE|U-?Std|Std|Stunden?|Min|Minuten?|h|Unterrichts\w*|Einheit(?:en)?)\b"
    r"|\d+[.,]\d+\b|\d+½?(?:\s*,.*)?$)",
    re.IGNORECASE,
)


class UnclearUnits(Unknown):
    """Units of which one cannot tell the number. The text begins with the cell."""

    __slots__ = ()
    why = gettext_lazy("%(value)s ist keine Angabe wie „8“, „8 UE“ oder „360 Min.“.")


def may_be_units(room: str) -> bool:
    """Whether what stands in the place of the room may be units in another way of writing."""
    return bool(_MAYBE_UNITS.match(room))


def knows(heading: str) -> bool:
    """Whether it is one of the columns that say when a run is held."""
    return bool(ONE_SESSION.fullmatch(heading)) or any(folded(heading) in names for names in _PARTS.values())


def fold_sessions(dataset: Table) -> None:
    """Make one column „Sitzungen“ of whatever columns say when a run is held."""
    places = _places_of_parts(dataset)
    if "day" in places or ("start" in places and _has_days(dataset, places["start"])):
        _fold_parts(dataset, places)
    else:
        _fold_columns(dataset)


def _places_of_parts(dataset: Table) -> dict[str, int]:
    headings = [folded(heading) for heading in dataset.headers]
    found: dict[str, int] = {}
    for part, names in _PARTS.items():
        places = [place for place, heading in enumerate(headings) if heading in names]
        if len(places) > 1:
            text = _("Die Spalte „%(heading)s“ kommt zweimal vor.")
            raise UnreadableTable(text % {"heading": dataset.headers[places[1]]})
        if places:
            found[part] = places[0]
    return found


def _has_days(dataset: Table, place: int) -> bool:
    """Whether cells say day and time in one, as „10.03.2027 09:00“."""
    return any(re.match(r"\d+[.-]\d+[.-]\d+\s+\d", row[place]) for row in dataset)


def _fold_columns(dataset: Table) -> None:
    places = [place for place, heading in enumerate(dataset.headers) if ONE_SESSION.fullmatch(heading)]
    if places:
        _replace(dataset, places, ["; ".join(row[place] for place in places if row[place]) for row in dataset])


def _fold_parts(dataset: Table, places: dict[str, int]) -> None:
    cells = []
    for number, row in zip(dataset.row_numbers, dataset, strict=True):
        parts = {part: row[place] for part, place in places.items()}
        if (units := parts.get("units", "")) and not isinstance(units, Unknown) and not _UNITS.fullmatch(units):
            cell = f"{dataset.letters[dataset.headers[places['units']]]}{number}"
            parts["units"] = UnclearUnits(f"{cell}: „{units[:100]}“")
        cells.append(_session(parts))
    _replace(dataset, [*places.values()], cells)
    _join_rows(dataset)


def _session(parts: dict[str, str]) -> str:
    """As one cell says it. What cannot be read is left as it is, and refused there."""
    for text in parts.values():
        if isinstance(text, Unknown):
            return text
    day, start, end = parts.get("day", ""), parts.get("start", ""), parts.get("end", "")
    if times := parts.get("times", ""):
        start, _dash, end = (part.strip() for part in re.sub(r"\s*(?:-|–|bis)\s*", "–", times, count=1).partition("–"))
    if not day and (found := re.match(r"(\S+)\s+(.+)", start)):
        day, start = found.groups()
        end = end.removeprefix(day).strip()
    if not (day or start or end):
        return ""
    units = parts.get("units", "")
    amount = f"{units} UE" if units.isdecimal() else units
    room = parts.get("room", "").replace(";", ",")
    said = [f"{_day(day)} {_time(start)}–{_time(end)}", amount, room]
    if not amount and may_be_units(room):
        return ", ".join(said)  # two commas: what follows is the room
    return ", ".join(one for one in said if one)


def _day(text: str) -> str:
    """Without the midnight and the weekday that some programs add."""
    return re.sub(r"\s+00:00(:00)?$", "", text).strip()


def _time(text: str) -> str:
    """„9“, „9 Uhr“ and „09:00:00“ as „9:00“."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?(?::00)?\s*(?:uhr|h)?", text.strip(), re.IGNORECASE)
    return f"{found[1]}:{found[2] or '00'}" if found else text


def _replace(dataset: Table, places: list[int], sessions: list[str]) -> None:
    rows = [[cell for place, cell in enumerate(row) if place not in places] for row in dataset]
    headings = [heading for place, heading in enumerate(dataset.headers) if place not in places]
    letters: dict[str, str] = getattr(dataset, "letters", {})
    if of := [letters[dataset.headers[place]] for place in sorted(places) if dataset.headers[place] in letters]:
        letters[SESSIONS] = "–".join(dict.fromkeys((of[0], of[-1])))
    _fill(dataset, [*headings, SESSIONS], [[*row, cell] for row, cell in zip(rows, sessions, strict=True)])


def _fill(dataset: tablib.Dataset, headings: list[str], rows: list[list[str]]) -> None:
    del dataset[:]
    dataset.headers = None
    for row in rows:
        dataset.append(row)
    dataset.headers = headings


def _join_rows(dataset: Table) -> None:
    """Rows of one number are the sessions of one run; further cells may stand in the first of them alone."""
    headings = [*dataset.headers]
    number = next((place for place, one in enumerate(headings) if folded(one) in {"nummer", "nr.", "number"}), None)
    if number is None:
        return
    rows: dict[object, list[str]] = {}
    numbers: dict[object, int] = {}
    for at, row in enumerate(dataset):
        key = folded(row[number]) or at
        first = rows.get(key)
        if isinstance(row[-1], Unknown) and not isinstance(row[-1], UnclearUnits):
            row = [*row[:-1], Unknown(f"{row[-1]} ({_('Zeile')} {dataset.row_numbers[at]})")]
        if first is None:
            rows[key], numbers[key] = list(row), dataset.row_numbers[at]
            continue
        for place, cell in enumerate(row[:-1]):
            if cell and first[place] and cell != first[place]:
                text = _("Zeile %(row)d sagt in „%(heading)s“ etwas anderes als die erste Zeile dieses Termins.")
                raise UnreadableTable(text % {"row": dataset.row_numbers[at], "heading": headings[place]})
            first[place] = first[place] or cell
        first[-1] = first[-1] if isinstance(first[-1], Unknown) else row[-1] if isinstance(row[-1], Unknown) else (
            "; ".join(cell for cell in (first[-1], row[-1]) if cell)
        )  # fmt: skip
    _fill(dataset, headings, list(rows.values()))
    dataset.row_numbers = list(numbers.values())


def unfold_sessions(dataset: tablib.Dataset) -> None:
    """The reverse, so that people edit one session per cell; always some empty cells for more."""
    place = dataset.headers.index(SESSIONS)
    rows = [list(row) for row in dataset]
    meetings = [str(row[place]).split("; ") for row in rows]
    columns = max([3, *(len(cells) for cells in meetings)])
    headings = [*dataset.headers]
    headings[place : place + 1] = [f"Sitzung {number}" for number in range(1, columns + 1)]
    for row, cells in zip(rows, meetings, strict=True):
        row[place : place + 1] = cells + [""] * (columns - len(cells))
    _fill(dataset, headings, rows)
