"""For which days does a coordinator want figures, of which grant, and beside which others?"""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from trainings.forms.planning import day_field
from trainings.models import Funding
from trainings.reporting import Period

# No figures exist beyond these years, and Python's calendar is limited.
DAYS_OF_FIGURES = [
    MinValueValidator(dt.date(2000, 1, 1), _("Bitte geben Sie ein Jahr von 2000 bis 2100 an.")),
    MaxValueValidator(dt.date(2100, 12, 31), _("Bitte geben Sie ein Jahr von 2000 bis 2100 an.")),
]


class PeriodForm(forms.Form):
    """Part of the address, so that figures can be shared and found again."""

    mark_optional: ClassVar = False
    use_required_attribute = False

    von = day_field(_("Erster Tag"), validators=DAYS_OF_FIGURES)
    bis = day_field(_("Letzter Tag"), validators=DAYS_OF_FIGURES)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("von"), cleaned.get("bis")
        if first and last and last < first:
            self.add_error("bis", _("Der letzte Tag liegt vor dem ersten."))
        return cleaned

    @property
    def period(self) -> Period | None:
        """None if the form is invalid."""
        return Period(self.cleaned_data["von"], self.cleaned_data["bis"]) if self.is_valid() else None


class FiguresForm(PeriodForm):
    BEFORE, YEAR_BEFORE, DAYS = "davor", "vorjahr", "tage"

    foerderung = forms.ModelChoiceField(
        Funding.objects.all(), label=_("Förderung"), required=False, empty_label=_("alle Termine")
    )
    vergleich = forms.ChoiceField(
        label=_("Vergleichen mit"),
        required=False,
        choices=[
            ("", _("nichts")),
            (BEFORE, _("Zeitraum davor")),
            (YEAR_BEFORE, _("gleiche Tage im Jahr davor")),
            (DAYS, _("freie Tage")),
        ],
    )
    vergleich_von = day_field(_("Vergleich: erster Tag"), validators=DAYS_OF_FIGURES, required=False)
    vergleich_bis = day_field(_("Vergleich: letzter Tag"), validators=DAYS_OF_FIGURES, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("vergleich") == self.DAYS:
            first, last = cleaned.get("vergleich_von"), cleaned.get("vergleich_bis")
            for name in ["vergleich_von", "vergleich_bis"]:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Bitte geben Sie den Tag an, wenn Sie mit freien Tagen vergleichen."))
            if first and last and last < first:
                self.add_error("vergleich_bis", _("Der letzte Tag liegt vor dem ersten."))
        return cleaned

    @property
    def compared_with(self) -> Period | None:
        """Of a valid form."""
        period, how = self.period, self.cleaned_data["vergleich"]
        if period is None or not how:
            return None
        if how == self.DAYS:
            return Period(self.cleaned_data["vergleich_von"], self.cleaned_data["vergleich_bis"])
        return period.before if how == self.BEFORE else period.a_year_before

    @property
    def is_narrowed(self) -> bool:
        """Whether one of the fields says something that are shown on request."""
        return any(self.data.get(name) for name in ["foerderung", "vergleich"])

    def address_of(self, period: Period) -> str:
        """The query that asks the same of another period."""
        names = ["foerderung", "vergleich", "vergleich_von", "vergleich_bis"]
        said = [(name, self.data[name]) for name in names if self.data.get(name)]
        return address_of(period) + (f"&{urlencode(said)}" if said else "")


def address_of(period: Period) -> str:
    """The query of the address that asks for the period."""
    return f"?von={period.first.isoformat()}&bis={period.last.isoformat()}"
