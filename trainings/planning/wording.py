"""What does an entry of a run's history say in words?"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import TargetGroup, User
from accounts.names import by_name
from trainings.dates import date_short, moment
from trainings.models import CourseRun, MasterDataEvent, RunEvent, Session, in_active_language
from trainings.planning.master_data import MODELS, MasterData

NOTHING = "–"
MOST_EVENTS = 200
ENDS = {"offers": gettext_lazy("Offene Angebote bis"), "approvals": gettext_lazy("Offene Freigaben bis")}


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
    if name.startswith("scan "):
        return _("Scan %(sha256)s … liegt bei") % {"sha256": name.removeprefix("scan ")}
    if name.startswith("original "):
        return _("Original zum Scan %(sha256)s … liegt bei") % {"sha256": name.removeprefix("original ")}
    if name in ENDS:
        return str(ENDS[name])
    model = Session if change["session"] else CourseRun
    label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return _("Sitzung: %(field)s") % {"field": label} if change["session"] else label


def _value(change: dict[str, Any], value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    name = change["field"]
    if name in {"trainers", "coordinator"}:
        keys = value if isinstance(value, list) else [value]
        return ", ".join(str(person) for person in by_name(User.objects.filter(pk__in=keys))) or NOTHING
    if name.startswith("contingent "):
        reserved, maximum, day = value
        shown = {"reserved": reserved, "maximum": maximum or NOTHING, "day": date_short(dt.date.fromisoformat(day))}
        return _("%(reserved)s reserviert, höchstens %(maximum)s, bis %(day)s") % shown
    if name.startswith("scan "):
        number, starts_at = value
        return f"{number}, {moment(dt.datetime.fromisoformat(starts_at))}"
    if name in ENDS:
        return ", ".join(dict.fromkeys(moment(dt.datetime.fromisoformat(one)) for one in value))
    if isinstance(value, list):
        return ", ".join(dict.fromkeys(_day(one) for one in value))
    return _of_field(change, value)


def _of_field(change: dict[str, Any], value: Any) -> str:
    model = Session if change["session"] else CourseRun
    try:
        of = model._meta.get_field(change["field"])
    except FieldDoesNotExist:
        return _day(value)
    return _of_column(of, value)


def _of_column(of: Any, value: Any) -> str:
    kind = of.get_internal_type()
    if kind == "DateTimeField":
        return moment(dt.datetime.fromisoformat(value))
    if kind == "DateField":
        return _day(value)
    if kind == "BooleanField":
        return _("ja") if value else _("nein")
    if choices := dict(of.flatchoices):
        return str(choices.get(value, value))
    return Truncator(str(value)).chars(200)


def _day(value: Any) -> str:
    """ISO 8601 as people write it, anything else as it is."""
    try:
        return date_short(dt.date.fromisoformat(value))
    except (TypeError, ValueError):
        return str(value)


# --- Courses, venues, grants, agencies and agreements ----------------------------------------------------------


def history_of_master_data(row: MasterData) -> list[tuple[MasterDataEvent, list[Said]]]:
    """The row's history, the latest first, as far as a page shows it."""
    events = MasterDataEvent.objects.filter(of=row._meta.model_name, key=row.pk).select_related("actor")
    return [(event, said_of_master_data(event)) for event in events.order_by("-at", "-pk")[:MOST_EVENTS]]


def said_of_master_data(event: MasterDataEvent) -> list[Said]:
    model = next(one for one in MODELS if one._meta.model_name == event.of)
    return [
        Said(
            _label_of(model, change["field"]),
            *(_shown(model, change["field"], change[name]) for name in ("old", "new")),
        )
        for change in event.changes
    ]


def _label_of(model: Any, name: str) -> str:
    further = {
        "target_groups": _("Zielgruppen"),
        "mail_domains": _("E-Mail-Domains"),
        "contacts": _("Ansprechpersonen"),
    }
    return further.get(name) or str(model._meta.get_field(name).verbose_name)


def _shown(model: Any, name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if name == "contacts":
        return ", ".join(str(person) for person in by_name(User.objects.filter(pk__in=value))) or NOTHING
    if name in {"target_groups", "groups"}:
        return ", ".join(str(TargetGroup(one).label) for one in value)
    if isinstance(value, list):
        return in_active_language(", ".join(value), "")
    of = model._meta.get_field(name)
    shown = _of_column(of, value)
    is_german = (
        isinstance(value, str)
        and not of.flatchoices
        and not name.endswith("_en")
        and "Date" not in of.get_internal_type()
    )
    return in_active_language(shown, "") if is_german else shown
