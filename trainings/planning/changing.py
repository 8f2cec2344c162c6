"""What may be changed of a run, and what follows from it? One operation for pages, tables and whatever comes after.

Days that hang on a run follow its first session, and so do open offers and approvals; more places go to those who
wait; attendance follows the minutes; people are told; the history keeps who, what and why.
"""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import booking
from trainings.acts import Act, Channel
from trainings.history import AFTER_CLOSING, Difference, Facts, Recording, closed, recorded
from trainings.models import AttendanceRecord, CourseRun, Session
from trainings.planning import checks, scheduling, telling
from trainings.planning.scheduling import Meeting
from trainings.refusals import Reason, Refused

MOVED_ALONG = ("registration_opens_on", "registration_closes_on", "cancellation_closes_on", "decide_on")
# What only its own operation writes.
NOT_EDITED = {
    "id", "course", "published_at", "cancelled_at", "cancellation_reason", "closed_at", "closed_by", "decided_at",
    "starts_at", "ends_at", "changed_at",
}  # fmt: skip
EDITED = {one.name for one in [*CourseRun._meta.concrete_fields, *CourseRun._meta.many_to_many]} - NOT_EDITED


@dataclass(frozen=True)
class Edit:
    """What is to change, and nothing else.

    ``values``: fields of the run, people and agencies as collections. ``sessions``: by key, None for one that does not
    take place. ``added``: further ones. ``days_stay``: the days that hang on the run do not move with its start.
    ``expects``: what stood there when somebody began to edit; whoever was quicker is not overwritten.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    sessions: Mapping[int, Meeting | None] = field(default_factory=dict)
    added: Sequence[Meeting] = ()
    days_stay: bool = False
    expects: Facts = field(default_factory=dict)


def change_run(run: CourseRun, edit: Edit, act: Act) -> CourseRun:
    """Do all of it or nothing. Raises Refused, and Unconfirmed where new warnings are not among ``act.overrides``."""
    if unknown := edit.values.keys() - EDITED:
        raise TypeError(f"An edit does not write {', '.join(sorted(unknown))}.")
    with recorded(run, act) as recording:
        run = recording.run
        if reasons := [*_objections(run, edit, recording.act, recording.at), *_overtaken(recording, edit)]:
            raise Refused(*reasons)
        doubts, first = checks.problems(run, recording.at), run.starts_at
        _write_fields(recording, edit.values)
        write_sessions(run, edit, recording.act, recording.at)
        if not edit.days_stay:
            _move_days(recording, first, edit)
        _move_ends(recording, first)
        if "capacity" in edit.values:
            booking.set_capacity(recording, edit.values["capacity"])
        if any(change.session is None and change.field in scheduling.PLACE for change in recording.compare()):
            scheduling.touch_sessions(run)
        checks.insist(checks.problems(run, recording.at), recording.act, but=doubts, is_public=run.is_published)
        telling.tell(recording)
    return run


def _overtaken(recording: Recording, edit: Edit) -> list[Reason]:
    text = _("Jemand anders hat das gerade geändert. Bitte prüfen Sie es und speichern Sie noch einmal.")
    changed = [key for key, value in edit.expects.items() if recording.before.get(key) != value]
    return [Reason("overtaken", text, "sessions" if session else name) for session, name in changed]


def _objections(run: CourseRun, edit: Edit, act: Act, at: dt.datetime) -> list[Reason]:
    if not (act.is_by_coordinator or act.channel == Channel.AUTOMATIC):
        return [Reason("coordinator", _("Das kann nur die Koordination."))]
    if run.is_cancelled:
        return [Reason("cancelled", _("Dieser Termin ist abgesagt."))]
    touches_sessions = bool(edit.sessions or edit.added)
    if run.is_closed and (touches_sessions or edit.values.keys() - AFTER_CLOSING):
        return list(closed().reasons)
    if run.is_finished(at) and edit.values.keys() - AFTER_CLOSING and not act.has_reason:
        return [Reason("past", _("Das ändert etwas an der Vergangenheit. Bitte nennen Sie den Grund."), "reason")]
    return _objections_to_sessions(run, edit, act, at)


def _objections_to_sessions(run: CourseRun, edit: Edit, act: Act, at: dt.datetime) -> list[Reason]:
    present = {session.pk: session for session in run.sessions.all() if not session.is_cancelled}
    if edit.sessions.keys() - present.keys():
        return [Reason("session_off", _("Diese Sitzung entfällt bereits."), "sessions")]
    remaining = [pk for pk in present if edit.sessions.get(pk, present[pk]) is not None]
    if present and not remaining and not edit.added:
        text = _("Das ist die einzige Sitzung. Bitte sagen Sie den Termin ab, oder nennen Sie einen neuen Tag.")
        return [Reason("only_session", text, "sessions")]
    moved = [(present[pk], new) for pk, new in edit.sessions.items() if _differs(present[pk], new)]
    recorded_ones = set(
        AttendanceRecord.objects.filter(session__in=[session for session, _new in moved]).values_list(
            "session", flat=True
        )
    )
    if any(new and new.starts_at > at >= old.starts_at and old.pk in recorded_ones for old, new in moved):
        text = _("Für diese Sitzung ist schon Anwesenheit erfasst; sie kann nicht mehr in die Zukunft verlegt werden.")
        return [Reason("recorded", text, "sessions")]
    starts = [old.starts_at for old, _new in moved] + [new.starts_at for _old, new in moved if new]
    starts += [new.starts_at for new in edit.added]
    if any(start <= at for start in starts) and not act.has_reason:
        text = _("Das ändert etwas an der Vergangenheit. Bitte nennen Sie den Grund.")
        return [Reason("past", text, "reason")]
    return []


def _differs(session: Session, new: Meeting | None) -> bool:
    return new is None or scheduling.meeting_of(session) != new


def _write_fields(recording: Recording, values: Mapping[str, Any]) -> None:
    """The capacity comes last: who moves up depends on the days."""
    run = recording.run
    plain = {name: value for name, value in values.items() if name not in {"trainers", "agencies", "capacity"}}
    for name, value in plain.items():
        setattr(run, name, value)
    validate(run, plain)
    if plain:
        recording.write(**plain)
    if "trainers" in values:
        run.trainers.set(values["trainers"])
    if "agencies" in values:
        run.agencies.set(values["agencies"])


def validate(run: CourseRun, changed: Collection[str] | None = None) -> None:
    """Raise Refused for values that cannot be; of a run that exists only for those in ``changed``."""
    others = [one.name for one in CourseRun._meta.fields if changed is not None and one.name not in changed]
    try:
        run.clean_fields(exclude=others)
        run.validate_unique(exclude=others)
        run.clean()
        run.validate_constraints()
    except ValidationError as invalid:
        reasons = [
            Reason("invalid", " ".join(texts), name if name in EDITED else "")
            for name, texts in invalid.message_dict.items()
            if name not in others
        ]
        if reasons:
            raise Refused(*reasons) from None


def write_sessions(run: CourseRun, edit: Edit, act: Act, at: dt.datetime) -> None:
    """Move, add and call off; the caller holds the lock. Raises Refused for a meeting that cannot be."""
    for meeting in [*edit.added, *(meeting for meeting in edit.sessions.values() if meeting)]:
        try:
            Session(run=run, **asdict(meeting)).clean()
            if meeting.teaching_minutes < 1:
                raise ValidationError(_("Bitte geben Sie die Unterrichtsminuten an."))
        except ValidationError as invalid:
            raise Refused(Reason("session", " ".join(invalid.messages), "sessions")) from None
    for session in run.sessions.filter(pk__in=edit.sessions):
        session.run = run
        new = edit.sessions[session.pk]
        if new is None:
            scheduling.call_off_session(session, at)
        else:
            scheduling.change_session(session, new, act)
    for meeting in edit.added:
        scheduling.add_session(run, **asdict(meeting))


def _move_ends(recording: Recording, first: dt.datetime | None) -> None:
    """Open offers and approvals follow the start, whatever becomes of the days: nothing is held beyond it."""
    if first == recording.run.starts_at:
        return
    for name, ends in booking.follow_start(recording.run, first, recording.at).items():
        olds, news = ([end[which] for end in ends] for which in (0, 1))
        recording.notes.append(Difference(name, olds, news))


def _move_days(recording: Recording, first: dt.datetime | None, edit: Edit) -> None:
    """Days that hang on the run keep their distance from its start; one that is given, or long past, stays.

    None that is to come gets into the past: today is the earliest.
    """
    run, today = recording.run, timezone.localdate(recording.at)
    if first is None or run.starts_at is None:
        return
    by = timezone.localdate(run.starts_at) - timezone.localdate(first)
    if not by:
        return
    moved = {}
    for name in MOVED_ALONG:
        day = getattr(run, name)
        is_over = day is not None and day < today and (by.days < 0 or name == "registration_opens_on")
        if day and not is_over and name not in edit.values:
            moved[name] = max(day + by, today) if day >= today else day + by
    if moved:
        recording.write(**moved)
    booking.move_days(run, by, today)
