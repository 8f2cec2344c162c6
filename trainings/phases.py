"""In which phase is a run? One function on facts; what is next and what is rare follows from it."""

import datetime as dt
from enum import Enum, auto

from django.utils import timezone

from trainings.models import CourseRun

SOON = dt.timedelta(days=7)


class Phase(Enum):
    DRAFT = auto()
    FILLING = auto()
    SOON = auto()  # registration is closed, or a week is left; also between two sessions
    DAY = auto()
    AFTER = auto()
    CLOSED = auto()
    CALLED_OFF = auto()


def phase_of(run: CourseRun, at: dt.datetime | None = None) -> Phase:
    at = at or timezone.now()
    if run.is_cancelled:
        return Phase.CALLED_OFF
    if run.is_draft:
        return Phase.DRAFT
    if run.is_closed:
        return Phase.CLOSED
    if run.is_finished(at):
        return Phase.AFTER
    days = {timezone.localdate(session.starts_at) for session in run.sessions_taking_place}
    if timezone.localdate(at) in days:
        return Phase.DAY
    if run.starts_at and (run.starts_at <= at + SOON or run.is_after_closing(at)):
        return Phase.SOON
    return Phase.FILLING
