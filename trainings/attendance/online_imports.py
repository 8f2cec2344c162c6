"""What was taken over from the export of a meeting, and what stands again when that is taken back?

An import is the changes one act has made through that channel; they have one moment.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from trainings.acts import Act, Channel
from trainings.attendance.marks import Mark, Status, record
from trainings.locking import locked_session
from trainings.models import AttendanceChange, AttendanceRecord, Registration, RunEvent, Session
from trainings.refusals import Reason, Refused


@dataclass(frozen=True)
class Taken:
    """What an import says of somebody, and what stood before."""

    registration: Registration
    now: Mark
    before: Mark


@dataclass(frozen=True)
class Import:
    """``standing``: what nobody has changed since; of ``overtaken`` people somebody has said something else."""

    made_at: dt.datetime
    by: User
    standing: Sequence[Taken]
    overtaken: int


def last_import(session: Session) -> Import | None:
    """The last one of which something still stands.

    A mark that came too late to count, and minutes that followed those taught, are nobody's last word.
    """
    changes = list(
        AttendanceChange.objects.filter(
            session=session, registration__status=Registration.Status.CONFIRMED, overruled_status=None
        )
        .select_related("actor", "registration__person")
        .order_by("said_at", "at", "pk")
    )
    made_at = max((change.at for change in changes if change.channel == Channel.IMPORT), default=None)
    own = [change for change in changes if change.at == made_at and change.channel == Channel.IMPORT]
    rescaled_at = _moments_of_other_minutes(session)
    latest = {change.registration_id: change for change in changes}
    last_words = {
        change.registration_id: change.pk
        for change in changes
        if change.at not in rescaled_at or change.from_status != change.to_status
    }
    left = [change for change in own if change.registration and last_words[change.registration_id] == change.pk]
    taken = [
        Taken(
            change.registration,
            _mark(latest[change.registration_id].to_status, latest[change.registration_id].to_minutes),
            _as_taught(session, change.from_status, change.from_minutes),
        )
        for change in left
    ]
    standing = [one for one in taken if one.now != one.before]
    if made_at is None or not standing:
        return None
    return Import(made_at, own[0].actor, standing, len(own) - len(left))


def _moments_of_other_minutes(session: Session) -> set[dt.datetime]:
    """When the teaching minutes of the session were changed, and its records with them."""
    events = RunEvent.objects.filter(run=session.run_id, what=RunEvent.What.CHANGED).values_list("at", "changes")
    return {
        at
        for at, changes in events
        if any((one.get("session"), one.get("field")) == (session.pk, "teaching_minutes") for one in changes)
    }


def _mark(status: str, minutes: int | None) -> Mark:
    return Mark(status, minutes if status == Status.PARTIAL else None)


def _as_taught(session: Session, status: str, minutes: int | None) -> Mark:
    """The mark under the minutes taught, which may be fewer by now: who attended as many was there all the time."""
    is_all = status == Status.PARTIAL and minutes is not None and minutes >= session.teaching_minutes
    return Mark(Status.PRESENT) if is_all else _mark(status, minutes)


@transaction.atomic
def take_back_import(session: Session, act: Act, *, made_at: dt.datetime | None) -> int:
    """Let stand again what stood before; returns for how many people. Raises Refused.

    A note stays as it is: an import leaves it alone. ``made_at``: the import that somebody was asked about.
    """
    session = locked_session(session)
    found = last_import(session)
    if found is None or found.made_at != made_at:
        text = _("Diese Übernahme steht nicht mehr: Sie ist schon zurückgenommen, oder es gibt eine neuere.")
        raise Refused(Reason("changed", text))
    notes = dict(AttendanceRecord.objects.filter(session=session).values_list("registration", "note"))
    marks = {
        taken.registration.pk: replace(taken.before, note=notes.get(taken.registration.pk, ""))
        for taken in found.standing
    }
    return record(session, marks, act)
