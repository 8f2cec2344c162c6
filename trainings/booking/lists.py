"""A list of people for one run: what would become of each, and then all of them at once.

An agency's contact lists colleagues, coordinators anybody. Both paste lines from a table, see one verdict per line,
and register those who can; every line is checked again then, by the same rules as everybody's own registration.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import affiliation
from accounts.addresses import mailbox
from accounts.models import Agency, User
from trainings.acts import Act, Channel
from trainings.booking import registering
from trainings.booking.eligibility import Case, cautions_about_agreement
from trainings.booking.list_lines import Line
from trainings.booking.name_doubts import doubt_about
from trainings.booking.transitions import Status
from trainings.locking import locked
from trainings.models import CourseRun, Registration
from trainings.refusals import Reason, Refused

MAX_LENGTH = 150  # of a first or last name
MAX_TITLE = 60
CORRECTABLE = frozenset({"name", "doubt", "group", "email"})  # reasons that whoever typed the line can settle


@dataclass(frozen=True)
class Verdict:
    """What becomes of a line: a status, waiting with a position, or the reasons against it.

    ``cautions``: what stands in nobody's way and whoever registers has to know.
    """

    line: Line
    name: str
    status: Status | None = None
    position: int | None = None
    reasons: tuple[Reason, ...] = ()
    is_new: bool = False
    cautions: tuple[Reason, ...] = ()

    @property
    def may_be_corrected(self) -> bool:
        """What somebody typed is still open: name, title, group, the address; not what an account has said already."""
        return self.is_new or any(reason.code in CORRECTABLE for reason in self.reasons)

    @property
    def label(self) -> str:
        if self.status:
            return str(self.status.label)
        return _("bitte prüfen") if self.may_be_corrected else _("nicht möglich")


def line_of(number: int, person: User) -> Line:
    """A known person as a line."""
    return Line(number, person.email, person.last_name, person.first_name, person.group)


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
                    cautions = cautions_about_agreement(Case(run, person, act))
                    registration = registering.register(run, person, act, source=source, needs=line.needs)
            except Refused as refused:
                verdicts.append(Verdict(line, line.name, reasons=refused.reasons))
                continue
            status = Status(registration.status)
            verdicts.append(
                Verdict(line, person.list_name, status, registration.position, is_new=is_new, cautions=cautions)
            )
    return verdicts


def person_of(line: Line, act: Act) -> User:
    """The person with that address, created if new. Raises the same Refused for everybody not of the agency."""
    person = User.objects.of_address(line.email)
    if not act.is_by_coordinator:
        agency = person.agency if person else Agency.objects.for_email(line.email)
        if agency is None or not act.user.speaks_for(agency.pk):
            raise Refused(Reason("other_agency", _("Diese E-Mail-Adresse gehört nicht zu Ihrer Behörde.")))
    if line.asked == "column" and (doubt := doubt_about(line)):
        raise Refused(Reason("doubt", doubt, "is_sure"))
    if person is not None and (person.has_completed_profile or not person.is_active):
        return person  # under the name they have there
    if reasons := [*_about_name(line), *_about_group(line)]:
        raise Refused(*reasons)
    return affiliation.introduce(
        line.email,
        first_name=line.first_name,
        last_name=line.last_name,
        title=line.title,
        group=line.target_group,
        organisation=line.organisation[:200],
    )


def _about_name(line: Line) -> Iterator[Reason]:
    if not line.last_name:
        yield Reason("name", _("Die Person ist neu. Bitte geben Sie auch den Namen an."), "last_name")
    elif max(len(line.last_name), len(line.first_name)) > MAX_LENGTH or len(line.title) > MAX_TITLE:
        yield Reason("name", _("Der Name ist zu lang."), "last_name")
    elif doubt := doubt_about(line):
        yield Reason("doubt", doubt, "last_name")


def _about_group(line: Line) -> Iterator[Reason]:
    if not line.group:
        yield Reason("group", _("Die Person ist neu. Bitte geben Sie auch die Gruppe an."), "group")
        return
    try:
        line.target_group  # noqa: B018  asked for what it raises
    except ValueError as error:
        yield Reason("group", str(error), "group")


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
    if not line.has_address:
        raise Refused(Reason("email", _("In dieser Zeile steht keine gültige E-Mail-Adresse."), "email"))
    known = User.objects.of_address(line.email)
    return person_of(line, act), known is None or not known.has_completed_profile
