"""A list of people for one run: what would become of each, and then all of them at once.

An agency's contact lists colleagues, coordinators anybody. Both paste lines from a table, see one verdict per line,
and register those who can; every line is checked again then, by the same rules as everybody's own registration.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.addresses import mailbox, normalised, validate_address
from accounts.models import Agency, TargetGroup, User
from accounts.names import clean_name
from accounts.tables import Choice, folded, unknown_value
from trainings.acts import Act, Channel
from trainings.booking import registering
from trainings.booking.transitions import Status
from trainings.locking import locked
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused

MAX_LINES = 200
MAX_LENGTH = 150  # of a first or last name
HEADINGS = ["Nachname", "Vorname", "E-Mail", "Gruppe", "Organisation"]
# The headings that are understood, without hyphens.
_COLUMNS = {
    "last_name": {"nachname", "familienname", "last name", "surname"},
    "first_name": {"vorname", "first name", "given name"},
    "name": {"name"},
    "email": {"email", "mail", "emailadresse", "email address", "dienstliche emailadresse"},
    "group": {"gruppe", "zielgruppe", "group"},
    "organisation": {"organisation", "behörde", "behörde / einrichtung", "agency"},
}
_ALSO_GROUPS = {
    "mitarbeiter": TargetGroup.STAFF,
    "mitarbeiterin": TargetGroup.STAFF,
    "führungskraft": TargetGroup.LEADERSHIP,
    "ehrenamt": TargetGroup.VOLUNTEERS,
    "ehrenamtlich": TargetGroup.VOLUNTEERS,
}
_GROUPS = Choice("group", "Gruppe", choices=TargetGroup.choices)


class TooManyLines(ValueError):
    """The message states the limit."""


@dataclass(frozen=True)
class Line:
    """One person as typed; ``number`` counts the lines of the list, its headings included."""

    number: int
    email: str
    last_name: str = ""
    first_name: str = ""
    group: str = ""
    organisation: str = ""

    @property
    def name(self) -> str:
        return ", ".join(part for part in [self.last_name, self.first_name] if part)

    @property
    def target_group(self) -> str:
        """The group as its code word; raises ValueError, with a message for people, where it is none."""
        known = _ALSO_GROUPS.get(folded(self.group))
        return known or str(_GROUPS.read(self.group))


@dataclass(frozen=True)
class Verdict:
    """What becomes of a line: a status, waiting with a position, or the reasons against it."""

    line: Line
    name: str
    status: Status | None = None
    position: int | None = None
    reasons: tuple[Reason, ...] = ()
    is_new: bool = False

    @property
    def label(self) -> str:
        return str(self.status.label) if self.status else _("nicht möglich")


# --- Reading -----------------------------------------------------------------------------------


def read_lines(text: str) -> list[Line]:
    """Lines copied from a table: tabs, semicolons or commas between the cells. Raises TooManyLines."""
    return read_rows(_cells(row) for row in text.splitlines())


def read_rows(rows: Iterable[Sequence[str]]) -> list[Line]:
    """Rows of cells, with or without headings; empty ones are left out. Raises TooManyLines."""
    lines: list[Line] = []
    columns: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = [clean_name(cell).replace("＠", "@").strip(' "„“”') for cell in row]
        if not any(cells):
            continue
        if not lines and not columns and (columns := _columns(cells)):
            continue
        if len(lines) == MAX_LINES:
            text = _("Die Liste hat mehr als %(number)d Zeilen. Bitte teilen Sie sie auf.")
            raise TooManyLines(text % {"number": MAX_LINES})
        lines.append(_by_headings(number, columns, cells) if columns else _by_looks(number, cells))
    return lines


def line_of(number: int, person: User) -> Line:
    """A known person as a line."""
    return Line(number, person.email, person.last_name, person.first_name, person.group)


def as_text(lines: Iterable[Line]) -> str:
    """The lines as ``read_lines`` reads them back."""
    rows = [[line.last_name, line.first_name, line.email, line.group, line.organisation] for line in lines]
    return "\n".join("\t".join(row) for row in [HEADINGS, *rows])


def _cells(row: str) -> list[str]:
    without_quoted = "".join(row.split('"')[::2])
    delimiter = next((mark for mark in "\t;," if mark in without_quoted), ",")
    cells = next(csv.reader([row.strip("\r\n\0")], delimiter=delimiter, skipinitialspace=True), [])
    found: list[str] = []
    for cell in cells:  # Outlook copies people as „Nachname, Vorname <adresse>“
        name, bracket, rest = cell.partition("<")
        found += [name, rest.rstrip("> ")] if bracket and "@" in rest else [cell]
    return found


def _columns(cells: Sequence[str]) -> list[str]:
    """The column each cell heads, if they are headings."""
    words = [folded(cell).replace("-", "") for cell in cells]
    columns = [next((name for name, also in _COLUMNS.items() if word in also), "") for word in words]
    return columns if "email" in columns and not any("@" in cell for cell in cells) else []


def _by_headings(number: int, columns: Sequence[str], cells: Sequence[str]) -> Line:
    found = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    whole = found.pop("name", "")
    if whole and "first_name" in columns:
        found.setdefault("last_name", whole)
    elif whole:
        found["last_name"], found["first_name"] = _split(whole)
    email = _address(found.pop("email", ""))
    return Line(number, email, **found)


def _by_looks(number: int, cells: Sequence[str]) -> Line:
    """The address is the cell with an @; the names stand before it, the group behind it."""
    cells = [cell for cell in cells if cell]
    at = next((index for index, cell in enumerate(cells) if "@" in cell), None)
    email = _address(cells[at]) if at is not None else ""
    names = list(cells[:at])
    rest = [] if at is None else list(cells[at + 1 :])
    if not names:
        group_at = next((index for index, cell in enumerate(rest) if _is_group(cell)), len(rest))
        names, rest = rest[:group_at], rest[group_at:]
    elif not rest and len(names) > 1 and _is_group(names[-1]):
        rest = [names.pop()]
    last_name, first_name = (names[0], names[1]) if len(names) > 1 else _split(names[0] if names else "")
    return Line(number, email, last_name, first_name, rest[0] if rest else "")


def _split(name: str) -> tuple[str, str]:
    """„Nachname, Vorname“ or „Vorname Nachname“; small words such as „von“ belong to the last name."""
    if "," in name:
        last_name, _comma, first_name = name.partition(",")
        return last_name.strip(), first_name.strip()
    words = name.split()
    start = next((index for index, word in enumerate(words) if index and word.islower()), max(0, len(words) - 1))
    return " ".join(words[start:]), " ".join(words[:start])


def _address(cell: str) -> str:
    return normalised(cell.strip("<> ").removeprefix("mailto:"))


def _is_group(cell: str) -> bool:
    try:
        return bool(Line(0, "", group=cell).target_group)
    except ValueError:
        return False


# --- Deciding ----------------------------------------------------------------------------------


def preview_list(run: CourseRun, lines: Sequence[Line], act: Act) -> list[Verdict]:
    """What would become of each line, in their order: they are registered, and everything is rolled back.

    New people, registrations, whoever moves up and the mails to them go with the savepoint.
    """
    with transaction.atomic():
        verdicts = register_list(run, lines, act)
        transaction.set_rollback(True)
    return verdicts


def register_list(run: CourseRun, lines: Sequence[Line], act: Act) -> list[Verdict]:
    """Register everybody who can, under one lock of the run; a line that is refused leaves no trace."""
    source = Registration.Source.IMPORT if act.is_by_coordinator else None
    act = replace(act, channel=Channel.IMPORT if act.is_by_coordinator else Channel.WEB)
    verdicts = []
    with locked(run) as run:
        for line, double in _with_doubles(lines):
            try:
                with transaction.atomic():  # a new person is not kept where the registration is refused
                    person, is_new = _person(line, double, act)
                    registration = registering.register(run, person, act, source=source)
            except Refused as refused:
                verdicts.append(Verdict(line, line.name, reasons=refused.reasons))
                continue
            status = Status(registration.status)
            verdicts.append(Verdict(line, person.list_name, status, registration.position, is_new=is_new))
    return verdicts


def person_of(line: Line, act: Act) -> User:
    """The person with that address, created if new. Raises the same Refused for everybody not of the agency."""
    person = User.objects.of_address(line.email)
    if not act.is_by_coordinator:
        agency = person.agency if person else Agency.objects.for_email(line.email)
        if agency is None or not act.user.speaks_for(agency.pk):
            raise Refused(Reason("other_agency", _("Diese E-Mail-Adresse gehört nicht zu Ihrer Behörde.")))
    if person is not None and (person.has_completed_profile or not person.is_active):
        return person
    if not line.last_name:
        raise Refused(Reason("name", _("Die Person ist neu. Bitte geben Sie auch den Namen an.")))
    if max(len(line.last_name), len(line.first_name)) > MAX_LENGTH:
        raise Refused(Reason("name", _("Der Name ist zu lang.")))
    if not line.group:
        raise Refused(Reason("group", _("Die Person ist neu. Bitte geben Sie auch die Gruppe an.")))
    try:
        group = line.target_group
    except ValueError:
        raise Refused(Reason("group", unknown_value(line.group, _GROUPS.allowed))) from None
    return affiliation.introduce(
        line.email,
        first_name=line.first_name,
        last_name=line.last_name,
        group=group,
        organisation=line.organisation[:200],
    )


def _with_doubles(lines: Sequence[Line]) -> Iterable[tuple[Line, int | None]]:
    """Each line, with the number of the earlier one that has its mailbox."""
    first: dict[str, int] = {}
    for line in lines:
        key = mailbox(line.email)
        yield line, first.get(key) if line.email else None
        first.setdefault(key, line.number)


def _person(line: Line, double: int | None, act: Act) -> tuple[User, bool]:
    """The person of the line, and whether they were just created. Raises Refused."""
    if double is not None:
        text = _("Diese E-Mail-Adresse steht schon in Zeile %(line)d.") % {"line": double}
        raise Refused(Reason("double", text if double else _("Diese Person ist schon ausgewählt.")))
    try:
        validate_address(line.email)
    except ValidationError:
        raise Refused(Reason("email", _("In dieser Zeile steht keine gültige E-Mail-Adresse."))) from None
    known = User.objects.of_address(line.email)
    return person_of(line, act), known is None or not known.has_completed_profile
