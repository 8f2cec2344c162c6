"""What does the operator still owe the public? System checks; they say it in English, to who runs the site."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from django.db import DatabaseError

from trainings import legal_pages


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
