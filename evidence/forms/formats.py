"""What do coordinators type about formats? Shapes; the rules are in ``evidence.formats``."""

import re
from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names import clean_name
from evidence import formats
from evidence.models import ExportFormat, FormatColumn, ReportingPeriod
from trainings.forms.editing import EditForm

_PARTS = ("heading", "content", "text")
_PART = re.compile(r"(heading|content|text)-(\d{1,9})")


class NewFormatForm(forms.Form):
    name = ExportFormat._meta.get_field("name").formfield()
    row = forms.ChoiceField(
        label=ExportFormat._meta.get_field("row").verbose_name,
        widget=forms.RadioSelect,
        help_text=_("Das bleibt so: Andere Zeilen haben andere Inhalte."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["row"].choices = _rows_explained()  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


def _rows_explained() -> list[tuple[str, str]]:
    """What each is, in a sentence."""
    Row = ExportFormat.Row
    explained = {
        Row.RUN: _("jeder Termin mit Sitzungen im Zeitraum"),
        Row.PLACE: _("jeder bestätigte Platz in den gezählten Terminen, auch von denen, die gefehlt haben"),
        Row.PARTICIPATION: _("wer an zwei Terminen teilgenommen hat, steht zweimal da"),
        Row.PERSON: _("wer an mehreren Terminen teilgenommen hat, steht einmal da"),
        Row.PERSON_DAY: _("eine Person an einem Tag, an dem sie anwesend war"),
        Row.AGENCY: _("jede, von der jemand angemeldet war"),
    }
    return [(row.value, f"{row.label}: {explained[row]}") for row in Row]


class FormatForm(EditForm):
    """The settings, and three fields for each column; what somebody has removed meanwhile comes along if changed."""

    settings = ("name", "language", "time_in", "days", "delimiter", "decimal_mark", "with_headings")
    not_stored = frozenset({"new_content"})
    mark_optional = False

    def __init__(self, data: Any, of: ExportFormat) -> None:
        current = {name: getattr(of, name) for name in self.settings}
        for column in of.ordered_columns:
            for part in _PARTS:
                current[f"{part}-{column.key}"] = getattr(column, part)
        super().__init__(data, current=current)
        self.of = of
        choices = [(content.name, str(content.label)) for content in formats.contents_for(of.row)]
        for name in self.settings:
            self.fields[name] = ExportFormat._meta.get_field(name).formfield()  # type: ignore[union-attr, assignment]
        for column in of.ordered_columns:
            self._offer(column, choices)
        self.fields["new_content"] = forms.ChoiceField(
            label=_("Inhalt der neuen Spalte"), choices=choices, required=False
        )
        self.carry_beginning()

    def _offer(self, column: FormatColumn, choices: list[tuple[str, str]]) -> None:
        if column.content not in dict(choices):
            gone = gettext("gibt es nicht mehr: %(content)s") % {"content": column.content}
            choices = [(column.content, gone), *choices]
        self.fields |= {
            f"heading-{column.key}": forms.CharField(
                label=_("Überschrift"), max_length=formats.MOST_OF_A_HEADING, required=False
            ),
            f"content-{column.key}": forms.ChoiceField(label=_("Inhalt"), choices=choices),
            f"text-{column.key}": forms.CharField(label=_("Fester Text"), max_length=500, required=False),
        }

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def edit(self, step: tuple[str, Any] | None) -> formats.FormatEdit:
        """What this person has changed, and what is to be done with a column."""
        values, columns = {}, defaultdict[int, dict[str, str]](dict)
        for name, value in self.changed.items():
            if part := _PART.fullmatch(name):
                columns[int(part[2])][part[1]] = value
            else:
                values[name] = value
        for name in self.data:
            part = _PART.fullmatch(name)
            began = self.data.get(f"initial-{name}")
            if part and name not in self.fields and began is not None and self.data[name] != began:
                columns[int(part[2])][part[1]] = self.data[name]
        return formats.FormatEdit(values, columns, step)

    @property
    def columns(self) -> list[tuple[FormatColumn, list[forms.BoundField]]]:
        """The field for a text only where one is to be said."""
        found = []
        for column in self.of.ordered_columns:
            heading, content, text = (self[f"{part}-{column.key}"] for part in _PARTS)
            has_text = formats.TEXT in (column.content, content.value())
            found.append((column, [heading, content, text] if has_text else [heading, content]))
        return found


class PreviewedPeriodForm(forms.Form):
    """For which period the first rows are shown."""

    mark_optional = False

    zeitraum = forms.ModelChoiceField(
        ReportingPeriod.objects.select_related("funding"), label=_("Vorschau für"), required=False, empty_label=None
    )
