"""What do coordinators type when they plan a run: its sessions, its place, its people and its rules?"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import TextField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.addresses import AddressField
from accounts.choices import ByName, told_apart
from accounts.models import User
from trainings import history, planning
from trainings.forms.editing import EditForm
from trainings.forms.planning import day_field, time_field
from trainings.models import CourseRun, Session, teaching
from trainings.planning import Edit, Meeting

# What a new run needs, and then what mostly stays as it is, folded.
MAIN = ("format", "venue", "online_link", "trainers")
FOLDED = {
    _("Fristen und Mindestzahl"): (
        "registration_opens_on", "registration_closes_on", "cancellation_closes_on", "minimum_number", "decide_on",
    ),
    _("Wer sich anmelden kann"): (
        "visibility", "agencies", "only_for_group", "group_rule", "prerequisite_rule", "language",
    ),
    _("Regeln der Anmeldung"): (
        "approval", "approval_days", "fairness", "direct_promotion_days", "first_come_days", "offer_hours",
        "required_attendance_percent",
    ),
    _("Hinweise und Nachrichten"): (
        "notes", "notes_en", "reminders", "preparation", "preparation_en", "follow_up", "follow_up_en",
    ),
    _("Zuständigkeit, Förderung und Nummer"): ("coordinator", "funding", "number"),
}  # fmt: skip
OF_RUN = (*MAIN, "capacity", *(name for names in FOLDED.values() for name in names))
MOST_SESSIONS = 60


class TrainersField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Two people of one name are told apart by their addresses."""

    iterator = ByName

    def label_from_instance(self, person: User) -> str:
        return told_apart(person)


def _widget(field: Any, **options: Any) -> Any:
    """The form field of a model field, with the browser's calendar for days."""
    formfield = field.formfield(**options)
    if isinstance(formfield, forms.DateField):
        return day_field(formfield.label, required=False, help_text=formfield.help_text)
    if isinstance(field, TextField):
        formfield.widget.attrs["rows"] = 3
    return formfield


class RunForm(EditForm):
    """The fields of a run. Rules are those of ``planning``; this knows shapes alone."""

    not_stored = frozenset({"new_trainer", "move_days", "reason"})

    new_trainer = AddressField(
        label=_("Weitere Kursleitung"),
        required=False,
        help_text=_("Die E-Mail-Adresse von jemandem, der noch nie geleitet hat und ein Konto hat."),
    )

    def __init__(self, *args: Any, run: CourseRun, start: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        kwargs["current"] = _values_of(run) | dict(start or {})
        super().__init__(*args, **kwargs)
        made = {}
        for name in OF_RUN:
            field = CourseRun._meta.get_field(name)
            options: dict[str, Any] = {"assume_scheme": "https"} if name == "online_link" else {}
            made[name] = _widget(field, **options)
        present = User.objects.filter(pk__in=[person.pk for person in kwargs["current"]["trainers"]])
        made["trainers"] = TrainersField(
            teaching().filter(is_active=True) | present,
            label=_("Kursleitung"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        keys = {*User.objects.coordinators().order_by().values_list("pk", flat=True), run.coordinator_id or 0}
        made["coordinator"].queryset = User.objects.filter(pk__in=keys)
        made["coordinator"].iterator = ByName
        made["coordinator"].label_from_instance = told_apart
        made["agencies"].iterator = ByName
        made["agencies"].widget = forms.CheckboxSelectMultiple()
        made["agencies"].widget.choices = made["agencies"].choices
        extra = {"new_trainer": self.fields["new_trainer"]}
        if run.pk is not None:
            extra["move_days"] = forms.BooleanField(
                label=_("Fristen mitverschieben"),
                required=False,
                initial=True,
                help_text=_("Verlegen Sie die erste Sitzung, behalten die Fristen ihren Abstand zum Beginn."),
            )
        extra["reason"] = forms.CharField(
            label=_("Grund"),
            required=False,
            max_length=500,
            help_text=_("Steht im Verlauf. Nötig, wenn es um Vergangenes geht."),
        )
        self.fields = {**made, **extra}
        self.carry_beginning()

    def clean_new_trainer(self) -> User | None:
        if not (email := self.cleaned_data["new_trainer"]):
            return None
        person = User.objects.of_address(email)
        if person is None or not person.is_active:
            raise forms.ValidationError(_("Mit dieser Adresse gibt es kein aktives Konto."))
        return person

    @property
    def main(self) -> list[forms.BoundField]:
        return [self[name] for name in (*MAIN, "new_trainer", "capacity")]

    @property
    def folded(self) -> list[tuple[Any, list[forms.BoundField], bool]]:
        """Each group with its heading and whether it is open, because something in it was refused."""
        return [
            (heading, [self[name] for name in names], any(name in self.errors for name in names))
            for heading, names in FOLDED.items()
        ]

    @property
    def about_saving(self) -> list[forms.BoundField]:
        return [self[name] for name in ("move_days", "reason") if name in self.fields]


def _values_of(run: CourseRun) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in OF_RUN if name not in {"trainers", "agencies"}}
    is_stored = run.pk is not None
    return values | {
        "trainers": list(run.trainers.all()) if is_stored else [],
        "agencies": list(run.agencies.all()) if is_stored else [],
    }


class SessionForm(EditForm):
    """One session. An empty one is none; a missing end or number of minutes follows from the other."""

    not_stored = frozenset({"off"})
    mark_optional = False

    day = day_field(_("Tag"), required=False)
    start = time_field(_("Beginn"), required=False)
    end = time_field(_("Ende"), required=False)
    teaching_minutes = forms.IntegerField(
        label=_("Unterrichtsminuten"),
        required=False,
        min_value=1,
        max_value=1440,
    )
    room = forms.CharField(label=_("Raum"), max_length=120, required=False)
    off = forms.BooleanField(label=_("Diese Sitzung entfällt"), required=False)

    def __init__(self, *args: Any, session: Session | None = None, **kwargs: Any) -> None:
        kwargs["current"] = parts_of(planning.meeting_of(session)) if session else {}
        super().__init__(*args, **kwargs)
        self.session = session
        if session is None:
            del self.fields["off"]
        else:
            self.carry_beginning()
        self.order_fields(["day", "start", "end", "teaching_minutes", "room", "off"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.is_empty or self.errors or cleaned.get("off"):
            return cleaned
        for name in ("day", "start"):
            if not cleaned.get(name):
                self.add_error(name, _("Bitte ausfüllen."))
        if not cleaned.get("end") and not cleaned.get("teaching_minutes"):
            self.add_error("end", _("Bitte geben Sie das Ende oder die Unterrichtsminuten an."))
        for name in ("start", "end"):
            if cleaned.get("day") and cleaned.get(name):
                try:
                    planning.moment_of(cleaned["day"], cleaned[name])
                except ValueError as problem:
                    self.add_error(name, str(problem))
        if self.errors:
            return cleaned
        meeting = self.meeting
        length = (meeting.ends_at - meeting.starts_at).total_seconds() / 60
        if length <= 0:
            self.add_error("end", _("Das Ende liegt nicht nach dem Beginn."))
        elif meeting.teaching_minutes > length:
            text = _("Das sind mehr Minuten als zwischen Beginn und Ende liegen.")
            self.add_error("teaching_minutes", text)
        return cleaned

    @property
    def is_empty(self) -> bool:
        return self.session is None and not any(
            self.cleaned_data.get(name) for name in ("day", "start", "end", "teaching_minutes")
        )

    @property
    def meeting(self) -> Meeting:
        said = self.cleaned_data
        starts_at = planning.moment_of(said["day"], said["start"])
        minutes = said["teaching_minutes"]
        ends_at = (
            planning.moment_of(said["day"], said["end"]) if said["end"] else starts_at + dt.timedelta(minutes=minutes)
        )
        length = int((ends_at - starts_at).total_seconds() // 60)
        return Meeting(starts_at, ends_at, minutes or max(length, 1), said["room"])


def parts_of(meeting: Meeting) -> dict[str, Any]:
    start, end = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    return {
        "day": start.date(),
        "start": start.time(),
        "end": end.time(),
        "teaching_minutes": meeting.teaching_minutes,
        "room": meeting.room,
    }


class RepeatForm(forms.Form):
    """The first session again, so many times, so many days apart."""

    times = forms.IntegerField(label=_("Wiederholungen"), required=False, min_value=1, max_value=50)
    every = forms.IntegerField(label=_("Alle … Tage"), required=False, min_value=1, max_value=366, initial=7)


class RunForms:
    """All forms of the page of a run, and the edit they make together."""

    def __init__(self, data: Any, run: CourseRun, start: Edit | None = None, *, with_days: bool = True) -> None:
        """``start``: what the page of a new run proposes, its sessions with or without their days."""
        self.run = run
        self.facts: history.Facts = {}
        if run.pk:  # read before the values that the fields show: who is quicker than this person is noticed
            self.facts = history.facts_of(run)
            run.refresh_from_db()
        start = start or Edit()
        self.fields = RunForm(data, run=run, start=start.values)
        sessions = list(run.sessions.filter(cancelled_at=None)) if run.pk else []
        self.sessions = [SessionForm(data, session=session, prefix=f"s{session.pk}") for session in sessions]
        proposed = [parts_of(meeting) for meeting in start.added] or ([] if sessions else [{}])
        if not with_days:
            proposed = [{name: value for name, value in parts.items() if name != "day"} for parts in proposed]
        number = self._number_of_new(data, len(proposed))
        proposed += [{}] * (number - len(proposed))
        self.new = [
            SessionForm(data, initial=parts, prefix=f"n{place}") for place, parts in enumerate(proposed[:number])
        ]
        self.repeat = RepeatForm(data, prefix="repeat")

    @staticmethod
    def _number_of_new(data: Any, at_first: int) -> int:
        """How many empty sessions the page shows; „Weitere Sitzung“ asks for one more."""
        try:
            number = int(data.get("new", at_first)) if data else at_first
        except ValueError:
            number = at_first
        return min(max(number, 0) + bool(data and "more" in data), MOST_SESSIONS)

    @property
    def all(self) -> list[forms.Form]:
        return [self.fields, *self.sessions, *self.new, self.repeat]

    def is_valid(self) -> bool:
        """All are asked, so that each says what is wrong with it."""
        return not [form for form in self.all if not form.is_valid()]

    def find_collisions(self, who: str) -> bool:
        return bool([form for form in (self.fields, *self.sessions) if form.find_collisions(who)])

    @property
    def values(self) -> dict[str, Any]:
        """What has changed of a run that exists; all of a new one."""
        cleaned = self.fields.cleaned_data
        values = self.fields.changed if self.run.pk else {name: cleaned[name] for name in OF_RUN}
        if extra := cleaned["new_trainer"]:
            values["trainers"] = [*cleaned["trainers"], extra]
        if self.run.pk is None and "number" not in self.fields.changed_data:
            values.pop("number", None)
        return values

    @property
    def edit(self) -> Edit:
        moved: Mapping[int, Meeting | None] = {
            form.session.pk: None if form.cleaned_data["off"] else self._merged(form)
            for form in self.sessions
            if form.session and (form.changed or form.cleaned_data["off"])
        }
        added = [form.meeting for form in self.new if not form.is_empty]
        days_stay = not self.fields.cleaned_data.get("move_days", True)
        values = self.values
        touched = {(None, name) for name in values} | {key for key in self.facts if key[0] in moved}
        expects = {key: self.facts[key] for key in touched & self.facts.keys()}
        return Edit(values, moved, [*added, *self._repeated(added)], days_stay, expects)

    @staticmethod
    def _merged(form: SessionForm) -> Meeting:
        """What this person has changed, on top of what is stored by now."""
        form.cleaned_data = {**form.cleaned_data, **{k: v for k, v in form.current.items() if k not in form.changed}}
        return form.meeting

    def _repeated(self, added: list[Meeting]) -> list[Meeting]:
        """In local time, so that the clock's time stays across clock changes."""
        times, every = self.repeat.cleaned_data.get("times") or 0, self.repeat.cleaned_data.get("every") or 7
        if not added or not times:
            return []
        first = added[0]
        start, end = timezone.localtime(first.starts_at), timezone.localtime(first.ends_at)
        shifts = [dt.timedelta(days=every * number) for number in range(1, times + 1)]
        return [Meeting(start + by, end + by, first.teaching_minutes, first.room) for by in shifts]
