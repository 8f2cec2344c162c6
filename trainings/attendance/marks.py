"""Who was there? Marks per session, in teaching minutes.

A mark may come late: from a device that was without network. Of two marks for one person the one said later counts,
whichever arrives last, and one sent twice counts once.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.names import by_name
from trainings.acts import Act
from trainings.locking import locked_session
from trainings.models import AttendanceChange, AttendanceRecord, Registration, Session, minutes_by_session
from trainings.refusals import Reason, Refused

Status = AttendanceRecord.Status

# How old marks from a device without network may be; older ones count from when they arrive.
OFFLINE_FOR = dt.timedelta(days=3)


@dataclass(frozen=True)
class Mark:
    """What is to be recorded for one person.

    For PARTIAL, either the teaching ``minutes`` attended, or the minutes missed by coming ``late`` or going ``early``.
    """

    status: str
    minutes: int | None = None
    late: int = 0
    early: int = 0
    note: str = ""


class InvalidMark(Refused):
    """Nothing was recorded; ``texts`` maps a registration's key to a sentence."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        super().__init__(*(Reason("mark", text, field=f"late_{key}") for key, text in texts.items()))
        self.texts = dict(texts)


def _reason_missing() -> Refused:
    text = _("Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern.")
    return Refused(Reason("reason_missing", text, field="reason"))


def expected(session: Session) -> list[Registration]:
    """Everybody with a confirmed place in the session's run, by surname as in a German list."""
    confirmed = Registration.objects.confirmed().filter(run=session.run_id).select_related("person", "agency")
    return by_name(confirmed)


def needs_a_reason(session: Session, at: dt.datetime | None = None) -> bool:
    """Whether changing a record is a correction.

    While the day of the session lasts, the list is still being made; unless it was submitted, or the run is closed.
    """
    if session.run.is_closed or timezone.localdate(at) > timezone.localdate(session.ends_at):
        return True
    return session.submissions.exists()


@transaction.atomic
def record(
    session: Session,
    marks: Mapping[int, Mark],
    act: Act,
    *,
    others: Mark | None = None,
) -> int:
    """Write the marks, keyed by registration, and ``others`` for everybody not recorded yet; returns how many changed.

    Every change keeps the old value in an AttendanceChange; a correction needs a reason. All or nothing: raises
    Refused. Under the lock of the run, so that nobody's registration ends at the same moment.
    """
    session = locked_session(session)
    act, at = act.begin()
    must_be_open(session, act, at)
    registrations = {registration.pk: registration for registration in expected(session)}
    existing = {
        row.registration_id: row
        for row in AttendanceRecord.objects.filter(session=session, registration__in=registrations)
    }
    if others is not None:
        marks = {key: others for key in registrations if key not in existing} | dict(marks)
    texts = {key: text for key, mark in marks.items() if (text := _objection(session, registrations.get(key), mark))}
    if texts:
        raise InvalidMark(texts)
    values = {key: _values(session, mark) for key, mark in marks.items()}
    changed = [key for key, value in values.items() if key not in existing or _said(existing[key]) != value]
    if not act.has_reason and any(key in existing for key in changed) and needs_a_reason(session, at):
        raise _reason_missing()
    for key in changed:
        row = existing.get(key) or AttendanceRecord(registration=registrations[key], session=session)
        _write(row, values[key], act, said_at=at)
    return len(changed)


@transaction.atomic
def tap(
    session: Session,
    registration_pk: int,
    mark: Mark,
    act: Act,
    *,
    key: uuid.UUID,
    said_at: dt.datetime,
    after: uuid.UUID | None = None,
) -> AttendanceRecord:
    """Write one mark a device made at ``said_at``, perhaps without network; returns the record as it now stands.

    ``key`` is the device's name for the mark: the same one again changes nothing, nor does one said before the mark
    that stands. ``after`` is the mark this device made before for the same person: whatever a slow network did to the
    moments of both, this one is the later. Raises Refused.
    """
    session = locked_session(session)
    act, at = act.begin()
    said_at = said_at if at - OFFLINE_FOR <= said_at <= at else at
    row = AttendanceRecord.objects.filter(session=session, registration=registration_pk).first()
    arrived = {change.tap: change for change in AttendanceChange.objects.filter(tap__in=[key, after or key])}
    if change := arrived.get(key):
        if row is None or change.record_id != row.pk:
            raise InvalidMark({registration_pk: _("Diese Eintragung gehört zu einer anderen Person.")})
        return row
    before = arrived.get(after)
    if before and row and before.record_id == row.pk:
        said_at = max(said_at, before.said_at + dt.timedelta(microseconds=1))
    must_be_open(session, act, at)
    registration = Registration.objects.confirmed().filter(run=session.run_id, pk=registration_pk).first()
    if text := _objection(session, registration, mark):
        raise InvalidMark({registration_pk: text})
    if row is not None and said_at < row.said_at:
        text = _("Kam nach einer späteren Markierung an: %(status)s") % {"status": Status(mark.status).label}
        _write(row, _said(row), replace(act, reason=text), said_at=said_at, key=key)
        return row
    is_change = row is not None and _said(row) != _values(session, mark)
    if is_change and not act.has_reason and needs_a_reason(session, said_at):
        raise _reason_missing()
    row = row or AttendanceRecord(registration_id=registration_pk, session=session)
    _write(row, _values(session, mark), act, said_at=said_at, key=key)
    return row


def must_be_open(session: Session, act: Act, at: dt.datetime) -> None:
    if session.is_cancelled or session.run.is_cancelled:
        raise Refused(Reason("cancelled", _("Diese Sitzung entfällt.")))
    if not session.can_be_recorded(at):
        raise Refused(Reason("too_early", _("Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden.")))
    if session.run.is_closed and not act.is_by_coordinator:
        raise closed()


def closed() -> Refused:
    text = _("Dieser Termin ist abgeschlossen. Korrigieren kann ihn nur die Koordination.")
    return Refused(Reason("closed", text))


def _objection(session: Session, registration: Registration | None, mark: Mark) -> str:
    if registration is None:
        return _("Diese Person hat keinen bestätigten Platz mehr.")
    if mark.status not in Status.values:
        return _("Bitte wählen Sie eine der Möglichkeiten.")
    if mark.status == Status.PARTIAL and not 0 < _minutes(session, mark) < session.teaching_minutes:
        return _("Bitte geben Sie bei „teilweise“ die Minuten an: 1 bis %(most)d.") % {
            "most": session.teaching_minutes - 1
        }
    return ""


@dataclass(frozen=True)
class _Values:
    """What a record says."""

    status: str
    minutes: int
    late: int
    early: int
    note: str


def _values(session: Session, mark: Mark) -> _Values:
    is_partial = mark.status == Status.PARTIAL
    late, early = (mark.late, mark.early) if is_partial else (0, 0)
    return _Values(mark.status, _minutes(session, mark), late, early, mark.note.strip()[:200])


def _said(row: AttendanceRecord) -> _Values:
    return _Values(row.status, row.minutes, row.late_minutes, row.early_minutes, row.note)


def _minutes(session: Session, mark: Mark) -> int:
    """Teaching minutes the mark stands for."""
    if mark.status == Status.PRESENT:
        return session.teaching_minutes
    if mark.status != Status.PARTIAL:
        return 0
    missed = mark.late + mark.early
    return session.teaching_minutes - missed if missed else mark.minutes or 0


def _write(
    row: AttendanceRecord, values: _Values, act: Act, *, said_at: dt.datetime, key: uuid.UUID | None = None
) -> None:
    """Save the record and what it said before. A mark that changes nothing leaves the record untouched."""
    act, at = act.begin()
    change = AttendanceChange(
        from_status=row.status,
        from_minutes=row.minutes,
        to_status=values.status,
        to_minutes=values.minutes,
        actor=act.by,
        reason=act.reason.strip()[:500],
        at=at,
        said_at=said_at,
        tap=key,
    )
    if row.pk is None or _said(row) != values:
        row.status, row.minutes, row.note = values.status, values.minutes, values.note
        row.late_minutes, row.early_minutes = values.late, values.early
        row.recorded_by, row.recorded_at, row.said_at = act.user, at, said_at
        row.save()
    elif said_at > row.said_at:
        row.said_at = said_at
        row.save(update_fields=["said_at"])
    change.record = row
    change.save()


def rescale(session: Session, act: Act) -> None:
    """The session's teaching minutes have changed: people who were there all the time attended all that was taught.

    The caller holds the lock of the run.
    """
    act, at = act.begin()
    act = replace(act, reason=_("Unterrichtet wurden %(minutes)d Minuten.") % {"minutes": session.teaching_minutes})
    for row in AttendanceRecord.objects.filter(session=session, minutes__gt=0):
        mark = Mark(row.status, row.minutes, row.late_minutes, row.early_minutes, row.note)
        values = _values(session, mark)
        values = replace(values, minutes=min(max(values.minutes, 1), session.teaching_minutes))
        if values != _said(row):
            _write(row, values, act, said_at=at)


def minutes_if_complete(registration: Registration) -> int | None:
    """What the person attended of the run; None while a session is not recorded.

    Asks nothing of the database where ``attendance_records`` and the run's sessions are prefetched.
    """
    attended = minutes_by_session(registration, registration.run.sessions.all()).values()
    return None if None in attended else sum(filter(None, attended))
