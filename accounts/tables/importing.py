"""How do the rows of a table become objects, and objects rows?

A ``TableResource`` is a resource of django-import-export with the manners this project wants: German headings with
further accepted ones, messages that name row and column, no row twice, all or nothing, and a second import of the
same table changes nothing.
"""

import datetime as dt
import logging
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Diff, Resource
from import_export.results import Error, Result

from accounts.tables import mangled
from accounts.tables.cells import Cell, Table, UnreadableTable
from accounts.tables.columns import Aside, Column, Several, aside, bare, folded

logger = logging.getLogger(__name__)


class PlainDiff(Diff):  # type: ignore[misc]
    """Before and after of each cell; the library's own colours need inline styles, which our CSP forbids."""

    def as_html(self) -> list[str]:
        """Per cell text, escaped by the template, or marked-up HTML."""
        return [self._cell(_shown(old), _shown(new)) for old, new in zip(self.left, self.right, strict=True)]

    def _cell(self, old: str, new: str) -> str:
        if self.new or old == new:
            return new
        return format_html("<del>{}</del> <ins>{}</ins>", old, new) if old else format_html("<ins>{}</ins>", new)


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return f"{cell:%d.%m.%Y}" if isinstance(cell, dt.date) else "" if cell is None else str(cell)


class TableResult(Result):  # type: ignore[misc]
    """What an import did or would do. ``problems`` are (row in the file or None, heading, message)."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[tuple[int | None, str, str]] = []
        self.ignored_headings: list[str] = []
        self.doubts: list[tuple[str, str]] = []  # key of the row, what is to be confirmed
        self.how = ""  # the file was read
        self.remarks: list[str] = []  # what people should look at in how it was read
        self.letters: dict[str, str] = {}  # the column of the file, or the first and last, by our heading

    def cell(self, row: int | None, heading: str) -> str:
        """The address of a cell, as „C7“; empty if it is about all of a row or table."""
        return _address(self.letters.get(heading, ""), row)

    @property
    def changes(self) -> list[Any]:
        """The rows that are new or different."""
        return [row for row in self.rows if row.import_type in {"new", "update"}]


def _address(letters: str, row: int | None) -> str:
    return "–".join(f"{letter}{row}" for letter in letters.split("–")) if row and letters else ""


# --- Resources ---------------------------------------------------------------------------------


class TableResource(Resource):  # type: ignore[misc]
    """Subclasses name their model and ``key`` column, declare columns, and store what hangs on an object."""

    key: ClassVar[str]
    file_name: ClassVar[str]  # of an export, without date and extension

    class Meta:
        instance_loader_class = BaseInstanceLoader  # objects are loaded at once, see ``existing``
        skip_unchanged = True  # works only as long as skip_diff stays False
        report_skipped = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__()
        self.existing: dict[str, Any] = {}
        self.stored: dict[str, Any] = {}  # what lay aside of the object of this row before the row was read
        self._first_rows: dict[str, int] = {}
        self._undecided: dict[str, list[str]] = {}  # what a key in the table may stand for
        self._letters: dict[str, str] = {}  # the column of the file, by our heading
        self._row_numbers: list[int] = []
        self._ignored: list[str] = []
        self.remarks: list[str] = []
        self.doubts: list[tuple[str, str]] = []

    # What subclasses say

    @classmethod
    def knows(cls, heading: str) -> bool:
        """Whether there is a column for it."""
        return any(bare(heading) in column.headings for column in cls.fields.values())

    def objects_named(self, keys: set[str]) -> Iterable[models.Model]:
        """The objects that rows may stand for, with everything ``stored_values`` reads; all of them by default."""
        return self.get_queryset()

    def stored_values(self, instance: Any) -> Mapping[str, Any]:
        """What the ``Aside`` columns of a stored object hold now, by attribute."""
        return {}

    def save_changes(self, instance: Any, changed: dict[str, Any], is_new: bool) -> None:
        """Store the values of those ``Aside`` columns that differ; may raise ValidationError."""

    def problems_with(self, instance: Any) -> dict[str, str]:
        """Problems of a row as a whole, beyond single cells: message by attribute."""
        return {}

    # Hooks of the library

    @classmethod
    def get_result_class(cls) -> type[TableResult]:
        return TableResult

    @classmethod
    def get_diff_class(cls) -> type[PlainDiff]:
        return PlainDiff

    @cached_property
    def columns(self) -> dict[str, Any]:
        """By attribute; ``fields`` has them by their names in the class."""
        return {column.attribute: column for column in self.fields.values()}

    @classmethod
    def get_display_name(cls) -> str:
        return str(cls._meta.model._meta.verbose_name_plural)

    def cell(self, heading: str, row_number: int) -> str:
        """The address in the file, as „C7“, of a cell of the row with that number among all."""
        return _address(self._letters.get(heading, ""), self._row_numbers[row_number - 1])

    def key_from(self, text: str) -> str:
        """What rows and objects are told apart by, from what stands in the key's cell."""
        return folded(text)

    def key_of(self, row: Mapping[str, str]) -> str:
        return self.key_from(row[self.fields[self.key].column_name])

    def import_data(self, dataset: Table, *args: Any, **kwargs: Any) -> TableResult:
        """Import the table in one transaction: every row, or none if one of them cannot be."""
        try:
            self._prepare(dataset)
        except UnreadableTable as problem:
            return self.refused(problem, dataset)
        kwargs["rollback_on_validation_errors"] = True
        kwargs["use_transactions"] = True
        result: TableResult = super().import_data(dataset, *args, **kwargs)
        result.ignored_headings, result.remarks = self._ignored, [*getattr(dataset, "remarks", []), *self.remarks]
        result.how, result.doubts = getattr(dataset, "how", ""), self.doubts
        result.letters = self._letters
        result.problems = self._problems(result)
        return result

    @staticmethod
    def refused(problem: UnreadableTable, dataset: Table) -> TableResult:
        result = TableResult()
        result.how, result.remarks = getattr(dataset, "how", ""), [*getattr(dataset, "remarks", [])]
        result.append_base_error(Error(problem))
        result.problems = [(None, "", str(problem))]
        return result

    def _prepare(self, dataset: Table) -> None:
        """Replace the headings by ours, refuse what cannot work, and load the objects the rows may stand for."""
        columns: list[Column] = list(self.fields.values())
        by_heading = {heading: column for column in columns for heading in column.headings}
        known = [by_heading.get(bare(heading)) for heading in dataset.headers]
        missing = [column.column_name for column in columns if column.required and column not in known]
        if missing:
            raise UnreadableTable(
                _("Diese Spalten fehlen: %(missing)s. Gefunden wurden: %(found)s.")
                % {"missing": ", ".join(missing), "found": ", ".join(dataset.headers)[:300]}
            )
        for column in columns:
            if known.count(column) > 1:
                raise UnreadableTable(
                    _("Die Spalte „%(heading)s“ kommt zweimal vor.") % {"heading": column.column_name}
                )
        letters: dict[str, str] = getattr(dataset, "letters", {})
        self._letters = {
            column.column_name: letters[heading]
            for heading, column in zip(dataset.headers, known, strict=True)
            if column and heading in letters
        }
        self._ignored = [heading for heading, column in zip(dataset.headers, known, strict=True) if column is None]
        dataset.headers = [
            column.column_name if column else f"({heading})"
            for heading, column in zip(dataset.headers, known, strict=True)
        ]
        self._row_numbers = getattr(dataset, "row_numbers", [*range(2, len(dataset) + 2)])
        self._recognise_keys(dataset)
        key_column = self.fields[self.key]
        keys = {self.key_from(text) for text in dataset[key_column.column_name]}
        self.existing = {
            self.key_from(str(key_column.write(key_column.get_value(found)))): found
            for found in self.objects_named(keys)
        }

    def _recognise_keys(self, dataset: Table) -> None:
        """What a spreadsheet program has made of a key is taken for the one it can be, or for none."""
        place = dataset.headers.index(self.fields[self.key].column_name)
        rows = [list(row) for row in dataset]
        if not any(row[place][:1].isdigit() or mangled.is_no_key(row[place]) for row in rows):
            return
        known = {str(one) for one in self.get_queryset().values_list(self.columns[self.key].attribute, flat=True)}
        headings, folded_keys = [*dataset.headers], {folded(key) for key in known}
        del dataset[:]
        for row in rows:
            if folded(row[place]) not in folded_keys and (found := mangled.keys_like(row[place], known)):
                if len(found) == 1:
                    row[place] = found.pop()
                else:
                    self._undecided[row[place]] = sorted(found)
            dataset.append(row)
        dataset.headers = headings

    def get_import_id_fields(self) -> list[str]:
        return [self.key]

    def get_instance(self, instance_loader: object, row: Mapping[str, str]) -> Any:
        return self.existing.get(self.key_of(row))

    def init_instance(self, row: Mapping[str, str] | None = None) -> models.Model:
        instance: models.Model = self._meta.model()
        return instance

    def get_queryset(self) -> models.QuerySet[Any]:
        queryset: models.QuerySet[Any] = self._meta.model._default_manager.all()
        return queryset

    def filter_export(self, queryset: models.QuerySet[Any], **kwargs: Any) -> models.QuerySet[Any]:
        return self.get_queryset().filter(pk__in=queryset.order_by().values("pk"))

    def after_init_instance(self, instance: models.Model, new: bool, row: Mapping[str, str], **kwargs: Any) -> None:
        if not new:
            self._put_aside(instance)
            # Drop what was prefetched: the library copies the instance, and would copy all of it.
            instance._prefetched_objects_cache = {}  # type: ignore[attr-defined]
        self.stored = dict(aside(instance))

    def _put_aside(self, instance: models.Model) -> None:
        for attribute, value in self.stored_values(instance).items():
            column = self.columns[attribute]
            aside(instance)[attribute] = column.ordered(value) if isinstance(column, Several) else value

    def export_resource(self, instance: models.Model, selected_fields: Any = None, **kwargs: Any) -> list[Cell]:
        self._put_aside(instance)
        return [column.export(instance) for column in self.fields.values()]

    def before_import_row(self, row: Mapping[str, str], **kwargs: Any) -> None:
        """Refuse a second row about the same object."""
        number = self._row_numbers[kwargs["row_number"] - 1]
        column = self.fields[self.key]
        text = row[column.column_name]
        if self.key_of(row) not in self.existing:
            if text in self._undecided:
                said = {"value": text, "keys": ", ".join(self._undecided[text][:5])}
                why = _("„%(value)s“ kann %(keys)s sein: Excel hat die Nummer umgewandelt. Schreiben Sie sie als Text.")
                raise ValidationError({column.attribute: why % said})
            if mangled.is_no_key(text):
                why = _("„%(value)s“ ist ein Datum: Excel hat die Nummer umgewandelt. Schreiben Sie sie als Text.")
                raise ValidationError({column.attribute: why % {"value": text}})
        first = self._first_rows.setdefault(self.key_of(row), number)
        if first != number:
            why = _("„%(value)s“ steht schon in Zeile %(row)d.") % {"value": text, "row": first}
            raise ValidationError({column.attribute: why})

    def validate_instance(
        self, instance: models.Model, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Fields and ``clean``, without the library's queries for every row; uniqueness is for ``problems_with``."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        exclude = {field.name for field in instance._meta.fields if field.is_relation} | errors.keys()
        if errors:
            exclude |= {name for name, column in self.columns.items() if isinstance(column, Aside)}
        try:
            instance.clean_fields(exclude=exclude)
            instance.clean()
        except ValidationError as invalid:
            errors = invalid.update_error_dict(errors)
        if not errors:
            errors |= {name: ValidationError(message) for name, message in self.problems_with(instance).items()}
        if errors:
            raise ValidationError(errors)

    def do_instance_save(self, instance: models.Model, is_create: bool) -> None:
        """Nothing is written past the operations; ``save_changes`` calls them."""

    def after_save_instance(self, instance: models.Model, row: Mapping[str, str], **kwargs: Any) -> None:
        before = {name: column.if_empty for name, column in self.columns.items()} | self.stored
        changed = {name: value for name, value in aside(instance).items() if before[name] != value}
        self.save_changes(instance, changed, self.key_of(row) not in self.existing)

    def _problems(self, result: TableResult) -> list[tuple[int | None, str, str]]:
        columns = self.columns
        found: list[tuple[int | None, str, str]] = [(None, "", str(error.error)) for error in result.base_errors]
        for row in result.invalid_rows:
            for name, messages in row.error_dict.items():
                heading = columns[name].column_name if name in columns else "" if name == NON_FIELD_ERRORS else name
                found += [(self._row_numbers[row.number - 1], heading, str(message)) for message in messages]
        for row in result.error_rows:
            logger.error("A row could not be imported.", exc_info=row.errors[0].error)
            found.append((self._row_numbers[row.number - 1], "", _("Diese Zeile konnte nicht gespeichert werden.")))
        return sorted(found, key=lambda problem: problem[0] or 0)


def import_table(resource: TableResource, table: Table, **kwargs: Any) -> TableResult:
    """Import from code; raises ValueError naming the first problems."""
    result = resource.import_data(table, **kwargs)
    if result.problems:
        raise ValueError("; ".join(f"{row}: {heading}: {message}" for row, heading, message in result.problems[:5]))
    return result
