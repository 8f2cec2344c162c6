"""What does an entry of a run's history say in words?"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import by_name
from trainings.dates import date_short, moment
from trainings.models import CourseRun, RunEvent, Session

NOTHING = "–"
MOST_EVENTS = 200


@dataclass(frozen=True)
class Said:
    """One change in words, in the active language."""

    label: str
    old: str
    new: str


def history_of(run: CourseRun) -> list[tuple[RunEvent, list[Said]]]:
    """The run's history, the latest first, as far as a page shows it."""
    events = run.events.select_related("actor").order_by("-at", "-pk")[:MOST_EVENTS]
    return [(event, said(event)) for event in events]


def said(event: RunEvent) -> list[Said]:
    return [
        Said(_label(change), _value(change, change["old"]), _value(change, change["new"]))
        for change in event.changes
        if change["field"] != "cancelled_at" or change["session"]
    ]


def _label(change: dict[str, Any]) -> str:
    name = change["field"]
    if name == "venue_address":
        return _("Anschrift")
    if name.startswith("contingent "):
        return _("Kontingent %(agency)s") % {"agency": name.removeprefix("contingent ")}
    if name.startswith("naming "):
        return _("Platzhalter %(agency)s: zu benennen bis") % {"agency": name.removeprefix("naming ")}
    model = Session if change["session"] else CourseRun
    label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return _("Sitzung: %(field)s") % {"field": label} if change["session"] else label


def _value(change: dict[str, Any], value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    name = change["field"]
    if name == "trainers":
        return ", ".join(str(person) for person in by_name(User.objects.filter(pk__in=value))) or NOTHING
    if name.startswith("contingent "):
        reserved, maximum, day = value
        shown = {"reserved": reserved, "maximum": maximum or NOTHING, "day": date_short(dt.date.fromisoformat(day))}
        return _("%(reserved)s reserviert, höchstens %(maximum)s, bis %(day)s") % shown
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(_day(one) for one in value))
    return _of_field(change, value)


def _of_field(change: dict[str, Any], value: Any) -> str:
    model = Session if change["session"] else CourseRun
    try:
        of = model._meta.get_field(change["field"])
    except FieldDoesNotExist:
        return _day(value)
    kind = of.get_internal_type()
    if kind == "DateTimeField":
        return moment(dt.datetime.fromisoformat(value))
    if kind == "DateField":
        return _day(value)
    if choices := dict(of.flatchoices):  # type: ignore[union-attr]
        return str(choices.get(value, value))
    return Truncator(str(value)).chars(200)


def _day(value: Any) -> str:
    """ISO 8601 as people write it, anything else as it is."""
    try:
        return date_short(dt.date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)
