"""What happens because time has passed? Held places end, reminders go out, waiting ends with the start.

``sweep`` runs every few minutes, is idempotent, and repairs a promotion that was missed anywhere.
"""

import datetime as dt

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from trainings import mails
from trainings.acts import automatic
from trainings.booking import approvals, held_places, offers, registering, transitions
from trainings.locking import locked
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, HeldPlace, Registration

REMIND_BEFORE = dt.timedelta(days=3)  # of naming the people for held places


def sweep(at: dt.datetime | None = None) -> None:
    """Bring every run up to date in which something is on hold or somebody waits.

    Also of people whose account ended while somebody registered them: what they have in runs to come ends.
    """
    at = at or timezone.now()
    gone = Registration.objects.active().filter(person__is_active=False, run__starts_at__gt=at)
    for person in User.objects.filter(pk__in=gone.values("person")).order_by("pk"):
        registering.end_with_account(person, automatic(at, _("Das Konto ist beendet.")))
    waiting = Registration.objects.filter(status=Registration.Status.WAITLISTED).values("run")
    holding = Registration.objects.holding().values("run")
    held = HeldPlace.objects.open().values("run")
    for run in CourseRun.objects.filter(Q(pk__in=waiting) | Q(pk__in=holding) | Q(pk__in=held)):
        bring_up_to_date(run, at=at)


def bring_up_to_date(run: CourseRun, *, at: dt.datetime | None = None) -> None:
    """End what has expired, send reminders, and fill places that became free, in one transaction."""
    with locked(run) as run:
        at = at or timezone.now()
        passed_over = set()
        for registration in run.registrations.holding().select_related("person", "agency"):
            registration.run = run
            if registration.has_run_out(at) or run.has_started(at):  # the run may have been moved forward
                (offers if registration.is_offered else approvals).lapse(registration, at=at)
                if registration.is_waiting:
                    passed_over.add(registration.pk)
            elif registration.is_requested:
                approvals.remind(registration, at=at)
            else:
                offers.remind(registration, at=at)
        for place in run.held_places.overdue(at):
            held_places.release(place, by=None, at=at)
        if run.has_started(at):
            for place in run.held_places.open():
                held_places.release(place, by=None, at=at)
            registering.expire_waiting(run, at=at)
        else:
            _remind_of_names(run, at)
            transitions.fill(run, at, passed_over)


def follow_start(run: CourseRun, before: dt.datetime | None, at: dt.datetime) -> dict[str, list[tuple[str, str]]]:
    """The start has moved: what was held until then is held as long as its own time goes, and nothing beyond the start.

    The caller holds the lock. Returns old and new ends of ``offers`` and ``approvals``, as ISO 8601.
    """
    moved: dict[str, list[tuple[str, str]]] = {}
    if run.starts_at is None:
        return moved
    for registration in run.registrations.holding().order_by("held_until", "pk"):
        registration.run = run
        old = registration.held_until
        if old is None or (old != before and old <= run.starts_at):
            continue
        new = _own_deadline(registration, at)
        if new != old:
            transitions.hold_until(registration, new)
            name = "offers" if registration.is_offered else "approvals"
            moved.setdefault(name, []).append((old.isoformat(), new.isoformat()))
    return moved


def _own_deadline(registration: Registration, at: dt.datetime) -> dt.datetime:
    """As if it had been given when it was, for a run that starts when it does now."""
    run, since = registration.run, registration.status_changed_at
    if registration.is_offered:
        return transitions.answer_deadline(run, since)
    deadline = transitions.approval_deadline(run, since)
    if registration.is_for_coordinator and deadline <= at and run.starts_at is not None:
        return run.starts_at
    return deadline


def _remind_of_names(run: CourseRun, at: dt.datetime) -> None:
    """One mail to the contact who holds places that must be named within three days."""
    soon = timezone.localdate(at + REMIND_BEFORE)
    due = run.held_places.open().filter(name_by__lte=soon, reminded_at=None)
    due = due.filter(taken_at__lt=at - dt.timedelta(days=1)).select_related("taken_by")
    for contact in {place.taken_by for place in due if place.taken_by.is_active}:
        mails.tell_person(Occasion.NAMES_DUE, Who.CONTACT, contact, run)
    due.update(reminded_at=at)


def runs_to_decide(at: dt.datetime | None = None) -> list[CourseRun]:
    """Runs whose day of decision has come, that have not reached their minimum, and that nobody has decided on."""
    at = at or timezone.now()
    return list(CourseRun.objects.to_decide(timezone.localdate(at), at).for_lists())
