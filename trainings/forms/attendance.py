"""What do trainers type when they mark attendance?"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.names import sort_key
from accounts.requests import words_in
from trainings.attendance import NOT_RECORDED, Disagreement, Mark, disagreements, needs_a_reason
from trainings.dates import time_of_day
from trainings.models import AttendanceRecord, Registration, Session

Status = AttendanceRecord.Status
NAMES = ["status", "late", "early", "note"]
# What a form says for „not recorded“: a browser that sends no status has said nothing.
OPEN = "open"
STATUSES = [*Status.choices, (OPEN, gettext_lazy("nicht erfasst"))]


@dataclass(frozen=True)
class AttendanceRow:
    """One person's line on the list: what stands recorded, and what the page shows in the fields.

    ``standing`` travels along hidden; ``differs`` says that somebody else marked the person differently.
    """

    registration: Registration
    record: AttendanceRecord | None
    standing: dict[str, str]
    status: str
    late: str
    early: str
    note: str
    wrong: dict[str, str]
    differs: str
    is_hidden: bool

    @property
    def error(self) -> str:
        return next(iter(self.wrong.values()), "")

    @property
    def partial_minutes(self) -> int | None:
        """What counts for somebody who was there for a part."""
        return self.record.minutes if self.record and self.record.status == Status.PARTIAL else None


@dataclass(frozen=True)
class Filter:
    """Whom of a long list the page shows: the others stay in the form, out of sight."""

    name: str = ""
    only_open: bool = False

    def hides(self, registration: Registration, record: AttendanceRecord | None) -> bool:
        if self.only_open and record is not None:
            return True
        if not self.name:
            return False
        [name] = sort_key(registration.person.list_name)
        # „Muller“ finds Müller as well, as on keyboards without umlauts.
        spelled = unicodedata.normalize("NFKD", registration.person.list_name.casefold())
        letters = "".join(char for char in spelled if not unicodedata.combining(char))
        return not all(sort_key(word)[0] in f"{name} {letters}" for word in words_in(self.name))


class AttendanceForm(forms.Form):
    """One session's list: for each registration a status, for „teilweise“ minutes, for „entschuldigt“ a note.

    The shown value travels along, so that only what was changed here is recorded: two devices do not undo each other.
    A hall of 120 has 480 fields: they are made for what was sent; the page needs none of them.
    """

    reason = forms.CharField(
        label=gettext_lazy("Grund der Änderung"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "Nur nötig, wenn Sie einen bereits erfassten Eintrag ändern. Der alte Eintrag bleibt im Verlauf."
        ),
    )
    mark_optional = False

    def __init__(self, session: Session, registrations: list[Registration], *args: Any, **kwargs: Any) -> None:
        self.filter: Filter = kwargs.pop("filter", None) or Filter()
        super().__init__(*args, **kwargs)
        self.session = session
        self.registrations = registrations
        self.records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
        self.asks_for_a_reason = bool(self.records) and needs_a_reason(session)
        if self.is_bound:
            for registration in registrations:
                self._add_fields(registration)

    def _add_fields(self, registration: Registration) -> None:
        """Each is labelled with the person, whom the summary above the form names."""
        said = _standing(self.records.get(registration.pk))
        shown: dict[str, Any] = {"label": registration.person.full_name, "required": False, "show_hidden_initial": True}
        self.fields[f"status_{registration.pk}"] = forms.ChoiceField(
            choices=STATUSES, initial=said["status"], widget=forms.RadioSelect, **shown
        )
        for name in ["late", "early"]:
            self.fields[f"{name}_{registration.pk}"] = forms.IntegerField(
                min_value=0, max_value=self.session.teaching_minutes, initial=said[name], **shown
            )
        self.fields[f"note_{registration.pk}"] = forms.CharField(max_length=200, initial=said["note"], **shown)

    @cached_property
    def rows(self) -> list[AttendanceRow]:
        differing = disagreements(self.session)
        return [self._row(registration, differing.get(registration.pk)) for registration in self.registrations]

    def _row(self, registration: Registration, differing: Disagreement | None) -> AttendanceRow:
        pk = registration.pk
        record = self.records.get(pk)
        standing = _standing(record)
        typed = {name: self.data.get(f"{name}_{pk}", "") for name in NAMES} if self.is_bound else standing
        wrong = {name: str(self.errors[f"{name}_{pk}"][0]) for name in NAMES if f"{name}_{pk}" in self.errors}
        differs = sentence_of(differing) if differing else ""
        is_hidden = not wrong and self.filter.hides(registration, record)
        return AttendanceRow(registration, record, standing, **typed, wrong=wrong, differs=differs, is_hidden=is_hidden)

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
            names = {name: f"{name}_{pk}" for name in NAMES}
            said = {name: self.cleaned_data[field] for name, field in names.items()}
            if said["status"] and changed & set(names.values()):
                marks[pk] = mark_of(**said, minutes=_minutes_without_a_cause(self.records.get(pk)))
        return marks

    def standing(self, registrations: Iterable[int]) -> dict[int, Mark]:
        """What these stood at before, to be able to take back what is recorded now."""
        return {pk: mark_as_recorded(self.records.get(pk)) for pk in registrations}


def mark_of(status: str, late: int | None, early: int | None, note: str, minutes: int | None = None) -> Mark:
    """A note belongs to an excuse; with another status it is not kept."""
    if status == OPEN:
        return Mark(NOT_RECORDED)
    return Mark(status, minutes, late or 0, early or 0, note if status == Status.EXCUSED else "")


def mark_as_recorded(record: AttendanceRecord | None) -> Mark:
    """The mark that would make this record again."""
    if record is None:
        return Mark(NOT_RECORDED)
    return Mark(record.status, record.minutes, record.late_minutes, record.early_minutes, record.note)


def sentence_of(disagreement: Disagreement) -> str:
    """Both of two who marked differently read this beside the person."""
    counts, overruled = disagreement.counts, disagreement.overruled
    return _(
        "Es gilt die spätere Angabe: {status} ({by}, {time}). Überholt: {other_status} ({other}, {other_time})."
    ).format(
        status=label_of(counts.status),
        by=counts.by,
        time=time_of_day(counts.said_at),
        other_status=label_of(overruled.status),
        other=overruled.by,
        other_time=time_of_day(overruled.said_at),
    )


def label_of(status: str) -> str:
    return str(Status(status).label) if status else _("nicht erfasst")


def _standing(record: AttendanceRecord | None) -> dict[str, str]:
    """As the fields show it."""
    if record is None:
        return dict.fromkeys(NAMES, "")
    late, early = (str(minutes or "") for minutes in (record.late_minutes, record.early_minutes))
    return {"status": record.status, "late": late, "early": early, "note": record.note}


def _minutes_without_a_cause(row: AttendanceRecord | None) -> int | None:
    """Of a partial record that says neither late nor early, as an import makes them."""
    if row is None or row.status != Status.PARTIAL or row.late_minutes or row.early_minutes:
        return None
    return row.minutes
