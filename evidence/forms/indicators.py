"""What do coordinators type about indicators? Shapes; the rules are in ``evidence.indicators``."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from evidence.indicators import COUNTED, in_words
from evidence.models import Indicator, ReportingPeriod
from trainings.forms.editing import EditForm
from trainings.models import Course, in_active_language
from trainings.reporting import DEFINITIONS

_AMOUNT = re.compile(r"(\d{1,9})(?:[.,](\d))?")


class AmountField(forms.Field):
    """A number with at most one decimal. „1.200“ may be either of two numbers: it is asked about."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "decimal"}), required=False, **options)

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if not text:
            return None
        if found := _AMOUNT.fullmatch(text):
            return Decimal(f"{found[1]}.{found[2] or 0}")
        said = _("Bitte geben Sie eine Zahl ohne Tausenderpunkt an, zum Beispiel 1200 oder 37,5. Leer: kein Ziel.")
        raise forms.ValidationError(said)


def amount(value: Decimal | None) -> str:
    """As it is typed."""
    if value is None:
        return ""
    text = f"{value:f}".removesuffix(".0")
    return text if (get_language() or "de").startswith("en") else text.replace(".", ",")


class CourseField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, course: Course) -> str:
        return in_active_language(course.title, "")


class IndicatorForm(EditForm):
    """``fixed``: a period was handed in with it, and only the target of the whole grant may change."""

    narrowing = ("level", "course", "format", "group", "agency_kind")

    def __init__(self, data: Any, of: Indicator, *, fixed: bool = False) -> None:
        names = ("name", "definition", "counts", *self.narrowing)
        current = {name: getattr(of, f"{name}_id" if name == "course" else name) for name in names}
        super().__init__(data, current=current | {"target": amount(of.target)})
        columns = {field.name: field for field in Indicator._meta.concrete_fields}
        for name in names:
            self.fields[name] = columns[name].formfield()  # type: ignore[assignment]
        self.fields["definition"].widget.attrs["rows"] = 3
        self.fields["counts"] = forms.ChoiceField(
            label=columns["counts"].verbose_name,
            choices=[("", "---------"), *((name, str(DEFINITIONS[name].label)) for name in COUNTED)],
        )
        self.fields["course"] = CourseField(
            Course.objects.order_by("number"), label=columns["course"].verbose_name, required=False
        )
        self.fields["target"] = AmountField(label=columns["target"].verbose_name, help_text=columns["target"].help_text)
        if fixed:
            self.fields = {"target": self.fields["target"]}
        self.carry_beginning()


class TargetsForm(EditForm):
    """A field for each indicator of the grant."""

    def __init__(self, data: Any, period: ReportingPeriod, indicators: list[Indicator]) -> None:
        targets: Mapping[int, Decimal | None] = {one.indicator_id: one.target for one in period.targets.all()}
        super().__init__(data, current={f"target-{of.pk}": amount(targets.get(of.pk)) for of in indicators})
        for of in indicators:
            self.fields[f"target-{of.pk}"] = AmountField(label=of.name, help_text=in_words(of))
        self.carry_beginning()

    @property
    def targets(self) -> dict[int, Decimal | None]:
        """What this person has changed, by the keys of the indicators."""
        return {int(name.removeprefix("target-")): value for name, value in self.changed.items()}
