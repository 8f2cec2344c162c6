"""Who was there? Marks per session, in teaching minutes; what a list still lacks."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session
from trainings.models.run import CourseRunQuerySet

Status = AttendanceRecord.Status


@dataclass(frozen=True)
class Mark:
    """What is to be recorded for one person; ``minutes`` (teaching minutes) only matter for PARTIAL."""

    status: str
    minutes: int | None = None


class InvalidMark(Exception):
    """Nothing was recorded. ``text`` is for the whole list; ``texts`` maps a registration's key to a sentence."""

    def __init__(self, texts: Mapping[int, str] | None = None, text: str = "") -> None:
        self.texts = dict(texts or {})
        self.text = text
        super().__init__("; ".join([text, *self.texts.values()] if text else self.texts.values()))


class ReasonMissing(InvalidMark):
    """A correction must say why."""


def expected(session: Session) -> list[Registration]:
    """Everybody with a confirmed place in the session's run, by surname as in a German list."""
    confirmed = Registration.objects.confirmed().filter(run=session.run_id).select_related("person__agency")
    return sorted(confirmed, key=lambda registration: registration.person.name_sort_key)


def needs_a_reason(session: Session, at: dt.datetime | None = None) -> bool:
    """Whether changing a record is a correction. While the day of the session lasts, the list is still being made."""
    return timezone.localdate(at) > timezone.localdate(session.ends_at)


@transaction.atomic
def record(
    session: Session,
    marks: Mapping[int, Mark],
    *,
    by: User,
    others: Mark | None = None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> int:
    """Write the marks, keyed by registration, and ``others`` for everybody not recorded yet; returns how many changed.

    Every change keeps the old value in an AttendanceChange; a correction needs a ``reason``. All or nothing: raises
    InvalidMark. Under the lock of the run, so that nobody's registration ends at the same moment.
    """
    CourseRun.objects.select_for_update().get(pk=session.run_id)
    session = Session.objects.get(pk=session.pk)
    at = at or timezone.now()
    if session.is_cancelled:
        raise InvalidMark(text=_("Diese Sitzung entfällt."))
    if not session.can_be_recorded(at):
        raise InvalidMark(text=_("Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden."))
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
    said = {key: (row.status, row.minutes) for key, row in existing.items()}
    values = {key: (mark.status, _minutes(session, mark)) for key, mark in marks.items()}
    changed = [key for key, value in values.items() if said.get(key) != value]
    if not reason.strip() and needs_a_reason(session, at) and any(key in said for key in changed):
        raise ReasonMissing(text=_("Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern."))
    for key in changed:
        row = existing.get(key) or AttendanceRecord(registration=registrations[key], session=session)
        _write(row, *values[key], by=by, reason=reason.strip(), at=at)
    return len(changed)


def _objection(session: Session, registration: Registration | None, mark: Mark) -> str:
    if registration is None:
        return _("Diese Person hat keinen bestätigten Platz mehr.")
    if mark.status not in Status.values:
        return _("Bitte wählen Sie eine der Möglichkeiten.")
    if mark.status == Status.PARTIAL and not (mark.minutes and 0 < mark.minutes < session.teaching_minutes):
        return _("Bitte geben Sie bei „teilweise“ die Minuten an: 1 bis %(most)d.") % {
            "most": session.teaching_minutes - 1
        }
    return ""


def _minutes(session: Session, mark: Mark) -> int:
    """Teaching minutes the mark stands for."""
    if mark.status == Status.PRESENT:
        return session.teaching_minutes
    return mark.minutes or 0 if mark.status == Status.PARTIAL else 0


def _write(row: AttendanceRecord, status: str, minutes: int, *, by: User, reason: str, at: dt.datetime) -> None:
    """Save the record and what it said before."""
    change = AttendanceChange(
        from_status=row.status,
        from_minutes=row.minutes,
        to_status=status,
        to_minutes=minutes,
        actor=by,
        reason=reason,
        at=at,
    )
    row.status, row.minutes, row.recorded_by, row.recorded_at = status, minutes, by, at
    row.save()
    change.record = row
    change.save()


def minutes_attended(registration: Registration) -> int:
    """Teaching minutes over the sessions that took place."""
    attended = registration.attendance_records.filter(session__cancelled_at=None)
    return attended.aggregate(minutes=models.Sum("minutes"))["minutes"] or 0


def minutes_if_complete(registration: Registration) -> int | None:
    """Like ``minutes_attended``, but None while a session is not recorded.

    Asks nothing of the database where ``attendance_records`` and the run's sessions are prefetched.
    """
    minutes = {row.session_id: row.minutes for row in registration.attendance_records.all()}
    sessions = registration.run.sessions_taking_place
    if any(session.pk not in minutes for session in sessions):
        return None
    return sum(minutes[session.pk] for session in sessions)


def missing_records(run: CourseRun) -> list[tuple[Registration, Session]]:
    """Who is not recorded for which session; an empty list means the run's lists are complete."""
    recorded = set(AttendanceRecord.objects.filter(session__run=run).values_list("registration_id", "session_id"))
    sessions = list(run.sessions.filter(cancelled_at=None))
    confirmed = run.registrations.confirmed().select_related("person__agency")  # type: ignore[attr-defined]
    people = sorted(confirmed, key=lambda registration: registration.person.name_sort_key)
    return [
        (registration, session)
        for registration in people
        for session in sessions
        if (registration.pk, session.pk) not in recorded
    ]


def incomplete(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """Those of ``runs`` for which ``missing_records`` says something, in one query."""
    recorded = AttendanceRecord.objects.filter(
        registration=models.OuterRef("pk"), session=models.OuterRef(models.OuterRef("pk"))
    )
    unrecorded = Registration.objects.confirmed().filter(~models.Exists(recorded), run=models.OuterRef("run"))
    sessions = Session.objects.filter(models.Exists(unrecorded), run=models.OuterRef("pk"), cancelled_at=None)
    return runs.filter(models.Exists(sessions))
