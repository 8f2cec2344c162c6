"""Which attendance lists still lack a record, and which runs could be closed? Asked by pages, mails and closing."""

from django.db import models

from accounts.names import by_name
from trainings.models import AttendanceRecord, CourseRun, CourseRunQuerySet, Registration, Session


def missing_records(run: CourseRun) -> list[tuple[Registration, Session]]:
    """Who is not recorded for which session; an empty list means the run's lists are complete."""
    recorded = set(AttendanceRecord.objects.filter(session__run=run).values_list("registration_id", "session_id"))
    sessions = list(run.sessions.filter(cancelled_at=None))
    confirmed = run.registrations.confirmed().select_related("person")
    people = by_name(confirmed)
    return [
        (registration, session)
        for registration in people
        for session in sessions
        if (registration.pk, session.pk) not in recorded
    ]


def incomplete(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """Those of ``runs`` for which ``missing_records`` says something, in one query."""
    return runs.filter(_lacks_a_record())


def to_close(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """Those of ``runs`` whose lists are complete and that nobody has closed yet."""
    return runs.filter(~_lacks_a_record(), closed_at=None)


def _lacks_a_record() -> models.Exists:
    """Of a run: somebody with a place is not recorded for a session that takes place."""
    recorded = AttendanceRecord.objects.filter(
        registration=models.OuterRef("pk"), session=models.OuterRef(models.OuterRef("pk"))
    )
    unrecorded = Registration.objects.confirmed().filter(~models.Exists(recorded), run=models.OuterRef("run"))
    return models.Exists(
        Session.objects.filter(models.Exists(unrecorded), run=models.OuterRef("pk"), cancelled_at=None)
    )
