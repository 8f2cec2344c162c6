"""What does the table of runs with their sessions look like?

Runs are written through ``scheduling`` and ``trainings.booking``, as the pages do it: sessions keep their
calendar identity when they move, more places move waiting people up.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import tablib
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Agency, User
from accounts.names import split_name
from accounts.tables import (
    Aside,
    AsideNumber,
    AsideYesNo,
    Cell,
    Choice,
    Column,
    Day,
    Lookup,
    Number,
    Percent,
    Several,
    Table,
    TableResource,
    TableResult,
    Text,
    UnreadableTable,
    folded,
    read_day,
)
from trainings.acts import Act, Channel
from trainings.models import MINUTES_PER_UNIT, Course, CourseRun, Funding, Venue, teaching
from trainings.planning import changing, publishing, scheduling, table_shapes
from trainings.planning.changing import Edit
from trainings.planning.checks import confirming
from trainings.planning.operated import as_invalid
from trainings.planning.scheduling import Meeting
from trainings.refusals import Reason, Refused


class SessionColumn(Column):
    """``10.03.2026 09:00–16:30``, and if wanted ``, 8 UE`` or ``, 360 Min.`` and ``, Raum 12``; times in Berlin.

    What may be units is not taken for a room; after units, or two commas, comes the room.
    """

    weekdays = ("mo", "di", "mi", "do", "fr", "sa", "so")
    layout = re.compile(
        r"(?:(?P<weekday>mo|di|mi|do|fr|sa|so)\w*\.?,?\s+)?"
        r"(?P<day>[\d.-]{8,10}),?\s+(?P<start>\d{1,2}[:.]\d\d)\s*(?:uhr\s*)?(?:-|–|bis)\s*(?P<end>\d{1,2}[:.]\d\d)(?:\s*uhr)?"
        rf"(?P<units>\s*,\s*(?:{table_shapes.UNITS}|(?=,)))?(?:\s*,\s*(?P<room>.+))?",
        re.IGNORECASE,
    )

    def read(self, text: str) -> Meeting:
        found = self.layout.fullmatch(re.sub("[‐‑‒—―−]", "–", " ".join(text.split())))
        if found is None:
            raise ValueError(_("„%(value)s“ ist keine Sitzung wie „10.03.2026 09:00–16:30“.") % {"value": text[:100]})
        day = read_day(found["day"])
        if found["weekday"] and self.weekdays.index(found["weekday"].lower()) != day.weekday():
            raise ValueError(_("„%(value)s“: Der Wochentag passt nicht zum Datum.") % {"value": text[:100]})
        starts_at, ends_at = (self._moment(day, found[name]) for name in ("start", "end"))
        if ends_at <= starts_at:
            raise ValueError(_("„%(value)s“: Das Ende liegt nicht nach dem Beginn.") % {"value": text[:100]})
        minutes = int(found["amount"] or 0) * (MINUTES_PER_UNIT if (found["unit"] or "").upper() == "UE" else 1)
        if minutes > (ends_at - starts_at).total_seconds() / 60:
            raise ValueError(
                _("„%(value)s“: So viel Unterricht passt nicht zwischen Beginn und Ende.") % {"value": text[:100]}
            )
        room = (found["room"] or "").strip()
        if found["units"] is None and table_shapes.may_be_units(room):
            why = _(
                "Ist „%(value)s“ Unterricht oder Raum? Schreiben Sie zum Beispiel „8 UE“, „360 Min.“ oder „Raum 12“."
            )
            raise ValueError(why % {"value": room[:100]})
        return Meeting(starts_at, ends_at, minutes, room)

    def _moment(self, day: dt.date, time: str) -> dt.datetime:
        hour, minute = map(int, re.split("[:.]", time))
        if hour > 23 or minute > 59:
            raise ValueError(_("„%(value)s“ ist keine Uhrzeit.") % {"value": time})
        return scheduling.moment_of(day, dt.time(hour, minute))

    def write(self, value: Meeting) -> str:
        start, end = timezone.localtime(value.starts_at), timezone.localtime(value.ends_at)
        units, rest = divmod(value.teaching_minutes, MINUTES_PER_UNIT)
        amount = f"{value.teaching_minutes} Min." if rest else f"{units} UE"
        parts = [
            f"{start:%d.%m.%Y %H:%M}–{end:%H:%M}",
            amount if value.teaching_minutes else "",
            _in_a_cell(value.room),
        ]
        return ", ".join(part for part in parts if part)


def _in_a_cell(room: str) -> str:
    """Semicolons separate sessions."""
    return " ".join(room.replace(";", ",").split())


class SessionsColumn(Several):
    """All sessions of a run. In a table they stand in „Sitzung 1“, „Sitzung 2“ …, or in one cell with „;“ between."""

    @property
    def hint(self) -> str:
        return _(
            "in den Spalten „Sitzung 1“, „Sitzung 2“ … je eine, zum Beispiel 10.03.2026 09:00–16:30, 8 UE, Raum 12"
        )

    def read(self, text: str) -> tuple[Meeting, ...]:
        meetings = sorted({self.item.read(part) for part in re.split(r"[;\n]", text) if part.strip()})
        for earlier, later in pairwise(meetings):
            if later.starts_at < earlier.ends_at:
                raise ValueError(
                    _("Zwei Sitzungen überschneiden sich: %(session)s.") % {"session": self.item.write(later)}
                )
        return tuple(meetings)

    def ordered(self, values: Iterable[Meeting]) -> tuple[Meeting, ...]:
        return tuple(sorted(values))

    def write(self, value: Iterable[Meeting] | None) -> Cell:
        return "; ".join(str(self.item.write(one)) for one in value or ())


class Trainer(Column):
    """A person by e-mail address or by name, asked for once per import."""

    def __init__(self, attribute: str, heading: str) -> None:
        super().__init__(attribute, heading)
        self._found: dict[str, list[User]] = {}

    @property
    def hint(self) -> str:
        return _("E-Mail-Adresse oder Name")

    def read(self, text: str) -> User:
        found = self.people(text)
        if len(found) > 1:
            shown = {"value": text[:100], "people": ", ".join(person.email for person in found[:5])}
            raise ValueError(_("„%(value)s“ heißen mehrere: %(people)s. Schreiben Sie bitte die Adresse.") % shown)
        if found:
            return found[0]
        if "@" in text:
            raise ValueError(_("Es gibt keine Person mit der E-Mail-Adresse „%(value)s“.") % {"value": text[:100]})
        raise ValueError(_("Es gibt keine Person namens „%(value)s“.") % {"value": text[:100]})

    def people(self, text: str) -> list[User]:
        """Whom the text may mean: a surname alone is that of somebody who has led a run."""
        key = folded(text)
        if key not in self._found:
            self._found[key] = self._of_address(key) if "@" in key else list(self._named(key).order_by("pk")[:10])
        return self._found[key]

    def _of_address(self, key: str) -> list[User]:
        person = User.objects.of_address(key)
        return [person] if person and person.is_active else []

    def _named(self, key: str) -> models.QuerySet[User]:
        active = User.objects.filter(is_active=True)
        _title, first, last = split_name(key)
        if first:
            return active.filter(first_name__iexact=first, last_name__iexact=last)
        return (active & teaching()).filter(last_name__iexact=last)

    def write(self, value: User) -> str:
        return value.email


class Trainers(Several):
    """With a comma between two people, or within the name of one: „Okafor, Ngozi“."""

    item: Trainer

    def read(self, text: str) -> tuple[Any, ...]:
        found: set[User] = set()
        for part in (part.strip() for part in re.split(r"[;|\n]", text) if part.strip()):
            is_one = "@" not in part and bool(self.item.people(part))
            found |= {self.item.read(one.strip()) for one in ([part] if is_one else part.split(",")) if one.strip()}
        return self.ordered(found)


class RunNumber(Column):
    fills_itself = True

    @property
    def hint(self) -> str:
        return _("leer: der Termin der Schulung, der dann beginnt, sonst die nächste Nummer des Jahres")


def _agency(attribute: str, heading: str) -> Lookup[Agency]:
    return Lookup(
        attribute, heading, rows=lambda: Agency.objects.all(), names=lambda agency: [agency.short_name, agency.name]
    )


class RunResource(TableResource):
    """One row per run. A session that is no longer in the table is called off, never deleted."""

    key = "number"
    file_name = "termine"

    number = RunNumber("number", "Nummer", "Nr.", "Termin", required=True)
    course = Lookup[Course](
        "course",
        "Schulung Nr.",
        "Schulung",
        "Kurs",
        "Titel",
        rows=lambda: Course.objects.all(),
        names=lambda course: [str(course.number), course.title, course.slug],
        required=True,
    )
    meetings = SessionsColumn("meetings", "Sitzungen", "sessions", item=SessionColumn("session", "Sitzung"))
    capacity = AsideNumber("capacity", "Plätze", required=True)
    minimum_number = Number("minimum_number", "Mindestzahl", default=0)
    format = Choice("format", "Format", choices=CourseRun.Format.choices, default=CourseRun.Format.ON_SITE)
    venue = Lookup[Venue](
        "venue",
        "Veranstaltungsort",
        "Ort",
        rows=lambda: Venue.objects.all(),
        names=lambda venue: [str(venue), venue.name],
    )
    online_link = Column("online_link", "Zugangslink")
    trainers = Trainers(
        "trainers",
        "Kursleitung",
        "Trainer",
        "Referent",
        "Referentin",
        "Dozent",
        "Leitung",
        item=Trainer("trainer", "Kursleitung"),
    )
    language = Choice("language", "Kurssprache", choices=CourseRun.Language.choices, default=CourseRun.Language.GERMAN)
    visibility = Choice(
        "visibility", "Sichtbarkeit", choices=CourseRun.Visibility.choices, default=CourseRun.Visibility.PUBLIC
    )
    agencies = Several("agencies", "Nur für Behörden", "Behörden", item=_agency("agency", "Behörde"))
    registration_opens_on = Day("registration_opens_on", "Anmeldung ab")
    registration_closes_on = Day("registration_closes_on", "Anmeldeschluss")
    cancellation_closes_on = Day("cancellation_closes_on", "Selbst abmelden bis")
    required_attendance_percent = Percent("required_attendance_percent", "Mindestanwesenheit (%)", default=80)
    notes = Text("notes", "Hinweise")
    notes_en = Text("notes_en", "Hinweise (englisch)")
    funding = Lookup[Funding](
        "funding", "Förderkennzeichen", rows=lambda: Funding.objects.all(), names=lambda funding: [funding.grant_number]
    )
    published = AsideYesNo("published", "Veröffentlicht", default=False)

    class Meta:
        model = CourseRun

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._user: User | None = None
        self._confirmed = False

    @classmethod
    def knows(cls, heading: str) -> bool:
        return super().knows(heading) or table_shapes.knows(heading)

    def get_queryset(self) -> models.QuerySet[CourseRun]:
        return CourseRun.objects.select_related("course", "venue", "funding").prefetch_related(
            "sessions", "trainers", "agencies"
        )

    def objects_named(self, keys: set[str]) -> Iterable[CourseRun]:
        numbers = CourseRun.objects.values_list(
            "pk", "number"
        )  # folded here: SQLite knows small letters of ASCII alone
        return self.get_queryset().filter(pk__in=[pk for pk, number in numbers if folded(number) in keys])

    def stored_values(self, instance: CourseRun) -> Mapping[str, Any]:
        return {
            "meetings": [
                Meeting(session.starts_at, session.ends_at, session.teaching_minutes, session.room)
                for session in instance.sessions_taking_place
            ],
            "capacity": instance.capacity,
            "trainers": instance.trainers.all(),
            "agencies": instance.agencies.all(),
            "published": instance.published_at is not None,
        }

    def import_data(self, dataset: Table, *args: Any, **kwargs: Any) -> TableResult:
        """``user`` is who plans. Warnings are collected as ``doubts`` of a dry run, or where they are ``confirmed``."""
        self._user = kwargs.get("user")
        self._confirmed = bool(kwargs.get("confirmed") or kwargs.get("dry_run"))
        try:
            table_shapes.fold_sessions(dataset)
        except UnreadableTable as problem:
            return self.refused(problem, dataset)
        self._number(dataset)
        return super().import_data(dataset, *args, **kwargs)

    def _number(self, dataset: Table) -> None:
        """A row without a number is the run of that course that begins then, or a new one with the next number."""
        headings = [*dataset.headers]
        known = [
            next((one for one in self.columns.values() if folded(name) in one.headings), None) for name in headings
        ]
        number, course, meetings = (self.columns[name] for name in ("number", "course", "meetings"))
        if course not in known or meetings not in known:
            return
        rows = [list(row) for row in dataset]
        if number not in known:
            headings, known = [number.column_name, *headings], [number, *known]
            rows = [["", *row] for row in rows]
        place = known.index(number)
        given: dict[int, int] = {}  # how many new ones of a year so far
        for row in rows:
            if not row[place]:
                row[place] = self._number_of(row[known.index(course)], row[known.index(meetings)], given)
        del dataset[:]
        dataset.headers = None
        for row in rows:
            dataset.append(row)
        dataset.headers = headings

    def _number_of(self, course: str, meetings: str, given: dict[int, int]) -> str:
        """A cell that cannot be read says so itself."""
        first, of = timezone.now(), None
        with suppress(ValueError):
            first = min((meeting.starts_at for meeting in self.columns["meetings"].read(meetings)), default=first)
            of = self.columns["course"].read(course)
        if of and (stored := CourseRun.objects.filter(course=of, starts_at=first).order_by("pk").first()):
            return stored.number
        year = timezone.localdate(first).year
        given[year] = given.get(year, -1) + 1
        stem, _dash, last = scheduling.next_run_number(year).rpartition("-")
        return f"{stem}-{int(last) + given[year]:03d}"

    def import_instance(self, instance: CourseRun, row: Mapping[str, str], **kwargs: Any) -> None:
        course_before = instance.course_id
        super().import_instance(instance, row, **kwargs)
        if course_before and instance.course_id != course_before:
            raise ValidationError(
                {"course": _("Ein Termin wechselt die Schulung nicht. Bitte legen Sie einen neuen an.")}
            )
        instance.capacity = self.columns["capacity"].get_value(instance)  # written only with a new run
        self._complete_meetings(instance)

    def _complete_meetings(self, run: CourseRun) -> None:
        """What a cell does not tell stays as it is; at first the course's units are shared equally by the sessions."""
        column = self.columns["meetings"]
        meetings: tuple[Meeting, ...] = column.get_value(run)
        if not meetings:
            return
        before = {meeting.starts_at: meeting for meeting in self.stored.get("meetings", ())}
        share = run.course.teaching_units * MINUTES_PER_UNIT // len(meetings)
        column.put(run, tuple(self._completed(meeting, before.get(meeting.starts_at), share) for meeting in meetings))

    @staticmethod
    def _completed(meeting: Meeting, before: Meeting | None, share: int) -> Meeting:
        at_most = int((meeting.ends_at - meeting.starts_at).total_seconds() // 60)
        minutes = meeting.teaching_minutes or min(before.teaching_minutes if before else share, at_most)
        is_said = before is not None and meeting.room in {"", _in_a_cell(before.room)}
        return replace(meeting, teaching_minutes=minutes, room=before.room if before and is_said else meeting.room)

    def problems_with(self, instance: CourseRun) -> dict[str, str]:
        value = {name: self.columns[name].get_value(instance) for name in ("published", "meetings", "agencies")}
        if instance.published_at and not value["published"]:
            return {"published": _("Veröffentlichtes wird nicht über eine Tabelle zurückgezogen.")}
        if value["published"] and not value["meetings"]:
            return {"meetings": _("Ein Termin ohne Sitzung kann nicht veröffentlicht werden.")}
        if (instance.visibility == CourseRun.Visibility.AGENCIES) != bool(value["agencies"]):
            return {
                "agencies": _("Behörden werden genau dann genannt, wenn der Termin nur für bestimmte Behörden ist.")
            }
        return {}

    def save_changes(self, instance: CourseRun, changed: dict[str, Any], is_new: bool) -> None:
        if self._user is None:
            raise TypeError("The import of runs needs a user.")
        act = Act(self._user, Channel.IMPORT)
        try:
            run, doubts = confirming(lambda act: self._carry_out(instance, changed, act), act)
        except Refused as refused:
            raise as_invalid(refused) from None
        if doubts and not self._confirmed:
            raise as_invalid(Refused(*doubts))
        self.doubts += [(instance.number, reason.text) for reason in doubts]
        instance.pk = run.pk

    def _carry_out(self, instance: CourseRun, changed: dict[str, Any], act: Act) -> CourseRun:
        stored = None if instance.pk is None else CourseRun.objects.get(pk=instance.pk)
        edit = self._edit(instance, stored, changed)
        if stored is None:
            run = publishing.new_run(instance.course, edit, act)
        elif edit == Edit():
            run = stored
        elif stored.is_finished() and not stored.is_closed:
            text = _("Dieser Termin ist vorbei. Berichtigen Sie ihn auf seiner Seite und nennen Sie den Grund.")
            raise Refused(Reason("past", text))
        else:
            run = changing.change_run(stored, edit, act)
        if changed.get("published"):
            run = publishing.publish(run, replace(act, reason=act.reason or _("aus einer Tabelle")))
        return run

    def _edit(self, instance: CourseRun, stored: CourseRun | None, changed: dict[str, Any]) -> Edit:
        """What the row says otherwise than the stored run."""
        own = [name for name, column in self.columns.items() if not isinstance(column, Aside) and name != "course"]
        said = {name: getattr(instance, name) for name in own}
        values = {name: value for name, value in said.items() if stored is None or getattr(stored, name) != value}
        values |= {name: changed[name] for name in ("capacity", "trainers", "agencies") if name in changed}
        if "meetings" not in changed:
            return Edit(values)
        if stored is None:
            return Edit(values, added=changed["meetings"])
        left = {session.starts_at: session for session in stored.sessions.filter(cancelled_at=None)}
        kept = {meeting: left.pop(meeting.starts_at, None) for meeting in changed["meetings"]}
        movable = iter(left.values())
        sessions: dict[int, Meeting | None] = {}
        added = []
        for meeting, session in kept.items():
            if session := session or next(movable, None):
                sessions[session.pk] = meeting
            else:
                added.append(meeting)
        return Edit(values, sessions | {session.pk: None for session in movable}, added)

    def after_export(self, queryset: Any, dataset: tablib.Dataset, **kwargs: Any) -> None:
        table_shapes.unfold_sessions(dataset)
