"""Which part of the plan does a coordinator want to see? Part of the address, so that it can be shared."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import ByName, told_apart
from accounts.models import User
from trainings.models import Session, Venue, teaching
from trainings.reporting import Period

REACH = 20  # years
WEEKS, MONTHS = "wochen", "monate"


class TrainerField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = ByName

    def label_from_instance(self, obj: User) -> str:
        return told_apart(obj)


class HalfYearForm(forms.Form):
    mark_optional: ClassVar = False

    halbjahr = forms.ChoiceField(label=_("Halbjahr"))
    ort = forms.ModelChoiceField(Venue.objects.all(), label=_("Ort"), required=False, empty_label=_("alle"))
    leitung = TrainerField(User.objects.none(), label=_("Kursleitung"), required=False, empty_label=_("alle"))
    ansicht = forms.ChoiceField(
        label=_("Ansicht"), required=False, choices=[(WEEKS, _("nach Wochen")), (MONTHS, _("nach Monaten"))]
    )

    def __init__(self, said: Any, today: dt.date) -> None:
        self.halves = {address_part(half): half for half in _half_years(today)}
        super().__init__({"halbjahr": address_part(Period.half_year(today)), **said.dict()})
        self.fields["halbjahr"].choices = [(name, str(half)) for name, half in self.halves.items()]  # type: ignore[attr-defined]
        self.fields["leitung"].queryset = teaching()  # type: ignore[attr-defined]

    @property
    def period(self) -> Period:
        return self.halves[self.cleaned_data["halbjahr"]]

    @property
    def by_month(self) -> bool:
        return bool(self.cleaned_data["ansicht"] == MONTHS)


def address_part(half: Period) -> str:
    """„2026-2“."""
    return f"{half.first.year}-{half.half}"


def _half_years(today: dt.date) -> list[Period]:
    """From the first with a session to the last, and a year around today at least."""
    reach = Period(dt.date(today.year - REACH, 1, 1), dt.date(today.year + REACH, 12, 31))
    in_reach = Session.objects.filter(starts_at__gte=reach.begins_at, starts_at__lt=reach.ends_before)
    known = in_reach.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    days = [today - dt.timedelta(days=183), today + dt.timedelta(days=365)]
    days += [timezone.localdate(at) for at in known.values() if at]
    half, last = Period.half_year(min(days)), max(days)
    halves = [half]
    while halves[-1].last < last:
        halves.append(Period.half_year(halves[-1].last + dt.timedelta(days=1)))
    return halves
