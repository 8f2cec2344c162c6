"""What is still missing of lists: a record, their hand-in, their scan? And which runs could be closed?

Asked by pages, mails and closing.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db import connection, models
from django.db.models.functions import TruncDate

from accounts.names import by_name
from trainings.models import (
    AttendanceRecord,
    CourseRun,
    CourseRunQuerySet,
    Registration,
    Session,
    SessionQuerySet,
    SheetScan,
    Submission,
)
from trainings.unsettled import Keys, narrow


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
    """Those of ``runs`` for which ``missing_records`` says something, in one query: none that is closed, for good."""
    return runs.filter(_lacks_a_record(), closed_at=None)


def lists_to_record(at: dt.datetime) -> SessionQuerySet:
    """Of sessions that are over: somebody with a place is not recorded; how many, as ``unrecorded``."""
    of_list = _unrecorded().order_by().values("run")
    number = models.Subquery(of_list.annotate(number=models.Count("pk")).values("number"))
    over = Session.objects.taking_place().filter(ends_at__lte=at, run__published_at__lte=at)
    return over.filter(models.Exists(_unrecorded())).annotate(unrecorded=number)


def to_close(runs: CourseRunQuerySet) -> CourseRunQuerySet:
    """Those of ``runs`` whose lists are complete and that nobody has closed yet."""
    return runs.filter(~_lacks_a_record(), closed_at=None)


class ListState(NamedTuple):
    """Of a session that takes place: whether somebody was to come, is not recorded, and the list is handed in."""

    session: int
    run: int
    is_expecting: bool
    is_incomplete: bool
    is_submitted: bool

    @property
    def is_to_submit(self) -> bool:
        """Once the session is over."""
        return self.is_expecting and not (self.is_incomplete or self.is_submitted)


# By hand, for the desk asks of all open runs; ``incomplete`` and ``lists_to_submit`` say the same of any.
_STATES = """
    SELECT session.id, session.run_id,
           EXISTS (SELECT 1 FROM trainings_registration AS expected
                   WHERE expected.run_id = session.run_id AND expected.status = 'confirmed'),
           EXISTS (SELECT 1 FROM trainings_registration AS expected
                   WHERE expected.run_id = session.run_id AND expected.status = 'confirmed' AND NOT EXISTS (
                       SELECT 1 FROM trainings_attendancerecord AS record
                       WHERE record.registration_id = expected.id AND record.session_id = session.id)),
           EXISTS (SELECT 1 FROM trainings_submission AS submission WHERE submission.session_id = session.id)
    FROM trainings_session AS session
    WHERE session.cancelled_at IS NULL AND session.run_id IN ({keys})
"""


def states_of_lists(runs: Collection[int]) -> list[ListState]:
    """Of the runs with these keys, in one query; of none, in none."""
    if not runs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STATES.format(keys=", ".join(["%s"] * len(runs))), list(runs))
        return [ListState(session, run, *map(bool, facts)) for session, run, *facts in cursor.fetchall()]


def lists_to_submit(at: dt.datetime) -> SessionQuerySet:
    """Complete, but nobody has said so yet; of runs that are not closed."""
    submitted = Submission.objects.filter(session=models.OuterRef("pk"))
    # Their keys first: they are few, and PostgreSQL would not believe it.
    not_closed = list(CourseRun.objects.taking_place().filter(closed_at=None).order_by().values_list("pk", flat=True))
    open_lists = _over(at).filter(run__in=not_closed, run__published_at__lte=at)
    return open_lists.filter(~models.Exists(submitted), ~models.Exists(_unrecorded()))


def lists_to_scan(at: dt.datetime, among: Keys = None) -> SessionQuerySet:
    """Signed on paper, as the evidence for a grant, and nobody has kept a scan. Of a day's list, the first session.

    ``among`` the runs with these keys, where somebody knows that it is about no others.
    """
    return _without_scan(narrow(_over(at), among, "run")).filter(run__published_at__lte=at)


def runs_without_scan(among: Keys, at: dt.datetime) -> Iterable[int]:
    """Those for whose lists ``lists_to_scan`` asks, or will ask once they are published."""
    over = narrow(_over(at), among, "run").filter(run__published_at__isnull=False)
    return _without_scan(over).order_by().values_list("run_id", flat=True)


def _without_scan(sessions: SessionQuerySet) -> SessionQuerySet:
    of_day = SheetScan.objects.filter(
        covers_day=True, session__run=models.OuterRef("run"), session__starts_at__date=models.OuterRef("day")
    )
    earlier = Session.objects.taking_place().filter(
        run=models.OuterRef("run"), starts_at__date=models.OuterRef("day"), starts_at__lt=models.OuterRef("starts_at")
    )
    scanned = SheetScan.objects.filter(session=models.OuterRef("pk"))
    return (
        sessions.filter(~models.Exists(scanned), run__funding__isnull=False)
        .exclude(run__format=CourseRun.Format.ONLINE)
        .alias(day=TruncDate("starts_at"))
        .exclude(models.Exists(of_day))
        .exclude(models.Exists(earlier.filter(scans=None)))
    )


def _over(at: dt.datetime) -> SessionQuerySet:
    """Sessions that are over and to which somebody was to come."""
    expected = Registration.objects.confirmed().filter(run=models.OuterRef("run"))
    over = Session.objects.taking_place().filter(models.Exists(expected), ends_at__lte=at)
    return over.select_related("run__course").prefetch_related("run__sessions").order_by("starts_at", "pk")


def _lacks_a_record() -> models.Exists:
    """Of a run: somebody with a place is not recorded for a session that takes place."""
    return models.Exists(
        Session.objects.filter(models.Exists(_unrecorded()), run=models.OuterRef("pk"), cancelled_at=None)
    )


def _unrecorded() -> models.QuerySet[Registration]:
    """Of a session: who has a place and is not recorded."""
    recorded = AttendanceRecord.objects.filter(
        registration=models.OuterRef("pk"), session=models.OuterRef(models.OuterRef("pk"))
    )
    return Registration.objects.confirmed().filter(~models.Exists(recorded), run=models.OuterRef("run"))
