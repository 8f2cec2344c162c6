"""Who was there? Marks per session, in teaching minutes.

A mark may come late: from a device that was without network. Of two marks for one person the one said later counts,
whichever arrives last, and one sent twice counts once.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.names import by_name
from trainings.acts import Act
from trainings.locking import locked_session
from trainings.models import KEPT_FOR, AttendanceChange, AttendanceRecord, Registration, Session, minutes_by_session
from trainings.refusals import Reason, Refused

Status = AttendanceRecord.Status

# How old marks from a device without network may be; older ones count from when they arrive.
OFFLINE_FOR = KEPT_FOR

# How long what was just recorded is taken back without a reason.
TAKEN_BACK_WITHIN = dt.timedelta(minutes=15)

NOT_RECORDED = ""


@dataclass(frozen=True)
class Mark:
    """What is to be recorded for one person; NOT_RECORDED as the status takes back what is.

    For PARTIAL, either the teaching ``minutes`` attended, or the minutes missed by coming ``late`` or going ``early``.
    """

    status: str
    minutes: int | None = None
    late: int = 0
    early: int = 0
    note: str = ""


class InvalidMark(Refused):
    """Nothing was recorded; ``texts`` maps a registration's key to a sentence."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        super().__init__(*(Reason("mark", text, field=f"late_{key}") for key, text in texts.items()))
        self.texts = dict(texts)


def _reason_missing() -> Refused:
    text = _("Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern.")
    return Refused(Reason("reason_missing", text, field="reason"))


def expected(session: Session) -> list[Registration]:
    """Everybody with a confirmed place in the session's run, by surname as in a German list."""
    confirmed = Registration.objects.confirmed().filter(run=session.run_id).select_related("person", "agency")
    return by_name(confirmed)


def needs_a_reason(session: Session, at: dt.datetime | None = None) -> bool:
    """Whether changing a record is a correction.

    While the day of the session lasts, the list is still being made; unless it was submitted, or the run is closed.
    """
    return timezone.localdate(at) > timezone.localdate(session.ends_at) or _is_handed_in(session)


def _is_handed_in(session: Session) -> bool:
    return session.run.is_closed or session.submissions.exists()


@transaction.atomic
def record(
    session: Session,
    marks: Mapping[int, Mark],
    act: Act,
    *,
    others: Mark | None = None,
) -> int:
    """Write the marks, keyed by registration, and ``others`` for everybody not recorded yet; returns how many changed.

    Every change keeps the old value in an AttendanceChange; a correction needs a reason. All or nothing: raises
    Refused. Under the lock of the run, so that nobody's registration ends at the same moment.
    """
    session = locked_session(session)
    act, at = act.begin()
    must_be_open(session, act, at)
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
    steps = [_Writing(key, existing.get(key), _values(session, mark), at) for key, mark in marks.items()]
    changed = [step for step in steps if step.is_change]
    if not act.has_reason and any(step.row for step in changed) and needs_a_reason(session, at):
        raise _reason_missing()
    _write(session, changed, act)
    return len(changed)


@transaction.atomic
def take_back(session: Session, before: Mapping[int, Mark], act: Act, *, made_at: dt.datetime) -> int:
    """Let stand again what stood ``before`` somebody recorded a list at ``made_at``; returns for how many people.

    Only where that is the last word: what anybody has changed since stays, and who has no place any more is left out.
    Raises Refused.
    """
    session = locked_session(session)
    act, at = act.begin()
    if at - made_at > TAKEN_BACK_WITHIN:
        raise Refused(Reason("too_late", _("Zurücknehmen können Sie das nicht mehr. Bitte ändern Sie die Einträge.")))
    there = Registration.objects.confirmed().filter(run=session.run_id, pk__in=before)
    latest = dict(
        AttendanceChange.objects.filter(session=session, registration__in=there, overruled_status=None)
        .order_by("said_at", "at", "pk")
        .values_list("registration", "at")
    )
    marks = {key: mark for key, mark in before.items() if latest.get(key) == made_at}
    return record(session, marks, _taking_back(act))


def _taking_back(act: Act) -> Act:
    return act if act.has_reason else replace(act, reason=_("Gleich wieder zurückgenommen."))


@transaction.atomic
def tap(
    session: Session,
    registration_pk: int,
    mark: Mark,
    act: Act,
    *,
    key: uuid.UUID,
    said_at: dt.datetime,
    after: uuid.UUID | None = None,
    takes_back: bool = False,
) -> AttendanceRecord | None:
    """Write one mark a device made at ``said_at``, perhaps without network; returns the record as it now stands.

    ``key`` is the device's name for the mark: the same one again changes nothing, nor does one said before the mark
    that stands. ``after`` is the mark this device made before for the same person: whatever a slow network did to the
    moments of both, this one is the later. One that ``takes_back`` that mark counts only while it is the last word; it
    says why by itself where it restores what stood before, soon, by our clock, and before the list is handed in. Raises
    Refused.
    """
    session = locked_session(session)
    act, at = act.begin()
    said_at = said_at if at - OFFLINE_FOR <= said_at <= at else at
    row = AttendanceRecord.objects.filter(session=session, registration=registration_pk).first()
    of_the_person = session.pk, registration_pk
    known = Q(session=session, registration=registration_pk) | Q(tap__in=[key, after or key])
    changes = list(AttendanceChange.objects.filter(known).order_by("said_at", "at", "pk"))
    arrived = {change.tap: change for change in changes if change.tap}
    if change := arrived.get(key):
        if (change.session_id, change.registration_id) != of_the_person:
            raise InvalidMark({registration_pk: _("Diese Eintragung gehört zu einer anderen Person.")})
        return row
    if takes_back and after is None:
        text = _("Zurücknehmen lässt sich nur eine Eintragung, die dieses Gerät gemacht hat.")
        raise Refused(Reason("nothing_to_take_back", text))
    before = arrived.get(after)
    if before and (before.session_id, before.registration_id) == of_the_person:
        said_at = max(said_at, before.said_at + dt.timedelta(microseconds=1))
    must_be_open(session, act, at)
    registration = Registration.objects.confirmed().filter(run=session.run_id, pk=registration_pk).first()
    if text := _objection(session, registration, mark):
        raise InvalidMark({registration_pk: text})
    counted = [
        change for change in changes if change.counts and (change.session_id, change.registration_id) == of_the_person
    ]
    last = counted[-1] if counted else None
    is_too_late = said_at < (row.said_at if row else last.said_at if last else said_at)
    if is_too_late or (takes_back and (last is None or last.tap != after)):
        words = {"status": Status(mark.status).label if mark.status else _("nicht erfasst")}
        text = _("Kam nach einer späteren Markierung an: %(status)s") % words
        late = _Writing(registration_pk, row, _said(row), said_at, key, overruled=mark.status)
        _write(session, [late], replace(act, reason=text))
        return row
    step = _Writing(registration_pk, row, _values(session, mark), said_at, key)
    if takes_back and last and step.restores(last) and at - last.at <= TAKEN_BACK_WITHIN and not _is_handed_in(session):
        act = _taking_back(act)
    if row is not None and step.is_change and not act.has_reason and needs_a_reason(session, said_at):
        raise _reason_missing()
    return _write(session, [step], act)[0]


@dataclass(frozen=True)
class Word:
    """Who said what of a person, and when."""

    by: str
    status: str
    said_at: dt.datetime


@dataclass(frozen=True)
class Disagreement:
    """Of two people who marked the same person on one day differently: what counts, since it was said later."""

    counts: Word
    overruled: Word


def disagreements(session: Session) -> dict[int, Disagreement]:
    """By registration. Whoever marks sees where others said otherwise, whichever mark arrived first."""
    names = "registration", "actor", "actor__first_name", "actor__last_name", "to_status", "overruled_status", "said_at"
    said: dict[int, dict[int, Word]] = {}
    counting: dict[int, tuple[int, Word]] = {}
    changes = AttendanceChange.objects.filter(session=session).order_by("said_at", "at", "pk").values_list(*names)
    for registration, actor, first_name, last_name, status, overruled, said_at in changes:
        word = Word(f"{first_name} {last_name}".strip(), status if overruled is None else overruled, said_at)
        said.setdefault(registration, {})[actor] = word
        if overruled is None:
            counting[registration] = actor, word
    found = {}
    for registration, (actor, counts) in counting.items():
        others = [word for by, word in said[registration].items() if by != actor and _differ_on_one_day(counts, word)]
        if others:
            found[registration] = Disagreement(counts, max(others, key=lambda word: word.said_at))
    return found


def _differ_on_one_day(one: Word, other: Word) -> bool:
    return one.status != other.status and timezone.localdate(one.said_at) == timezone.localdate(other.said_at)


def must_be_open(session: Session, act: Act, at: dt.datetime) -> None:
    if session.is_cancelled or session.run.is_cancelled:
        raise Refused(Reason("cancelled", _("Diese Sitzung entfällt.")))
    if not session.can_be_recorded(at):
        raise Refused(Reason("too_early", _("Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden.")))
    if session.run.is_closed and not act.is_by_coordinator:
        raise closed()


def closed() -> Refused:
    text = _("Dieser Termin ist abgeschlossen. Korrigieren kann ihn nur die Koordination.")
    return Refused(Reason("closed", text))


def _objection(session: Session, registration: Registration | None, mark: Mark) -> str:
    if registration is None:
        return _("Diese Person hat keinen bestätigten Platz mehr.")
    if mark.status == NOT_RECORDED:
        # What is closed has every record: its report and its certificates count on that.
        closed_list = _("Der Termin ist abgeschlossen: Hier braucht jede Person einen Eintrag.")
        return closed_list if session.run.is_closed else ""
    if mark.status not in Status.values:
        return _("Bitte wählen Sie eine der Möglichkeiten.")
    if mark.status == Status.PARTIAL and not 0 < _minutes(session, mark) < session.teaching_minutes:
        return _("Bitte geben Sie bei „teilweise“ die Minuten an: 1 bis %(most)d.") % {
            "most": session.teaching_minutes - 1
        }
    return ""


@dataclass(frozen=True)
class _Values:
    """What a record says; without a status there is none."""

    status: str = NOT_RECORDED
    minutes: int = 0
    late: int = 0
    early: int = 0
    note: str = ""


@dataclass(frozen=True)
class _Writing:
    """What becomes of the record of one person: ``row``, or None where there is none.

    ``overruled``: the status of a mark that came too late to count.
    """

    registration: int
    row: AttendanceRecord | None
    values: _Values
    said_at: dt.datetime
    key: uuid.UUID | None = None
    overruled: str | None = None

    @property
    def is_change(self) -> bool:
        return _said(self.row) != self.values

    def restores(self, change: AttendanceChange) -> bool:
        return (self.values.status, self.values.minutes) == (change.from_status, change.from_minutes or 0)


def _values(session: Session, mark: Mark) -> _Values:
    is_partial = mark.status == Status.PARTIAL
    late, early = (mark.late, mark.early) if is_partial else (0, 0)
    note = mark.note.strip()[:200] if mark.status else ""
    return _Values(mark.status, _minutes(session, mark), late, early, note)


def _said(row: AttendanceRecord | None) -> _Values:
    if row is None:
        return _Values()
    return _Values(row.status, row.minutes, row.late_minutes, row.early_minutes, row.note)


def _minutes(session: Session, mark: Mark) -> int:
    """Teaching minutes the mark stands for."""
    if mark.status == Status.PRESENT:
        return session.teaching_minutes
    if mark.status != Status.PARTIAL:
        return 0
    missed = mark.late + mark.early
    return session.teaching_minutes - missed if missed else mark.minutes or 0


def _write(session: Session, steps: Collection[_Writing], act: Act) -> list[AttendanceRecord | None]:
    """Save the records and what they said before, all at once: a full hall is one tap. Returns what stands now.

    A mark that changes nothing leaves its record untouched, but for the moment it was said.
    """
    act, at = act.begin()
    changes = [_change(session, step, act) for step in steps]
    new, changed, gone, standing = [], [], [], []
    for step in steps:
        row = step.row
        if not step.values.status:
            gone += [row.pk] if row else []
            row = None
        elif row is None:
            row = AttendanceRecord(registration_id=step.registration, session=session)
            new.append(_fill(row, step, act, at))
        elif step.is_change:
            changed.append(_fill(row, step, act, at))
        elif step.said_at > row.said_at:
            row.said_at = step.said_at
            changed.append(row)
        standing.append(row)
    AttendanceRecord.objects.bulk_create(new)
    if changed:
        AttendanceRecord.objects.bulk_update(changed, WRITTEN)
    if gone:
        AttendanceRecord.objects.filter(pk__in=gone).delete()
    AttendanceChange.objects.bulk_create(changes)
    return standing


WRITTEN = ["status", "minutes", "late_minutes", "early_minutes", "note", "recorded_by", "recorded_at", "said_at"]


def _fill(row: AttendanceRecord, step: _Writing, act: Act, at: dt.datetime) -> AttendanceRecord:
    values = step.values
    row.status, row.minutes, row.note = values.status, values.minutes, values.note
    row.late_minutes, row.early_minutes = values.late, values.early
    row.recorded_by, row.recorded_at, row.said_at = act.user, at, step.said_at
    return row


def _change(session: Session, step: _Writing, act: Act) -> AttendanceChange:
    act, at = act.begin()
    row, values = step.row, step.values
    return AttendanceChange(
        registration_id=step.registration,
        session=session,
        from_status=row.status if row else NOT_RECORDED,
        from_minutes=row.minutes if row else None,
        to_status=values.status,
        to_minutes=values.minutes if values.status else None,
        overruled_status=step.overruled,
        actor=act.by,
        channel=act.channel,
        reason=act.reason.strip()[:500],
        at=at,
        said_at=step.said_at,
        tap=step.key,
    )


def rescale(session: Session, act: Act) -> None:
    """The session's teaching minutes have changed: people who were there all the time attended all that was taught.

    The caller holds the lock of the run.
    """
    act, at = act.begin()
    act = replace(act, reason=_("Unterrichtet wurden %(minutes)d Minuten.") % {"minutes": session.teaching_minutes})
    steps = []
    for row in AttendanceRecord.objects.filter(session=session, minutes__gt=0):
        mark = Mark(row.status, row.minutes, row.late_minutes, row.early_minutes, row.note)
        values = _values(session, mark)
        values = replace(values, minutes=min(max(values.minutes, 1), session.teaching_minutes))
        steps.append(_Writing(row.registration_id, row, values, at))
    _write(session, [step for step in steps if step.is_change], act)


def complete_changes() -> int:
    """Say whose change in which session it was, in rows the version before wrote while an upgrade ran; idempotent.

    Without that no data copy shows them, and no evidence date ends them.
    """
    record = AttendanceRecord.objects.filter(pk=OuterRef("record"))
    whose = {f"{name}_id": Subquery(record.values(name)) for name in ("registration", "session")}
    # Nothing that was written is changed: what is missing is set.
    return QuerySet.update(AttendanceChange.objects.filter(Exists(record), registration=None), **whose)


def minutes_if_complete(registration: Registration) -> int | None:
    """What the person attended of the run; None while a session is not recorded.

    Asks nothing of the database where ``attendance_records`` and the run's sessions are prefetched.
    """
    attended = minutes_by_session(registration, registration.run.sessions.all()).values()
    return None if None in attended else sum(filter(None, attended))
