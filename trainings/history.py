"""What of a run has changed, by whom, and why? Every operation that changes a run does it within ``recorded``.

The run is read before and after under its lock, and the difference is the entry of the history: whatever the operation
did, and whatever followed from it.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.names import by_name
from trainings.acts import Act
from trainings.locking import locked
from trainings.models import CourseRun, RunEvent
from trainings.refusals import Reason, Refused

What = RunEvent.What
Facts = dict[tuple[int | None, str], Any]

# What may still change once a run is closed.
AFTER_CLOSING = {
    "notes", "notes_en", "reminders", "preparation", "preparation_en", "follow_up", "follow_up_en", "coordinator",
}  # fmt: skip
# What follows from other facts, or is said by the event itself.
_NOT_A_FACT = {"id", "changed_at", "starts_at", "ends_at", "closed_by"}
NO_LONGER_KEPT = "–"  # in place of a reason that there must be
_OF_SESSIONS = ("starts_at", "ends_at", "teaching_minutes", "room", "cancelled_at")


def closed() -> Refused:
    text = _("Dieser Termin ist abgeschlossen. Öffnen Sie ihn zuerst wieder und nennen Sie dabei den Grund.")
    return Refused(Reason("closed", text))


@dataclass(frozen=True)
class Difference:
    """``field`` of the run, or of that session (its key); None for ``old`` or ``new``: there was, or is, none."""

    field: str
    old: Any
    new: Any
    session: int | None = None


@dataclass
class Recording:
    """An operation under way: the run under its lock, and what has changed since."""

    run: CourseRun
    act: Act
    at: dt.datetime
    before: Facts
    changes: list[Difference] = field(default_factory=list)
    notes: list[Difference] = field(default_factory=list)  # of what is no fact of the run, but shown with it

    def write(self, **values: Any) -> None:
        """Set fields of the run. Nothing else writes them, but for its span, which follows from the sessions."""
        for name, value in values.items():
            setattr(self.run, name, value)
        self.run.save(update_fields=[*values, "changed_at"])

    def compare(self) -> list[Difference]:
        """What has changed until now, by what the database says."""
        after = facts_of(self.run)
        self.changes = [
            Difference(name, self.before.get((session, name)), after.get((session, name)), session)
            for session, name in dict.fromkeys([*self.before, *after])
            if self.before.get((session, name)) != after.get((session, name))
        ] + self.notes
        return self.changes


@contextmanager
def recorded(run: CourseRun, act: Act, what: What = What.CHANGED) -> Iterator[Recording]:
    """Lock the run, and note afterwards what has changed; nothing is noted of a change that changes nothing.

    Raises Refused where a closed run would no longer be what the reports and certificates made from it say.
    """
    with locked(run) as run:
        act, at = act.begin()
        is_closed = run.is_closed
        recording = Recording(run, act, at, facts_of(run))
        yield recording
        changes = recording.compare()
        if is_closed and what == What.CHANGED and any(one.field not in AFTER_CLOSING for one in changes):
            raise closed()
        if changes:
            _write(run, recording.act, what, changes, at)


def create(act: Act, what: What = What.CREATED, **values: Any) -> CourseRun:
    """A new run with the first entry of its history. Call inside a transaction."""
    act, at = act.begin()
    run = CourseRun.objects.create(**values)
    _write(run, act, what, [], at)
    return run


def facts_of(run: CourseRun) -> Facts:
    """What the database says of the run and its sessions, as plain JSON values; people by their keys, by session."""
    run = CourseRun.objects.get(pk=run.pk)
    facts: Facts = {
        (None, one.name): plain(one, run) for one in CourseRun._meta.concrete_fields if one.name not in _NOT_A_FACT
    }
    facts[None, "trainers"] = sorted(run.trainers.values_list("pk", flat=True))
    facts[None, "agencies"] = [agency.short_name for agency in by_name(run.agencies.all())]
    for share in run.contingents.select_related("agency"):
        facts[None, f"contingent {share.agency.short_name}"] = [
            share.reserved,
            share.maximum,
            share.release_on.isoformat(),
        ]
    for short_name, day in run.held_places.open().order_by("name_by").values_list("agency__short_name", "name_by"):
        facts.setdefault((None, f"naming {short_name}"), []).append(day.isoformat())
    for session in run.sessions.all():
        for name in _OF_SESSIONS:
            facts[session.pk, name] = plain(session._meta.get_field(name), session)
    return facts


def plain(of: Any, row: models.Model) -> Any:
    """The value of a field as JSON has it."""
    if of.related_model is User:
        return getattr(row, of.attname)  # names are kept with the person alone
    value = getattr(row, of.name)
    if isinstance(value, models.Model):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def forget(runs: models.QuerySet[CourseRun], at: dt.datetime) -> dict[str, int]:
    """Empty what was said of runs whose evidence need not be kept: reasons, old and new values. For retention alone."""
    said = runs.exclude(cancellation_reason__in=["", NO_LONGER_KEPT])
    return {
        "run_events": RunEvent.objects.filter(run__in=runs.values("pk")).forget(),
        "cancellation_reasons": said.update(cancellation_reason=NO_LONGER_KEPT, changed_at=at),
    }


def _write(run: CourseRun, act: Act, what: What, changes: list[Difference], at: dt.datetime) -> RunEvent:
    return RunEvent.objects.create(
        run=run,
        what=what,
        changes=[asdict(change) for change in changes],
        actor=act.by,
        channel=act.channel,
        overrides=act.overrides,
        reason=act.reason.strip(),
        at=at,
    )
