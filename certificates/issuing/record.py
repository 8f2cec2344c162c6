"""What has one person attended? The record for the personnel office, for a period or for all time.

It names valid certificates whose file is kept, and nothing else: not who was absent, and nothing that was revoked or
erased. An agency's contact gets what the agency itself sent the person to, as on the collective confirmation.
"""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.models import Agency, User
from certificates.issuing import personnel_office
from certificates.issuing.personnel_office import CertifiedParticipation
from certificates.models import Certificate
from certificates.paper import FundingFacts
from trainings.models import Registration
from trainings.reporting import Period


@dataclass(frozen=True)
class TrainingRecord:
    """``agency``: the one that sent the person to what is listed; None where it is all of theirs. ``period``: None for
    all time. ``other_names``: those that certificates bear, where the person is called otherwise today."""

    person: User
    agency: Agency | None
    period: Period | None
    rows: tuple[CertifiedParticipation, ...]
    grants: tuple[FundingFacts, ...]

    @property
    def units(self) -> int:
        return sum(row.units for row in self.rows)

    @property
    def other_names(self) -> list[str]:
        return list(dict.fromkeys(row.name for row in self.rows if row.name != self.person.formal_name))


def training_record(person: User, period: Period | None = None, agency: Agency | None = None) -> TrainingRecord:
    """By day, in one query. Empty where the person has no certificate."""
    found = Certificate.objects.of(person)
    found = found.of_agency(agency) if agency else found
    found = found.of_period(period) if period else found
    ordered = sorted(personnel_office.to_list(found), key=lambda one: (one.attended_from, one.number))
    rows = tuple(personnel_office.participation(certificate) for certificate in ordered)
    return TrainingRecord(person, agency, period, rows, personnel_office.grants_of(ordered))


def training_record_pdf(record: TrainingRecord, at: dt.datetime | None = None) -> bytes:
    """Raises NotPrintable of ``trainings.printing``."""
    context = {
        "record": record,
        "rows": record.rows,
        "grants": record.grants,
        "name": record.person.formal_name,
        "first_day": f"{record.period.first:%d.%m.%Y}" if record.period else "",
        "last_day": f"{record.period.last:%d.%m.%Y}" if record.period else "",
    }
    names = (record.person.formal_name, record.agency.name if record.agency else "")
    return personnel_office.printed("certificates/issuing/record_pdf.html", context, record.rows, *names, at=at)


def people_with_records() -> QuerySet[User]:
    """Nobody whose data are erased, or kept as evidence alone."""
    return User.objects.filter(erased_at=None, restricted_at=None)


def whose_record_there_is(person: User) -> list[User]:
    """The person, if their record would say something."""
    listed = personnel_office.to_list(Certificate.objects.of(person))
    return [person] if listed.exists() else []


def people_on_record_of(agency: Agency) -> QuerySet[User]:
    """Whom its contact may ask for: who belongs to it, and whom it has sent before and who has a certificate."""
    sent = Registration.objects.of_agency(agency).filter(
        pk__in=personnel_office.to_list(Certificate.objects.of_agency(agency)).values("registration")
    )
    people = people_with_records()
    return people.filter(agency=agency) | people.filter(pk__in=sent.values("person"))
