"""What do trainers type when they mark attendance?"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from trainings.attendance import InvalidMark, Mark, ReasonMissing, needs_a_reason
from trainings.models import AttendanceRecord, Registration, Session


@dataclass(frozen=True)
class AttendanceRow:
    """One person's line on the list."""

    registration: Registration
    status: forms.BoundField
    minutes: forms.BoundField

    @property
    def errors(self) -> list[str]:
        return [*self.status.errors, *self.minutes.errors]

    @property
    def shown_values(self) -> str:
        """Hidden fields with what the page showed."""
        return self.status.as_hidden(only_initial=True) + self.minutes.as_hidden(only_initial=True)


class AttendanceForm(forms.Form):
    """One session's list: a status and, for „teilweise“, minutes for each registration.

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
        records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
        self.asks_for_a_reason = bool(records) and needs_a_reason(session)
        for registration in registrations:
            row = records.get(registration.pk)
            self.fields[f"status_{registration.pk}"] = forms.ChoiceField(
                label=registration.person.full_name,
                choices=AttendanceRecord.Status.choices,
                required=False,
                initial=row.status if row else "",
                show_hidden_initial=True,
                widget=forms.RadioSelect,
            )
            self.fields[f"minutes_{registration.pk}"] = forms.IntegerField(
                label=registration.person.full_name,  # the summary above the form names the person
                required=False,
                min_value=0,
                max_value=session.teaching_minutes,
                initial=row.minutes if row and row.status == AttendanceRecord.Status.PARTIAL else None,
                show_hidden_initial=True,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    @property
    def rows(self) -> list["AttendanceRow"]:
        return [
            AttendanceRow(registration, self[f"status_{registration.pk}"], self[f"minutes_{registration.pk}"])
            for registration in self.registrations
        ]

    def clean(self) -> None:
        """Minutes alone say nothing. Beside a status other than „teilweise“ they do not count; pages hide them."""
        for registration in self.registrations:
            status, minutes = f"status_{registration.pk}", f"minutes_{registration.pk}"
            if self.cleaned_data.get(minutes) is not None and not self.cleaned_data.get(status):
                self.add_error(minutes, _("Bitte wählen Sie zu den Minuten „teilweise“."))

    def marks(self) -> dict[int, Mark]:
        """What to record, by registration: the rows that were changed here."""
        marks = {}
        for registration in self.registrations:
            status, minutes = f"status_{registration.pk}", f"minutes_{registration.pk}"
            if self.cleaned_data[status] and {status, minutes} & set(self.changed_data):
                marks[registration.pk] = Mark(self.cleaned_data[status], self.cleaned_data[minutes])
        return marks

    def add_objections(self, invalid: InvalidMark) -> None:
        """Put each sentence beside its row, and one for the whole list where it belongs."""
        if invalid.text:
            self.add_error("reason" if isinstance(invalid, ReasonMissing) else None, invalid.text)
        for registration_pk, text in invalid.texts.items():
            field = f"minutes_{registration_pk}"
            self.add_error(field if field in self.fields else None, text)
