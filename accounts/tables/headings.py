"""In which row do the headings stand? Where the import knows most of them, over two rows, or below a title."""

from collections.abc import Callable
from dataclasses import dataclass

from accounts.tables.cells import Covered

Row = tuple[int, list[str]]
# Whether the import has a column for a heading.
Knows = Callable[[str], bool]

MOST_ROWS_OF_A_TITLE = 10


@dataclass(frozen=True)
class Headings:
    """``rows``: their numbers in the file; ``above``: how many rows up to the last of them; ``known``: how many."""

    names: list[str]
    rows: tuple[int, ...]
    above: int
    known: int


def find(first: list[Row], knows: Knows | None) -> Headings:
    """Among the first filled rows, of which there is at least one."""
    rows = [(number, ["" if isinstance(cell, Covered) else cell for cell in cells]) for number, cells in first]
    if knows is not None:
        found = [Headings(cells, (number,), at + 1, _known(cells, knows)) for at, (number, cells) in enumerate(rows)]
        best = max(found, key=lambda one: one.known)
        two = max(_of_two_rows(rows, knows), key=lambda one: one.known, default=best)
        if max(best.known, two.known):
            return two if two.known > best.known else best
    at = _below_the_title([cells for _number, cells in rows])
    return Headings(rows[at][1], (rows[at][0],), at + 1, 0)


def _known(cells: list[str], knows: Knows) -> int:
    return sum(map(knows, set(filter(None, cells))))


def _of_two_rows(rows: list[Row], knows: Knows) -> list[Headings]:
    """„Sitzung“ over „Datum“, „Beginn“ and „Ende“: the lower heading, else the upper."""
    found = []
    for at in range(1, len(rows)):
        (upper_number, upper), (number, lower) = rows[at - 1], rows[at]
        if number != upper_number + 1:
            continue
        width = max(len(upper), len(lower))
        pairs = zip(upper + [""] * (width - len(upper)), lower + [""] * (width - len(lower)), strict=True)
        names = [
            under if knows(under) or not over else over if knows(over) or not under else under for over, under in pairs
        ]
        found.append(Headings(names, (upper_number, number), at + 1, _known(names, knows)))
    return found


def _below_the_title(rows: list[list[str]]) -> int:
    """The place of the headings: a title has one cell, or less than half of those of what is below it."""
    counts = [sum(map(bool, cells)) for cells in rows]
    for at in range(len(counts) - 1):
        widest = max(counts[at + 1 :])
        if not (counts[at] == 1 < widest or counts[at] * 2 < widest):
            return at
    return len(counts) - 1
