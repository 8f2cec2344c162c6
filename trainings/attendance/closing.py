"""When is a list complete, and when is a run closed? The trainer submits each list, a coordinator closes the run.

From then on only coordinators correct it, with a reason; the old value, who and when stay readable.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trainings import planning
from trainings.acts import Act
from trainings.attendance import check_ins, marks
from trainings.completeness import missing_records
from trainings.dates import date_short
from trainings.history import What, recorded
from trainings.locking import locked_session
from trainings.models import CourseRun, Registration, Session, Submission
from trainings.refusals import Reason, Refused


@transaction.atomic
def submit(session: Session, act: Act, *, taught_minutes: int, remark: str = "") -> Submission:
    """The trainer submits the list as complete, with the teaching minutes (without breaks) taught.

    Where these are not the planned ones, the session and its records follow: nobody attended more than was taught.
    Raises Refused.
    """
    session = locked_session(session)
    run = session.run
    act, at = act.begin()
    if session.is_cancelled or run.is_cancelled:
        raise Refused(Reason("cancelled", _("Diese Sitzung entfällt.")))
    if session.starts_at > at:
        raise Refused(Reason("not_begun", _("Diese Sitzung hat noch nicht begonnen.")))
    if run.is_closed and not act.is_by_coordinator:
        raise marks.closed()
    if objection := objection_to_minutes(session, taught_minutes):
        raise Refused(Reason("minutes", objection, field="taught_minutes"))
    missing = [row for row in missing_records(run) if row[1].pk == session.pk]
    if missing:
        raise Refused(Reason("not_recorded", _not_recorded(missing)))
    submission = Submission.objects.create(
        session=session,
        planned_minutes=session.teaching_minutes,
        taught_minutes=taught_minutes,
        remark=remark.strip(),
        submitted_by=act.user,
        submitted_at=at,
    )
    if taught_minutes != session.teaching_minutes:
        with recorded(run, act):
            planning.set_teaching_minutes(session, taught_minutes, act)
    return submission


def objection_to_minutes(session: Session, taught_minutes: int) -> str:
    """Why that number of teaching minutes is not possible; empty if it is."""
    most = int((session.ends_at - session.starts_at).total_seconds() // 60)
    if 0 < taught_minutes <= most:
        return ""
    return _("Bitte geben Sie 1 bis %(most)d Minuten an: so lange dauert die Sitzung.") % {"most": most}


def close(run: CourseRun, act: Act) -> CourseRun:
    """A coordinator closes a run that is over. Raises Refused while a record is missing."""
    with recorded(run, act, What.CLOSED) as recording:
        run = recording.run
        _only_coordinators(act)
        if run.is_cancelled or not run.is_finished(recording.at):
            text = _("Abschließen können Sie einen Termin, wenn er stattgefunden hat.")
            raise Refused(Reason("not_finished", text))
        if run.is_closed:
            raise Refused(Reason("closed", _("Dieser Termin ist bereits abgeschlossen.")))
        if missing := missing_records(run):
            raise Refused(Reason("not_recorded", _not_recorded(missing)))
        recording.write(closed_at=recording.at, closed_by=act.by)
        check_ins.forget_origins(run)
    return run


def reopen(run: CourseRun, act: Act) -> CourseRun:
    """A closed run can be corrected again, for the act's reason. Raises Refused."""
    with recorded(run, act, What.REOPENED) as recording:
        run = recording.run
        _only_coordinators(act)
        if not run.is_closed:
            raise Refused(Reason("open", _("Dieser Termin ist nicht abgeschlossen.")))
        if not act.has_reason:
            raise Refused(Reason("no_reason", _("Bitte nennen Sie den Grund."), "reason"))
        recording.write(closed_at=None, closed_by=None)
    return run


def _only_coordinators(act: Act) -> None:
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))


def not_submitted(run: CourseRun) -> list[Session]:
    """Sessions that took place and whose list nobody has submitted yet."""
    return list(run.sessions.filter(cancelled_at=None, submissions=None))


def _not_recorded(missing: Sequence[tuple[Registration, Session]]) -> str:
    names = "; ".join(f"{row.person.list_name} ({date_short(session.starts_at)})" for row, session in missing)
    text = ngettext("Noch nicht erfasst ist: %(names)s", "Noch nicht erfasst sind: %(names)s", len(missing))
    return text % {"names": names}
