"""How does a format come to be what the funder wants? Made, copied, changed column by column, deleted."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from evidence import history
from evidence.formats.contents import CONTENTS, TEXT
from evidence.formats.standard import standard_formats
from evidence.models import ExportFormat, FormatColumn
from trainings.acts import Act
from trainings.refusals import Reason, Refused

MOST_COLUMNS = 100
MOST_OF_A_HEADING = 200
ADD, UP, DOWN, REMOVE = "add", "up", "down", "remove"


@dataclass(frozen=True)
class FormatEdit:
    """What somebody changed: fields by name, and of columns, by their key, what is otherwise.

    ``step`` is done afterwards to one column: (UP, key), (DOWN, key), (REMOVE, key), or (ADD, name of a content).
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    step: tuple[str, Any] | None = None


def format_of(code: str) -> ExportFormat | None:
    """By the word in an address: one of ours, or the key of a row."""
    if code.isascii() and code.isdecimal() and len(code) <= 18:
        return ExportFormat.objects.filter(pk=int(code)).first()
    return next((one for one in standard_formats() if one.standard == code), None)


def all_formats() -> list[ExportFormat]:
    """Those that come with the software, then those that coordinators have made."""
    return [*standard_formats(), *ExportFormat.objects.all()]


def create_format(values: Mapping[str, Any], act: Act) -> ExportFormat:
    """With name and what a row is; it has no columns yet. Raises Refused."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        made = ExportFormat(**values)
        history.write(made, {})
        history.note(made, act, history.What.CREATED)
    return made


def copy_format(of: ExportFormat, act: Act) -> ExportFormat:
    """Its own row from now on: what becomes of the other does not change it."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        fields = {one.name: getattr(of, one.name) for one in of._meta.concrete_fields if one.name != "id"}
        copied = ExportFormat(**{**fields, "name": _name_for_a_copy(of)})
        history.write(copied, {})
        history.note(copied, act, history.What.COPIED, [{"field": "name", "old": of.name, "new": copied.name}])
    return copied


def _name_for_a_copy(of: ExportFormat) -> str:
    taken = {name.lower() for name in ExportFormat.objects.values_list("name", flat=True)}
    wanted = (_("Kopie von %(name)s") % {"name": of.name})[:90]
    names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name.lower() not in taken)


def change_format(of: ExportFormat, edit: FormatEdit, act: Act) -> ExportFormat:
    """Raises Refused, each reason beside the field of its column."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        of = _locked(of)
        columns = _changed(of.ordered_columns, edit.columns)
        if edit.step:
            columns = _stepped(columns, *edit.step, row=of.row)
        touched = [column for column in columns if column.key in edit.columns]
        dialect = {name: edit.values.get(name, getattr(of, name)) for name in ("delimiter", "decimal_mark")}
        if reasons := [*_of_dialect(**dialect), *(reason for column in touched for reason in _of_column(of, column))]:
            raise Refused(*reasons)
        history.write_changed(of, {**edit.values, "columns": [asdict(column) for column in columns]}, act)
    return of


def remove_format(of: ExportFormat, act: Act) -> None:
    """Files that were made by it stay where they are."""
    history.only_coordinators(act)
    with transaction.atomic():
        act, _at = act.begin()
        of = _locked(of)
        history.note(of, act, history.What.DELETED)
        of.delete()


def _locked(of: ExportFormat) -> ExportFormat:
    try:
        return ExportFormat.objects.select_for_update().get(pk=of.pk)
    except ExportFormat.DoesNotExist:
        raise Refused(Reason("gone", _("Dieses Format wurde inzwischen gelöscht."))) from None


def _changed(columns: list[FormatColumn], changes: Mapping[int, Mapping[str, str]]) -> list[FormatColumn]:
    known = {column.key for column in columns}
    if gone := set(changes) - known:
        texts = [said["heading"] for key, said in changes.items() if key in gone and said.get("heading")]
        text = _("Eine Spalte, die Sie ändern, hat inzwischen jemand entfernt. %(texts)s")
        raise Refused(Reason("gone", (text % {"texts": ", ".join(texts)}).strip()))
    changed = [FormatColumn(**{**asdict(column), **changes.get(column.key, {})}) for column in columns]
    return [column if column.content == TEXT else replace(column, text="") for column in changed]


def _of_dialect(delimiter: str, decimal_mark: str) -> list[Reason]:
    if delimiter == decimal_mark:
        text = _("Ein Komma kann nicht zugleich Werte und Nachkommastellen trennen.")
        return [Reason("dialect", text, "delimiter")]
    return []


def _of_column(of: ExportFormat, column: FormatColumn) -> list[Reason]:
    found = []
    if not column.heading:
        found.append(Reason("heading", _("Bitte geben Sie eine Überschrift an."), f"heading-{column.key}"))
    if column.content not in CONTENTS or of.row not in CONTENTS[column.content].rows:
        text = _("Diesen Inhalt gibt es nicht mehr. Bitte wählen Sie einen anderen.")
        found.append(Reason("broken", text, f"content-{column.key}"))
    if column.content == TEXT and not column.text:
        found.append(Reason("text", _("Bitte geben Sie den Text an, der in jeder Zeile steht."), f"text-{column.key}"))
    return found


def _stepped(columns: list[FormatColumn], what: str, which: Any, *, row: str) -> list[FormatColumn]:
    if what == ADD:
        return [*columns, _new_column(columns, which, row)]
    place = next((place for place, column in enumerate(columns) if column.key == which), None)
    if place is None:
        raise Refused(Reason("gone", _("Diese Spalte hat inzwischen jemand entfernt.")))
    moved = columns.copy()
    column = moved.pop(place)
    if what == REMOVE:
        return moved
    moved.insert(max(place - 1, 0) if what == UP else place + 1, column)
    return moved


def _new_column(columns: list[FormatColumn], content: str, row: str) -> FormatColumn:
    if len(columns) >= MOST_COLUMNS:
        text = _("Ein Format hat höchstens %(number)d Spalten.")
        raise Refused(Reason("columns", text % {"number": MOST_COLUMNS}, "new_content"))
    if content not in CONTENTS or row not in CONTENTS[content].rows:
        raise Refused(Reason("content", _("Diesen Inhalt gibt es nicht."), "new_content"))
    label = str(CONTENTS[content].label)
    key = max((column.key for column in columns), default=0) + 1
    return FormatColumn(key, label, content, label if content == TEXT else "")
