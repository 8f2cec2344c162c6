"""What was changed after a run had been closed for the first time: in its plan, and in who was there?"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Min
from django.utils.translation import gettext as _

from accounts.models import User
from evidence.facts.nouns import CorrectionEvidence
from evidence.facts.unnamed import nameless_correction, names_in
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, RunEvent
from trainings.planning import said

What = RunEvent.What


def corrections_of(runs: Sequence[CourseRun]) -> dict[int, list[CorrectionEvidence]]:
    """By run, in the order in which they were made."""
    return _changes(first_closed(runs))


def changes_since(runs: Iterable[int], at: dt.datetime, *, named: bool) -> dict[int, list[CorrectionEvidence]]:
    """What was changed after that moment, closed or not: by the keys of the runs, in the order of time.

    ``named``: whether those who had a place are named, also in what somebody typed.
    """
    found = _changes(dict.fromkeys(runs, at))
    return found if named else _nameless(found)


def _nameless(found: Mapping[int, list[CorrectionEvidence]]) -> dict[int, list[CorrectionEvidence]]:
    people = defaultdict[int, list[tuple[str, str]]](list)
    rows = Registration.objects.filter(run__in=list(found)).order_by()
    for run, *names in rows.values_list("run", "person__last_name", "person__first_name"):
        people[run].append((names[0], names[1]))
    patterns = {run: names_in(people[run]) for run in found}
    return {run: [nameless_correction(patterns[run], one) for one in changes] for run, changes in found.items()}


def _changes(closed: Mapping[int, dt.datetime]) -> dict[int, list[CorrectionEvidence]]:
    """By run, after the moment that is given for it."""
    found = defaultdict[int, list[CorrectionEvidence]](list)
    for event in RunEvent.objects.filter(run__in=closed).exclude(what=What.CLOSED).select_related("actor"):
        if event.at > closed[event.run_id]:
            found[event.run_id] += _of_planning(event)
    changes = AttendanceChange.objects.filter(registration__run__in=closed)
    for change in changes.select_related("actor", "registration__person"):
        of = change.registration
        if of is not None and change.at > closed[of.run_id] and change.counts:
            found[of.run_id].append(_of_attendance(change, of))
    return {key: sorted(corrections, key=lambda one: one.at) for key, corrections in found.items()}


def first_closed(runs: Sequence[CourseRun]) -> dict[int, dt.datetime]:
    """By run, when it was closed for the first time; without those that never were."""
    events = RunEvent.objects.filter(run__in=runs, what=What.CLOSED).order_by()
    found = dict(events.values_list("run").annotate(first=Min("at")))
    return {run.pk: run.closed_at for run in runs if run.closed_at} | found


def name_in_reports(person: User) -> tuple[str, str]:
    """Last and first name; empty for somebody whose data are restricted or erased: no new report names them."""
    return ("", "") if person.restricted_at or person.erased_at else (person.last_name, person.first_name)


def _of_planning(event: RunEvent) -> list[CorrectionEvidence]:
    by = str(event.actor) if event.actor else ""
    if event.what == What.REOPENED:
        return [CorrectionEvidence(event.at, by, "", event.get_what_display(), "", "", event.reason)]
    return [CorrectionEvidence(event.at, by, "", one.label, one.old, one.new, event.reason) for one in said(event)]


def _of_attendance(change: AttendanceChange, of: Registration) -> CorrectionEvidence:
    return CorrectionEvidence(
        at=change.at,
        by=str(change.actor),
        about=", ".join(name for name in name_in_reports(of.person) if name),
        label=_("Anwesenheit"),
        old=_mark(change.from_status, change.from_minutes),
        new=_mark(change.to_status, change.to_minutes),
        reason=change.reason,
    )


def _mark(status: str, minutes: int | None) -> str:
    if not status:
        return _("nicht erfasst")
    label = str(AttendanceRecord.Status(status).label)
    return _("%(status)s (%(minutes)d Minuten)") % {"status": label, "minutes": minutes} if minutes else label
