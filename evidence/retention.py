"""When does evidence of a grant end? With the day until which the grant says it is kept."""

import datetime as dt
from collections.abc import Callable

from django.db.models import Model, QuerySet
from django.utils import timezone

from evidence import dossiers
from evidence.models import Dossier, ReportingPeriod, ReportingPeriodEvent
from trainings import people

_RUNS = "funding__runs"


def _of_kept_grants(way: str) -> Callable[[QuerySet[Model], dt.datetime], QuerySet[Model]]:
    def kept(rows: QuerySet[Model], at: dt.datetime) -> QuerySet[Model]:
        return rows.filter(**{f"{way}keep_evidence_until__gte": timezone.localdate(at)})

    return kept


# Who did something with a report of a grant is kept as long as the report is.
EVIDENCE = [
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
    return {
        "period_events": over.forget(),
        "dossiers": dossiers.delete_superseded(at),
        "dossier_contents": dossiers.empty(at),
    }
