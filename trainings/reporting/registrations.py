"""How do registrations become a table for Excel, however many there are?

Rows stream from the database to the file. Accessibility and food needs stay out: they are deleted after the run, a
file on somebody's desk is not.
"""

from collections.abc import Iterator
from typing import IO, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import TargetGroup
from accounts.tables import Cell, write_csv, write_xlsx
from trainings.models import AGENCY_OF_DAY, MINUTES_PER_UNIT, Registration, RegistrationQuerySet, minutes_attended_of

ROWS_AT_ONCE = 2000


def write_registrations_csv(registrations: RegistrationQuerySet, file: IO[bytes]) -> None:
    write_csv(_headings(), _rows(registrations), file)


def write_registrations_xlsx(registrations: RegistrationQuerySet, file: IO[bytes]) -> None:
    write_xlsx(_headings(), _rows(registrations), file)


def _headings() -> list[str]:
    return [
        pgettext("number", "Termin"),
        _("Schulung"),
        _("Beginn"),
        _("Nachname"),
        _("Vorname"),
        _("Titel"),
        _("E-Mail-Adresse"),
        _("Behörde / Einrichtung"),
        _("Gruppe"),
        _("Status"),
        _("Herkunft"),
        _("angemeldet am"),
        _("Minuten anwesend"),
        _("UE anwesend"),
    ]


def _rows(registrations: RegistrationQuerySet) -> Iterator[list[Cell]]:
    """One query; the fields in the order of the headings. Minutes are empty where nothing has been recorded."""
    groups = {value: str(label) for value, label in TargetGroup.choices}
    statuses = {value: str(label) for value, label in Registration.Status.choices}
    sources = {value: str(label) for value, label in Registration.Source.choices}
    for *run, starts_at, last, first, title, email, agency, group, status, source, registered_at, minutes in _values(
        registrations
    ).iterator(chunk_size=ROWS_AT_ONCE):
        yield [
            *run,
            timezone.localdate(starts_at) if starts_at else None,
            last,
            first,
            title,
            email,
            agency,
            groups.get(group, ""),
            statuses[status],
            sources[source],
            timezone.localdate(registered_at),
            minutes,
            minutes // MINUTES_PER_UNIT if minutes is not None else None,
        ]


def _values(registrations: RegistrationQuerySet) -> models.QuerySet[Any, tuple[Any, ...]]:
    return (
        registrations.annotate(attended=minutes_attended_of("pk"))
        .order_by("run__starts_at", "run", "person__last_name", "person__first_name", "pk")
        .values_list(
            "run__number",
            "run__course__title",
            "run__starts_at",
            "person__last_name",
            "person__first_name",
            "person__title",
            "person__email",
            AGENCY_OF_DAY,
            "group",
            "status",
            "source",
            "registered_at",
            "attended",
        )
    )
