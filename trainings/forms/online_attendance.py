"""The export of an online meeting, and what a trainer decides about it before anything is recorded."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.tables import too_large
from trainings import attendance
from trainings.attendance import (
    Attendee,
    Export,
    InvalidMark,
    Mark,
    Status,
    Stay,
    UnreadableExport,
    needs_a_reason,
)
from trainings.forms.refusing import show_within
from trainings.models import AttendanceRecord, Registration, Session
from trainings.refusals import Refused

SALT = "trainings.online_attendance"
MAX_AGE = dt.timedelta(hours=2)


class StalePreview(Exception):
    """What was shown cannot be saved any more: too old, of another session or person, or the session has changed."""


class ExportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Anwesenheitsliste (CSV)"),
        help_text=gettext_lazy(
            "Die Datei, die Microsoft Teams, Webex, Zoom oder BigBlueButton nach der Sitzung liefert. "
            "Sie wird nur gelesen und nicht aufbewahrt."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, session: Session, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session

    def clean_file(self) -> Export:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large())
        try:
            return attendance.read_export(file.read(), self.session.starts_at, self.session.ends_at)
        except UnreadableExport as unreadable:
            raise forms.ValidationError(str(unreadable)) from None


def packed(export: Export, session: Session, person: User) -> str:
    """The people of an export as a signed text that only ``person`` can bring back, for this session, as it is now."""
    people = [
        [
            someone.name,
            someone.email,
            [[_stamp(stay.joined), _stamp(stay.left), stay.seconds] for stay in someone.stays],
        ]
        for someone in export.people
    ]
    return signing.dumps([*_binding(session, person), export.system, people], salt=SALT, compress=True)


def unpacked(text: str, session: Session, person: User) -> Export:
    """Raises StalePreview."""
    try:
        *binding, system, people = signing.loads(text, salt=SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        raise StalePreview from None
    if binding != _binding(session, person):
        raise StalePreview
    return Export(
        system,
        tuple(
            Attendee(name, email, tuple(Stay(_moment(a), _moment(b), seconds) for a, b, seconds in stays))
            for name, email, stays in people
        ),
    )


def _binding(session: Session, person: User) -> list[Any]:
    times = [session.starts_at.timestamp(), session.ends_at.timestamp(), session.teaching_minutes]
    return [session.pk, person.pk, *times]


def _stamp(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(stamp: float | None) -> dt.datetime | None:
    return None if stamp is None else dt.datetime.fromtimestamp(stamp, dt.UTC)


@dataclass(frozen=True)
class Proposal:
    """People of the file who are one person: for how long they were there, and the mark that would be."""

    people: Sequence[Attendee]
    minutes: int
    mark: Mark | None

    @property
    def in_words(self) -> str:
        return in_words(self.mark) if self.mark else ""


@dataclass(frozen=True)
class PreviewRow:
    """One registration: what the file proposes, and what is recorded already."""

    registration: Registration
    proposal: Proposal
    record: AttendanceRecord | None
    overwrite: forms.BoundField | None
    seen: forms.BoundField | None

    @property
    def recorded(self) -> str:
        return in_words(Mark(status=self.record.status, minutes=self.record.minutes)) if self.record else ""

    @property
    def emails(self) -> list[str]:
        return list(dict.fromkeys(someone.email for someone in self.proposal.people if someone.email))

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(someone.name for someone in self.proposal.people if someone.name))


@dataclass(frozen=True)
class UnknownRow:
    """Somebody in the file whom no registration fits."""

    attendee: Attendee
    proposal: Proposal
    choice: forms.BoundField


def in_words(mark: Mark) -> str:
    if mark.status != Status.PARTIAL:
        return str(Status(mark.status).label)
    minutes = mark.minutes or 0
    return ngettext("teilweise, %(number)d Minute", "teilweise, %(number)d Minuten", minutes) % {"number": minutes}


class PreviewForm(forms.Form):
    """The decisions: who is whom, what may be overwritten, and whether the others were absent.

    The shown records travel along, so that nothing is overwritten that somebody else has changed in the meantime.
    """

    export = forms.CharField(widget=forms.HiddenInput)
    absent = forms.BooleanField(
        label=gettext_lazy("Wer nicht in der Datei steht, hat gefehlt"),
        required=False,
        help_text=gettext_lazy("Sonst bleiben diese Personen so, wie sie sind: erfasst oder noch nicht erfasst."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Grund der Änderung"),
        required=False,
        max_length=500,
        help_text=gettext_lazy(
            "Nur nötig, wenn Sie einen bereits erfassten Eintrag ändern. Der alte Eintrag bleibt im Verlauf."
        ),
    )
    mark_optional = False

    def __init__(
        self, session: Session, registrations: Sequence[Registration], export: Export, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.session, self.people = session, export.people
        self.registrations = {registration.pk: registration for registration in registrations}
        self.matching = attendance.match_attendees(export.people, registrations)
        records = AttendanceRecord.objects.filter(session=session, registration__in=registrations)
        self.records = {record.registration_id: record for record in records}
        if not (self.records and needs_a_reason(session)):
            del self.fields["reason"]
        for key, record in self.records.items():
            label = self.registrations[key].person.list_name  # the summary above the form names the person
            self.fields[f"overwrite_{key}"] = forms.BooleanField(label=label, required=False)
            self.fields[f"seen_{key}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=_value(record)
            )
        choices = self._choices()
        for place in self.matching.unmatched:
            label = export.people[place].name or export.people[place].email
            self.fields[f"person_{place}"] = forms.ChoiceField(label=label, choices=choices, required=False)

    def _choices(self) -> list[Any]:
        found: list[tuple[int, str]] = []
        others: list[tuple[int, str]] = []
        for key, registration in self.registrations.items():
            (found if key in self.matching.matched else others).append((key, registration.person.list_name))
        return [
            ("", _("nicht angemeldet, nicht zählen")),
            *([(_("Noch nicht zugeordnet"), others)] if others else []),
            *([(_("Weiteres Gerät von"), found)] if found else []),
        ]

    def _proposal(self, places: Iterable[int]) -> Proposal:
        people = [self.people[place] for place in places]
        minutes = attendance.minutes_taught_online(self.session, people)
        return Proposal(people, minutes, attendance.proposed_marks(self.session, minutes))

    @property
    def rows(self) -> list[PreviewRow]:
        return [self._row(registration) for registration in self.registrations.values()]

    def _row(self, registration: Registration) -> PreviewRow:
        key = registration.pk
        record = self.records.get(key)
        overwrite, seen = (self[f"overwrite_{key}"], self[f"seen_{key}"]) if record else (None, None)
        return PreviewRow(registration, self._proposal(self.matching.matched.get(key, ())), record, overwrite, seen)

    @property
    def unknown_rows(self) -> list[UnknownRow]:
        return [
            UnknownRow(self.people[place], self._proposal([place]), self[f"person_{place}"])
            for place in self.matching.unmatched
        ]

    def clean(self) -> None:
        """Every record that would be overwritten must be ticked, and still say what was shown."""
        for key, record in self.records.items():
            if self.cleaned_data.get(f"overwrite_{key}") and self.cleaned_data.get(f"seen_{key}") != _value(record):
                self.add_error(f"overwrite_{key}", _("Dieser Eintrag wurde inzwischen geändert. Bitte prüfen Sie ihn."))
        for place in self.matching.unmatched:
            key = int(self.cleaned_data.get(f"person_{place}") or 0)
            if key in self.records and not self.cleaned_data.get(f"overwrite_{key}"):
                text = _(
                    "Für %(person)s ist schon „%(recorded)s“ erfasst. Soll das ersetzt werden, kreuzen Sie dort an."
                )
                row = self._row(self.registrations[key])
                names = {"person": row.registration.person.list_name, "recorded": row.recorded}
                self.add_error(f"person_{place}", text % names)

    def marks(self) -> dict[int, Mark]:
        """What to record, by registration."""
        people = {key: list(places) for key, places in self.matching.matched.items()}
        for place in self.matching.unmatched:
            if key := self.cleaned_data[f"person_{place}"]:
                people.setdefault(int(key), []).append(place)
        marks = {}
        for key in self.registrations:
            if key in self.records and not self.cleaned_data[f"overwrite_{key}"]:
                continue
            mark = self._proposal(people.get(key, ())).mark
            if mark is None and self.cleaned_data["absent"]:
                mark = Mark(status=Status.ABSENT)
            if mark:
                marks[key] = mark
        return marks

    def show(self, refused: Refused) -> None:
        """Put each sentence where it belongs, naming the person."""
        if not isinstance(refused, InvalidMark):
            show_within(self, refused)
            return
        for key, text in refused.texts.items():
            registration = self.registrations.get(key)
            self.add_error(None, f"{registration.person.list_name}: {text}" if registration else text)


def _value(record: AttendanceRecord) -> str:
    return f"{record.status}:{record.minutes}"
