"""Somebody leaves: what goes back, what passes to others, and what ends with the account?"""

from dataclasses import dataclass, field, replace
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import people
from accounts.models import User
from accounts.names import by_name
from trainings import booking, mails, planning
from trainings.acts import Act, Channel
from trainings.mails import Occasion, Who
from trainings.models import CourseRun, CourseRunQuerySet, HeldPlace, Interest, Registration, RegistrationEvent
from trainings.people.changing import as_refused
from trainings.planning import Edit
from trainings.refusals import Reason, Refused


@dataclass
class Left:
    """What an account took with it, or would take. ``moved_up``: who got a place, or was asked, instead."""

    ended: list[Registration] = field(default_factory=list)
    moved_up: list[Registration] = field(default_factory=list)
    held_places: list[HeldPlace] = field(default_factory=list)
    runs_taught: list[CourseRun] = field(default_factory=list)
    runs_without_trainer: list[CourseRun] = field(default_factory=list)
    runs_coordinated: list[CourseRun] = field(default_factory=list)
    approvals: list[Registration] = field(default_factory=list)
    interests: list[Interest] = field(default_factory=list)
    subscriptions: int = 0
    contact_of: str = ""

    def __bool__(self) -> bool:
        return any(vars(self).values())


def may_end(person: User, who: User) -> bool:
    """Coordinators everybody's account, contacts those of their agency, everybody their own."""
    if not person.is_active or (person.is_superuser and not who.is_superuser):
        return False
    if who.is_coordinator or who == person:
        return True
    is_plain = person.role == User.Role.PARTICIPANT and not teaches_on(person)
    return is_plain and who.speaks_for(person.agency_id)


def teaches_on(person: User) -> bool:
    """Whether they lead something to come, which somebody else would have to lead."""
    return _runs_taught(person).exists()


@transaction.atomic
def leave(person: User, act: Act, *, trainer: User | None = None) -> Left:
    """End the account and everything that hangs on it; places to come go to those who wait.

    ``trainer`` leads from now on what the person led; else these runs are without one. Without a person acting it is
    a job. Raises Refused.
    """
    act, at = act.begin()
    if act.by is not None and not may_end(person, act.by):
        raise Refused(Reason("not_yours", _("Dieses Konto können Sie nicht beenden.")))
    left = Left(contact_of=", ".join(one.name for one in by_name(person.spoken_for())))
    left.interests = list(Interest.objects.open().filter(person=person).select_related("course"))
    left.subscriptions = person.calendar_subscriptions.count()
    left.held_places = list(HeldPlace.objects.open().filter(taken_by=person).select_related("run__course"))
    last = RegistrationEvent.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    left.ended = booking.end_with_account(person, replace(act, reason=act.reason or _("Das Konto endet.")))
    left.approvals = booking.lose_supervisor(person.email, act)
    _hand_on_runs(person, act, trainer, left)
    Interest.objects.open().filter(person=person).update(ended_at=at)
    try:
        people.end(person, by=act.by, reason=act.reason, at=at)
    except ValidationError as invalid:
        raise as_refused(invalid) from None
    mails.queue(mails.kind(Occasion.ACCOUNT_ENDED, Who.PARTICIPANT), None, to_email=person.email)
    left.moved_up = _moved_up(person, last)
    return left


def _moved_up(person: User, since: int) -> list[Registration]:
    """Who else got a place, or was asked, after that event."""
    given = RegistrationEvent.objects.filter(pk__gt=since, to_status__in=Registration.TAKING_A_PLACE)
    others = given.exclude(from_status=F("to_status")).exclude(registration__person=person)
    found = Registration.objects.filter(pk__in=others.values("registration"))
    return list(found.select_related("person", "run__course"))


def what_leaving_does(person: User, act: Act, *, trainer: User | None = None) -> Left:
    """The same, taken back again. Raises Refused."""
    with transaction.atomic():
        left = leave(person, act, trainer=trainer)
        transaction.set_rollback(True)
    return left


def reopen(person: User, act: Act) -> User:
    """The account can be used again; what ended does not come back. Raises Refused."""
    if not act.is_by_coordinator or (person.is_superuser and not act.user.is_superuser):
        raise Refused(Reason("coordinator", _("Das kann nur die Koordination.")))
    try:
        return people.reopen(person, by=act.by, reason=act.reason)
    except ValidationError as invalid:
        raise as_refused(invalid) from None


def _runs_taught(person: User) -> CourseRunQuerySet:
    """Those to come, drafts without a day among them."""
    return CourseRun.objects.taught_by(person).taking_place().filter(Q(ends_at=None) | Q(ends_at__gt=timezone.now()))


def _hand_on_runs(person: User, act: Act, trainer: User | None, left: Left) -> None:
    """What is over keeps its trainers and who was responsible, but somebody must be able to close it."""
    by_itself = replace(act, by=None, channel=Channel.AUTOMATIC, reason=_("Das Konto endet."))
    for run in _runs_taught(person).order_by("course", "pk"):
        trainers = [one for one in run.trainers.all() if one != person]
        trainers += [trainer] if trainer and trainer not in trainers else []
        planning.confirming(partial(planning.change_run, run, Edit({"trainers": trainers})), by_itself)
        left.runs_taught.append(run)
        if not trainers:
            left.runs_without_trainer.append(run)
    to = act.by if act.is_by_coordinator and act.by != person else None
    to = to or User.objects.coordinators().exclude(pk=person.pk).order_by("pk").first()
    for run in CourseRun.objects.coordinated_by(person).taking_place().filter(closed_at=None).order_by("course", "pk"):
        planning.confirming(partial(planning.change_run, run, Edit({"coordinator": to})), by_itself)
        left.runs_coordinated.append(run)
