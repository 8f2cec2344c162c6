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
from trainings.models import CourseRun, HeldPlace, HeldPlaceQuerySet, Message, Registration, rows_if_any

REMIND_BEFORE = dt.timedelta(days=3)  # of naming the people for held places


def sweep(at: dt.datetime | None = None) -> None:
    """Bring every run up to date in which something is on hold or somebody waits.

    Also of people whose account ended while somebody registered them: what they have in runs to come ends.
    """
    at = at or timezone.now()
    gone = Registration.objects.active().filter(person__is_active=False, run__starts_at__gt=at)
    for person in User.objects.filter(pk__in=gone.values("person")).order_by("pk"):
        registering.end_with_account(person, automatic(at, _("Das Konto ist beendet.")))
    for run in runs_to_bring_up_to_date(at):
        bring_up_to_date(run, at=at)


def runs_to_bring_up_to_date(at: dt.datetime) -> list[CourseRun]:
    """Where ``bring_up_to_date`` has something to do, asked of all runs at once and without a lock.

    One too many does no harm; of one that changes meanwhile the next sweep knows.
    """
    waiting = Registration.objects.filter(status=Registration.Status.WAITLISTED).values("run")
    with_queue = list(CourseRun.objects.filter(pk__in=waiting))
    pks = _with_deadlines(at) | _with_held_places(at) | {run.pk for run in with_queue if run.has_started(at)}
    pks |= transitions.runs_to_fill([run for run in with_queue if run.pk not in pks], at)
    return list(CourseRun.objects.filter(pk__in=pks))


def _with_deadlines(at: dt.datetime) -> set[int]:
    """Where what is held runs out, or a reminder of it is due that nobody has had yet."""
    found, due = set(), []
    for row in Registration.objects.holding().select_related("run"):
        if row.has_run_out(at) or row.run.has_started(at):
            found.add(row.run_id)
        else:
            reminders = (approvals if row.is_requested else offers).reminders_due(row, at)
            due += [(row.run_id, (row.pk, *reminder)) for reminder in reminders]
    told = Message.objects.filter(
        registration__in={of[0] for _run, of in due}, kind__in={of[1] for _run, of in due}
    ).values_list("registration", "kind", "details__until")
    has_been_told = {(pk, kind, until or "") for pk, kind, until in told} if due else set()
    return found | {run for run, of in due if of not in has_been_told}


def _with_held_places(at: dt.datetime) -> set[int]:
    """Where a place an agency holds is to be named by now, soon, or was until the start."""
    places = HeldPlace.objects.open()
    is_over = Q(name_by__lt=timezone.localdate(at)) | Q(run__starts_at__lte=at)
    to_name = Q(pk__in=_to_be_named(places, at).values("pk"))
    return set(places.filter(is_over | to_name).values_list("run", flat=True))


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
    due = _to_be_named(run.held_places.open(), at).select_related("taken_by")
    for contact in {place.taken_by for place in due if place.taken_by.is_active}:
        mails.tell_person(Occasion.NAMES_DUE, Who.CONTACT, contact, run)
    due.update(reminded_at=at)


def _to_be_named(places: HeldPlaceQuerySet, at: dt.datetime) -> HeldPlaceQuerySet:
    """Whose contact is to be reminded."""
    soon = timezone.localdate(at + REMIND_BEFORE)
    return places.filter(name_by__lte=soon, reminded_at=None, taken_at__lt=at - dt.timedelta(days=1))


def runs_to_decide(at: dt.datetime | None = None) -> list[CourseRun]:
    """Runs whose day of decision has come, that have not reached their minimum, and that nobody has decided on."""
    at = at or timezone.now()
    return rows_if_any(CourseRun.objects.to_decide(timezone.localdate(at), at).for_lists())
