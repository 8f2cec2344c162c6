"""What is held about a person, as they may see and take it with them (Art. 15 and 20 GDPR)?

A ``Part`` names a table and the ways from its rows to the person; every column is copied but those it leaves out, so a
new one is in the copy without anybody thinking of it. Rows the person wrote about others are ``Trace``: that it was
done and when, for the rest is the others'. Who handled one's data is told by role,
not by name: the county answers for it.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import EmailField, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.addresses import stands_for_none
from accounts.models import User
from trainings.dates import date_long, moment
from trainings.models import Registration, in_active_language


@dataclass(frozen=True)
class Part:
    """``ways``: from a row to the person, over a foreign key or an address; ``finds`` where neither leads there.

    ``left_out``: columns that only the machine needs or that are secrets.
    """

    name: str
    title: str | Promise
    model: type[models.Model]
    ways: tuple[str, ...]
    left_out: frozenset[str] = frozenset()
    about: str | Promise = ""
    finds: Callable[[User], Q] | None = None

    def rows(self, person: User) -> models.QuerySet[Any]:
        every = self.model._base_manager.order_by()
        found = [every.filter(**{way: _end_of(self.model, way, person)}) for way in self.ways]
        if self.finds:
            found.append(every.filter(self.finds(person)))
        if len(found) == 1:
            return found[0].order_by("pk")
        # Each way by its own index: as an OR, everybody's rows were read.
        first, *rest = (rows.values("pk") for rows in found)
        return every.filter(pk__in=first.union(*rest)).order_by("pk")

    @property
    def columns(self) -> "list[models.Field[Any, Any]]":
        return [column for column in self.model._meta.concrete_fields if column.name not in self.left_out]


@dataclass(frozen=True)
class Trace:
    """``column`` says who wrote the row, ``at`` when."""

    model: type[models.Model]
    column: str
    at: str

    def rows(self, person: User) -> models.QuerySet[Any]:
        end = _end_of(self.model, self.column, person)
        return self.model._base_manager.filter(**{self.column: end}).order_by("pk")

    def said(self, person: User, most: int | None) -> list[tuple[int, dt.datetime | None]]:
        """Key and moment of each row, or of the newest ``most``; the oldest first."""
        rows = self.rows(person).values_list("pk", self.at)
        return list(rows.iterator()) if most is None else list(rows.reverse()[:most])[::-1]


@dataclass(frozen=True)
class CopiedFact:
    """A column of a row: its name and value for programs, its label and text for people."""

    name: str
    label: str
    value: Any
    text: str


@dataclass(frozen=True)
class CopiedPart:
    """``is_cut``: there are more rows than these."""

    name: str
    title: str
    about: str
    rows: list[list[CopiedFact]] = field(default_factory=list)
    is_cut: bool = False


PARTS: list[Part] = []
TRACES: list[Trace] = []


def register(*, parts: Sequence[Part] = (), traces: Sequence[Trace] = ()) -> None:
    """Apps above call it when they start."""
    PARTS.extend(part for part in parts if part not in PARTS)
    TRACES.extend(trace for trace in traces if trace not in TRACES)


def copy_of(person: User, most: int | None = None) -> list[CopiedPart]:
    """Everything, part after part, empty ones as well: that nothing is held is an answer.

    For a page, the newest ``most`` rows of each table: who has planned and recorded for ten years has left thousands.
    """
    return [*(_copied(part, person, most) for part in PARTS), _traced(person, most)]


def as_json(parts: Sequence[CopiedPart]) -> str:
    """By the names of parts and columns, which do not change with the language of the page."""
    found = {part.name: [{fact.name: fact.value for fact in row} for row in part.rows] for part in parts}
    return json.dumps({"made_at": timezone.now().isoformat(), **found}, ensure_ascii=False, indent=2)


def _copied(part: Part, person: User, most: int | None) -> CopiedPart:
    foreign = [column.name for column in part.columns if isinstance(column, models.ForeignKey)]
    rows = part.rows(person).select_related(*foreign)
    found = list(rows.iterator()) if most is None else list(rows.reverse()[: most + 1])
    is_cut = most is not None and len(found) > most
    if most is not None:
        found = found[:most][::-1]
    columns = part.columns
    facts = [list(_facts(row, columns, person)) for row in found]
    return CopiedPart(part.name, str(part.title), str(part.about), facts, is_cut)


def _traced(person: User, most: int | None) -> CopiedPart:
    rows, is_cut = [], False
    for trace in TRACES:
        label = capfirst(str(trace.model._meta.verbose_name))
        table = CopiedFact("table", _("Was"), trace.model.__name__, label)
        column = CopiedFact("column", "", trace.column, "")
        said = trace.said(person, None if most is None else most + 1)
        if most is not None and len(said) > most:
            is_cut, said = True, said[-most:]
        for pk, at in said:
            rows.append(
                [CopiedFact("id", "", pk, ""), table, column, CopiedFact("at", _("Wann"), plain(at), in_words(at))]
            )
    title = _("Was Sie eingetragen, entschieden oder veranlasst haben, und wo Sie gefragt wurden")
    about = _("Nur dass und wann: Alles Weitere steht oben oder sind Angaben über andere.")
    return CopiedPart("acts", title, about, rows, is_cut)


def _facts(row: models.Model, columns: "Sequence[models.Field[Any, Any]]", person: User) -> Iterator[CopiedFact]:
    for column in columns:
        label = "" if column.primary_key else capfirst(str(column.verbose_name))
        if isinstance(column, models.ForeignKey):
            text = _named(getattr(row, column.name), person)
            yield CopiedFact(column.name, label, str(text), text)
            continue
        value = getattr(row, column.attname)
        if isinstance(value, str) and stands_for_none(value):
            value = ""  # there is no address; what stands for it says nothing of anybody
        shown = in_words(getattr(row, f"get_{column.name}_display")() if column.choices else value)
        if not column.choices and isinstance(value, str | list | dict) and not _is_address(column):
            shown = in_active_language(shown, "")  # as somebody has written it
        yield CopiedFact(column.name, label, plain(value), "" if column.primary_key else shown)


def _is_address(column: Any) -> bool:
    return isinstance(column, EmailField)


def _named(other: models.Model | None, person: User) -> str:
    """What a row points to: people by their role, a registration by its run."""
    if other is None:
        return ""
    if isinstance(other, User):
        return _role(other, person)
    return in_active_language(str(other.run) if isinstance(other, Registration) else str(other), "")


def _role(other: User, person: User) -> str:
    if other.pk == person.pk:
        return _("Sie selbst")
    if other.role == User.Role.PARTICIPANT:
        return _("eine andere Person")
    return str(other.get_role_display())


def plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if value is None or isinstance(value, bool | int | str | list | dict):
        return value
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def in_words(value: Any) -> str:
    """Empty where there is nothing to say."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return pgettext("answer", "ja") if value else pgettext("answer", "nein")
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return date_long(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def _end_of(model: type[models.Model], way: str, person: User) -> Any:
    """What the column at the end of the way holds of this person: their key, or their address."""
    column: Any = model._meta.pk
    at = model
    for name in way.split("__"):
        column = at._meta.pk if name == "pk" else at._meta.get_field(name)
        at = column.related_model or at
    return person.email if _is_address(column) else person.pk
