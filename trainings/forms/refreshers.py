"""Until which day, and of which agency, does somebody want to see refreshers that are due?"""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import AgencyField
from accounts.models import Agency
from trainings import refreshers
from trainings.forms.figures import DAYS_OF_FIGURES
from trainings.forms.planning import day_field


class RefreshersForm(forms.Form):
    """A part of the address. Without a day it is half a year ahead."""

    mark_optional: ClassVar = False
    use_required_attribute = False

    bis = day_field(_("Fällig bis"), required=False, validators=DAYS_OF_FIGURES)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data if data is not None and "bis" in data else {**(data or {}), "bis": _ahead()})

    @property
    def last(self) -> dt.date:
        """Half a year ahead if the form is invalid."""
        return (self.cleaned_data["bis"] if self.is_valid() else None) or _ahead()


class AllRefreshersForm(RefreshersForm):
    """For coordinators, who see those of every agency."""

    behoerde = AgencyField(label=_("Behörde / Einrichtung"), required=False, empty_label=_("alle"))
    field_order = ("behoerde", "bis")

    @property
    def agency(self) -> Agency | None:
        """None for all."""
        return self.cleaned_data["behoerde"] if self.is_valid() else None


def _ahead() -> dt.date:
    return timezone.localdate() + refreshers.LOOK_AHEAD
