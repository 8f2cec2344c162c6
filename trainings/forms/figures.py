"""For which days does a coordinator want figures?"""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from trainings.forms.planning import day_field
from trainings.reporting import Period

# No figures exist beyond these years, and Python's calendar is limited.
DAYS = [
    MinValueValidator(dt.date(2000, 1, 1), _("Bitte geben Sie ein Jahr von 2000 bis 2100 an.")),
    MaxValueValidator(dt.date(2100, 12, 31), _("Bitte geben Sie ein Jahr von 2000 bis 2100 an.")),
]


class PeriodForm(forms.Form):
    """Part of the address, so that figures can be shared and found again."""

    mark_optional: ClassVar = False
    use_required_attribute = False

    von = day_field(_("Erster Tag"), validators=DAYS)
    bis = day_field(_("Letzter Tag"), validators=DAYS)

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


def address_of(period: Period) -> str:
    """The query of the address that asks for the period."""
    return f"?von={period.first.isoformat()}&bis={period.last.isoformat()}"
