"""How do refreshers that are due become a table for Excel?"""

from collections.abc import Iterable, Iterator
from typing import IO

from django.utils.translation import gettext as _

from accounts.addresses import stands_for_none
from accounts.models import TargetGroup
from accounts.tables import Cell, write_csv, write_xlsx
from trainings.refreshers import Refresher


def write_refreshers_csv(refreshers: Iterable[Refresher], file: IO[bytes]) -> None:
    write_csv(_headings(), _rows(refreshers), file)


def write_refreshers_xlsx(refreshers: Iterable[Refresher], file: IO[bytes]) -> None:
    write_xlsx(_headings(), _rows(refreshers), file)


def _headings() -> list[str]:
    return [
        _("Fällig am"),
        _("Schulung"),
        _("Zuletzt besucht"),
        _("Nachname"),
        _("Vorname"),
        _("Titel"),
        _("E-Mail-Adresse"),
        _("Behörde / Einrichtung"),
        _("Gruppe"),
    ]


def _rows(refreshers: Iterable[Refresher]) -> Iterator[list[Cell]]:
    """Agency and group are those of today: whoever invites people needs to know where they are."""
    groups = {value: str(label) for value, label in TargetGroup.choices}
    for one in refreshers:
        person = one.person
        yield [
            one.due_on,
            one.course.title,
            one.attended_on,
            person.last_name,
            person.first_name,
            person.title,
            "" if stands_for_none(person.email) else person.email,
            person.agency_name,
            groups.get(person.group, ""),
        ]
