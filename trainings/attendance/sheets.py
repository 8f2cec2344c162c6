"""What is on the list that people sign, and how does it become a PDF?

The signed list is the evidence for the funder; a tick in this program is not. There is one list for each day of a run.
Where the day has several sessions, such as a morning and an afternoon, each has its own column to sign in: attendance
is recorded for each session, so whoever leaves at noon must not have signed for both. The words are German in every
language of the page, because the evidence is read by German authorities; they are in the templates and not in the
catalogues of messages.

Never on it: e-mail address, phone, birthday, sex, nationality, needs.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import TargetGroup
from accounts.names import clean_name
from trainings import dates
from trainings.attendance import marks
from trainings.models import CourseRun, Funding, Registration, Session
from trainings.printing import qr_svg

STYLESHEET = "trainings/attendance/sheet.css"
GROUP_LETTERS: dict[str, str] = {TargetGroup.STAFF: "M", TargetGroup.LEADERSHIP: "F", TargetGroup.VOLUNTEERS: "E"}
FEWEST_BLANK_ROWS, MOST_BLANK_ROWS = 4, 8
ROWS_ON_ONE_PAGE = 16  # of 9 mm, with the foot
MOST_COLUMNS = 4  # to sign in, each wide enough for a name
FUNDING_STATEMENT = "Kofinanziert von der Europäischen Union"
USUAL_HEAD = 119  # CSS pixels from the top of a page to the list, with a title in one line
NO_SUCH_LETTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class FundingOnSheet:
    fund: str
    project_title: str
    grant_number: str
    beneficiary: str
    evidence_until: str  # „31.12.2044“


@dataclass(frozen=True)
class ListedPerson:
    last_name: str
    first_name: str
    agency: str
    group: str  # M, F, E, or empty where the person has not said


@dataclass(frozen=True)
class Sheet:
    """Everything a list says, as words ready to be read."""

    run_number: str
    course: str
    day: str  # „08.12.2026“
    when: str
    place: str
    units: str
    trainers: tuple[str, ...]
    grant: FundingOnSheet | None
    rows: tuple[ListedPerson, ...]
    columns: tuple[str, ...] = ()  # „9:00–12:00 Uhr“: one for each session, where there are several

    @property
    def version(self) -> str:
        """Six hexadecimal digits that follow from what is on the list: who, in which order, and the head."""
        return hashlib.sha256(_content(self).encode()).hexdigest()[:6].upper()

    @property
    def label(self) -> str:
        """„Liste 2026-014 · 08.12.2026 · Fassung 3F9A2C“: names the paper without naming a person."""
        return f"Liste {self.run_number} · {self.day} · Fassung {self.version}"

    @property
    def number_of_blank_rows(self) -> int:
        """For people who come without a registration; more where they do not need another page."""
        return min(MOST_BLANK_ROWS, max(FEWEST_BLANK_ROWS, ROWS_ON_ONE_PAGE - len(self.rows)))


def on_one_sheet(session: Session) -> list[Session]:
    """The sessions that people sign for on the same list as for this one: those of its day."""
    return next((day for day in _days(session.run) if session in day), [session])


def sheet(*sessions: Session) -> Sheet:
    """What the list of these sessions of one day says now, in a handful of queries."""
    run, first, last = sessions[0].run, sessions[0], sessions[-1]
    rooms = list(dict.fromkeys(session.room for session in sessions))
    with override("de"):
        return Sheet(
            run_number=run.number,
            course=run.course.title,
            day=dates.date_short(first.starts_at),
            when=dates.when(first.starts_at, last.ends_at),
            place=", ".join(part for part in [run.place, *(rooms if len(rooms) == 1 else [])] if part),
            units=dates.units(sum(session.teaching_units for session in sessions)),
            trainers=tuple(clean_name(trainer.formal_name) for trainer in run.trainers_shown),
            grant=_grant(first),
            rows=tuple(_row(registration) for registration in marks.expected(first)),
            columns=tuple(_column(session, with_room=len(rooms) > 1) for session in sessions)
            if len(sessions) > 1
            else (),
        )


def sheet_version(session: Session) -> str:
    """Of the list as it would be printed now; a paper that says another one is outdated."""
    return sheet(*on_one_sheet(session)).version


def sheet_for_session(session: Session) -> bytes:
    """The PDF of its day's list, A4 landscape. Raises NotPrintable of ``trainings.printing``, which it needs."""
    return pdf([sheet(*on_one_sheet(session))])


def sheet_for_run(run: CourseRun) -> bytes:
    """The lists of all days with sessions that take place, at least one, in one PDF; each counts its own pages."""
    return pdf([sheet(*day) for day in _days(run)])


def _days(run: CourseRun) -> list[list[Session]]:
    """The sessions that take place, by the list they are on: as many as have room beside each other."""
    sessions = sorted(run.sessions_taking_place, key=lambda session: (session.starts_at, session.pk))
    lists = []
    for _day, found in itertools.groupby(sessions, key=lambda session: timezone.localdate(session.starts_at)):
        day = list(found)
        number = math.ceil(len(day) / MOST_COLUMNS)
        ends = [len(day) * n // number for n in range(number + 1)]
        lists += [day[start:end] for start, end in itertools.pairwise(ends)]
    return lists


def _column(session: Session, *, with_room: bool) -> str:
    return ", ".join([dates.span(session.starts_at, session.ends_at), *([session.room] if with_room else [])])


def pdf(sheets: Sequence[Sheet]) -> bytes:
    """The lists in one file, PDF/UA-1 and PDF/A-3a, in the order given; takes about 1 s for 120 people."""
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf  # noqa: PLC0415

    with pdf.no_warnings():
        documents = [laid_out(sheet) for sheet in sheets]
        if len(documents) == 1:
            return pdf.written(documents[0])
        title = f"Anwesenheitslisten {sheets[0].run_number}: {sheets[0].course}"
        return pdf.written(pdf.in_one(documents, title=title))


def laid_out(sheet: Sheet) -> Any:
    """The pages. The head stands in the flow of the first and in the margin of the others, which must be as high."""
    from trainings.printing import pdf  # noqa: PLC0415  see above

    context = _context(sheet)
    drawings = {"drawing:code": context["qr_svg"]}
    document = pdf.laid_out(_html(context), stylesheet=STYLESHEET, drawings=drawings)
    _x, height, *_rest = document.pages[0].anchors["list"]  # in CSS pixels from the top of the page
    if len(document.pages) == 1 or height <= USUAL_HEAD:
        return document
    higher = _html({**context, "head_height": math.ceil(height)})
    return pdf.laid_out(higher, stylesheet=STYLESHEET, drawings=drawings)


def _row(registration: Registration) -> ListedPerson:
    person = registration.person
    return ListedPerson(
        last_name=clean_name(person.last_name),
        first_name=clean_name(person.first_name),
        agency=clean_name(registration.agency_of_day),
        group=GROUP_LETTERS.get(registration.group, ""),
    )


def _grant(session: Session) -> FundingOnSheet | None:
    """The run's own grant, else the one of the session's day."""
    day = timezone.localdate(session.starts_at)
    funding = session.run.funding or Funding.objects.filter(starts_on__lte=day, ends_on__gte=day).first()
    if funding is None:
        return None
    return FundingOnSheet(
        fund=funding.fund,
        project_title=funding.project_title,
        grant_number=funding.grant_number,
        beneficiary=funding.beneficiary,
        evidence_until=dates.date_short(funding.keep_evidence_until),
    )


def _html(context: dict[str, Any]) -> str:
    html = render_to_string("trainings/attendance/sheet.html", context)
    return html.translate({ord(char): NO_SUCH_LETTER for char in context["missing_letters"]})


def _context(sheet: Sheet) -> dict[str, Any]:
    from trainings.printing import pdf  # noqa: PLC0415  see above

    first_blank = len(sheet.rows) + 1
    return {
        "sheet": sheet,
        "columns": sheet.columns or ("",),
        "issuer": settings.OPERATOR_NAME,
        "statement": FUNDING_STATEMENT,
        "privacy_page": f"{settings.PUBLIC_URL}{reverse('privacy')}".partition("://")[2],
        "blank_numbers": range(first_blank, first_blank + sheet.number_of_blank_rows),
        "head_height": USUAL_HEAD,
        "missing_letters": pdf.missing_characters(_content(sheet)),
        "qr_svg": qr_svg(sheet.label),
    }


def _content(sheet: Sheet) -> str:
    content = asdict(sheet)
    if not sheet.columns:  # as versions were made before days had one list: papers printed then stay up to date
        del content["columns"]
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
