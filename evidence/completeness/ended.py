"""Which periods are over and not handed in? For the coordinators' desk, with how much each of them still lacks."""

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from evidence.completeness.account import completeness_of
from evidence.models import ReportingPeriod
from evidence.periods import proposed_for
from trainings.models import Funding
from trainings.reporting import Period

# Of what ended before that, nothing is counted each time somebody opens the desk, and nothing more is proposed.
LOOK_BACK = dt.timedelta(days=366)

_A_SESSION = """EXISTS (
    SELECT 1 FROM trainings_session AS held JOIN trainings_courserun AS run ON run.id = held.run_id
    WHERE run.funding_id = %s AND run.published_at IS NOT NULL AND run.cancelled_at IS NULL
      AND held.cancelled_at IS NULL AND held.starts_at >= %s AND held.starts_at < %s
)"""


@dataclass(frozen=True)
class EndedPeriod:
    """``missing``: how many things; None where it is not counted. ``url`` shows them, or opens the period."""

    grant: Funding
    days: Period
    due_on: dt.date | None
    url: str
    is_opened: bool
    missing: int | None = None


def ended_periods(at: dt.datetime | None = None) -> list[EndedPeriod]:
    """The ones that were opened first, then half-years in which runs of a grant were held; each by its days."""
    at = at or timezone.now()
    today = timezone.localdate(at)
    opened = ReportingPeriod.objects.filter(
        last_on__lt=today, handed_in_at=None, funding__keep_evidence_until__gte=today
    )
    since = today - LOOK_BACK
    found = [
        EndedPeriod(
            grant=period.funding,
            days=period.days,
            due_on=period.due_on,
            url=reverse("evidence:missing", args=[period.pk]),
            is_opened=True,
            missing=completeness_of(period.funding, period.days, at).number if period.last_on >= since else None,
        )
        for period in opened.select_related("funding").order_by("first_on", "pk")
    ]
    return found + _not_opened(today, since)


def _not_opened(today: dt.date, since: dt.date) -> list[EndedPeriod]:
    grants = (
        Funding.objects.filter(ends_on__gte=since).prefetch_related("reporting_periods").order_by("starts_on", "pk")
    )
    proposed = [(one, days) for one in grants for days in proposed_for(one, today) if since <= days.last < today]
    proposed.sort(key=lambda one: one[1].first)
    return [
        EndedPeriod(grant, days, None, _opening(grant, days), is_opened=False)
        for (grant, days), was_paid in zip(proposed, _was_paid(proposed), strict=True)
        if was_paid
    ]


def _was_paid(proposed: list[tuple[Funding, Period]]) -> list[bool]:
    """Of each whether the grant paid for anything then, in one query: the days of all are a year of sessions."""
    if not proposed:
        return []
    params = [value for grant, days in proposed for value in (grant.pk, days.begins_at, days.ends_before)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([_A_SESSION] * len(proposed))}", params)
        return [bool(found) for found in cursor.fetchone()]


def _opening(grant: Funding, days: Period) -> str:
    query = urlencode({"first_on": days.first.isoformat(), "last_on": days.last.isoformat()})
    return f"{reverse('evidence:new_period', args=[grant.pk])}?{query}"
