"""What is different from what was handed in, and who changed it when and why?"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from evidence.dossiers import tables
from evidence.facts import (
    CalledOffEvidence,
    CertificateEvidence,
    Numbers,
    PartEvidence,
    ParticipantEvidence,
    PeriodEvidence,
    RunEvidence,
    ScanEvidence,
    changes_since,
)
from trainings.reporting import DEFINITIONS

T = TypeVar("T")
NOTHING = "–"


@dataclass(frozen=True)
class DifferenceSince:
    """``run`` is its number, empty for the period; ``about`` the agency, group, person or paper it is about."""

    run: str
    about: str
    what: str
    old: str
    new: str

    @staticmethod
    def headings() -> list[str]:
        return [pgettext("number", "Termin"), _("Betrifft"), _("Was"), _("Vorher"), _("Nachher")]


@dataclass(frozen=True)
class ChangeSince:
    """An entry of a history."""

    at: dt.datetime
    run: str
    by: str
    about: str
    label: str
    old: str
    new: str
    reason: str


def differences(frozen: PeriodEvidence, now: PeriodEvidence) -> Iterator[DifferenceSince]:
    """In the active language; facts must both be in one. Names of people are those of ``now``."""
    yield from _numbers("", "", frozen.numbers, now.numbers)
    yield from _parts(frozen.agencies, now.agencies)
    yield from _parts(frozen.groups, now.groups)
    for before, after in _pairs(frozen.runs, now.runs, lambda run: run.pk):
        yield from _of_runs(before, after)
    for old, new in _pairs(frozen.called_off, now.called_off, lambda run: run.pk):
        yield from _of_called_off(old, new)


def history_between(frozen: PeriodEvidence, now: PeriodEvidence) -> list[ChangeSince]:
    """Who changed what of these runs between the two, in the order of time; no names where reports have none."""
    numbers: dict[int, str] = {}
    for told in (frozen, now):
        numbers |= {run.pk: run.number for run in told.runs} | {run.pk: run.number for run in told.called_off}
    return sorted(
        (
            ChangeSince(one.at, numbers[key], one.by, one.about, one.label, one.old, one.new, one.reason)
            for key, changes in changes_since(numbers, frozen.at, named=now.grant.names_in_reports).items()
            for one in changes
            if one.at <= now.at
        ),
        key=lambda change: (change.at, change.run),
    )  # fmt: skip


def _of_runs(before: RunEvidence | None, after: RunEvidence | None) -> Iterator[DifferenceSince]:
    run = (after or before).number  # type: ignore[union-attr]
    if before is None or after is None:
        what = _("Termin im Zeitraum")
        yield DifferenceSince(run, _course(after or before), what, _yes(before is not None), _yes(after is not None))
        return
    for name, label in _labels_of_run().items():
        yield from _if_changed(run, "", label, getattr(before, name), getattr(after, name))
    yield from _numbers(run, "", before.numbers, after.numbers)  # those by agency follow from who took part, below
    yield from _of_sessions(run, before, after)
    for old, new in _pairs(before.participants, after.participants, lambda one: one.registration):
        yield from _of_participants(run, old, new, after)
    for was, certificate in _pairs(before.certificates, after.certificates, lambda one: one.pk):
        yield from _of_certificates(run, was, certificate)


def _labels_of_run() -> dict[str, str]:
    return {
        "number": _("Nummer"),
        "course": _("Schulung"),
        "level": _("Stufe"),
        "format": _("Format"),
        "place": _("Ort"),
        "language": _("Sprache"),
        "trainers": _("Kursleitung"),
        "first_day": _("Erster Tag"),
        "last_day": _("Letzter Tag"),
        "grant_number": _("Förderkennzeichen"),
        "closed_on": _("Abgeschlossen am"),
        "is_counted": _("Personen in diesem Zeitraum gezählt"),
    }


def _of_sessions(run: str, before: RunEvidence, after: RunEvidence) -> Iterator[DifferenceSince]:
    for old, new in _pairs(before.lists, after.lists, lambda one: one.session.pk):
        held, holds = (one.session if one else None for one in (old, new))
        told = [
            f"{one.day:%d.%m.%Y}, {one.starts}–{one.ends}, {one.minutes} min{f', {one.room}' if one.room else ''}"
            if one
            else ""
            for one in (held, holds)
        ]
        yield from _if_changed(run, "", _("Sitzung"), *told)
    scans = [{scan.pk: scan for of_list in one.lists for scan in of_list.scans} for one in (before, after)]
    for was, scan in _pairs(scans[0].values(), scans[1].values(), lambda scan: scan.pk):
        yield from _if_changed(run, "", _("Unterschriebene Liste"), _scan(was), _scan(scan))


def _scan(scan: ScanEvidence | None) -> str:
    if scan is None:
        return ""
    text = _("Seite %(page)d, abgelegt am %(day)s, SHA-256 %(start)s…, Original: %(place)s")
    said = {"page": scan.page, "day": f"{scan.filed_on:%d.%m.%Y}", "start": scan.sha256[:12], "place": scan.original_at}
    return text % said


def _of_participants(
    run: str, old: ParticipantEvidence | None, new: ParticipantEvidence | None, after: RunEvidence
) -> Iterator[DifferenceSince]:
    who = _who(new or old)  # type: ignore[arg-type]
    if old is None or new is None:
        who = _who(new) if new else _without_name(old)  # type: ignore[arg-type]
        yield DifferenceSince(run, who, _("Bestätigter Platz"), _yes(old is not None), _yes(new is not None))
        return
    if new.last_name + new.first_name and old.last_name + old.first_name:
        yield from _if_changed(run, who, _("Name"), _name(old), _name(new))
    for label, name in [(_("Behörde / Einrichtung"), "agency"), (_("Gruppe"), "group"), (_("Weg"), "source")]:
        yield from _if_changed(run, who, label, getattr(old, name), getattr(new, name))
    days = {one.session.pk: f"{one.session.day:%d.%m.%Y}, {one.session.starts}" for one in after.lists}
    for session in dict.fromkeys([*old.minutes_by_session, *new.minutes_by_session]):
        label = _("Minuten am %(day)s") % {"day": days.get(session, NOTHING)}
        yield from _if_changed(
            run, who, label, old.minutes_by_session.get(session), new.minutes_by_session.get(session)
        )
    was, came_to = (tables.outcome_in_words(one.outcome) for one in (old, new))
    yield from _if_changed(run, who, _("Ergebnis"), was, came_to)


def _who(one: ParticipantEvidence) -> str:
    return _name(one) or _without_name(one)


def _name(one: ParticipantEvidence) -> str:
    return ", ".join(name for name in (one.last_name, one.first_name) if name)


def _without_name(one: ParticipantEvidence) -> str:
    return _("Teilnahme (%(of)s)") % {"of": ", ".join(part for part in (one.agency, one.group) if part)}


def _of_certificates(
    run: str, old: CertificateEvidence | None, new: CertificateEvidence | None
) -> Iterator[DifferenceSince]:
    about = _("Bescheinigung %(number)s") % {"number": (new or old).number}  # type: ignore[union-attr]
    states = tables.states()
    said = [f"{states[one.state]}, {one.minutes} min" if one else "" for one in (old, new)]
    yield from _if_changed(run, about, _("Zustand"), *said)


def _of_called_off(old: CalledOffEvidence | None, new: CalledOffEvidence | None) -> Iterator[DifferenceSince]:
    run = (new or old).number  # type: ignore[union-attr]
    said = [f"{one.called_off_on:%d.%m.%Y}: {one.reason}" if one else "" for one in (old, new)]
    yield from _if_changed(run, _course(new or old), _("Abgesagt"), *said)


def _course(run: RunEvidence | CalledOffEvidence | None) -> str:
    return run.course if run else ""


def _numbers(run: str, about: str, old: Numbers, new: Numbers) -> Iterator[DifferenceSince]:
    for name, definition in DEFINITIONS.items():
        if name in old or name in new:
            yield from _if_changed(run, about, str(definition.label), old.get(name), new.get(name))


def _parts(old: list[PartEvidence], new: list[PartEvidence]) -> Iterator[DifferenceSince]:
    for before, after in _pairs(old, new, lambda part: part.name):
        name = (after or before).name  # type: ignore[union-attr]
        yield from _numbers("", name, before.numbers if before else {}, after.numbers if after else {})


def _if_changed(run: str, about: str, what: str, old: Any, new: Any) -> Iterator[DifferenceSince]:
    before, after = _said(old), _said(new)
    if before != after:
        yield DifferenceSince(run, about, what, before, after)


def _said(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, Decimal):
        return f"{value}".replace(".", ",")
    if isinstance(value, list):
        return "; ".join(value) or NOTHING
    return f"{value:%d.%m.%Y}" if isinstance(value, dt.date) else str(value)


def _yes(value: bool) -> str:
    return _("ja") if value else _("nein")


def _pairs(old: Iterable[T], new: Iterable[T], key: Callable[[T], Hashable]) -> Iterator[tuple[T | None, T | None]]:
    """What belongs together by its key, in the order of ``new``, then what is gone."""
    before, after = {key(one): one for one in old}, {key(one): one for one in new}
    yield from ((before.get(name), after.get(name)) for name in dict.fromkeys([*after, *before]))
