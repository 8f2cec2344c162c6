"""How many minutes were held, how many of them did somebody attend, and how many suffice? Nothing else counts them.

Held are the teaching minutes of the sessions that took place, attended are those recorded in them. A session may have
been shortened after it was recorded; nobody attended more than was held.
"""

from collections.abc import Iterable

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThanOrEqual

from trainings.models.attendance import AttendanceRecord
from trainings.models.registration import Registration
from trainings.models.session import Session


def minutes_held(sessions: Iterable[Session]) -> int:
    return sum(session.teaching_minutes for session in sessions if not session.is_cancelled)


def minutes_required(held: int, percent: int) -> int:
    """The fewest whole minutes that are ``percent`` of those held: rounded up. Who attended as many attended enough."""
    return -(-held * percent // 100)


def minutes_by_session(registration: Registration, sessions: Iterable[Session]) -> dict[Session, int | None]:
    """What the person attended of each of these sessions that took place; None where nothing is recorded.

    Asks nothing of the database where ``attendance_records`` are prefetched.
    """
    recorded = {record.session_id: record.minutes for record in registration.attendance_records.all()}
    return {
        session: min(recorded[session.pk], session.teaching_minutes) if session.pk in recorded else None
        for session in sessions
        if not session.is_cancelled
    }


def minutes_attended(*, records: str = "", within: Q | None = None) -> Sum:
    """The same for ``annotate``; ``records`` is the way to attendance records, ``within`` narrows them.

    None where nothing is recorded.
    """
    minutes = Least(F(f"{records}minutes"), F(f"{records}session__teaching_minutes"))
    took_place = Q(**{f"{records}session__cancelled_at": None})
    return Sum(minutes, filter=took_place & within if within else took_place)


def minutes_attended_of(registration: str) -> Subquery:
    """``minutes_attended`` of the registration that way leads to, in a query of its own: for rows that stream."""
    records = AttendanceRecord.objects.filter(registration=OuterRef(registration)).order_by().values("registration")
    return Subquery(records.annotate(attended=minutes_attended()).values("attended"))


def minutes_held_of(run: str) -> Subquery:
    """``minutes_held`` of the run that way leads to, in a query of its own. None where no session took place."""
    sessions = Session.objects.filter(run=OuterRef(run), cancelled_at=None).order_by().values("run")
    return Subquery(sessions.annotate(held=Sum("teaching_minutes")).values("held"))


def attended_enough() -> GreaterThanOrEqual:
    """As ``minutes_required``, for ``filter``: whether a registration reaches the share its run requires."""
    enough = minutes_held_of("run") * F("run__required_attendance_percent")
    return GreaterThanOrEqual(minutes_attended_of("pk") * 100, enough)
