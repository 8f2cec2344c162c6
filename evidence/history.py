"""Who changed a format or an indicator? Written here alone, in the transaction of the change."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from evidence.models import DefinitionEvent, ExportFormat, Indicator
from trainings.acts import Act
from trainings.history import plain
from trainings.refusals import Reason, Refused

What = DefinitionEvent.What
Definition = ExportFormat | Indicator
_NOT_A_FACT = {"id", "created_at"}


def facts_of(row: Definition) -> dict[str, Any]:
    """What it says, as plain JSON values."""
    facts = {field.name: plain(field, row) for field in row._meta.concrete_fields if field.name not in _NOT_A_FACT}
    return {name: value if isinstance(value, str | int | list | None) else str(value) for name, value in facts.items()}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"field": name, "old": before.get(name), "new": value}
        for name, value in after.items()
        if before.get(name) != value
    ]


def note(row: Definition, act: Act, what: What, changes: Iterable[dict[str, Any]] = ()) -> None:
    act, at = act.begin()
    DefinitionEvent.objects.create(
        of=str(row._meta.model_name),
        key=row.pk,
        name=str(row),
        what=what,
        changes=list(changes),
        actor=act.by,
        channel=act.channel,
        overrides=act.overrides,
        reason=act.reason.strip(),
        at=at,
    )


def history_of(row: Definition) -> models.QuerySet[DefinitionEvent]:
    """The last first."""
    events = DefinitionEvent.objects.filter(of=row._meta.model_name, key=row.pk)
    return events.select_related("actor").order_by("-at", "-pk")


Told = list[tuple[DefinitionEvent, list[tuple[str, str, str]]]]


def told(row: Definition, words: Mapping[str, str]) -> Told:
    """Each entry with what changed, in words: label, before, after. ``words``: of values that are no choices."""
    return [(event, [_said(row, change, words) for change in event.changes]) for event in history_of(row)]


def _said(row: Definition, change: dict[str, Any], words: Mapping[str, str]) -> tuple[str, str, str]:
    old, new = change["old"], change["new"]
    name = change["field"]
    field = next((one for one in row._meta.concrete_fields if one.name == name), None)
    label = str(field.verbose_name) if field else name
    if name == "columns":
        return label, _columns(old, new, words), _columns(new, old, words)
    choices = {**words, **({str(key): str(text) for key, text in field.flatchoices} if field else {})}
    return label, _shown(old, choices), _shown(new, choices)


def _shown(value: Any, choices: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return _("ja") if value else _("nein")
    return "–" if value in (None, "") else choices.get(str(value), str(value))


def _columns(columns: list[dict[str, Any]], others: list[dict[str, Any]], words: Mapping[str, str]) -> str:
    """Those that the other list does not have; all in their order where just that has changed."""
    own = [column for column in columns if column not in others]
    if not own and len(columns) == len(others):
        return ", ".join(column["heading"] for column in columns)
    said = [(column["heading"], column["text"] or words.get(column["content"], column["content"])) for column in own]
    return ", ".join(heading if heading == content else f"{heading} ({content})" for heading, content in said) or "–"


def last_editor(row: Definition) -> str:
    event = history_of(row).first()
    return str(event.actor) if event and event.actor else _("Jemand")


def valid(row: Definition) -> None:
    """Raises Refused for what cannot be stored, beside the field it is about."""
    try:
        row.full_clean()
    except ValidationError as invalid:
        raise Refused(
            *(
                Reason("invalid", " ".join(texts), "name" if name == NON_FIELD_ERRORS else name)
                for name, texts in invalid.message_dict.items()
            )
        ) from None


def write(row: Definition, values: Mapping[str, Any]) -> None:
    """Set columns of the row, and store it as the database lets it: somebody may have been quicker with that name."""
    is_new = row.pk is None
    for name, value in values.items():
        setattr(row, name, value)
    valid(row)
    try:
        with transaction.atomic():
            row.save(force_insert=is_new, update_fields=None if is_new else list(values))
    except IntegrityError:
        raise Refused(Reason("taken", _("Diesen Namen gibt es inzwischen schon."), "name")) from None


def write_changed(row: Definition, values: Mapping[str, Any], act: Act) -> None:
    """The same of one that is there, with an entry of what is otherwise."""
    before = facts_of(row)
    write(row, values)
    if changes := differences(before, facts_of(row)):
        note(row, act, What.CHANGED, changes)


def only_coordinators(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
