"""What does an agency's personnel office get? One confirmation of who took part in what, over a period.

An agency contact otherwise sees of a colleague only whether they attended. Units of *issued certificates* are told here
as well, since the personnel office keeps them as further training: only people whose certificates are valid and kept,
only those the agency itself sent, nothing of who was absent or got none. A certificate belongs to the period in which
its run ends; what it says comes from its snapshot, so paper and confirmation never differ.

The words are German in every language of the page, because German offices read them; they are in the template.
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import override

from accounts.models import Agency
from accounts.names import sort_key
from certificates.models import Certificate, units
from certificates.paper import FundingFacts
from trainings import dates
from trainings.reporting import Period

STYLESHEET = "certificates/issuing/collective.css"
FUNDING_STATEMENT = "Kofinanziert von der Europäischen Union"
NO_SUCH_LETTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class CertifiedParticipation:
    """One participation; ``language`` is that of the title."""

    surname: str
    name: str
    title: str
    language: str
    first: dt.datetime
    last: dt.datetime
    units: int
    number: str

    @property
    def days(self) -> str:
        """In the active language."""
        return dates.day_range(self.first, self.last)


@dataclass(frozen=True)
class Confirmation:
    agency: str
    period: Period
    rows: tuple[CertifiedParticipation, ...]
    people: int
    grants: tuple[FundingFacts, ...]

    @property
    def units(self) -> int:
        return sum(row.units for row in self.rows)


def confirmation(agency: Agency, period: Period) -> Confirmation:
    """By surname and day, in one query. Empty where nobody got a certificate."""
    certificates = (
        Certificate.objects.valid()
        .with_file()
        .defer("pdf", "badge")
        .filter(
            registration__agency=agency,
            registration__run__ends_at__gte=period.begins_at,
            registration__run__ends_at__lt=period.ends_before,
        )
        .select_related("registration")
    )
    ordered = sorted(
        certificates,
        key=lambda one: (sort_key(one.snapshot["surname"], one.snapshot["name"]), one.attended_from, one.number),
    )
    return Confirmation(
        agency=agency.name,
        period=period,
        rows=tuple(_row(certificate) for certificate in ordered),
        people=len({certificate.registration.person_id for certificate in ordered}),
        grants=_grants(ordered),
    )


def confirmation_pdf(confirmation: Confirmation, at: dt.datetime | None = None) -> bytes:
    """A4 portrait, PDF/UA-1 and PDF/A-3a. Raises NotPrintable of ``trainings.printing``, which it needs."""
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf as printing  # noqa: PLC0415

    with override("de"):
        day = timezone.localdate(at)
        missing = printing.missing_characters(_content(confirmation))
        words = render_to_string("certificates/issuing/collective_pdf.html", _context(confirmation, day, missing))
    html = words.translate({ord(char): NO_SUCH_LETTER for char in missing})
    with printing.no_warnings():
        return printing.written(printing.laid_out(html, stylesheet=STYLESHEET))


def _row(certificate: Certificate) -> CertifiedParticipation:
    return CertifiedParticipation(
        surname=certificate.snapshot["surname"],
        name=certificate.snapshot["name"],
        title=certificate.title,
        language=certificate.title_language,
        first=certificate.attended_from,
        last=certificate.attended_until,
        units=units(certificate.minutes_certified),
        number=certificate.number,
    )


def _grants(certificates: list[Certificate]) -> tuple[FundingFacts, ...]:
    """Each grant named by the certificates once; if a fund appears in German and English, the first one."""
    found: dict[str, FundingFacts] = {}
    for certificate in certificates:
        if grant := certificate.snapshot["funding"]:
            found.setdefault(grant["grant_number"], grant)
    return tuple(found.values())


def _context(confirmation: Confirmation, day: dt.date, missing: str) -> dict[str, Any]:
    return {
        "confirmation": confirmation,
        "first_day": f"{confirmation.period.first:%d.%m.%Y}",
        "last_day": f"{confirmation.period.last:%d.%m.%Y}",
        "issuer": settings.OPERATOR_NAME,
        "unit": settings.OPERATOR_UNIT,
        "place": settings.OPERATOR_PLACE,
        "day": dateformat.format(day, "j. F Y"),
        "statement": FUNDING_STATEMENT,
        "check_page": f"{settings.PUBLIC_URL}{reverse('certificates:verify_form')}".partition("://")[2].rstrip("/"),
        "missing_letters": missing,
    }


def _content(confirmation: Confirmation) -> str:
    return json.dumps([confirmation.agency, *map(asdict, confirmation.rows)], ensure_ascii=False, default=str)
