"""How do rows of a table become courses and agencies? By the operations of their pages, each with its history."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from accounts.models import User
from accounts.tables import Aside, Table, TableResource, TableResult
from trainings.acts import Act, Channel
from trainings.refusals import Refused


class OperatedResource(TableResource):
    """Subclasses call their operation in ``carry_out``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._user: User | None = None

    def import_data(self, dataset: Table, *args: Any, **kwargs: Any) -> TableResult:
        """``user`` is who imports; without one it is the operator's console."""
        self._user = kwargs.get("user")
        return super().import_data(dataset, *args, **kwargs)

    def carry_out(self, row: Any, values: Mapping[str, Any], act: Act) -> models.Model:
        raise NotImplementedError

    def save_changes(self, instance: Any, changed: dict[str, Any], is_new: bool) -> None:
        own = [name for name, column in self.columns.items() if not isinstance(column, Aside)]
        said = {name: getattr(instance, name) for name in own}
        stored = self._meta.model() if is_new else self._meta.model._default_manager.get(pk=instance.pk)
        values = {name: value for name, value in said.items() if is_new or getattr(stored, name) != value}
        try:
            instance.pk = self.carry_out(stored, values | changed, Act(self._user, Channel.IMPORT)).pk
        except Refused as refused:
            raise as_invalid(refused) from None


def as_invalid(refused: Refused) -> ValidationError:
    """As the library knows refusals, by the column they are about."""
    names = {"sessions": "meetings", "": NON_FIELD_ERRORS}
    found: dict[str, list[str]] = {}
    for reason in refused.reasons:
        found.setdefault(names.get(reason.field, reason.field), []).append(reason.text)
    return ValidationError(found)
