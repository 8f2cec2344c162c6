"""When does evidence of a grant end? With the day until which the grant says it is kept."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from evidence import dossiers
from evidence.models import (
    AuditorDoor,
    DefinitionEvent,
    DoorLook,
    DoorQuestion,
    Dossier,
    ReportingPeriod,
    ReportingPeriodEvent,
)
from trainings import people

ADDRESS_KEPT = dt.timedelta(days=90)
_RUNS = "funding__runs"


def _of_kept_grants(way: str) -> Callable[[QuerySet[Model], dt.datetime], QuerySet[Model]]:
    def kept(rows: QuerySet[Model], at: dt.datetime) -> QuerySet[Model]:
        return rows.filter(**{f"{way}keep_evidence_until__gte": timezone.localdate(at)})

    return kept


# Who did something with a report of a grant is kept as long as the report is.
EVIDENCE = [
    people.Source(AuditorDoor, "opened_by", f"period__{_RUNS}", _of_kept_grants("period__funding__")),
    people.Source(AuditorDoor, "closed_by", f"period__{_RUNS}", _of_kept_grants("period__funding__")),
    people.Source(DoorQuestion, "answered_by", f"door__period__{_RUNS}", _of_kept_grants("door__period__funding__")),
    people.Source(ReportingPeriod, "handed_in_by", _RUNS, _of_kept_grants("funding__")),
    people.Source(ReportingPeriodEvent, "actor", f"period__{_RUNS}", _of_kept_grants("period__funding__")),
    people.Source(Dossier, "asked_by", f"period__{_RUNS}", _of_kept_grants("period__funding__")),
    people.Source(Dossier, "handed_in_by", f"period__{_RUNS}", _of_kept_grants("period__funding__")),
]


def clean_up(at: dt.datetime | None = None) -> dict[str, int]:
    """Empty what is no longer needed; says how much of each kind. Idempotent."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    over = ReportingPeriodEvent.objects.filter(period__funding__keep_evidence_until__lt=today)
    long_ago = at - dt.timedelta(days=settings.RETENTION_CERTIFICATE_DAYS)
    return {
        "period_events": over.forget(),
        "definition_events": DefinitionEvent.objects.filter(at__lt=long_ago).forget(),
        "dossiers": dossiers.delete_superseded(at),
        "dossier_contents": dossiers.empty(at),
        **_clean_up_doors(at, today),
    }


def _clean_up_doors(at: dt.datetime, today: dt.date) -> dict[str, int]:
    """An auditor's address goes a while after the door has ended; who it was and what they asked with the evidence."""
    known = AuditorDoor.objects.exclude(email="").filter(Q(closed_at__isnull=False) | Q(ends_on__lt=today))
    ended = [door.pk for door in known.defer("auditor") if door.ended_at < at - ADDRESS_KEPT]
    of_doors = Q(door__period__funding__keep_evidence_until__lt=today)
    over = AuditorDoor.objects.filter(period__funding__keep_evidence_until__lt=today)
    return {
        "auditors_addresses": AuditorDoor.objects.filter(pk__in=ended).update(email=""),
        "auditors": over.exclude(auditor="", email="").update(auditor="", email=""),
        "auditors_questions": DoorQuestion.objects.filter(of_doors)
        .exclude(text="", answer="")
        .update(text="", answer=""),
        "auditors_looks": DoorLook.objects.filter(of_doors).delete()[0],
    }
