"""What does the signed paper say, and does the system say the same?

The paper is the evidence. Its rows are typed in the order of the sheet; what the system does not know yet is recorded
as they say, and where both differ somebody decides. Its scan: ``scans``.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from trainings.acts import Act
from trainings.attendance import marks, sheets
from trainings.attendance.marks import Mark
from trainings.locking import locked_session
from trainings.models import AttendanceRecord, CourseRun, Registration, Session, SheetEntry

BEFORE_THE_START = dt.timedelta(hours=1)

Signature = SheetEntry.Signature
Status = AttendanceRecord.Status


class UnreadableEntry(ValueError):
    """What was typed for a row is not understood; the message says what is."""


@dataclass(frozen=True)
class PaperEntry:
    """One row of the paper: signed or not; ``minutes`` (teaching minutes) where it notes that it was not all."""

    signature: Signature
    minutes: int | None = None

    def __str__(self) -> str:
        """As one types it."""
        if self.minutes is not None:
            return str(self.minutes)
        return "x" if self.signature == Signature.SIGNED else "-"


@dataclass(frozen=True)
class PaperRow:
    """A person's row: what the paper says, what the system says, and in words how they differ (empty: they do not)."""

    number: int
    registration: Registration
    entry: PaperEntry | None
    record: AttendanceRecord | None
    difference: str


def read_entry(typed: str, session: Session) -> PaperEntry | None:
    """``x`` or ``1``: signed; ``-`` or ``0``: not signed; a greater number: minutes attended; empty: not typed yet.

    Raises UnreadableEntry.
    """
    typed = typed.strip().lower()
    if not typed:
        return None
    if typed in {"x", "1", "ja", "j", "y"}:
        return PaperEntry(Signature.SIGNED)
    if typed in {"-", "–", "0", "nein", "n"}:
        return PaperEntry(Signature.MISSING)
    if re.fullmatch(r"\d{1,4}", typed) and 1 < int(typed) <= session.teaching_minutes:
        minutes = int(typed)
        return PaperEntry(Signature.SIGNED, None if minutes == session.teaching_minutes else minutes)
    raise UnreadableEntry(
        _("Bitte geben Sie x (unterschrieben), - (nicht unterschrieben) oder die Minuten bis %(most)d ein.")
        % {"most": session.teaching_minutes}
    )


def in_sheet_order(session: Session, registrations: Iterable[Registration]) -> list[Registration]:
    """As on the paper: the list, then in its blank rows those who came along that day."""
    printed_before = sheets.on_one_sheet(session)[0].starts_at - BEFORE_THE_START

    def came_along(registration: Registration) -> bool:
        return registration.source == Registration.Source.WALK_IN and registration.registered_at >= printed_before

    registrations = list(registrations)
    listed = [registration for registration in registrations if not came_along(registration)]
    others = sorted(filter(came_along, registrations), key=lambda registration: registration.registered_at)
    return listed + others


def paper_rows(session: Session) -> list[PaperRow]:
    """Paper and system side by side, in the order of the sheet."""
    entries = {row.registration_id: row for row in SheetEntry.objects.filter(session=session)}
    records = {row.registration_id: row for row in AttendanceRecord.objects.filter(session=session)}
    rows = []
    for number, registration in enumerate(in_sheet_order(session, marks.expected(session)), start=1):
        found, record = entries.get(registration.pk), records.get(registration.pk)
        entry = PaperEntry(Signature(found.signature), found.minutes) if found else None
        rows.append(PaperRow(number, registration, entry, record, _difference(session, entry, record)))
    return rows


class _Recorded(NamedTuple):
    """What of an AttendanceRecord is compared."""

    status: str
    minutes: int


def number_of_differences(sessions: Iterable[Session]) -> dict[int, int]:
    """By the key of each of these sessions whose paper and system differ: for how many people; in two queries."""
    by_key = {session.pk: session for session in sessions}
    confirmed = {"session__in": by_key, "registration__status": Registration.Status.CONFIRMED}
    of_system = AttendanceRecord.objects.filter(**confirmed, registration__sheet_entries__session=F("session"))
    rows = of_system.order_by().values_list("session", "registration", "status", "minutes")
    records = {(session, key): _Recorded(status, minutes) for session, key, status, minutes in rows}
    of_paper = SheetEntry.objects.filter(**confirmed).order_by()
    found = Counter[int]()
    for session, key, signature, minutes in of_paper.values_list("session", "registration", "signature", "minutes"):
        entry = PaperEntry(Signature(signature), minutes)
        if _difference(by_key[session], entry, records.get((session, key))):
            found[session] += 1
    return dict(found)


def _difference(session: Session, entry: PaperEntry | None, record: AttendanceRecord | _Recorded | None) -> str:
    if entry is None:
        return ""
    if record is None:
        return _("Im System nicht erfasst.")
    was_there = record.status in {Status.PRESENT, Status.PARTIAL}
    if entry.signature == Signature.MISSING:
        return _("Keine Unterschrift, im System anwesend.") if was_there else ""
    if not was_there:
        return _("Unterschrieben, im System nicht anwesend.")
    on_paper = session.teaching_minutes if entry.minutes is None else entry.minutes
    if entry.minutes is not None and on_paper != record.minutes:
        return _("Auf Papier %(paper)d Minuten, im System %(system)d.") % {"paper": on_paper, "system": record.minutes}
    return ""


@transaction.atomic
def enter_paper(session: Session, entries: Mapping[int, PaperEntry | None], act: Act) -> int:
    """Keep what the paper says, keyed by registration; None takes an entry back. Returns how many changed."""
    CourseRun.objects.select_for_update().get(pk=session.run_id)
    act, at = act.begin()
    known = {registration.pk for registration in marks.expected(session)}
    existing = {row.registration_id: row for row in SheetEntry.objects.filter(session=session)}
    changed = 0
    for key, entry in entries.items():
        row = existing.get(key)
        if key not in known or (row is None and entry is None):
            continue
        if entry is None:
            assert row is not None  # noqa: S101  see above
            row.delete()
        elif row is None or (row.signature, row.minutes) != (entry.signature, entry.minutes):
            row = row or SheetEntry(session=session, registration_id=key)
            row.signature, row.minutes = entry.signature, entry.minutes
            row.entered_by, row.entered_at = act.user, at
            row.save()
        else:
            continue
        changed += 1
    return changed


@transaction.atomic
def take_over_paper(session: Session, entries: Mapping[int, PaperEntry | None], act: Act) -> int:
    """Keep what the paper says and record it for everybody who is not recorded yet; returns how many were recorded.

    A record that says something else stands until ``follow_paper`` is told to change it. All or nothing: raises
    Refused.
    """
    session = locked_session(session)  # first, as whoever records does: nobody waits for the other
    enter_paper(session, entries, act)
    unrecorded = [row.registration.pk for row in paper_rows(session) if row.entry and row.record is None]
    return follow_paper(session, unrecorded, act)


def follow_paper(session: Session, keys: Collection[int], act: Act) -> int:
    """Record what the paper says for these registrations. Raises Refused; a correction needs a reason."""
    said = {}
    for row in paper_rows(session):
        if row.registration.pk not in keys or row.entry is None or not row.difference:
            continue
        if row.entry.signature == Signature.MISSING:
            said[row.registration.pk] = Mark(Status.ABSENT)
        elif row.entry.minutes is not None:
            said[row.registration.pk] = Mark(Status.PARTIAL, minutes=row.entry.minutes)
        else:
            said[row.registration.pk] = Mark(Status.PRESENT)
    return marks.record(session, said, act)
