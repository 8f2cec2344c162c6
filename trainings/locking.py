"""Under which lock does a run change? Every operation takes this one first, and so none gets stuck on another.

It is the row of the course and of the run: somebody may wait for several runs of a course, and the first free place
ends the other waits, so changes in the runs of one course follow each other (docs/decisions/0011).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from trainings.models import CourseRun, Session


def lock(run_pk: int) -> CourseRun:
    """The run as the database has it, locked with its course until the caller's transaction ends.

    SQLite locks all writers anyway.
    """
    rows = CourseRun.objects.select_for_update(of=("course", "self"), no_key=True).select_related("course")
    return rows.get(pk=run_pk)


@contextmanager
def locked(run: CourseRun) -> Iterator[CourseRun]:
    """The same in a transaction of its own, or within the caller's."""
    with transaction.atomic():
        yield lock(run.pk)


def locked_session(session: Session) -> Session:
    """The session as the database has it, under the lock of its run. Call inside a transaction."""
    run = lock(session.run_id)
    session = Session.objects.get(pk=session.pk)
    session.run = run
    return session
