"""What do people correct in the preview of a list, line by line and for all, before anybody is registered?"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField, normalised
from accounts.models import TargetGroup
from accounts.names import clean_name
from trainings import booking
from trainings.booking import Line, Verdict
from trainings.forms.agency import needs_of_somebody_else

MAX_CHARACTERS = booking.MOST_CARRIED  # of what is carried: as many lines as there may be, with all that may be in them
_GROUPS = [("", _("– bitte wählen –")), *TargetGroup.choices]


class LineForm(forms.Form):
    """One line of the list. What the page does not ask of it stays as it was read."""

    email = AddressField(label=_("E-Mail-Adresse"), required=False)
    title = forms.CharField(label=_("Titel"), required=False)
    first_name = forms.CharField(label=_("Vorname"), required=False)
    last_name = forms.CharField(label=_("Nachname"), required=False)
    group = forms.ChoiceField(label=_("Gruppe"), required=False, choices=_GROUPS)
    is_sure = forms.BooleanField(label=_("Ich habe es geprüft, es ist richtig so"), required=False)
    needs = needs_of_somebody_else()
    mark_optional = False

    def __init__(self, index: int, line: Line, data: Any = None) -> None:
        super().__init__(data, prefix=f"row-{index}", initial=_as_typed(line))
        self.index, self.line = index, line

    @property
    def corrected(self) -> Line:
        """The line as it is now; what is not readable counts as not said."""
        self.is_valid()
        said: dict[str, Any] = {
            name: value for name, value in self.cleaned_data.items() if self.add_prefix(name) in self.data
        }
        said["group"] = said.get("group") or self.line.group
        for name in ("email", "needs"):
            if name in self.errors:  # it comes back as it was typed, with what is wrong about it
                said[name] = normalised(self[name].data) if name == "email" else self[name].data
        names: dict[str, Any] = {
            name: clean_name(said[name]) for name in ("title", "last_name", "first_name") if name in said
        }
        line = replace(self.line, **(said | names))
        is_named_anew = any(getattr(self.line, name) != value for name, value in names.items())
        return replace(line, asked="") if is_named_anew and line.asked != "column" else line

    def show(self, verdict: Verdict) -> None:
        """The reasons beside their fields."""
        for reason in verdict.reasons:
            if reason.field in self.fields and reason.field not in self.errors:
                self.add_error(reason.field, reason.text)


def _as_typed(line: Line) -> dict[str, Any]:
    group = booking.group_of(line.group)
    names = ("email", "title", "first_name", "last_name", "is_sure", "needs")
    typed: dict[str, Any] = {name: getattr(line, name) for name in names}
    typed["group"] = group.value if group else ""
    return typed


@dataclass(frozen=True)
class PreviewedLine:
    """A line of the preview: what would become of it, and the fields that it is asked for."""

    verdict: Verdict
    form: LineForm

    @property
    def reasons(self) -> list[str]:
        """Those that no field shows."""
        return [str(reason) for reason in self.verdict.reasons if not self.verdict.may_be_corrected or not reason.field]

    @property
    def is_open(self) -> bool:
        return any(field.errors for field in [*self.names, *([self.sure] if self.sure else [])])

    @property
    def is_asked(self) -> bool:
        """Somebody might say more about this line."""
        return self.verdict.may_be_corrected or self.verdict.status is not None

    @property
    def names(self) -> list[forms.BoundField]:
        asked = {reason.field for reason in self.verdict.reasons}
        fields = ["email"] if "email" in asked else []
        fields += ["title", "first_name", "last_name", "group"] if self.verdict.may_be_corrected else []
        return [self.form[name] for name in fields]

    @property
    def sure(self) -> forms.BoundField | None:
        is_doubted = any(reason.code == "doubt" for reason in self.verdict.reasons) or self.verdict.line.is_sure
        return self.form["is_sure"] if is_doubted and self.verdict.may_be_corrected else None


def rows_of(verdicts: Sequence[Verdict]) -> list[PreviewedLine]:
    rows = []
    for index, verdict in enumerate(verdicts):
        typed = {f"row-{index}-{name}": value for name, value in _as_typed(verdict.line).items() if value}
        form = LineForm(index, verdict.line, typed)
        if verdict.may_be_corrected:
            form.show(verdict)
        rows.append(PreviewedLine(verdict, form))
    return rows


class LinesBackField(forms.CharField):
    """The lines as the preview carries them."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> Any:
        try:
            return booking.read_back(super().clean(value))
        except booking.TooManyLines as error:
            raise forms.ValidationError(str(error)) from None


class CheckedListForm(forms.Form):
    """What the preview carries along and asks for all lines. ``given`` has the lines with what was corrected.

    ``found``: how many addresses each line of the text had. ``told``: lines that cannot be registered, as was said.
    """

    checked = LinesBackField(max_length=MAX_CHARACTERS, strip=False)
    reason = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)
    found = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    told = forms.CharField(required=False, max_length=2_000, widget=forms.HiddenInput)
    group_for_all = forms.ChoiceField(
        label=_("Gruppe für alle ohne Gruppe"),
        required=False,
        choices=_GROUPS,
        help_text=_("Gilt für neue Personen, deren Gruppe fehlt oder nicht erkannt ist."),
    )
    order = forms.ChoiceField(
        label=_("Welches ist der Nachname?"),
        required=False,
        choices=[("swap", _("Vor- und Nachnamen tauschen")), ("keep", _("Die Namen stehen richtig"))],
        widget=forms.RadioSelect,
        help_text=_("Bei einigen Personen lassen die E-Mail-Adressen vermuten, dass der Vorname zuerst steht."),
    )
    mark_optional = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        lines = data.get("checked", [])
        self.forms = [LineForm(index, line, self.data) for index, line in enumerate(lines)]
        data["given"] = [self._for_all(form.corrected) for form in self.forms]
        data["found"] = read_found(data.get("found", ""))
        return data

    def _for_all(self, line: Line) -> Line:
        group, order = self.cleaned_data.get("group_for_all", ""), self.cleaned_data.get("order", "")
        if group and not line.has_group:
            line = replace(line, group=group)
        if order and line.asked in {"order", "perhaps"}:
            line = replace(line, asked="")
            if order == "swap":
                line = replace(line, last_name=line.first_name, first_name=line.last_name)
        return line

    @property
    def has_unreadable_needs(self) -> bool:
        """Nobody is registered without what was said of them. An address that is none is refused with its line."""
        return any("needs" in form.errors for form in self.forms)

    @property
    def to_register(self) -> list[Line]:
        """Without those of whom was said that it cannot be."""
        told = set(re.findall(r"\d+", self.cleaned_data["told"]))
        given = self.cleaned_data["given"]
        return [line for index, line in enumerate(given) if str(index) not in told] or given


def to_check(verdicts: Sequence[Verdict], reason: str, found: dict[int, int]) -> CheckedListForm:
    """The form of a preview."""
    told = [index for index, one in enumerate(verdicts) if not one.status and not one.may_be_corrected]
    initial = {
        "checked": booking.as_text(verdict.line for verdict in verdicts),
        "reason": reason,
        "found": " ".join(f"{number}:{count}" for number, count in found.items()),
        "told": " ".join(map(str, told)),
    }
    form = CheckedListForm(initial=initial)
    open_lines = [verdict.line for verdict in verdicts if verdict.may_be_corrected]
    if all(line.has_group for line in open_lines):
        del form.fields["group_for_all"]
    if not any(line.asked in {"order", "perhaps"} for line in open_lines):
        del form.fields["order"]
    return form


def read_found(text: str) -> dict[int, int]:
    return {int(number): int(count) for number, count in re.findall(r"\b(\d{1,5}):(\d{1,4})\b", text, re.ASCII)}


def count_of(lines: Iterable[Line]) -> int:
    """How many addresses of the typed list were read; people chosen by their names have no line of it."""
    return sum(line.has_address for line in lines if line.number)
