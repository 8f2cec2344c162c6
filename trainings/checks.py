"""What does the operator still owe the public, or forbid by mistake? System checks, in English, for who runs it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError
from django.utils import timezone

from trainings import legal_pages
from trainings.models import Agreement


@register(deploy=True)
def legal_pages_are_complete(**kwargs: Any) -> list[CheckMessage]:
    """Looks into the database, so it runs with ``check --deploy`` alone."""
    try:
        standings = legal_pages.standings()
    except DatabaseError:
        return []  # not yet migrated
    return [
        Warning(
            f"The legal page {standing.page.value} ({standing.language}) has gaps: {'; '.join(standing.gaps)}",
            hint="Coordinators fill it in under Koordination, Rechtliche Seiten. The public does not see the gaps.",
            id="trainings.W001",
        )
        for standing in standings
        if standing.gaps
    ]


@register(deploy=True)
def somebody_may_register(**kwargs: Any) -> list[CheckMessage]:
    """``refuse`` without a single agreement: everybody of an agency is turned away."""
    if settings.REGISTER_WITHOUT_AGREEMENT != "refuse":
        return []
    try:
        if Agreement.objects.on(timezone.localdate()).exists():
            return []
    except DatabaseError:
        return []  # not yet migrated
    return [
        Warning(
            "REGISTER_WITHOUT_AGREEMENT is refuse, and no agreement is in force: nobody of any agency can register.",
            hint="Coordinators enter agreements under Stammdaten, Behörden und Einrichtungen; until then, set warn.",
            id="trainings.W002",
        )
    ]
