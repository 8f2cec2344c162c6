"""Two accounts are one person: what passes to the account that stays, what clashes, and how is it taken back?"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import people
from accounts.models import User
from trainings import booking, planning
from trainings.acts import Act, Channel
from trainings.locking import lock, locked
from trainings.models import REVERSIBLE_FOR, AccountMerge, CourseRun, Registration
from trainings.people.changing import as_refused
from trainings.planning import Edit
from trainings.refusals import Reason, Refused

# What somebody has passes to the account that stays, but for a row the other already has one like.
PASSES_ON = {
    "trainings.Registration": "person",
    "trainings.Interest": "person",
    "trainings.Invitation": "person",
    "trainings.CalendarEntry": "person",
    "trainings.Message": "recipient",
    "trainings.DataRequest": "person",
}
# What somebody did stays under the account they did it with; and what belongs to the account itself ends with it.
STAYS_BEHIND = {
    "accounts.User.merged_into", "accounts.AuditEvent.by", "accounts.AuditEvent.person", "accounts.Affiliation.person",
    "accounts.ContactDuty.person",
    "accounts.SearchWord.person", "accounts.SignIn.person",
    "trainings.AccountMerge.kept", "trainings.AccountMerge.gone", "trainings.AccountMerge.by",
    "trainings.DataRequest.done_by",
    "trainings.CalendarSubscription.person", "trainings.Correspondence.person",
    "trainings.RegistrationEvent.actor", "trainings.RegistrationEvent.on_behalf_of",
    "trainings.RunEvent.actor", "trainings.MasterDataEvent.actor", "trainings.HeldPlace.ended_by",
    "trainings.Invitation.invited_by", "trainings.AttendanceRecord.recorded_by", "trainings.AttendanceChange.actor",
    "trainings.Submission.submitted_by", "trainings.SheetScan.uploaded_by", "trainings.SheetEntry.entered_by",
    "trainings.Announcement.written_by", "trainings.Message.queued_by", "trainings.CourseRun.closed_by",
    "trainings.MessageText.saved_by", "trainings.PageText.saved_by",
}  # fmt: skip
# Passed on by the operation of its own: of runs to come.
BY_OPERATION = {"trainings.CourseRun.trainers", "trainings.CourseRun.coordinator", "trainings.HeldPlace.taken_by"}


@dataclass
class Merged:
    """What came together, by the plural name of the rows, and what did not. ``ended``: the lesser of two places."""

    passed_on: dict[str, int] = field(default_factory=dict)
    ended: list[Registration] = field(default_factory=list)
    stayed: list[Registration] = field(default_factory=list)
    runs_taught: list[CourseRun] = field(default_factory=list)


@transaction.atomic
def merge(kept: User, gone: User, act: Act) -> Merged:
    """What ``gone`` has is ``kept``'s from now on, and ``gone`` is no account any more; can be undone for 30 days.

    Raises Refused.
    """
    act, at = act.begin()
    if kept != gone:
        _lock_runs_of(kept, gone)
        people.lock(kept, gone)
    if reason := _against(kept, gone, act):
        raise Refused(reason)
    if reasons := _attended_apart(kept, gone):
        raise Refused(*reasons)
    merged = Merged()
    rows = AccountMerge(kept=kept, gone=gone, at=at, by=act.user)
    _settle_clashes(kept, gone, act, merged)
    moved: dict[str, list[int]] = {}
    for label, name in PASSES_ON.items():
        model = apps.get_model(label)
        if keys := _pass_on(model, name, gone, kept):
            moved[f"{label}.{name}"] = keys
            merged.passed_on[str(model._meta.verbose_name_plural)] = len(keys)
    _pass_runs_on(kept, gone, act, merged)
    moved["trainings.CourseRun.trainers"] = [run.pk for run in merged.runs_taught]
    booking.hand_over_held_places(gone, kept)
    merged.stayed = list(gone.registrations.select_related("run__course"))
    try:
        people.merge_into(gone, kept, by=act.by, at=at)
    except ValidationError as invalid:
        raise as_refused(invalid) from None
    rows.moved = moved
    rows.save()
    return merged


def what_merging_does(kept: User, gone: User, act: Act) -> Merged:
    """The same, taken back again. Raises Refused."""
    with transaction.atomic():
        merged = merge(kept, gone, act)
        transaction.set_rollback(True)
    return merged


@transaction.atomic
def undo_merge(merge: AccountMerge, act: Act) -> User:
    """Give back what passed over, as far as it still is there; what ended does not come back. Raises Refused."""
    act, at = act.begin()
    merge = AccountMerge.objects.select_for_update(of=("self",)).select_related("kept", "gone").get(pk=merge.pk)
    if not act.is_by_coordinator:
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    if not merge.can_be_undone(at):
        raise Refused(Reason("too_late", _("Diese Zusammenführung lässt sich nicht mehr zurücknehmen.")))
    gone = people.part(merge.gone, by=act.by, ended_with_it=merge.gone.left_at == merge.at)
    for place, keys in merge.moved.items():
        label, _dot, name = place.rpartition(".")
        if place in BY_OPERATION:
            _pass_runs_on(gone, merge.kept, act, Merged(), only=keys)
        else:
            apps.get_model(label)._default_manager.filter(pk__in=keys, **{name: merge.kept}).update(**{name: gone})
    merge.undone_at, merge.moved = at, {}
    merge.save(update_fields=["undone_at", "moved"])
    return gone


def settle_merges(at: dt.datetime, empty: Callable[[User], object], of: User | None = None) -> int:
    """After their 30 days merges are final: the account that is no more is emptied. Says how many.

    Those into ``of``, whose data end now, whatever their days.
    """
    open_ones = AccountMerge.objects.filter(undone_at=None, settled_at=None)
    over = open_ones.filter(kept=of) if of else open_ones.filter(at__lt=at - REVERSIBLE_FOR)
    merges = list(over.select_related("gone"))
    for merge in merges:
        with transaction.atomic():
            empty(merge.gone)
            merge.settled_at, merge.moved = at, {}
            merge.save(update_fields=["settled_at", "moved"])
    return len(merges)


def _lock_runs_of(*people: User) -> None:
    """Runs before people, in their order, as every operation that takes both."""
    theirs = Q(registrations__in=Registration.objects.active().filter(person__in=people)) | Q(trainers__in=people)
    concerned = CourseRun.objects.filter(theirs, closed_at=None, cancelled_at=None).distinct()
    for pk in concerned.order_by("course", "pk").values_list("pk", flat=True):
        lock(pk)


def _against(kept: User, gone: User, act: Act) -> Reason | None:
    if not act.is_by_coordinator:
        return Reason("coordinator", _("Das kann nur die Koordination."))
    if kept == gone:
        return Reason("same", _("Bitte wählen Sie zwei verschiedene Konten."))
    kept, gone = User.objects.get(pk=kept.pk), User.objects.get(pk=gone.pk)
    if any(one.merged_into_id or one.erased_at for one in (kept, gone)):
        return Reason("gone", _("Eines dieser Konten gibt es so nicht mehr."))
    if not kept.is_active:
        return Reason("ended", _("Das Konto, das bleiben soll, ist beendet. Öffnen Sie es zuerst wieder."))
    if gone.has_address and not kept.has_address:
        text = _("Das Konto, das bleiben soll, hat noch keine E-Mail-Adresse. Tauschen Sie die beiden.")
        return Reason("no_address", text)
    if gone.is_coordinator or gone.is_superuser:
        text = _("Das Konto, das aufgeht, gehört zur Koordination. Nehmen Sie ihm zuerst die Rolle.")
        return Reason("coordinator_goes", text)
    return None


def _in_both(kept: User, gone: User) -> models.QuerySet[CourseRun]:
    both = CourseRun.objects.filter(registrations__in=Registration.objects.active().of(gone))
    both = both.filter(registrations__in=Registration.objects.active().of(kept))
    return both.distinct().order_by("course", "pk")


def _attended_apart(kept: User, gone: User) -> list[Reason]:
    """Of no two registrations in one run ends the one that was attended, and in a closed run none ends."""
    reasons = []
    for run in _in_both(kept, gone):
        mine, other = (_has_attended(run.registrations.active().of(one).get()) for one in (kept, gone))
        if other and (mine or run.is_closed):
            text = _(
                "%(run)s: Bei dem Konto, das aufgeht, ist Anwesenheit erfasst, die nicht übergehen kann. Tragen Sie"
                " sie bitte zuerst bei dem Konto ein, das bleiben soll, und bei dem anderen „gefehlt“."
            )
            reasons.append(Reason("attended", text % {"run": run.number}))
    return reasons


def _settle_clashes(kept: User, gone: User, act: Act, merged: Merged) -> None:
    """Both have something in the same run: the one that was attended stays, or else the better of the two."""
    for run in _in_both(kept, gone):
        with locked(run) as run:
            mine, other = (run.registrations.active().of(one).select_related("person").get() for one in (kept, gone))
            lesser = max(mine, other, key=_rank)
            for row in (mine, other):
                row.run = run
            if run.is_closed:
                continue
            reason = _("Zwei Konten derselben Person sind zusammengeführt.")
            ending = replace(act, channel=Channel.COORDINATION, reason=reason)
            booking.end(lesser, Registration.Status.CANCELLED, ending, occasion=None)
            booking.fill(run, act.begin()[1])
            merged.ended.append(lesser)


def _rank(registration: Registration) -> tuple[bool, int, bool, dt.datetime]:
    """The better one first; of two that nobody attended, the one of whom something is recorded."""
    ranks = ["confirmed", "requested", "offered", "waitlisted"]
    return (
        not _has_attended(registration),
        ranks.index(registration.status),
        not registration.attendance_records.exists(),
        registration.registered_at,
    )


def _has_attended(registration: Registration) -> bool:
    return registration.attendance_records.filter(minutes__gt=0).exists()


def _pass_on(model: type[models.Model], name: str, gone: User, kept: User) -> list[int]:
    """Row by row: one that the other account already has one like stays behind."""
    moved = []
    for key in model._default_manager.filter(**{name: gone}).order_by("pk").values_list("pk", flat=True):
        try:
            with transaction.atomic():
                model._default_manager.filter(pk=key).update(**{name: kept})
        except IntegrityError:
            continue
        moved.append(key)
    return moved


def _pass_runs_on(to: User, by: User, act: Act, merged: Merged, only: list[int] | None = None) -> None:
    """What ``by`` leads or is responsible for, of what is to come."""
    at = act.begin()[1]
    by_itself = replace(act, by=None, channel=Channel.AUTOMATIC, reason=_("Zwei Konten derselben Person."))
    taught = CourseRun.objects.taught_by(by).taking_place().filter(closed_at=None)
    taught = taught if only is None else taught.filter(pk__in=only)
    for run in taught.order_by("course", "pk"):
        if run.is_finished(at):
            continue
        trainers: list[Any] = [one for one in run.trainers.all() if one not in {to, by}] + [to]
        planning.confirming(partial(planning.change_run, run, Edit({"trainers": trainers})), by_itself)
        merged.runs_taught.append(run)
