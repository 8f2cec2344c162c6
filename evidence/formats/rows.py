"""What does each line of a funder's table tell of? Taken from the facts of the period; nothing is counted here."""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.names import sort_key
from evidence.facts import PartEvidence, ParticipantEvidence, PeriodEvidence, RunEvidence
from evidence.models import ExportFormat
from trainings.dates import ZONE
from trainings.reporting import CAME, Outcome

Row = ExportFormat.Row


@dataclass(frozen=True)
class FormatRow:
    """``runs`` and ``places`` are those it tells of; all places are of one person, known in the file by ``person``.

    ``minutes``: how long that person was there, in what the row tells of.
    """

    evidence: PeriodEvidence
    runs: list[RunEvidence] = field(default_factory=list)
    places: list[ParticipantEvidence] = field(default_factory=list)
    person: int | None = None
    day: dt.date | None = None
    minutes: int = 0
    part: PartEvidence | None = None


def rows_of(row: Row, evidence: PeriodEvidence, *, with_names: bool) -> list[FormatRow]:
    """In the order of the file: runs by day; people by name, or by their number where no name is shown."""
    return _OF[row](evidence, _Persons(evidence, with_names=with_names))


class _Persons:
    """A number for each person, drawn anew for each file: nobody can be followed from one to the next."""

    def __init__(self, evidence: PeriodEvidence, *, with_names: bool) -> None:
        keys = sorted({place.person for run in evidence.runs for place in run.participants})
        random.SystemRandom().shuffle(keys)
        self.numbers = {key: number for number, key in enumerate(keys, 1)}
        self.with_names = with_names

    def order(self, place: ParticipantEvidence) -> tuple[object, ...]:
        number = self.numbers[place.person]
        return (sort_key(place.last_name, place.first_name), number) if self.with_names else (number,)


def _runs(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    return [FormatRow(evidence, [run]) for run in evidence.runs]


def _places(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    """Of the runs whose people are counted in this period: as many as „Angemeldet“ says."""
    return [
        FormatRow(evidence, [run], [place], persons.numbers[place.person], minutes=place.minutes)
        for run in evidence.runs
        if run.is_counted
        for place in sorted(run.participants, key=persons.order)
    ]


def _participations(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    return [row for row in _places(evidence, persons) if Outcome(row.places[0].outcome) in CAME]


def _people(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    """Who took part at least once, each once."""
    found = defaultdict[int, list[FormatRow]](list)
    for row in _participations(evidence, persons):
        found[row.places[0].person].append(row)
    return [
        FormatRow(
            evidence,
            [one.runs[0] for one in rows],
            [one.places[0] for one in rows],
            persons.numbers[key],
            minutes=sum(one.minutes for one in rows),
        )
        for key, rows in sorted(found.items(), key=lambda item: persons.numbers[item[0]])
    ]


def _person_days(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    """Of the sessions of the period, also of runs that end later: their minutes are those of „Minuten anwesend“."""
    found = defaultdict[tuple[dt.date, int], list[tuple[RunEvidence, ParticipantEvidence, int]]](list)
    for run in evidence.runs:
        for day, keys in _days_held(run, evidence).items():
            for place in run.participants:
                if minutes := sum(place.minutes_by_session.get(key) or 0 for key in keys):
                    found[day, place.person].append((run, place, minutes))
    in_order = sorted(found.items(), key=lambda item: (item[0][0], persons.order(item[1][0][1])))
    return [
        FormatRow(
            evidence,
            [run for run, _place, _minutes in shares],
            [place for _run, place, _minutes in shares],
            persons.numbers[key],
            day,
            sum(minutes for _run, _place, minutes in shares),
        )
        for (day, key), shares in in_order
    ]


def sessions_held(run: RunEvidence, evidence: PeriodEvidence) -> Iterator[tuple[dt.date, int]]:
    """Day and key of those of the period that are over."""
    for one in run.lists:
        session = one.session
        ends = dt.datetime.combine(session.day, dt.time.fromisoformat(session.ends), ZONE)
        if session.ends < session.starts:
            ends += dt.timedelta(days=1)
        if evidence.first_on <= session.day <= evidence.last_on and ends <= timezone.localtime(evidence.at):
            yield session.day, session.pk


def _days_held(run: RunEvidence, evidence: PeriodEvidence) -> dict[dt.date, list[int]]:
    days = defaultdict[dt.date, list[int]](list)
    for day, key in sessions_held(run, evidence):
        days[day].append(key)
    return days


def _agencies(evidence: PeriodEvidence, persons: _Persons) -> list[FormatRow]:
    return [FormatRow(evidence, part=part) for part in evidence.agencies]


_OF: dict[str, Callable[[PeriodEvidence, _Persons], list[FormatRow]]] = {
    Row.RUN: _runs,
    Row.PLACE: _places,
    Row.PARTICIPATION: _participations,
    Row.PERSON: _people,
    Row.PERSON_DAY: _person_days,
    Row.AGENCY: _agencies,
}
