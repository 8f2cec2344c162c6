"""Who is told that a run has changed? Whoever comes, teaches, or has places still to name gets one mail.

It leaves after some minutes. Of what is changed again until then it tells the first and the last state; what is taken
back is not told at all.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from trainings import mails
from trainings.history import Difference, Recording
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, Message, Registration, Session

GRACE = dt.timedelta(minutes=5)
OF_RUN = ("venue", "format", "online_link", "trainers")
OF_SESSION = {"starts_at", "ends_at", "room", "cancelled_at"}
Told = dict[str, Any]


def tell(recording: Recording) -> None:
    """Queue a mail to everybody concerned, or add to the one that has not left yet."""
    run, at = recording.run, recording.at
    if not run.is_published or run.is_cancelled:
        return
    changes = [*_of_sessions(recording), *([] if run.is_finished(at) else _of_run(recording.changes))]
    newcomers = _tell_trainers(recording)
    if changes:
        for who, registration, person in _people_to_tell(run):
            if who != Who.TRAINER or person.pk not in newcomers:
                _queue(mails.kind(Occasion.SESSION_MOVED, who), changes, run, registration, person, at)


def tell_place(run: CourseRun, old: str, new: str, at: dt.datetime) -> None:
    """The venue stays, its address is another. The caller holds the lock."""
    if run.is_published and not run.is_cancelled and not run.is_finished(at):
        change = {"field": "venue", "old": old, "new": new}
        for who, registration, person in _people_to_tell(run):
            _queue(mails.kind(Occasion.SESSION_MOVED, who), [change], run, registration, person, at)


def tell_of_run(occasion: Occasion, run: CourseRun, at: dt.datetime | None = None) -> None:
    """Queue a mail to the trainers and to whoever has places still to name; the caller holds the lock.

    Of a run that was never published nobody has heard.
    """
    if run.is_published and not run.is_finished(at):
        for who, person in _people_behind(run):
            mails.tell_person(occasion, who, person, run)


def tell_trainers_of_publishing(run: CourseRun) -> None:
    for trainer in run.trainers.filter(is_active=True).order_by("pk"):
        mails.tell_person(Occasion.RUN_PUBLISHED, Who.TRAINER, trainer, run)


def _people_to_tell(run: CourseRun) -> list[tuple[Who, Registration | None, User]]:
    registrations = run.registrations.active().filter(person__is_active=True).select_related("person")
    told: list[tuple[Who, Registration | None, User]] = [(Who.PARTICIPANT, row, row.person) for row in registrations]
    return told + [(who, None, person) for who, person in _people_behind(run)]


def _people_behind(run: CourseRun) -> list[tuple[Who, User]]:
    """Those who have to do with the run without being registered."""
    unnamed = run.held_places.open().values("taken_by")
    contacts = User.objects.filter(pk__in=unnamed, is_active=True).order_by("pk")
    trainers = run.trainers.filter(is_active=True).order_by("pk")
    return [(Who.TRAINER, person) for person in trainers] + [(Who.CONTACT, person) for person in contacts]


def _of_sessions(recording: Recording) -> list[Told]:
    """Sessions that were moved, added or called off, unless all of it is in the past."""
    changed = {one.session for one in recording.changes if one.session and one.field in OF_SESSION}
    found = []
    for session in recording.run.sessions.filter(pk__in=changed):
        old = _facts_before(recording, session)
        starts = [session.starts_at, *([dt.datetime.fromisoformat(old["starts_at"])] if old else [])]
        if max(starts) > recording.at:
            cancelled = session.is_cancelled
            found.append({"session": session.pk, "old": old, "new": _facts(session), "cancelled": cancelled})
    return found


def _facts_before(recording: Recording, session: Session) -> dict[str, str] | None:
    before = {name: recording.before.get((session.pk, name)) for name in ("starts_at", "ends_at", "room")}
    return None if before["starts_at"] is None else before  # type: ignore[return-value]


def _facts(session: Session) -> dict[str, str]:
    return {
        "starts_at": session.starts_at.astimezone(dt.UTC).isoformat(),
        "ends_at": session.ends_at.astimezone(dt.UTC).isoformat(),
        "room": session.room,
    }


def _of_run(changes: Iterable[Difference]) -> list[Told]:
    return [
        {"field": one.field, "old": one.old, "new": one.new}
        for one in changes
        if one.session is None and one.field in OF_RUN
    ]


def _tell_trainers(recording: Recording) -> set[int]:
    """Who leads the run from now on, and who no longer does. Returns the newcomers, who get a mail of their own."""
    change = next((one for one in recording.changes if one.field == "trainers"), None)
    if change is None or recording.run.is_finished(recording.at):
        return set()
    before, after = set(change.old), set(change.new)
    _assign(Occasion.TRAINER_ASSIGNED, Occasion.TRAINER_REMOVED, after - before, recording)
    _assign(Occasion.TRAINER_REMOVED, Occasion.TRAINER_ASSIGNED, before - after, recording)
    return after - before


def _assign(occasion: Occasion, taken_back: Occasion, people: set[int], recording: Recording) -> None:
    """Tell them, or, if the opposite is still unsent, drop that: all is as they know it."""
    for person in User.objects.filter(pk__in=people, is_active=True).order_by("pk"):
        unsent = _unsent(mails.kind(taken_back, Who.TRAINER), person).filter(run=recording.run).first()
        if unsent is None:
            due_at = recording.at + GRACE
            mails.tell_person(occasion, Who.TRAINER, person, recording.run, due_at=due_at)
        else:
            unsent.status, unsent.last_error = Message.Status.DROPPED, _("Die Änderung ist zurückgenommen.")
            unsent.save(update_fields=["status", "last_error"])


def _unsent(kind: str, person: User) -> Any:
    return Message.objects.select_for_update().filter(
        kind=kind, status=Message.Status.QUEUED, leased_until=None, recipient=person
    )


def _queue(
    kind: str,
    changes: list[Told],
    run: CourseRun,
    registration: Registration | None,
    person: User,
    at: dt.datetime,
) -> None:
    """One mail tells of all changes since the last: of a session moved twice, the first and the last time."""
    waiting = _unsent(kind, person).filter(registration=registration)
    message = (waiting if registration else waiting.filter(run=run)).first()
    if message is None:
        mails.queue(
            kind,
            registration,
            recipient=person,
            run=None if registration else run,
            details={"changes": changes},
            due_at=at + GRACE,
        )
        return
    merged = {_key(one): one for one in message.details["changes"]}
    for change in changes:
        first = merged.get(_key(change))
        merged[_key(change)] = {**change, "old": first["old"]} if first else change
    left = [one for one in merged.values() if not _is_as_before(one)]
    message.details, message.due_at = {"changes": left}, at + GRACE
    if not left:
        message.status, message.last_error = Message.Status.DROPPED, _("Es ist wieder alles wie zuvor.")
    message.save(update_fields=["details", "status", "last_error", "due_at"])


def _key(change: Told) -> Any:
    return change.get("session") or change["field"]


def _is_as_before(change: Told) -> bool:
    if change.get("cancelled"):
        return change["old"] is None  # added and called off again
    return bool(change["old"] == change["new"])
