"""What does the catalogue say of a course and its runs? Plain values, so that equal cards are drawn once (``kept``)."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from django.utils.translation import gettext as _

from accounts.models import TargetGroup
from trainings.catalogue.listing import CatalogueRun
from trainings.catalogue.rules import RuleInWords
from trainings.models import Availability, Course, CourseRun, Registration, Session, in_active_language


class RunLine(NamedTuple):
    """A run in one line; ``own_status`` is the reader's own, "" without one."""

    pk: int
    anchor: str
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    counted_sessions: int
    place: str
    language: str
    availability: Availability
    own_status: str

    @classmethod
    def of(cls, run: CourseRun | CatalogueRun, own_status: str = "") -> "RunLine":
        """``run`` has occupancy, and ``counted_sessions`` or its sessions loaded."""
        counted: int | None = getattr(run, "counted_sessions", None)
        sessions = len(cast(CourseRun, run).sessions_taking_place) if counted is None else counted
        facts = (run.pk, run.anchor, run.starts_at, run.ends_at, sessions, run.place, run.language)
        return cls(*facts, run.availability(), own_status)

    @property
    def has_place(self) -> bool:
        """For whoever registers now and may."""
        return self.availability.code in {"free", "few"}

    @property
    def language_label(self) -> str:
        """Where it is not German."""
        return "" if self.language == CourseRun.Language.GERMAN else str(CourseRun.Language(self.language).label)

    @property
    def own_label(self) -> str:
        return str(Registration.Status(self.own_status).label)


class CourseLine(NamedTuple):
    slug: str
    level: str
    teaching_units: int
    title: str
    title_en: str
    summary: str
    summary_en: str
    groups: tuple[str, ...]

    @classmethod
    def of(cls, course: Course) -> "CourseLine":
        columns: list[Any] = [getattr(course, name) for name in cls._fields if name != "groups"]
        return cls._make([*columns, tuple(group.value for group in course.target_groups)])

    @property
    def course(self) -> Course:
        """With these values alone: for the words that the model makes of them."""
        return Course(**{name: value for name, value in self._asdict().items() if name != "groups"})

    @property
    def target_groups(self) -> list[TargetGroup]:
        return [TargetGroup(group) for group in self.groups]


class CourseCard(NamedTuple):
    """A course with its next runs."""

    line: CourseLine
    runs: tuple[RunLine, ...]
    has_more_runs: bool

    @classmethod
    def of(cls, course: Course, runs: Iterable[RunLine], most: int) -> "CourseCard":
        runs = tuple(runs)
        return cls(CourseLine.of(course), runs[:most], len(runs) > most)


class SessionLine(NamedTuple):
    pk: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str
    is_cancelled: bool

    @classmethod
    def of(cls, session: Session) -> "SessionLine":
        return cls(session.pk, session.starts_at, session.ends_at, session.room, session.is_cancelled)


class RunFacts(NamedTuple):
    """When, where and how long a run is held, for the pages about a place in it."""

    sessions: tuple[SessionLine, ...]
    address: str  # of the venue, "" without one
    place: str
    directions: tuple[str, str]  # German and English, as are the notes
    notes: tuple[str, str]
    online_link: str  # "" for whoever has no confirmed place
    teaching_units: int
    language: str

    @classmethod
    def of(cls, run: CourseRun, *, with_link: bool = False) -> "RunFacts":
        """``run`` has its sessions and venue loaded."""
        venue = run.venue
        return cls(
            sessions=tuple(SessionLine.of(session) for session in run.sessions.all()),
            address=venue.address if venue else "",
            place=run.place,
            directions=(venue.directions, venue.directions_en) if venue else ("", ""),
            notes=(run.notes, run.notes_en),
            online_link=run.online_link if with_link else "",
            teaching_units=run.teaching_units,
            language=run.language,
        )

    @property
    def language_label(self) -> str:
        return str(CourseRun.Language(self.language).label)

    @property
    def display_directions(self) -> str:
        return in_active_language(*self.directions)

    @property
    def display_notes(self) -> str:
        return in_active_language(*self.notes)


class RunCard(NamedTuple):
    """A run as the reader sees it: how full it is, their own registration, and why they cannot register."""

    line: RunLine
    facts: RunFacts
    format: str
    trainers: tuple[str, ...]
    is_online: bool
    registration_closes_on: dt.date | None
    cancellation_reason: str  # where it is called off
    rules: tuple[RuleInWords, ...]
    objection: str
    instead: RunLine | None = None  # another date with a place, where this one has none

    @classmethod
    def of(cls, run: CourseRun, own_status: str, rules: Iterable[RuleInWords], objection: str) -> "RunCard":
        """``run`` has occupancy; sessions, venue and trainers are loaded."""
        return cls(
            line=RunLine.of(run, own_status),
            facts=RunFacts.of(run),
            format=run.format,
            trainers=tuple(person.formal_name for person in run.trainers_shown),
            is_online=run.is_online,
            registration_closes_on=run.registration_closes_on,
            cancellation_reason=run.cancellation_reason if run.is_cancelled else "",
            rules=tuple(rules),
            objection=objection,
        )

    @property
    def takes_place(self) -> bool:
        """So it may be put into a calendar."""
        return not self.cancellation_reason

    @property
    def can_register(self) -> bool:
        return not self.line.own_status and not self.objection and self.takes_place

    @property
    def has_place(self) -> bool:
        """For whoever registers now."""
        return self.can_register and self.line.has_place

    @property
    def is_waiting(self) -> bool:
        return self.line.own_status == Registration.Status.WAITLISTED

    @property
    def room(self) -> str:
        """Of the only session; of several each says its own."""
        return self.facts.sessions[0].room if len(self.facts.sessions) == 1 else ""

    @property
    def format_label(self) -> str:
        return str(CourseRun.Format(self.format).label)


class Door(NamedTuple):
    """The way in for one of the three groups; ``is_own`` for somebody signed in who belongs to it."""

    group: str
    is_own: bool

    @property
    def label(self) -> str:
        return str(TargetGroup(self.group).label)

    @property
    def sentence(self) -> str:
        return {
            TargetGroup.STAFF: _("Sicher im Kontakt mit Menschen aus aller Welt: am Schalter, am Telefon, im Team."),
            TargetGroup.LEADERSHIP: _(
                "Interkulturelle Öffnung als Führungsaufgabe: von der Haltung bis zum Maßnahmenplan."
            ),
            TargetGroup.VOLUNTEERS: _("Begleiten, ohne zu bevormunden: Wissen und Austausch für das Ehrenamt."),
        }[TargetGroup(self.group)]


class FilterShown(NamedTuple):
    """What was typed into the filter, and the towns and months to choose from."""

    typed: tuple[tuple[str, str], ...]
    offered: tuple[tuple[str, str], ...]
