"""Which column is which, in the words that people put above their lists?"""

import re
from collections.abc import Sequence

from accounts.tables import folded
from trainings.booking.group_words import group_of, is_group

# Without hyphens and what stands in brackets. ``skipped`` are known, and of no use here.
COLUMNS = {
    column: set(words.split("|"))
    for column, words in {
        "last_name": "nachname|familienname|zuname|last name|surname|family name",
        "first_name": "vorname|vornamen|rufname|first name|given name",
        "name": "name|namen|vor und nachname|vorname nachname|nachname vorname|name vorname|vollständiger name|"
        "full name|person|teilnehmende|teilnehmer|teilnehmerin|anzeigename|display name",
        "title": "titel|akad. titel|akademischer titel|title|namenszusatz",
        "email": "email|mail|emailadresse|mailadresse|email address|dienstliche emailadresse",
        "group": "gruppe|zielgruppe|group|m/f/e|personengruppe|target group",
        "function": "funktion|rolle|position|stelle|tätigkeit|amtsbezeichnung|role|job title",
        "organisation": "organisation|behörde|behörde / einrichtung|agency",
        "skipped": "nr|nr.|lfd. nr.|lfd nr|lfd. nr|no.|#|anrede|salutation|telefon|tel.|tel|telefonnummer|durchwahl|"
        "phone|abteilung|amt|fachbereich|fb|referat|dezernat|sachgebiet|team|dienststelle|organisationseinheit|"
        "department|bemerkung|bemerkungen|unterschrift",
    }.items()
}
BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
TICKED = frozenset({"x", "✓", "✔", "☑", "☒", "ja", "1", "yes"})  # in a column for one group: M, F, E
QUOTES = " \"'`´„“”‚‘’«»*_"


def columns_of(cells: Sequence[str]) -> list[str]:
    """The column each cell heads, if they are headings."""
    if any("@" in cell for cell in cells) or len(cells) < 2:
        return []
    columns = [column_of(cell) for cell in cells]
    for index, cell in enumerate(cells):
        if not columns[index] and "mail" in folded(cell) and "email" not in columns:
            columns[index] = "email"
    known = [column for column in columns if column not in {"", "skipped"}]
    if "email" not in columns and len(known) < 2:
        return []
    return [column or _ticked(cell) for column, cell in zip(columns, cells, strict=True)]


def is_heading(line: str) -> bool:
    """Of a column alone, or of the people below it: „E-Mail-Adressen“, „Führungskräfte:“."""
    words = folded(line).strip(QUOTES)
    is_short = "@" not in line and len(words) < 60
    return (is_short and (column_of(line) == "email" or words.endswith("adressen") or words.endswith("adressen:"))) or (
        is_short and words.endswith(":") and group_of(words) is not None
    )


def _ticked(cell: str) -> str:
    return f"tick:{cell}" if is_group(cell) else ""


def column_of(cell: str) -> str:
    without = BRACKETS.sub("", folded(cell).strip(QUOTES))
    for word in (folded(cell).strip(QUOTES), without):
        word = " ".join(re.sub(r"-|\*|(?<=\w)/-?in(?:nen)?\b", "", word.replace("/ ", "").replace(",", "")).split())
        word = word.strip(": ")
        if found := next((name for name, also in COLUMNS.items() if word in also), ""):
            return found
    parts = re.split(r"[/,|]", folded(cell))
    return "group" if len(parts) > 1 and all(group_of(part) for part in parts) else ""
