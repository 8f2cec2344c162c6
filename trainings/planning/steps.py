"""What is the next step of a run, what else is due, and what is done?"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from trainings import actions
from trainings.actions import Action
from trainings.completeness import lists_to_scan, lists_to_submit, missing_records
from trainings.dates import date_short
from trainings.models import CourseRun
from trainings.phases import Phase, phase_of
from trainings.planning import checks
from trainings.planning.audiences import other_runs, people_called_off


@dataclass(frozen=True)
class Progress:
    """``next``: the one step to take now; ``due``: what else is; ``done``: what need not be thought of any more."""

    phase: Phase
    next: Action | None
    due: list[Action]
    done: list[str]


def progress_of(run: CourseRun, at: dt.datetime | None = None) -> Progress:
    at = at or timezone.now()
    phase = phase_of(run, at)
    due = list(_DUE[phase](run, at))
    first = due[0] if due else _otherwise(phase, run)
    return Progress(phase, first, due[1:], list(_done(phase, run)))


def _of_draft(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    if run.starts_at is None:
        yield actions.edit(run, _("Tag und Zeit eintragen"), "sessions")
        return
    errors = [problem for problem in checks.problems(run, at) if problem.is_error]
    for problem in errors:
        yield actions.edit(run, problem.text, problem.field)
    if not errors:
        yield actions.publish(run)


def _of_filling(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    if run.starts_at is None:
        yield actions.on(run, "cancel_run", _("Ohne Sitzung: absagen"))
        return
    if run.places_taken < run.minimum_number and run.decided_at is None:
        shown = {"taken": run.places_taken, "minimum": run.minimum_number}
        yield actions.on(run, "invite", _("Jemanden einladen: %(taken)s von mindestens %(minimum)s") % shown)
    yield from _to_complete(run)


def _of_soon(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    yield from _to_complete(run)
    if not run.has_started(at):
        yield from (action for action in _of_filling(run, at) if action.code == "invite")
    if run.format == CourseRun.Format.ONLINE:
        yield actions.on(run, "run_reminders", _("Erinnerungen prüfen"))
    else:
        yield actions.on(run, "run_sheets", _("Listen zum Unterschreiben drucken (PDF)"))
        yield actions.on(run, "run_reminders", _("Erinnerungen prüfen"))


def _of_day(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    """Today's session first, whether its list is open yet or not."""
    today = [one for one in run.sessions_taking_place if timezone.localdate(one.starts_at) == timezone.localdate(at)]
    missing = {session.pk for _registration, session in missing_records(run)}
    for session in sorted(today, key=lambda one: one.ends_at <= at and one.pk not in missing):
        yield actions.attendance(session)
    yield from (action for action in _of_lists(run, at) if action not in [actions.attendance(one) for one in today])


def _of_lists(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    missing = {session.pk: session for _registration, session in missing_records(run) if session.ends_at <= at}
    for session in sorted(missing.values(), key=lambda one: one.starts_at):
        yield actions.attendance(session)
    for session in lists_to_submit(at).filter(run=run):
        yield actions.on(session, "submit", _("Liste abgeben: %(day)s") % {"day": date_short(session.starts_at)})


def _of_after(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    lists = list(_of_lists(run, at))
    yield from lists
    if not any(action.code == "attendance" for action in lists):
        yield actions.on(run, "close", _("Termin abschließen"))
    yield from _to_scan(run, at)


def _of_closed(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    yield from actions.due_afterwards(run)
    yield from _to_scan(run, at)


def _of_called_off(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    if people_called_off(run).exists() and any(number for _other, number in other_runs(run)):
        yield actions.on(run, "offer_other_run", _("Anderen Termin anbieten"))


_DUE: dict[Phase, Callable[[CourseRun, dt.datetime], Iterator[Action]]] = {
    Phase.DRAFT: _of_draft,
    Phase.FILLING: _of_filling,
    Phase.SOON: _of_soon,
    Phase.DAY: _of_day,
    Phase.AFTER: _of_after,
    Phase.CLOSED: _of_closed,
    Phase.CALLED_OFF: _of_called_off,
}


def _otherwise(phase: Phase, run: CourseRun) -> Action | None:
    """Where nothing is due; of a run that is full, and for which nobody waits, nothing is to be done."""
    if phase == Phase.CLOSED:
        return actions.on(run, "figures_of_run", _("Zahlen zu diesem Termin"))
    if phase == Phase.CALLED_OFF:
        return actions.on(run, "copy_run", _("Neuen Termin planen"))
    if run.places_free and not run.people_waiting:
        return actions.on(run, "invite", _("Jemanden einladen"))
    return actions.on(run, "copy_run", _("Weiteren Termin planen")) if run.people_waiting else None


def _to_complete(run: CourseRun) -> Iterator[Action]:
    if not _is_led(run):
        yield actions.edit(run, _("Kursleitung eintragen"), "trainers")
    if run.is_online and not run.online_link:
        yield actions.edit(run, _("Zugangslink eintragen"), "online_link")
    if run.format != CourseRun.Format.ONLINE and run.venue_id is None:
        yield actions.edit(run, _("Veranstaltungsort eintragen"), "venue")


def _to_scan(run: CourseRun, at: dt.datetime) -> Iterator[Action]:
    for session in lists_to_scan(at, [run.pk]):
        yield actions.on(session, "paper", _("Liste einscannen: %(day)s") % {"day": date_short(session.starts_at)})


def _is_led(run: CourseRun) -> bool:
    return any(trainer.is_active for trainer in run.trainers.all())


def _done(phase: Phase, run: CourseRun) -> Iterator[str]:
    if phase in {Phase.DRAFT, Phase.CALLED_OFF}:
        return
    yield _("Veröffentlicht")
    if _is_led(run):
        yield _("Kursleitung eingetragen")
    if phase in {Phase.FILLING, Phase.SOON, Phase.DAY}:
        if run.minimum_number and run.places_taken >= run.minimum_number:
            yield _("Mindestzahl erreicht")
        elif run.decided_at:
            yield _("Entschieden: findet statt")
        return
    if phase == Phase.CLOSED or not missing_records(run):
        yield _("Anwesenheit vollständig")
    if not run.sessions.filter(cancelled_at=None, submissions=None).exists():
        yield _("Listen abgegeben")
    if phase == Phase.CLOSED:
        yield _("Abgeschlossen")
