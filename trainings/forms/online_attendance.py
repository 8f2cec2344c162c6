"""The export of an online meeting, and what a trainer decides about it before anything is recorded."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.tables import too_large
from trainings import attendance
from trainings.attendance import (
    Attendee,
    Export,
    Import,
    InvalidMark,
    LeftOut,
    Mark,
    Status,
    Stay,
    UnreadableExport,
    needs_a_reason,
)
from trainings.dates import span
from trainings.forms.refusing import show_within
from trainings.models import AttendanceRecord, Registration, Session
from trainings.refusals import Refused

SALT = "trainings.online_attendance"
MAX_AGE = dt.timedelta(hours=2)
MENTIONED = dt.timedelta(minutes=1)  # a gap that is worth a line
NOBODY = "0"
NOT_COUNTED = gettext_lazy("nicht angemeldet, nicht zählen")


DECISIONS = ("person_", "overwrite_", "absent", "reason")  # how the names of their fields begin


class StalePreview(Exception):
    """What was shown cannot be saved any more: too old, of another session or person, or the session has changed."""


class ExportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Anwesenheitsliste (CSV)"),
        help_text=gettext_lazy(
            "Die Datei, die Microsoft Teams, Webex, Zoom, Google Meet, BigBlueButton oder ein anderes Programm nach "
            "der Sitzung liefert. Sie wird nur gelesen und nicht aufbewahrt."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
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
    """What an export says as a signed text that only ``person`` can bring back, for this session, as it is now."""
    people = [
        [
            someone.name,
            someone.email,
            [[_stamp(stay.joined), _stamp(stay.left), stay.seconds] for stay in someone.stays],
            someone.is_doubtful,
        ]
        for someone in export.people
    ]
    left_out = [[one.row, one.name, one.why] for one in export.left_out]
    said = [export.system, people, left_out, export.names_only, export.day_assumed, export.zone, export.shift]
    return signing.dumps([*_binding(session, person), said], salt=SALT, compress=True)


def unpacked(text: str, session: Session, person: User) -> Export:
    """Raises StalePreview."""
    try:
        *binding, said = signing.loads(text, salt=SALT, max_age=MAX_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        raise StalePreview from None
    if binding != _binding(session, person):
        raise StalePreview
    system, people, left_out, *rest = said
    attendees = (
        Attendee(name, email, tuple(Stay(_moment(a), _moment(b), seconds) for a, b, seconds in stays), is_doubtful)
        for name, email, stays, is_doubtful in people
    )
    return Export(system, tuple(attendees), tuple(LeftOut(*one) for one in left_out), *rest)


def hours_to_shift(text: str) -> int:
    """Zones lie at most 26 hours apart; 0 for anything else."""
    return int(text) if re.fullmatch(r"-?\d{1,2}", text) and abs(int(text)) <= 26 else 0


def _binding(session: Session, person: User) -> list[Any]:
    times = [session.starts_at.timestamp(), session.ends_at.timestamp(), session.teaching_minutes]
    return [session.pk, person.pk, *times]


def _stamp(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _moment(stamp: float | None) -> dt.datetime | None:
    return None if stamp is None else dt.datetime.fromtimestamp(stamp, dt.UTC)


@dataclass(frozen=True)
class Proposal:
    """People of the file who are one person: when and for how long they were there, and the mark that would be.

    ``minutes`` is None where the file does not say how long.
    """

    people: Sequence[Attendee]
    minutes: int | None
    mark: Mark | None
    parts: Sequence[tuple[dt.datetime, dt.datetime]]

    @property
    def in_words(self) -> str:
        if self.mark:
            return in_words(self.mark)
        return _("Bitte selbst eintragen") if self.is_doubtful else ""

    @property
    def is_doubtful(self) -> bool:
        return attendance.is_doubtful(self.people)

    @property
    def connected(self) -> str:
        """From the first joining to the last leaving."""
        return span(self.parts[0][0], self.parts[-1][1]) if self.parts else ""

    @property
    def gaps(self) -> list[str]:
        between = [(before[1], after[0]) for before, after in pairwise(self.parts)]
        return [span(start, end) for start, end in between if end - start >= MENTIONED]


@dataclass(frozen=True)
class PreviewRow:
    """One registration: what the file proposes, and what is recorded already.

    ``is_asked``: whether somebody in the file is this person is yet to be chosen.
    """

    registration: Registration
    proposal: Proposal
    record: AttendanceRecord | None
    overwrite: forms.BoundField | None
    seen: forms.BoundField | None
    has_namesakes: bool
    is_asked: bool

    @property
    def name(self) -> str:
        return apart(self.registration) if self.has_namesakes else self.registration.person.list_name

    @property
    def is_unchanged(self) -> bool:
        """Recorded already as the file proposes it, so that there is nothing to overwrite."""
        return bool(self.record and self.proposal.mark and says(self.record, self.proposal.mark))

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
    """Somebody in the file whom no registration fits, or several."""

    attendee: Attendee
    proposal: Proposal
    choice: forms.BoundField
    is_namesake: bool


def apart(registration: Registration) -> str:
    """A person among others of the same name."""
    person = registration.person
    return " · ".join(filter(None, [person.list_name, registration.agency_of_day, person.shown_email]))


def says(record: AttendanceRecord, mark: Mark) -> bool:
    """Whether the record says already what the file does."""
    return record.status == mark.status and mark.minutes in {None, record.minutes}


def in_words(mark: Mark) -> str:
    if not mark.status:
        return _("nicht erfasst")
    if mark.status != Status.PARTIAL:
        return str(Status(mark.status).label)
    minutes = mark.minutes or 0
    return ngettext("teilweise, %(number)d Minute", "teilweise, %(number)d Minuten", minutes) % {"number": minutes}


class PreviewForm(forms.Form):
    """The decisions: who is whom, what may be overwritten, and whether the others were absent.

    What the file cannot say, or says doubtfully, must be ticked (``checked``). The shown records travel along,
    so that nothing is overwritten that somebody else has changed in the meantime.
    """

    export = forms.CharField(widget=forms.HiddenInput)
    checked = forms.BooleanField(
        error_messages={"required": gettext_lazy("Bitte prüfen Sie das und kreuzen Sie es an.")}
    )
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
        self.session, self.people, self.names_only = session, export.people, export.names_only
        self.shift_back = -export.shift
        self.registrations = {registration.pk: registration for registration in registrations}
        self.matching = attendance.match_attendees(export.people, registrations, session.run.trainers.all())
        others = [someone for place, someone in enumerate(export.people) if place not in self.matching.leading]
        self.suggested_shift = attendance.suspected_shift(others, session.starts_at, session.ends_at)
        if export.people and export.without_times:
            self.fields["checked"].label = _("Die Datei gehört zu dieser Sitzung, und diese Personen waren da")
        elif export.zone or self.suggested_shift:
            self.fields["checked"].label = _("Die Zeiten stimmen so, wie sie hier stehen")
        else:
            del self.fields["checked"]
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
        for place in self.matching.unmatched:
            keys = self.matching.namesakes.get(place, ())
            self.fields[f"person_{place}"] = forms.ChoiceField(
                label=export.people[place].name or export.people[place].email,
                choices=self._choices(keys),
                required=bool(keys),
                error_messages={"required": _("Bitte wählen Sie, wer das ist.")},
            )

    def _choices(self, keys: Collection[int]) -> list[Any]:
        """Above all who may be meant, told apart by agency and address; none of them is chosen beforehand."""
        found: list[tuple[int, str]] = []
        others: list[tuple[int, str]] = []
        for key, registration in self.registrations.items():
            if key not in keys:
                name = apart(registration) if key in self.namesakes else registration.person.list_name
                (found if key in self.matching.matched else others).append((key, name))
        asked = [(key, apart(self.registrations[key])) for key in keys]
        nobody = [("", _("Bitte wählen")), (_("In Frage kommen"), asked), (NOBODY, NOT_COUNTED)]
        return [
            *(nobody if asked else [("", NOT_COUNTED)]),
            *([(_("Noch nicht zugeordnet"), others)] if others else []),
            *([(_("Weiteres Gerät von"), found)] if found else []),
        ]

    def _proposal(self, places: Iterable[int]) -> Proposal:
        people = [self.people[place] for place in places]
        minutes = None if self.names_only else attendance.minutes_taught_online(self.session, people)
        mark = attendance.proposed_mark(self.session, people, names_only=self.names_only)
        stays = [stay for someone in people for stay in someone.stays]
        return Proposal(people, minutes, mark, attendance.presence(stays, self.session.ends_at))

    @property
    def offer(self) -> str:
        """The label of the button that moves all times."""
        later = ngettext("Zeiten %(number)d Stunde später lesen", "Zeiten %(number)d Stunden später lesen", self._hours)
        earlier = ngettext(
            "Zeiten %(number)d Stunde früher lesen", "Zeiten %(number)d Stunden früher lesen", self._hours
        )
        return (later if self.suggested_shift > 0 else earlier) % {"number": self._hours}

    @property
    def shifted(self) -> str:
        later = ngettext(
            "Alle Zeiten der Datei sind %(number)d Stunde später gelesen.",
            "Alle Zeiten der Datei sind %(number)d Stunden später gelesen.",
            self._hours,
        )
        earlier = ngettext(
            "Alle Zeiten der Datei sind %(number)d Stunde früher gelesen.",
            "Alle Zeiten der Datei sind %(number)d Stunden früher gelesen.",
            self._hours,
        )
        return (later if self.shift_back < 0 else earlier) % {"number": self._hours}

    @property
    def _hours(self) -> int:
        return abs(self.suggested_shift or self.shift_back)

    @cached_property
    def namesakes(self) -> set[int]:
        """The registrations whose names in a list are the same."""
        names = Counter(registration.person.list_name for registration in self.registrations.values())
        return {key for key, one in self.registrations.items() if names[one.person.list_name] > 1}

    @property
    def leading(self) -> list[Proposal]:
        """Who teaches: known, and not counted."""
        return [self._proposal([place]) for place in self.matching.leading]

    @property
    def rows(self) -> list[PreviewRow]:
        return [self._row(registration) for registration in self.registrations.values()]

    def _row(self, registration: Registration) -> PreviewRow:
        key = registration.pk
        record = self.records.get(key)
        overwrite, seen = (self[f"overwrite_{key}"], self[f"seen_{key}"]) if record else (None, None)
        proposal = self._proposal(self.matching.matched.get(key, ()))
        is_asked = any(key in keys for keys in self.matching.namesakes.values())
        return PreviewRow(registration, proposal, record, overwrite, seen, key in self.namesakes, is_asked)

    @property
    def unknown_rows(self) -> list[UnknownRow]:
        return [
            UnknownRow(
                self.people[place],
                self._proposal([place]),
                self[f"person_{place}"],
                is_namesake=place in self.matching.namesakes,
            )
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
            if key := int(self.cleaned_data[f"person_{place}"] or NOBODY):
                people.setdefault(key, []).append(place)
        marks = {}
        for key in self.registrations:
            record = self.records.get(key)
            if record and not self.cleaned_data[f"overwrite_{key}"]:
                continue
            proposal = self._proposal(people.get(key, ()))
            mark = proposal.mark
            if mark is None and not proposal.is_doubtful and self.cleaned_data["absent"]:
                mark = Mark(status=Status.ABSENT)
            if mark and not (record and says(record, mark)):
                marks[key] = replace(mark, note=record.note) if record else mark
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


class TakeBackForm(forms.Form):
    """Names the import that was shown; asks why where changing a record is a correction."""

    made_at = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Grund der Änderung"), max_length=500)

    def __init__(self, session: Session, found: Import, data: Any = None) -> None:
        super().__init__(data, initial={"made_at": found.made_at.isoformat()})
        self.found = found
        if not needs_a_reason(session):
            del self.fields["reason"]

    def clean_made_at(self) -> dt.datetime | None:
        """None is no import, and is refused as one that stands no more."""
        try:
            return dt.datetime.fromisoformat(self.cleaned_data["made_at"])
        except ValueError:
            return None

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Whom it is about, what stands now, and what would stand again."""
        return [
            (taken.registration.person.list_name, in_words(taken.now), in_words(taken.before))
            for taken in self.found.standing
        ]
