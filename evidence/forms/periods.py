"""Which days of a grant are reported together? The shape of what is typed; the rules are in ``evidence.periods``."""

from collections.abc import Mapping
from typing import Any

from evidence.models import ReportingPeriod
from evidence.periods import FIELDS
from trainings.forms.editing import EditForm
from trainings.forms.planning import day_field


class ReportingPeriodForm(EditForm):
    """``fixed``: it was handed in, and its days stay."""

    def __init__(self, data: Any, current: Mapping[str, Any], *, fixed: bool = False) -> None:
        super().__init__(data, current=current)
        columns = {of.name: of for of in ReportingPeriod._meta.concrete_fields}
        for of in (columns[name] for name in FIELDS):
            self.fields[of.name] = day_field(of.verbose_name, help_text=of.help_text, required=not of.blank)
        if fixed:
            del self.fields["first_on"], self.fields["last_on"]
        self.carry_beginning()
