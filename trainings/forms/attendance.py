"""What do trainers type when they mark attendance?"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from trainings.attendance import Mark, needs_a_reason
from trainings.models import AttendanceRecord, Registration, Session

Status = AttendanceRecord.Status


@dataclass(frozen=True)
class AttendanceRow:
    """One person's line on the list, and what stands recorded."""

    registration: Registration
    record: AttendanceRecord | None
    status: forms.BoundField
    late: forms.BoundField
    early: forms.BoundField
    note: forms.BoundField

    @property
    def fields(self) -> list[forms.BoundField]:
        return [self.status, self.late, self.early, self.note]

    @property
    def errors(self) -> list[str]:
        return [str(error) for field in self.fields for error in field.errors]

    @property
    def shown_values(self) -> SafeString:
        """Hidden fields with what the page showed."""
        return format_html_join("", "{}", ([field.as_hidden(only_initial=True)] for field in self.fields))

    @property
    def partial_minutes(self) -> int | None:
        """What counts for somebody who was there for a part."""
        return self.record.minutes if self.record and self.record.status == Status.PARTIAL else None


class AttendanceForm(forms.Form):
    """One session's list: for each registration a status, for „teilweise“ minutes, for „entschuldigt“ a note.

    The shown value travels along, so that only what was changed here is recorded: two devices do not undo each other.
    """

    reason = forms.CharField(
        label=_("Grund der Änderung"),
        required=False,
        max_length=500,
        help_text=_("Nur nötig, wenn Sie einen bereits erfassten Eintrag ändern. Der alte Eintrag bleibt im Verlauf."),
    )
    mark_optional = False

    def __init__(self, session: Session, registrations: list[Registration], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.registrations = registrations
        self.records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
        self.asks_for_a_reason = bool(self.records) and needs_a_reason(session)
        for registration in registrations:
            self._add_fields(registration, self.records.get(registration.pk))

    def _add_fields(self, registration: Registration, row: AttendanceRecord | None) -> None:
        """Each is labelled with the person, whom the summary above the form names."""
        shown: dict[str, Any] = {"label": registration.person.full_name, "required": False, "show_hidden_initial": True}
        self.fields[f"status_{registration.pk}"] = forms.ChoiceField(
            choices=Status.choices, initial=row.status if row else "", widget=forms.RadioSelect, **shown
        )
        for name in ["late", "early"]:
            minutes = getattr(row, f"{name}_minutes") if row else 0
            self.fields[f"{name}_{registration.pk}"] = forms.IntegerField(
                min_value=0, max_value=self.session.teaching_minutes, initial=minutes or None, **shown
            )
        self.fields[f"note_{registration.pk}"] = forms.CharField(
            max_length=200, initial=row.note if row else "", **shown
        )

    @property
    def rows(self) -> list["AttendanceRow"]:
        return [
            AttendanceRow(
                registration,
                self.records.get(registration.pk),
                *(self[f"{name}_{registration.pk}"] for name in ["status", "late", "early", "note"]),
            )
            for registration in self.registrations
        ]

    def clean(self) -> None:
        """Minutes alone say nothing. Beside a status other than „teilweise“ they do not count; pages hide them.

        So it is with a note and „entschuldigt“.
        """
        for pk in (registration.pk for registration in self.registrations):
            if self.cleaned_data.get(f"status_{pk}"):
                continue
            for name in ["late", "early"]:
                if self.cleaned_data.get(f"{name}_{pk}"):
                    self.add_error(f"{name}_{pk}", _("Bitte wählen Sie zu den Minuten „teilweise“."))
            if self.cleaned_data.get(f"note_{pk}"):
                self.add_error(f"note_{pk}", _("Bitte wählen Sie zu der Notiz „entschuldigt“."))

    def marks(self) -> dict[int, Mark]:
        """What to record, by registration: the rows that were changed here."""
        marks = {}
        changed = set(self.changed_data)
        for pk in (registration.pk for registration in self.registrations):
            names = {name: f"{name}_{pk}" for name in ["status", "late", "early", "note"]}
            said = {name: self.cleaned_data[field] for name, field in names.items()}
            if said["status"] and changed & set(names.values()):
                marks[pk] = mark_of(**said, minutes=_minutes_without_a_cause(self.records.get(pk)))
        return marks


def mark_of(status: str, late: int | None, early: int | None, note: str, minutes: int | None = None) -> Mark:
    """A note belongs to an excuse; with another status it is not kept."""
    return Mark(status, minutes, late or 0, early or 0, note if status == Status.EXCUSED else "")


def _minutes_without_a_cause(row: AttendanceRecord | None) -> int | None:
    """Of a partial record that says neither late nor early, as an import makes them."""
    if row is None or row.status != Status.PARTIAL or row.late_minutes or row.early_minutes:
        return None
    return row.minutes
