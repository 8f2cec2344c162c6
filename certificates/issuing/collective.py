"""What does an agency's personnel office get? One confirmation of who took part in what, over a period.

An agency contact otherwise sees of a colleague only whether they attended. Units of *issued certificates* are told here
as well, since the personnel office keeps them as further training: only people whose certificates are valid and kept,
only those the agency itself sent, nothing of who was absent or got none. A certificate belongs to the period in which
its run ends.
"""

import datetime as dt
from dataclasses import dataclass

from accounts.models import Agency
from accounts.names import sort_key
from certificates.issuing import personnel_office
from certificates.issuing.personnel_office import CertifiedParticipation
from certificates.models import Certificate
from certificates.paper import FundingFacts
from trainings.reporting import Period


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
    certificates = personnel_office.to_list(Certificate.objects.of_agency(agency).of_period(period))
    ordered = sorted(
        certificates,
        key=lambda one: (sort_key(one.snapshot["surname"], one.snapshot["name"]), one.attended_from, one.number),
    )
    return Confirmation(
        agency=agency.name,
        period=period,
        rows=tuple(personnel_office.participation(certificate) for certificate in ordered),
        people=len({certificate.registration.person_id for certificate in ordered}),
        grants=personnel_office.grants_of(ordered),
    )


def confirmation_pdf(confirmation: Confirmation, at: dt.datetime | None = None) -> bytes:
    """Raises NotPrintable of ``trainings.printing``."""
    context = {
        "confirmation": confirmation,
        "rows": confirmation.rows,
        "grants": confirmation.grants,
        "first_day": f"{confirmation.period.first:%d.%m.%Y}",
        "last_day": f"{confirmation.period.last:%d.%m.%Y}",
    }
    template = "certificates/issuing/collective_pdf.html"
    return personnel_office.printed(template, context, confirmation.rows, confirmation.agency, at=at)
