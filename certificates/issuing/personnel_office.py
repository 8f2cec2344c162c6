"""What do papers for a personnel office say of certificates, and how are they printed?

Only of certificates that are valid and whose file is kept; what is said of each comes from its snapshot, so that it
never differs from the certificate itself. The words are German in every language of the page, because German offices
read them; they are in the templates.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import override

from accounts.models import TargetGroup
from certificates.models import Certificate, CertificateQuerySet, display_code, units
from certificates.paper import FundingFacts
from trainings import dates
from trainings.models import Course

STYLESHEET = "certificates/issuing/personnel_office.css"
FUNDING_STATEMENT = "Kofinanziert von der Europäischen Union"
NO_SUCH_LETTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class CertifiedParticipation:
    """One participation; ``language`` is that of the title, ``agency`` and ``group`` are those of the day."""

    person: int  # their key
    surname: str
    name: str
    title: str
    language: str
    level: Course.Level
    first: dt.datetime
    last: dt.datetime
    units: int
    number: str
    code: str
    agency: str
    group: TargetGroup | None

    @property
    def days(self) -> str:
        """In the active language."""
        return dates.day_range(self.first, self.last)

    @property
    def display_code(self) -> str:
        return display_code(self.code)

    @property
    def sent_by(self) -> str:
        """Agency and group, in the active language."""
        return ", ".join(str(part) for part in (self.agency, self.group.label if self.group else "") if part)


def to_list(certificates: CertificateQuerySet) -> CertificateQuerySet:
    """Those that hold and whose file is kept, for one query. Not of people whose data are only kept as evidence."""
    found = certificates.valid().with_file().filter(registration__person__restricted_at=None).defer("pdf", "badge")
    return found.select_related("registration__agency", "registration__run__course")


def participation(certificate: Certificate) -> CertifiedParticipation:
    registration = certificate.registration
    return CertifiedParticipation(
        person=registration.person_id,
        surname=certificate.snapshot["surname"],
        name=certificate.snapshot["name"],
        title=certificate.title,
        language=certificate.title_language,
        # Papers of the first version did not name it.
        level=Course.Level(certificate.snapshot.get("level") or registration.run.course.level),
        first=certificate.attended_from,
        last=certificate.attended_until,
        units=units(certificate.minutes_certified),
        number=certificate.number,
        code=certificate.code,
        agency=registration.agency_of_day,
        group=TargetGroup(registration.group) if registration.group else None,
    )


def grants_of(certificates: Iterable[Certificate]) -> tuple[FundingFacts, ...]:
    """Each grant named by the certificates once; if a fund appears in German and English, the first one."""
    found: dict[str, FundingFacts] = {}
    for certificate in certificates:
        if grant := certificate.snapshot["funding"]:
            found.setdefault(grant["grant_number"], grant)
    return tuple(found.values())


def check_page() -> str:
    """The address on which certificates are checked, as one types it."""
    return f"{settings.PUBLIC_URL}{reverse('certificates:verify_form')}".partition("://")[2].rstrip("/")


def printed(
    template: str,
    context: dict[str, Any],
    rows: Iterable[CertifiedParticipation],
    *names: str,
    at: dt.datetime | None = None,
) -> bytes:
    """A4 portrait, PDF/UA-1 and PDF/A-3a. Raises NotPrintable of ``trainings.printing``, which it needs.

    ``names``: what else is printed that somebody typed, and whose letters the typefaces may lack.
    """
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf as printing  # noqa: PLC0415

    with override("de"):
        typed = json.dumps([names, *map(asdict, rows)], ensure_ascii=False, default=str)
        missing = printing.missing_characters(typed)
        words = render_to_string(template, {**context, **_sender(timezone.localdate(at)), "missing_letters": missing})
    html = words.translate({ord(char): NO_SUCH_LETTER for char in missing})
    with printing.no_warnings():
        return printing.written(printing.laid_out(html, stylesheet=STYLESHEET))


def _sender(day: dt.date) -> dict[str, Any]:
    return {
        "issuer": settings.OPERATOR_NAME,
        "unit": settings.OPERATOR_UNIT,
        "place": settings.OPERATOR_PLACE,
        "day": dateformat.format(day, "j. F Y"),
        "statement": FUNDING_STATEMENT,
        "check_page": check_page(),
    }
