"""Which people does a pasted list name? However it was copied: a table, recipients of a mail, bullets, sentences.

Each address is one person, also where one line has several. Who misses an address is a line as well, so that it can be
said of them. What is no name for sure (a department, two cells too many, an order that the address contradicts) is
marked as ``asked``; ``name_doubts`` says so, and whoever stores the person stops there.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from accounts.addresses import normalised
from accounts.names import clean_name, is_salutation, is_title, sort_key, split_name
from accounts.tables import folded
from trainings.booking.group_words import group_of, is_group
from trainings.booking.list_headings import BRACKETS, QUOTES, TICKED, column_of, columns_of, is_heading
from trainings.booking.list_lines import Line, at_most
from trainings.booking.name_doubts import LONGEST_CELL, OFFICE

_LONGEST_LINE = 60_000  # what is longer is cut, and seen from the number of addresses

_AT = re.compile(r"\s?[\[({]\s?(?:at|ät)\s?[\])}]\s?(?=[\w-]{1,64}\s?[.\[(])", re.IGNORECASE)
_DOT = re.compile(r"\s?[\[({]\s?(?:dot|punkt)\s?[\])}]\s?", re.IGNORECASE)
# The same marks as others write them: full-width ASCII, small and ideographic forms, the Greek question mark.
_MARKS = {0xFF01 + number: chr(0x21 + number) for number in range(94)} | {
    0xFE6B: "@",
    0xFE54: ";",
    0xFE50: ",",
    0x3001: ",",
    0xFE51: ",",
    0x060C: ",",
    0x061B: ";",
    0x037E: ";",
    0x2039: "<",
    0x203A: ">",
    0x27E8: "<",
    0x27E9: ">",
    0x2329: "<",
    0x232A: ">",
    0x3008: "<",
    0x3009: ">",
    0xFE64: "<",
    0xFE65: ">",
    0x3000: " ",
}
_INNER = r"[^\s@<>()\[\]{},;:|/\"„“”«»‹›]"
_BESIDE = re.compile(rf"{_INNER}{{1,254}}")  # of the sign, on either side
_QUOTED = re.compile(r"\"[^\s\"@]{1,64}\"")
_LINK = re.compile(r"(?<=[\w-])\?(?:subject|body|cc|bcc)=[^\s>;]*", re.IGNORECASE)
# What stands before a name: signs of any kind, numbers, single letters, „Nr. 2:“.
_BULLET = re.compile(
    r"^\s*(?:[^\w\s\"'„“”‚‘’«‹<(\[@]+\s*|\(?\d{1,3}(?:\s?[.):]\)?)(?:\s+|(?=[^\W\d]))|\d{1,3}\s+(?=[^\W\d])|\(?[a-z]\)\s*(?=\S)|"
    r"[①-⑳❶-➓]\s*|(?:nr|no|pos|tn|person|teilnehmer\w*|teilnehmende\w*)\.?\s*\d{1,3}\s*[:.)]?\s+)+",
    re.IGNORECASE,
)
_AND = re.compile(r"^(?:und|sowie|and|oder|or|bzw\.?)(?:\s+|$)", re.IGNORECASE)
_RECIPIENTS = re.compile(r"^\s*(?:an|to|cc|bcc|von|from|empfänger|teilnehmende|kopie)\s*:\s*", re.IGNORECASE)
_DASH = re.compile(r"\s+[-–—|/·•:→]+\s+|\s*[→•]\s*")
_IN_BRACKETS = re.compile(r"[\s>]*[(\[]([^()\[\]]*)[)\]][\s.;,]*")
_LIKE_ADDRESS = re.compile(r"[\s<(]*[\w+-]{2,64}(?:\.[\w-]{2,64})*\.[a-z]{2,12}[\s>)]*")  # the sign is missing
_ENDS_WITH_DOT = re.compile(r"\b(?:[^\W\d]|jun|jr|sen|sr)$", re.IGNORECASE)  # „Anna K.“
# Which name is the surname; settled once all lines are known.
_UNSAID = {"unsaid in one cell": "order", "unsaid in two": "perhaps"}
_DISPLAY_NAME = re.compile(r",[^\t;|]*<\s*$")
_FIRST_CELL = re.compile(r"[\t;,|>)\].\s(–-]*([^\t;,|<>()]*)")


# --- A text, or rows of a table ---------------------------------------------------------------------


def read_lines(text: str) -> list[Line]:
    """The people of a pasted text, in its order. Raises TooManyLines."""
    return _collect(_text_rows(text))


def read_rows(rows: Iterable[Sequence[str]]) -> list[Line]:
    """The people of rows of cells, with or without headings; empty rows are left out. Raises TooManyLines."""
    return _collect((number, "\t", list(row)) for number, row in enumerate(rows, 1))


def addresses_in(text: str) -> dict[int, int]:
    """How many addresses each line has, counted without reading it: signs between a name and a domain.

    One that is said twice in a row, as name and as link of itself, is one.
    """
    return {number: found for number, line in enumerate(text.splitlines(), 1) if (found := _count(line))}


def addresses_in_rows(rows: Iterable[Sequence[str]]) -> dict[int, int]:
    return {number: found for number, row in enumerate(rows, 1) if (found := _count(" ; ".join(row)))}


def misread(found: Mapping[int, int], lines: Iterable[Line]) -> list[int]:
    """The numbers of the lines in which other than so many addresses were read."""
    read = Counter(line.number for line in lines if line.has_address)
    return sorted(number for number in {*found, *read} if number and found.get(number, 0) != read[number])


def _count(line: str) -> int:
    """By the sign alone: whatever stands around it, somebody meant an address."""
    plain = _AT.sub("@", line.translate(_MARKS)).casefold()
    pieces = re.split(r"@+", "".join(char for char in plain if unicodedata.category(char) != "Cf"))
    count, last, last_at = 0, "", ""
    for before, after in pairwise(pieces):
        name = re.split(r"[\s<>(),;:\[\]\"„“”‚‘|/]", before)[-1]
        domain = re.split(r"[\s<>(),;:?\[\]\"'„“”‚‘’|/]", after)[0].strip(".")
        between = before.removeprefix(last_at).removesuffix(name) if last_at else ""
        name = name.strip("'’*-")
        is_said_again = bool(count) and f"{name}@{domain}" == last and not re.search(r"\w", _label_off(between))
        count += not is_said_again
        last, last_at = f"{name}@{domain}", domain
    return count


def _label_off(text: str) -> str:
    return re.sub(r"(?:mailto|smtp|e-?mail)\s*:", "", text.strip(" .'\""))


def _text_rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Number, what separated the cells, and the cells, of each line."""
    lines = [(number, _plain(line)) for number, line in enumerate(text.splitlines(), 1)]
    for number, line in _joined([(number, line) for number, line in lines if line.strip()]):
        mark = next((mark for mark in "\t;|" if mark in line), ",")
        yield number, mark, line.split(mark) if mark == "\t" else [line]


def _plain(text: str) -> str:
    """Marks as they are known, and each address in one piece; tabs stay."""
    text = _DOT.sub(".", _AT.sub("@", text[:_LONGEST_LINE].translate(_MARKS)))
    return "\t".join(_LINK.sub("", clean_name(cell)) for cell in text.split("\t"))


def _joined(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """A name above its address, as cards have them, is one line, where all addresses of the list stand so."""
    bare = [index for index, (_number, line) in enumerate(lines) if _is_bare(line)]
    above = {index - 1 for index in bare if index and _may_be_name(lines[index - 1][1])}
    if not bare or len(above) != len(bare) or sum("@" in line for _number, line in lines) != len(bare):
        return lines
    taken = above | set(bare)
    found: list[tuple[int, str]] = []
    for index, (number, line) in enumerate(lines):
        if index in above:
            continue
        if index in taken:
            found.append((number, f"{lines[index - 1][1]} ; {line}"))
        elif found and index - 1 in taken and group_of(line):
            found[-1] = (found[-1][0], f"{found[-1][1]} ; {line}")
        else:
            found.append((number, line))
    return found


def _is_bare(line: str) -> bool:
    """Nothing but one address."""
    start, end = next(_signs(line), (0, 0))
    rest = line[:start] + line[end:]
    return end > 0 and not re.search(r"\w", re.sub(r"(?:mailto|e-?mail|mail)\s*:?", "", rest, flags=re.IGNORECASE))


def _may_be_name(line: str) -> bool:
    is_short = len(line.split()) <= 6 and not line.rstrip().endswith((":", "!", "?", "."))
    is_said_otherwise = group_of(line) or column_of(line) or is_heading(line)
    return is_short and "@" not in line and any(char.isalpha() for char in line) and not is_said_otherwise


def _collect(rows: Iterable[tuple[int, str, list[str]]]) -> list[Line]:
    lines: list[Line] = []
    columns: list[str] = []
    section = ""
    for number, mark, given in rows:
        cells = [_plain(cell).replace("\t", " ") for cell in given]
        if not any(char.isalnum() for cell in cells for char in cell):
            continue
        typed = [cell for part in cells for cell in part.split(mark)] if mark != "\t" else cells
        if headings := columns_of(typed):
            columns = headings
            continue
        if len(typed) == 1 and is_heading(typed[0]):
            if is_group(typed[0]):
                section = typed[0].strip(": ")
            continue
        for line in _people(number, mark, cells, typed, columns):
            at_most(len(lines))
            lines.append(line if line.group or not section else replace(line, group=section))
    return _ask_for_order(lines)


def _ask_for_order(lines: list[Line]) -> list[Line]:
    """Of lines that do not say which name is which, as a whole: klein@ and weber@, and both read as first names.

    Of names in one cell that is a doubt; in two cells the first is the surname, as the page says, and it is a question.
    """
    unsaid = [line for line in lines if line.asked in _UNSAID]
    by_last = any(_is_named(line, line.last_name) for line in unsaid)
    by_first = {id(line) for line in unsaid if _is_named(line, line.first_name)}
    asked = by_first if len(by_first) > 1 and not by_last else set[int]()
    return [
        replace(line, asked=_UNSAID[line.asked] if id(line) in asked else "") if line.asked in _UNSAID else line
        for line in lines
    ]


def _is_named(line: Line, name: str) -> bool:
    """Whether the address is this name and nothing else."""
    return re.sub(r"\W", "", line.email.partition("@")[0]) in _forms(name)


# --- One line: the people in it ---------------------------------------------------------------------


def _people(
    number: int, mark: str, cells: Sequence[str], typed: Sequence[str], columns: Sequence[str]
) -> Iterator[Line]:
    fits = bool(columns) and 1 < len(typed) <= len(columns) + 1
    at = columns.index("email") if fits and "email" in columns else 0
    if fits and ("@" in typed[min(at, len(typed) - 1)] or not any("@" in cell for cell in typed)):
        yield from _by_headings(number, columns, typed)
        return
    text = "\t".join(cells)
    for one in _apart(text):
        yield _by_looks(number, one)


def _apart(text: str) -> list[str]:
    """The text of each person: cut where every piece has an address, else before or behind each address."""
    found = list(_addresses(text))
    if len(found) < 2:
        return [text]
    for mark in ";\t|,/":
        pieces = [piece for piece in text.split(mark) if piece.strip(QUOTES + ".,")]
        if len(pieces) > 1 and all(any(_signs(piece)) for piece in pieces):
            return [one for piece in pieces for one in _apart(piece)]
    gaps = [text[end:start] for (_s, end), (start, _e) in zip([(0, 0), *found], found, strict=False)]
    behind = text[found[-1][1] :]
    said = [text[start:end] for start, end in found]
    if not _has_words(gaps[0]) and _has_words(behind) and not is_group(behind.strip(" \t;,>()")):
        return [address + gap for address, gap in zip(said, [*gaps[1:], behind], strict=True)]
    before, after = [gaps[0]], []
    for gap in gaps[1:]:  # a group right behind an address is still that person's
        first = _FIRST_CELL.match(gap)
        is_theirs = first is not None and is_group(first[1].strip())
        after.append(first[1] if first and is_theirs else "")
        before.append(gap[first.end() :] if first and is_theirs else gap)
    after.append(behind)
    before = [front.lstrip(">)]};,|.\t ") for front in before]
    return [f"{front}{address}\t{group}" for front, address, group in zip(before, said, after, strict=True)]


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where each address stands; one that is said again, as its own name or link, counts with the first."""
    last, start, end = "", 0, 0
    for begins, ends in _signs(text):
        address = _address(text[begins:ends])
        if last and address == last and not re.search(r"\w", _label_off(text[end:begins].casefold())):
            end = ends
            continue
        if last:
            yield start, end
        last, start, end = address, begins, ends
    if last:
        yield start, end


def _signs(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands on both sides of an @; looked at from there, so that long texts cost no more time."""
    end = 0
    at = text.find("@")
    while at >= 0:
        before = text[max(end, at - 254) : at][::-1]
        name = _QUOTED.match(before) or _BESIDE.match(before)
        domain = _BESIDE.match(text, at + 1)
        if name and domain:
            end = domain.end()
            yield at - name.end(), end
        at = text.find("@", max(end, at + 1))


def _has_words(text: str) -> bool:
    return any(char.isalpha() for char in _label_off(text.casefold()))


def _address(text: str) -> str:
    found = next(_signs(text), None)
    said = text[slice(*found)] if found else text
    if not said.startswith('"'):
        said = said.strip("'`´‚‘’*.-–•_<> " if found else "<> ")
    return normalised(said.removeprefix("mailto:"))


def _by_headings(number: int, columns: Sequence[str], cells: Sequence[str]) -> Iterator[Line]:
    found: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for name, cell in zip([*columns, ""], cells, strict=False):
        if name.startswith("tick:") and "@" not in cell:
            if folded(cell) in TICKED:
                found["group"] = " / ".join(filter(None, [found.get("group"), name.removeprefix("tick:")]))
        elif name and name != "skipped" and not found.get(name):
            found[name] = cell.strip(QUOTES)
        elif cell:
            others.append((name, cell))
    said = found.pop("email", "")
    own = [said[start:end] for start, end in _addresses(said)] or [said]
    line = _named(number, _address(own[0]), found, "first_name" in columns)
    if len(own) > 1 and not line.name:
        yield from (_by_looks(number, one) for one in _apart(said))
        own = own[:1]
    else:
        if not line.name and _has_words(said.replace(own[0], "")):  # „Klein, Anna <klein@…>“ under one heading
            looked = _by_looks(number, said)
            line = replace(looked, group=line.group or looked.group, organisation=line.organisation)
        yield line
    elsewhere = [cell for name, cell in [*others, *found.items()]]
    more = own[1:] + [cell[start:end] for cell in elsewhere for start, end in _addresses(cell)]
    for address in more:
        yield Line(number, _address(address), asked="column")


def _named(number: int, email: str, found: dict[str, str], has_first_name: bool) -> Line:
    function, group = found.pop("function", ""), found.pop("group", "")
    if not group and group_of(function):
        group = function
    whole, title = found.pop("name", ""), found.pop("title", "")
    last, first = found.pop("last_name", ""), found.pop("first_name", "")
    if whole and not last and (not has_first_name or "," in whole):
        of_name, first, last = split_name(whole)
        title = title or of_name
    else:
        title, last, first = _titles_off(title, last or whole, first)
    return Line(number, email, last, first, group, found.get("organisation", ""), title)


def _titles_off(title: str, last: str, first: str) -> tuple[str, str, str]:
    """„Dr. Klein“ and „Frau Anna“ in columns of their own."""
    names = []
    for name in (last, first):
        of_name, _first, rest = split_name(f"{name}, x") if name and "," not in name else ("", "", name)
        title = title or of_name
        names.append(rest)
    return title, names[0], names[1]


def _by_looks(number: int, text: str) -> Line:
    """The address is where the @ is; what the other cells are is seen from their words."""
    text = _RECIPIENTS.sub("", _BULLET.sub("", text, count=1), count=1)
    spans = list(_addresses(text))
    email, before, behind = "", text, ""
    if spans:
        start, end = spans[0]
        email, before, behind = _address(text[start:end]), text[:start], text[end:]
        before = re.sub(r"(?:mailto|smtp|e-?mail|mail)\s*:?\s*$", "", before.rstrip("<(["), flags=re.IGNORECASE)
    elif at := next((cell for cell in re.split(r"[\t;,|]", text) if "@" in cell or _LIKE_ADDRESS.fullmatch(cell)), ""):
        email, (before, behind) = _address(at.strip(QUOTES + " <>()")), text.split(at, 1)
    if not _has_words(before) and (inner := _IN_BRACKETS.fullmatch(behind)):
        behind = inner[1]  # klein@mayen.example (Anna Klein)
    labelled: dict[str, str] = {}
    front, back = _Cells(before, labelled), _Cells(behind.lstrip(">)]"), labelled)
    title = labelled.pop("title", "") or " ".join(front.titles or back.titles)
    groups = [*front.groups, *back.groups]
    differ = len({group_of(group) for group in groups}) > 1
    group = labelled.pop("group", "") or (" / ".join(groups) if differ else next(iter(groups), ""))
    names, rest = (front.names, back.names) if front.names else (back.names, [])
    group = group or next(iter(rest), "")
    if labelled.keys() & {"name", "last_name", "first_name"}:
        line = _named(number, email, labelled, "first_name" in labelled)
        return replace(line, group=line.group or group, title=line.title or title)
    of_name, last, first, asked = _of_cells(names, email)
    if len(names) > 1 and asked in {"order", *_UNSAID} and _DISPLAY_NAME.search(text[: spans[0][0]] if spans else ""):
        asked = ""  # „Klein, Anna <…>“ is never „Vorname, Nachname“
    if (front.has_office or back.has_office) and last and not first:
        asked = "many"  # a surname may look like an office
    return Line(number, email, last, first, group, title=title or of_name, asked=asked)


class _Cells:
    """What the cells of a piece of a line are."""

    def __init__(self, text: str, labelled: dict[str, str]) -> None:
        self.names: list[str] = []
        self.titles: list[str] = []
        self.groups: list[str] = []
        self.has_office = False
        for inner in BRACKETS.findall(text):
            self.groups += [part for part in re.split(r"[,;/|]", inner) if is_group(part)][:1]
        text = BRACKETS.sub(" ", text)
        mark = next((mark for mark in "\t;|" if mark in text), "")
        for cell in text.split(mark) if mark else _DASH.sub(",", text).split(","):
            self._take(cell, labelled)

    def _take(self, cell: str, labelled: dict[str, str]) -> None:
        if len(cell) > LONGEST_CELL:
            self.names.append(cell.strip())
            return
        has_dot = cell.rstrip(QUOTES).endswith(".")
        cell = _BULLET.sub("", cell, count=1).strip(QUOTES + ".,;:<>()[]|/-–—")
        cell = _AND.sub("", cell)
        if "," in cell:
            cell = ",".join(part for part in cell.split(",") if not self._is_beside_the_name(part.strip()))
        heading, colon, value = cell.partition(":")
        if colon and value and (name := column_of(heading)):
            labelled.setdefault(name, value.strip())
        elif any(char.isalpha() for char in cell):
            said = f"{cell}." if has_dot and (is_title(f"{cell}.") or _ENDS_WITH_DOT.search(cell)) else cell
            if not self._is_beside_the_name(said) and (name := self._names_alone(said)) not in self.names:
                self.names.append(name)

    def _is_beside_the_name(self, text: str) -> bool:
        """Salutation, title, group, or an office: kept in its place."""
        if is_title(text):
            self.titles.append(text if "." not in text or text.endswith(".") else f"{text}.")
        elif is_group(text):
            self.groups.append(text)
        elif OFFICE.search(text):
            self.has_office = True
        else:
            return is_salutation(text)
        return True

    def _names_alone(self, cell: str) -> str:
        """„Anna Klein Führungskraft“, „Führungskraft Anna Klein“ and „Anna Klein M.A.“."""
        words = cell.split()
        for place in (-1, 0):
            if len(words) > 1 and len(words[place]) > 2 and group_of(words[place]):
                self.groups.append(words.pop(place))
        if len(words) > 2 and (title := next((one for one in (words[-1], f"{words[-1]}.") if is_title(one)), "")):
            self._is_beside_the_name(title)
            words.pop()
        return " ".join(words)


def _of_cells(names: list[str], email: str) -> tuple[str, str, str, str]:
    """Title, surname, first name, and what is to be asked about them."""
    if not names:
        return "", "", "", ""
    if len(names) == 1 or "," in names[0]:
        title, first, last = split_name(names[0])
        if len(names) > 1 or "," in names[0]:
            return title, last, first, "many" if len(names) > 1 else ""
        return title, last, first, "order" if _contradicts(last, first, email) else "unsaid in one cell"
    title, last, first = _titles_off("", names[0], names[1])
    if _is_whole(last, first, email):
        title, first, last = split_name(names[0])
        return title, last, first, "many"
    if len(names) > 2:
        return title, last, first, "many"
    return title, last, first, "order" if _contradicts(last, first, email) else "unsaid in two"


def _is_whole(last: str, first: str, email: str) -> bool:
    """„Anna Klein, Bürgerdienste“: the first cell is a whole name; the address knows nothing of the second."""
    words = last.split()
    if len(words) < 2 or words[0].islower() or any(word.islower() for word in words):
        return False
    local = email.partition("@")[0]
    return not any(form in local for form in _forms(first))


def _contradicts(last: str, first: str, email: str) -> bool:
    """klein.anna@ and k.anna@, read as „Klein, Anna“, are no contradiction where Anna is the surname."""
    parts = re.split(r"[._-]", email.partition("@")[0])
    if len(parts) != 2 or not last or not first:
        return False
    is_last_first = parts[0] in {*_forms(last), last[0].casefold()} and parts[1] in _forms(first)
    return is_last_first and not (parts[0] in _forms(first) and parts[1] in _forms(last))


def _forms(name: str) -> set[str]:
    """A name as addresses have it: ä as ae and as a."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(char))
    return {re.sub(r"\W", "", form) for form in (*sort_key(name), plain.replace("ß", "ss"), plain)} - {""}
