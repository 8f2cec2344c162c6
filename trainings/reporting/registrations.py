"""How do registrations become a table for Excel, however many there are?

Rows stream from the database to the file. Accessibility and food needs stay out: they are deleted after the run, a
file on somebody's desk is not.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import IO, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.addresses import stands_for_none
from accounts.models import TargetGroup
from accounts.names import by_name, sort_key
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
    for row in _by_run_and_name(registrations):
        yield [
            row.number,
            row.title_of_course,
            timezone.localdate(row.starts_at) if row.starts_at else None,
            row.last_name,
            row.first_name,
            row.title,
            "" if stands_for_none(row.email) else row.email,
            row.agency,
            groups.get(row.group, ""),
            statuses[row.status],
            sources[row.source],
            timezone.localdate(row.registered_at),
            row.minutes,
            row.minutes // MINUTES_PER_UNIT if row.minutes is not None else None,
        ]


class _ExportedRegistration(NamedTuple):
    number: str
    title_of_course: str
    starts_at: dt.datetime | None
    last_name: str
    first_name: str
    title: str
    email: str
    agency: str
    group: str
    status: str
    source: str
    registered_at: dt.datetime
    minutes: int | None

    @property
    def name_sort_key(self) -> tuple[str, ...]:
        return sort_key(self.last_name, self.first_name, self.email)


def _by_run_and_name(registrations: RegistrationQuerySet) -> Iterator[_ExportedRegistration]:
    """The database brings run after run; only the people of one are held and sorted at a time."""
    values = registrations.order_by("run__starts_at", "run", "pk").values_list(
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
        minutes_attended_of("pk"),
    )
    rows = map(_ExportedRegistration._make, values.iterator(chunk_size=ROWS_AT_ONCE))
    for _number, of_run in groupby(rows, key=attrgetter("number")):
        yield from by_name(of_run)
