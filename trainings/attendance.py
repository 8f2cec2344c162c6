"""Who was there? Marks per session, in teaching minutes; what a list still lacks."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session

Status = AttendanceRecord.Status


@dataclass(frozen=True)
class Mark:
    """What is to be recorded for one person; ``minutes`` (teaching minutes) only matter for PARTIAL."""

    status: str
    minutes: int | None = None


class InvalidMark(Exception):
    """A mark cannot be recorded; ``texts`` maps the registration's key to the sentence for its row."""

    def __init__(self, texts: dict[int, str]) -> None:
        super().__init__("; ".join(texts.values()))
        self.texts = texts


def expected(session: Session) -> list[Registration]:
    """Everybody with a confirmed place in the session's run, by surname as in a German list."""
    confirmed = Registration.objects.confirmed().filter(run=session.run_id).select_related("person__agency")
    return sorted(confirmed, key=lambda registration: registration.person.name_sort_key)


@transaction.atomic
def record(session: Session, marks: Mapping[int, Mark], *, by: User, reason: str = "") -> int:
    """Write the marks, keyed by registration; returns how many records changed.

    Every change keeps the old value in an AttendanceChange. All or nothing: raises InvalidMark with a sentence per row.
    """
    session = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    registrations = {registration.pk: registration for registration in expected(session)}
    texts = {key: text for key, mark in marks.items() if (text := _objection(session, registrations.get(key), mark))}
    if not session.can_be_recorded():
        texts = dict.fromkeys(marks, _("Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden."))
    if texts:
        raise InvalidMark(texts)
    existing = {
        row.registration_id: row
        for row in AttendanceRecord.objects.filter(session=session, registration__in=registrations)
    }
    return sum(
        _write(existing.get(key), session, registrations[key], mark, by=by, reason=reason)
        for key, mark in marks.items()
    )


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


def _write(
    row: AttendanceRecord | None, session: Session, registration: Registration, mark: Mark, *, by: User, reason: str
) -> bool:
    minutes = {Status.PRESENT: session.teaching_minutes, Status.PARTIAL: mark.minutes or 0}.get(Status(mark.status), 0)
    if row is not None and (row.status, row.minutes) == (mark.status, minutes):
        return False
    before = (row.status, row.minutes) if row is not None else ("", None)
    row = row or AttendanceRecord(registration=registration, session=session)
    row.status, row.minutes, row.recorded_by, row.recorded_at = mark.status, minutes, by, timezone.now()
    row.save()
    AttendanceChange.objects.create(
        record=row,
        from_status=before[0],
        from_minutes=before[1],
        to_status=row.status,
        to_minutes=minutes,
        actor=by,
        reason=reason,
    )
    return True


def minutes_attended(registration: Registration) -> int:
    """Teaching minutes over the sessions that took place."""
    attended = registration.attendance_records.filter(session__cancelled_at=None)
    return attended.aggregate(minutes=models.Sum("minutes"))["minutes"] or 0


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
