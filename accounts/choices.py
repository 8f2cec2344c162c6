"""How are people and agencies offered for choice? In the order of their names, which no database knows."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest

from accounts.models import Agency, User
from accounts.names import by_name


class ByName(ModelChoiceIterator):  # type: ignore[type-arg]
    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        yield from map(self.choice, by_name(self.queryset))


def told_apart(person: User) -> str:
    """How a person is offered for choice: two of one name differ by their addresses."""
    return f"{person.list_name} ({person.shown_email})"


class AgencyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = ByName

    def __init__(self, queryset: Any = None, **kwargs: Any) -> None:
        super().__init__(Agency.objects.all() if queryset is None else queryset, **kwargs)


class AgencyFilter(admin.RelatedFieldListFilter):
    """Of the back office."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]"
    ) -> list[tuple[str, Any]]:
        return [(str(agency.pk), str(agency)) for agency in by_name(Agency.objects.all())]
