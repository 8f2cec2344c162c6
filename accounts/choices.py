"""How are people and agencies offered for choice? In the order of their names, which no database knows."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
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
    return f"{person.list_name} ({person.email})"


class AgencyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = ByName

    def __init__(self, queryset: Any = None, **kwargs: Any) -> None:
        super().__init__(Agency.objects.all() if queryset is None else queryset, **kwargs)


class KeyFilter(admin.RelatedFieldListFilter):
    """Of the back office; a key beyond 64 bits is none, which SQLite would stumble over."""

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.lookup_val if isinstance(self.lookup_val, list) else [self.lookup_val]
        if any(len(str(key)) > 18 for key in asked if key is not None):
            raise IncorrectLookupParameters
        return super().queryset(request, queryset)


class AgencyFilter(KeyFilter):
    """In the order of the names."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]"
    ) -> list[tuple[str, Any]]:
        return [(str(agency.pk), str(agency)) for agency in by_name(Agency.objects.all())]
