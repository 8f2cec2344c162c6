"""What is reported to the funder: how much was held in a period, who came, from which agencies and groups?

``DEFINITIONS`` says of every number how it is counted, in the words that stand under the page and in every file.
Minutes are teaching minutes, a teaching unit (UE) is 45 of them. Nothing here names a person.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, TargetGroup
from accounts.names import by_name
from trainings.models import (
    MINUTES_PER_UNIT,
    CourseRun,
    Funding,
    Registration,
    Session,
    in_active_language,
    minutes_attended,
    minutes_held,
    minutes_required,
)
from trainings.reporting.narrowing import Narrowing
from trainings.reporting.periods import Period

Number = int | Decimal | None


@dataclass(frozen=True)
class Definition:
    """``name`` is the attribute of a Tally, ``label`` the heading, ``sentence`` how it is counted."""

    name: str
    label: str | Promise
    sentence: str | Promise


DEFINITIONS = {
    definition.name: definition
    for definition in [
        Definition(
            "runs",
            _("Termine"),
            _(
                "Termine, deren letzte Sitzung im Zeitraum stattgefunden hat. Ein Termin zählt so mit allen, die "
                "angemeldet waren, genau einmal, auch wenn seine Sitzungen in mehreren Zeiträumen liegen. Abgesagte "
                "Termine und Entwürfe zählen nicht."
            ),
        ),
        Definition(
            "units_held",
            _("UE gehalten"),
            _("Minuten gehalten geteilt durch 45, auf eine Stelle nach dem Komma gerundet."),
        ),
        Definition(
            "minutes_held",
            _("Minuten gehalten"),
            _(
                "Unterrichtsminuten ohne Pausen aller Sitzungen, die im Zeitraum stattgefunden haben, auch von "
                "Terminen, die erst später enden. Eine Sitzung zählt zu dem Tag, an dem sie nach deutscher Zeit "
                "beginnt. Entfallene Sitzungen zählen nicht."
            ),
        ),
        Definition(
            "registered",
            _("Angemeldet"),
            _(
                "Bestätigte Plätze in den gezählten Terminen, je Person und Termin einer. Wer abgemeldet oder "
                "abgelehnt wurde oder auf der Warteliste blieb, zählt nirgends mit, auch wenn Anwesenheit erfasst ist. "
                "Die Zahl ist die Summe aus teilgenommen, teilweise, entschuldigt, gefehlt und nicht erfasst."
            ),
        ),
        Definition(
            "attended",
            _("Teilgenommen"),
            _(
                "Angemeldete, deren Anwesenheit über alle Sitzungen des Termins dessen Mindestanwesenheit erreicht. "
                "Dieselbe Regel gilt für die Teilnahmebescheinigung."
            ),
        ),
        Definition("partial", _("Teilweise"), _("Angemeldete, die da waren, aber weniger als die Mindestanwesenheit.")),
        Definition(
            "excused",
            _("Entschuldigt"),
            _("Angemeldete, die in keiner Sitzung da waren und für jede entschuldigt sind."),
        ),
        Definition(
            "absent",
            _("Gefehlt"),
            _("Angemeldete, die in keiner Sitzung da waren und mindestens einmal unentschuldigt gefehlt haben."),
        ),
        Definition(
            "not_recorded",
            _("Nicht erfasst"),
            _(
                "Angemeldete, für die in mindestens einer Sitzung des Termins keine Anwesenheit erfasst ist. Ob sie da "
                "waren, ist offen."
            ),
        ),
        Definition(
            "walk_ins",
            _("Davon vor Ort"),
            _("Personen, die ohne Anmeldung kamen und vor Ort eingetragen wurden. „Angemeldet“ enthält sie."),
        ),
        Definition(
            "participations",
            _("Teilnahmen"),
            _("Teilgenommen und teilweise zusammen. Wer an zwei Terminen teilnimmt, zählt zweimal."),
        ),
        Definition(
            "persons",
            _("Personen"),
            _(
                "Verschiedene Personen mit mindestens einer Teilnahme. Wer an mehreren Terminen teilnimmt, zählt "
                "einmal. Wer für zwei Behörden teilnimmt, zählt in der Tabelle bei jeder, insgesamt aber einmal."
            ),
        ),
        Definition(
            "agencies",
            _("Erreichte Behörden"),
            _("Verschiedene Behörden und Einrichtungen mit mindestens einer Teilnahme, ohne die Zeile „ohne Behörde“."),
        ),
        Definition(
            "units_attended",
            _("UE anwesend"),
            _("Minuten anwesend geteilt durch 45, auf eine Stelle nach dem Komma gerundet."),
        ),
        Definition(
            "minutes_attended",
            _("Minuten anwesend"),
            _(
                "Summe der erfassten Unterrichtsminuten aller Personen mit bestätigtem Platz, in den Sitzungen, die im "
                "Zeitraum stattgefunden haben."
            ),
        ),
    ]
}

# What is not a number but decides where one is counted.
ATTRIBUTIONS = [
    Definition(
        "agency",
        _("Behörde / Einrichtung"),
        _("Die Behörde, für die jemand angemeldet wurde. Ein späterer Wechsel der Person ändert daran nichts."),
    ),
    Definition(
        "group",
        _("Gruppe"),
        _("Die Gruppe der Person, als sie angemeldet wurde."),
    ),
]

_OF_PEOPLE = ["registered", "attended", "partial", "excused", "absent", "not_recorded", "walk_ins"]
_MINUTES_ATTENDED = ["units_attended", "minutes_attended"]
OF_EVERYTHING = list(DEFINITIONS)
OF_A_RUN = ["units_held", "minutes_held", *_OF_PEOPLE, *_MINUTES_ATTENDED]
OF_PEOPLE = [*_OF_PEOPLE, "participations", "persons", *_MINUTES_ATTENDED]


class Outcome(Enum):
    """What a registration came to. Each has exactly one."""

    ATTENDED = "attended"
    PARTIAL = "partial"
    EXCUSED = "excused"
    ABSENT = "absent"
    NOT_RECORDED = "not_recorded"


EVERYTHING = Narrowing()
CAME = frozenset({Outcome.ATTENDED, Outcome.PARTIAL})


def teaching_units(minutes: int) -> Decimal:
    """With one decimal, rounded half up."""
    return (Decimal(minutes) / MINUTES_PER_UNIT).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass
class Tally:
    """The numbers of everything, of a run, of an agency or of a group; its attributes are the names of DEFINITIONS."""

    runs: int = 0
    minutes_held: int = 0
    minutes_attended: int = 0
    walk_ins: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    people: set[int] = field(default_factory=set)
    agencies_reached: set[int] = field(default_factory=set)

    def count(self, row: "_CountedRegistration", came_to: Outcome) -> None:
        self.outcomes[came_to] += 1
        self.walk_ins += row.source == Registration.Source.WALK_IN
        if came_to in CAME:
            self.people.add(row.person)
            if row.agency is not None:
                self.agencies_reached.add(row.agency)

    @property
    def registered(self) -> int:
        return self.outcomes.total()

    @property
    def attended(self) -> int:
        return self.outcomes[Outcome.ATTENDED]

    @property
    def partial(self) -> int:
        return self.outcomes[Outcome.PARTIAL]

    @property
    def excused(self) -> int:
        return self.outcomes[Outcome.EXCUSED]

    @property
    def absent(self) -> int:
        return self.outcomes[Outcome.ABSENT]

    @property
    def not_recorded(self) -> int:
        return self.outcomes[Outcome.NOT_RECORDED]

    @property
    def participations(self) -> int:
        return self.attended + self.partial

    @property
    def persons(self) -> int:
        return len(self.people)

    @property
    def agencies(self) -> int:
        return len(self.agencies_reached)

    @property
    def units_held(self) -> Decimal:
        return teaching_units(self.minutes_held)

    @property
    def units_attended(self) -> Decimal:
        return teaching_units(self.minutes_attended)

    def numbers(self, names: Iterable[str]) -> list[Number]:
        return [getattr(self, name) for name in names]


@dataclass
class RunFigures:
    """A run with sessions in the period, told by its number and title, with the days of all its sessions.

    ``is_counted``: its last session took place in the period. If not, only minutes are counted here.
    """

    pk: int
    number: str
    title: str
    minutes_required: int
    first_day: dt.date
    last_day: dt.date
    sessions: int
    is_counted: bool
    tally: Tally = field(default_factory=Tally)

    @property
    def numbers(self) -> list[Number]:
        """In the order of OF_A_RUN; None where people are counted in another period."""
        people_elsewhere = set() if self.is_counted else set(_OF_PEOPLE)
        return [None if name in people_elsewhere else getattr(self.tally, name) for name in OF_A_RUN]


@dataclass(frozen=True)
class PartFigures:
    """What comes from one agency, or one group. ``numbers`` are in the order of OF_PEOPLE."""

    name: str
    tally: Tally

    @property
    def numbers(self) -> list[Number]:
        return self.tally.numbers(OF_PEOPLE)


@dataclass(frozen=True)
class Figures:
    """Everything about a period, as things stood ``at``; with ``funding``, of the runs that this grant pays."""

    period: Period
    at: dt.datetime
    funding: Funding | None
    total: Tally
    runs: list[RunFigures]
    agencies: list[PartFigures]
    groups: list[PartFigures]

    @property
    def numbers(self) -> list[Number]:
        """In the order of OF_EVERYTHING."""
        return self.total.numbers(OF_EVERYTHING)

    @property
    def has_runs_counted_elsewhere(self) -> bool:
        return any(not run.is_counted for run in self.runs)


class _CountedRegistration(NamedTuple):
    """One confirmed registration over all sessions of its run; ``minutes_in_period`` are those of the period's."""

    registration: int
    run: int
    person: int
    agency: int | None
    group: str
    source: str
    recorded: int
    absences: int
    minutes: int
    minutes_in_period: int


def outcome(row: _CountedRegistration, run: RunFigures) -> Outcome:
    """Over all sessions of the run. As for the certificate, nothing is decided while a record is missing."""
    if row.recorded < run.sessions:
        return Outcome.NOT_RECORDED
    if row.minutes:
        return Outcome.ATTENDED if row.minutes >= run.minutes_required else Outcome.PARTIAL
    return Outcome.ABSENT if row.absences else Outcome.EXCUSED


def figures_of(
    period: Period,
    *,
    run: CourseRun | None = None,
    funding: Funding | None = None,
    only: Narrowing = EVERYTHING,
    at: dt.datetime | None = None,
) -> Figures:
    """What took place in the period until ``at``, of all runs, one, or a grant's; three queries, however much.

    With ``only`` of some runs and some people; how much was held is the same for whichever people.
    """
    at = at or timezone.now()
    held = _sessions_held(period, run, at).filter(**only.of_sessions)
    if funding:
        held = held.filter(run__funding=funding)
    total, agencies, groups = Tally(), defaultdict[int | None, Tally](Tally), defaultdict[str, Tally](Tally)
    runs = _runs(held, period, at)
    for row in _rows(held, period, at, only):
        of_run = runs[row.run]
        if not (of_run.is_counted or row.minutes_in_period):
            continue
        tallies = [total, of_run.tally, agencies[row.agency], groups[row.group]]
        for tally in tallies:
            tally.minutes_attended += row.minutes_in_period
        if of_run.is_counted:
            came_to = outcome(row, of_run)
            for tally in tallies:
                tally.count(row, came_to)
    total.runs = sum(one.is_counted for one in runs.values())
    total.minutes_held = sum(one.tally.minutes_held for one in runs.values())
    return Figures(period, at, funding, total, list(runs.values()), _by_agency(agencies), _by_group(groups))


def turnouts(runs: Iterable[CourseRun], at: dt.datetime) -> dict[int, Tally]:
    """By run, of those that are over, who was registered and who came; two queries, however many they are."""
    found, rows = _over(runs, at)
    for row in rows:
        found[row.run].tally.count(row, outcome(row, found[row.run]))
    return {key: of_run.tally for key, of_run in found.items() if of_run.is_counted}


def outcomes(runs: Iterable[CourseRun], at: dt.datetime) -> dict[int, Outcome]:
    """By registration, what it came to, in those of the runs that are over; two queries, however many they are."""
    found, rows = _over(runs, at)
    return {row.registration: outcome(row, found[row.run]) for row in rows if found[row.run].is_counted}


def _over(runs: Iterable[CourseRun], at: dt.datetime) -> tuple[dict[int, RunFigures], Iterable[_CountedRegistration]]:
    period = Period(dt.date(1970, 1, 1), timezone.localdate(at))
    held = Session.objects.taking_place().filter(run__in=[run.pk for run in runs], ends_at__lte=at)
    return _runs(held, period, at), _rows(held, period, at)


def _sessions_held(period: Period, run: CourseRun | None, at: dt.datetime) -> QuerySet[Session]:
    """The period's sessions that took place, of runs that people could register for."""
    sessions = Session.objects.taking_place().filter(
        starts_at__gte=period.begins_at,
        starts_at__lt=period.ends_before,
        ends_at__lte=at,
        run__published_at__isnull=False,
    )
    return sessions.filter(run=run) if run else sessions


def _runs(held: QuerySet[Session], period: Period, at: dt.datetime) -> dict[int, RunFigures]:
    """By key, in the order of their first days. One query for all their sessions, those of other periods as well."""
    sessions = defaultdict(list)
    for session in (
        Session.objects.filter(cancelled_at=None, run__in=held.values("run"))
        .select_related("run__course")
        .only(
            "starts_at", "ends_at", "teaching_minutes", "cancelled_at",
            "run__number", "run__required_attendance_percent", "run__course__title", "run__course__title_en",
        )
        .order_by("starts_at", "pk")
    ):  # fmt: skip
        sessions[session.run_id].append(session)
    return {key: _run(of_run, period, at) for key, of_run in sessions.items()}


def _run(sessions: list[Session], period: Period, at: dt.datetime) -> RunFigures:
    """``sessions``: all that were not cancelled, by their start."""
    run, last = sessions[0].run, sessions[-1]
    is_over = all(session.ends_at <= at for session in sessions)
    found = RunFigures(
        pk=run.pk,
        number=run.number,
        title=in_active_language(run.course.title, run.course.title_en),
        minutes_required=minutes_required(minutes_held(sessions), run.required_attendance_percent),
        first_day=timezone.localdate(sessions[0].starts_at),
        last_day=timezone.localdate(last.starts_at),
        sessions=len(sessions),
        is_counted=is_over and period.contains(last.starts_at),
    )
    found.tally.runs = int(found.is_counted)
    found.tally.minutes_held = minutes_held(
        session for session in sessions if period.contains(session.starts_at) and session.ends_at <= at
    )
    return found


def _rows(
    held: QuerySet[Session], period: Period, at: dt.datetime, only: Narrowing = EVERYTHING
) -> Iterable[_CountedRegistration]:
    record, session = "attendance_records__", "attendance_records__session__"
    taken_place = Q(**{f"{session}cancelled_at": None})
    in_period = Q(
        **{
            f"{session}starts_at__gte": period.begins_at,
            f"{session}starts_at__lt": period.ends_before,
            f"{session}ends_at__lte": at,
        }
    )

    rows = (
        Registration.objects.confirmed()
        .filter(run__in=held.values("run"), **only.of_registrations)
        .order_by()
        .values_list("pk", "run_id", "person_id", "agency_id", "group", "source")
        .annotate(
            recorded=Count("attendance_records", filter=taken_place),
            absences=Count("attendance_records", filter=taken_place & Q(**{f"{record}status": "absent"})),
            minutes=Coalesce(minutes_attended(records=record), 0),
            minutes_in_period=Coalesce(minutes_attended(records=record, within=in_period), 0),
        )
    )
    return (_CountedRegistration(*row) for row in rows)


def _by_agency(tallies: dict[int | None, Tally]) -> list[PartFigures]:
    """By name, last who belonged to none."""
    agencies = Agency.objects.filter(pk__in=[key for key in tallies if key is not None])
    found = [PartFigures(agency.name, tallies[agency.pk]) for agency in by_name(agencies)]
    return found + ([PartFigures(gettext("ohne Behörde"), tallies[None])] if None in tallies else [])


def _by_group(tallies: dict[str, Tally]) -> list[PartFigures]:
    """In the order of TargetGroup, last who has not said."""
    known = [PartFigures(str(group.label), tallies[group]) for group in TargetGroup if group in tallies]
    return known + ([PartFigures(gettext("ohne Angabe"), tallies[""])] if "" in tallies else [])
