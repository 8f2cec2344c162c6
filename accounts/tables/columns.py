"""What may a column of a table contain, and how is a cell read and written?"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from django.db import models
from django.utils import translation
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from import_export.fields import Field

from accounts.names import clean_name, sort_key
from accounts.tables.cells import Cell, Unknown

M = TypeVar("M", bound=models.Model)

MAX_VALUES_NAMED = 12


class Column(Field):  # type: ignore[misc]
    """One column: where its value lives, its heading, and the headings that are understood as well.

    ``read`` turns the text of a cell into the value and raises ValueError with a message for people;
    ``write`` does the reverse. A column missing from the table leaves the value as it is, an empty cell empties it.
    """

    def __init__(self, attribute: str, heading: str, *also: str, required: bool = False, default: Any = "") -> None:
        super().__init__(attribute=attribute, column_name=heading)
        self.headings = {folded(name) for name in (heading, attribute, *also)}
        self.required, self.if_empty = required, default

    fills_itself = False  # required, but the import knows what to put there

    @property
    def allowed(self) -> list[str]:
        """The allowed values, if they are a fixed set."""
        return []

    @property
    def hint(self) -> str:
        """How to write a cell, if the heading does not make it clear."""
        return "; ".join(self.allowed)

    def read(self, text: str) -> Any:
        """The value of a cell that is not empty."""
        return clean_name(text)

    def is_one(self, text: str) -> bool:
        """Whether a text with a comma is one value for sure."""
        return False

    def write(self, value: Any) -> Cell:
        return "" if value is None else str(value)

    def clean(self, row: Mapping[str, str], **kwargs: Any) -> Any:
        text = row[self.column_name]
        if isinstance(text, Unknown):
            raise ValueError(text.why % {"value": text})
        if not text and self.required:
            raise ValueError(_("Bitte füllen Sie diese Spalte aus."))
        return self.read(text) if text else self.if_empty

    def save(self, instance: models.Model, row: Mapping[str, str], is_m2m: bool = False, **kwargs: Any) -> None:
        """What a cell says in its own way of writing is no change: double spaces, say, that a cell does not keep."""
        value, before = self.clean(row), self.get_value(instance)
        if value != before and not (instance.pk and self.is_said_by(value, before)):
            setattr(instance, self.attribute, value)

    def is_said_by(self, value: Any, before: Any) -> bool:
        written = self.write(before)
        if not isinstance(written, str) or not isinstance(value, str):
            return False
        try:
            return bool(self.read(written) == value if written.strip() else value == self.if_empty)
        except ValueError:
            return False

    def export(self, instance: models.Model | None, **kwargs: Any) -> Cell:
        return "" if instance is None else self.write(self.get_value(instance))


class Text(Column):
    """Several lines of text; they may also be separated by `` | ``, because line breaks in cells are awkward."""

    def read(self, text: str) -> str:
        lines = text.replace("|", "\n").replace("\r", "\n").split("\n")
        return "\n".join(line for line in map(clean_name, lines) if line)

    def write(self, value: str | None) -> Cell:
        return " | ".join((value or "").splitlines())


class Number(Column):
    def read(self, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 6:
            raise ValueError(_("„%(value)s“ ist keine ganze Zahl.") % {"value": text})
        return int(text)

    def write(self, value: int | None) -> Cell:
        return value


class Percent(Number):
    """80, or 80 % as Excel shows 0.8."""

    def read(self, text: str) -> int:
        return super().read(text.removesuffix("%").strip())


class Day(Column):
    """A date as 10.03.2026 or 2026-03-10."""

    def __init__(self, attribute: str, heading: str, *also: str) -> None:
        super().__init__(attribute, heading, *also, default=None)

    @property
    def hint(self) -> str:
        return "10.03.2026"

    def read(self, text: str) -> dt.date:
        return read_day(text)

    def write(self, value: dt.date | None) -> Cell:
        return value


class Choice(Column):
    """One of a fixed set: the word of the code or the one on the screen, in German or the reader's language."""

    def __init__(
        self,
        attribute: str,
        heading: str,
        *also: str,
        choices: Sequence[tuple[str, str | Promise]],
        required: bool = False,
        default: str = "",
    ) -> None:
        super().__init__(attribute, heading, *also, required=required, default=default)
        self.choices = choices

    @cached_property
    def german(self) -> dict[str, str]:
        with translation.override("de"):
            return {value: str(name) for value, name in self.choices}

    @property
    def allowed(self) -> list[str]:
        return [str(name) for _value, name in self.choices]

    @cached_property
    def known(self) -> dict[str, str]:
        names = [(name, value) for value, name in self.german.items()]
        names += [(str(name), value) for value, name in self.choices]
        return {folded(name): value for name, value in names} | {folded(value): value for value in self.german}

    def read(self, text: str) -> str:
        try:
            return self.known[folded(text)]
        except KeyError:
            raise ValueError(unknown_value(text, self.allowed)) from None

    def write(self, value: str | None) -> Cell:
        return self.german.get(value or "", value or "")


class YesNo(Column):
    yes: ClassVar = {"ja", "j", "yes", "y", "x", "1", "true", "wahr"}
    no: ClassVar = {"nein", "n", "no", "0", "false", "falsch"}

    @property
    def allowed(self) -> list[str]:
        return ["ja", "nein"]

    def read(self, text: str) -> bool:
        if folded(text) in self.yes:
            return True
        if folded(text) in self.no:
            return False
        raise ValueError(unknown_value(text, self.allowed))

    def write(self, value: bool) -> Cell:
        return "ja" if value else "nein"


class Lookup(Column, Generic[M]):
    """A row of another table, found by one of its names; that table is read once per import.

    ``names`` gives the names a row is known by; the first is the one written. Another name that two rows share is not
    understood.
    """

    def __init__(
        self,
        attribute: str,
        heading: str,
        *also: str,
        rows: Callable[[], Iterable[M]],
        names: Callable[[M], Sequence[str]],
        required: bool = False,
    ) -> None:
        super().__init__(attribute, heading, *also, required=required, default=None)
        self.rows, self.names = rows, names
        self._known: dict[str, M] = {}

    def read(self, text: str) -> M:
        self._known = self._known or self._by_name()
        try:
            return self._known[folded(text)]
        except KeyError:
            rows = list({id(row): row for row in self._known.values()}.values())
            shown = [self._shown(row) for row in rows]
            near = [name for name in shown if folded(text) in folded(name)]
            raise ValueError(unknown_value(text, near or shown)) from None

    def is_one(self, text: str) -> bool:
        self._known = self._known or self._by_name()
        return folded(text) in self._known

    def _shown(self, row: M) -> str:
        first, *further = self.names(row)
        return f"{first} ({further[0]})" if further and further[0] not in first else first

    def _by_name(self) -> dict[str, M]:
        rows = list(self.rows())
        first = {folded(self.names(row)[0]): row for row in rows}
        further = [(folded(name), row) for row in rows for name in self.names(row)[1:]]
        count = Counter(name for name, _row in further)
        return first | {name: row for name, row in further if count[name] == 1 and name not in first}

    def write(self, value: M | None) -> Cell:
        return self.names(value)[0] if value is not None else ""


class Aside(Column):
    """A value that another operation than saving the object stores, or that hangs on it in rows of its own.

    The resource reads what is stored (``stored_values``) and stores what has changed (``save_changes``).
    """

    def get_value(self, instance: models.Model) -> Any:
        return aside(instance).get(self.attribute, self.if_empty)

    def put(self, instance: models.Model, value: Any) -> None:
        aside(instance)[self.attribute] = value

    def save(self, instance: models.Model, row: Mapping[str, str], is_m2m: bool = False, **kwargs: Any) -> None:
        self.put(instance, self.clean(row))


class AsideNumber(Aside, Number):
    pass


class AsideYesNo(Aside, YesNo):
    pass


class Several(Aside):
    """A sorted tuple of values; ``item`` reads and writes one of them."""

    def __init__(self, attribute: str, heading: str, *also: str, item: Column) -> None:
        super().__init__(attribute, heading, *also, default=())
        self.item = item

    @property
    def hint(self) -> str:
        several = _("mehrere mit Komma dazwischen")
        return f"{self.item.hint} ({several})" if self.item.hint else several

    def read(self, text: str) -> tuple[Any, ...]:
        parts = [part for one in re.split(r"[,;|\n]", text) if (part := one.strip())]
        found = set()
        while parts:
            several = (number for number in range(min(4, len(parts)), 1, -1))
            number = next((number for number in several if self.item.is_one(", ".join(parts[:number]))), 1)
            found.add(self.item.read(", ".join(parts[:number])))
            del parts[:number]
        return self.ordered(found)

    def ordered(self, values: Iterable[Any]) -> tuple[Any, ...]:
        in_order = sorted(values, key=lambda value: str(self.item.write(value)))
        return tuple(sorted(in_order, key=lambda value: sort_key(str(self.item.write(value)))))

    def write(self, value: Sequence[Any] | None) -> Cell:
        return ", ".join(str(self.item.write(one)) for one in value or ())


def aside(instance: Any) -> dict[str, Any]:
    """What an import wants to store beside the object itself, by attribute.

    It hangs on the object, because the library compares the object with a copy that it made before.
    """
    if not hasattr(instance, "imported_aside"):
        instance.imported_aside = {}
    kept: dict[str, Any] = instance.imported_aside
    return kept


def read_day(text: str) -> dt.date:
    day = re.sub(r"[ T]00:00(:00)?$", "", text)  # as some programs write them
    for layout in ("%d.%m.%Y", "%Y-%m-%d", "%d.%m.%y"):
        try:
            return dt.datetime.strptime(day, layout).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
    raise ValueError(_("„%(value)s“ ist kein Datum wie 10.03.2026.") % {"value": text})


def unknown_value(text: str, allowed: Sequence[str]) -> str:
    named = "; ".join(allowed[:MAX_VALUES_NAMED]) + (" …" if len(allowed) > MAX_VALUES_NAMED else "")
    return _("„%(value)s“ ist nicht bekannt. Möglich sind: %(allowed)s.") % {
        "value": text[:100],
        "allowed": named or "–",
    }


def folded(text: str) -> str:
    """As headings and keys are compared: without what nobody sees."""
    return clean_name(text).casefold()


def bare(heading: str) -> str:
    """Without the star or colon that forms put behind it, and as it is compared."""
    return folded(heading).rstrip(" *:")
