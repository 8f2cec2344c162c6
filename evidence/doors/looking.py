"""What does an auditor see, and who looked at what when? The facts, without what this door does not show."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts import audit
from certificates.models import Certificate
from evidence import dossiers
from evidence.facts import (
    PeriodEvidence,
    RunEvidence,
    ScanEvidence,
    evidence_from,
    period_evidence,
    without_names,
)
from evidence.models import AuditorDoor, DoorLook, ReportingPeriod
from trainings.models import SheetScan


def evidence_shown(period: ReportingPeriod) -> PeriodEvidence:
    """The one place that decides what auditors see of a period: what was handed in, before that the facts of now."""
    handed_in = dossiers.handed_in_of(period)
    if handed_in is not None and handed_in.facts:
        return evidence_from(handed_in.facts)
    return period_evidence(period.funding, period.days)


@dataclass
class ShownToAuditors:
    """The facts of the door's period as this auditor may see them, gathered when they are asked for."""

    door: AuditorDoor

    @cached_property
    def evidence(self) -> PeriodEvidence:
        evidence = evidence_shown(self.door.period)
        return evidence if self.door.shows_names else without_names(evidence)

    def run(self, pk: int) -> RunEvidence | None:
        return next((run for run in self.evidence.runs if run.pk == pk), None)

    def codes_of(self, run: RunEvidence) -> dict[int, str]:
        """By certificate, what its public check is asked by. That says whether a name is right: not without names."""
        if not self.door.shows_names:
            return {}
        keys = [certificate.pk for certificate in run.certificates]
        return dict(Certificate.objects.filter(pk__in=keys).values_list("pk", "code"))

    def scan(self, pk: int) -> SheetScan | None:
        """The file of a signed list, as it is kept; None if it is of no list of this period, or not to be shown."""
        files = [scan for run in self.evidence.runs for scan in scans_of(run)]
        told = next((scan for scan in files if scan.pk == pk), None)
        if told is None or not self.door.shows_scans:
            return None
        found: SheetScan | None = SheetScan.objects.filter(pk=pk, sha256=told.sha256).exclude(original_at="").first()
        return found


def scans_of(run: RunEvidence) -> list[ScanEvidence]:
    return [scan for one in run.lists for scan in one.scans]


def note(door: AuditorDoor, page: DoorLook.Page, about: str = "", at: dt.datetime | None = None) -> None:
    """That the page was opened: in the list of the door, and in the record of who did what."""
    at = at or timezone.now()
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        DoorLook.objects.create(door=door, page=page, about=about[:60], at=at)
        said = f"{door.label}: {page.label} {about}".strip()
        audit.record(audit.What.EVIDENCE_VIEWED, about=said, at=at)


def looks_at(door: AuditorDoor, most: int) -> tuple[list[DoorLook], int]:
    """The last of them, and how many there are."""
    return list(door.looks.all()[:most]), door.looks.count()
