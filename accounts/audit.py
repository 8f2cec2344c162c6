"""Who did what with data about people, and with the rights of people? One row and one line of the log for each thing.

Rows are read by coordinators and end after ``RETENTION_AUDIT_DAYS``; nobody changes or deletes them before. The line is
for an operator's own systems: JSON, with keys of people and names of fields, never with names or values.
"""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, User

logger = logging.getLogger("audit")

What = AuditEvent.What


def record(
    what: What,
    *,
    by: User | None = None,
    person: User | None = None,
    about: str = "",
    changes: Mapping[str, list[Any]] | None = None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> AuditEvent:
    """``by``: who did it, None for jobs and for nobody signed in; ``person``: whom it concerns, if not themselves.

    ``changes``: by field, the values before and after, as JSON has them. Call it in the transaction of the change.
    """
    event: AuditEvent = AuditEvent.objects.create(
        what=what, by=by, person=person, about=about[:200], changes=dict(changes or {}), reason=reason[:500],
        at=at or timezone.now(),
    )  # fmt: skip
    transaction.on_commit(lambda: logger.info(_line(event)))
    return event


def last_change_of(person: User) -> AuditEvent | None:
    """Who changed the person last, but for their own sign-ins."""
    kinds = [
        What.PERSON_CREATED,
        What.PERSON_CHANGED,
        What.ADDRESS_CHANGED,
        What.ROLE_CHANGED,
        What.AFFILIATION_CHANGED,
    ]
    found: AuditEvent | None = AuditEvent.objects.filter(person=person, what__in=kinds).select_related("by").first()
    return found


def said(event: AuditEvent) -> list[tuple[str, str, str]]:
    """What changed in the words of the pages: name of the field, before, after."""
    return [(_label(name), _shown(name, old), _shown(name, new)) for name, (old, new) in event.changes.items()]


def _label(name: str) -> str:
    if name == "contact_of":  # no column: people.py derives it
        return _("Ansprechperson für")
    try:
        return str(User._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return "–"
    field = User._meta.get_field(name) if name in {one.name for one in User._meta.fields} else None
    choices = dict(field.flatchoices) if field is not None and not field.is_relation else {}  # type: ignore[union-attr]
    return str(choices.get(value, value))


def write_line(what: What, *, by: User | None = None, person: User | None = None, about: str = "") -> None:
    """The line alone, where the database cannot be written any more."""
    logger.info(_line(AuditEvent(what=what, by=by, person=person, about=about)))


def clean_up(at: dt.datetime) -> int:
    """Delete what was kept long enough; says how many rows."""
    return AuditEvent.objects.delete_before(at - dt.timedelta(days=settings.RETENTION_AUDIT_DAYS))


def _line(event: AuditEvent) -> str:
    facts = {
        "what": event.what,
        "at": event.at.isoformat(timespec="seconds"),
        "by": event.by_id,
        "person": event.person_id,
        "about": event.about,
        "fields": sorted(event.changes),
    }
    return json.dumps({name: value for name, value in facts.items() if value}, ensure_ascii=True)
