"""An agency holds places before naming the people: hold, name, give back. Unnamed ones end in ``deadlines``."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Agency, User
from trainings.acts import Act
from trainings.booking import allocation, transitions
from trainings.booking.eligibility import Case, Context, reasons_against
from trainings.booking.registering import source_of
from trainings.locking import locked
from trainings.mails import Occasion
from trainings.models import CourseRun, HeldPlace, Registration
from trainings.refusals import Reason, Refused


def hold_places(run: CourseRun, agency: Agency, number: int, act: Act, *, name_by: dt.date) -> list[HeldPlace]:
    """Hold so many free places for people to be named by the end of ``name_by``: all of them or none.

    Like somebody who registers, the agency gets them only if nobody waits. Raises Refused.
    """
    with locked(run) as run:
        act, at = act.begin()
        _speaks_for(agency, act.user)
        if number < 1:
            raise Refused(Reason("number", _("Bitte nehmen Sie mindestens einen Platz.")))
        if reasons := reasons_against(Case(run, act.user, act, Context.HOLDING, holds_for=agency, places=number)):
            raise Refused(*reasons)
        last_day = timezone.localdate(run.starts_at) - dt.timedelta(days=1) if run.starts_at else name_by
        if not timezone.localdate(at) <= name_by <= last_day:
            raise Refused(Reason("name_by", _("Benennen müssen Sie spätestens am Tag vor dem Beginn.")))
        situation = allocation.situation_of(run, at)
        for got in range(number):
            if not situation.admits_newcomer(agency.pk):
                text = ngettext(
                    "Zurzeit kann Ihre Behörde nur %(number)d Platz nehmen.",
                    "Zurzeit kann Ihre Behörde nur %(number)d Plätze nehmen.",
                    got,
                )
                raise Refused(Reason("not_enough", text % {"number": got}))
            situation = situation.with_place_for(agency.pk)
        return HeldPlace.objects.bulk_create(
            HeldPlace(run=run, agency=agency, name_by=name_by, taken_at=at, taken_by=act.user)
            for _place in range(number)
        )


def name_held_place(held: HeldPlace, person: User, act: Act, *, needs: str = "") -> Registration:
    """Name the colleague for a held place: it becomes their confirmed registration. Raises Refused.

    Somebody who waits for the run leaves the queue for it; the place was taken all along, so nobody else's turn
    changes. What they said they need stays, unless something is said now.
    """
    with locked(held.run) as run:
        act, at = act.begin()
        held = _open(held)
        _speaks_for(held.agency, act.user)
        if person.agency_id != held.agency_id:
            raise Refused(Reason("other_agency", _("Diese Person gehört nicht zu Ihrer Behörde.")))
        if reasons := reasons_against(Case(run, person, act, Context.NAMING)):
            raise Refused(*reasons)
        theirs = run.registrations.filter(person=person, status=transitions.Status.WAITLISTED)
        waiting = theirs.select_related("person", "agency").first()
        registration = waiting or transitions.unwritten(run, person, source_of(person, act.user), at)
        # What they said themselves stays; who names them cannot see it.
        said = dict.fromkeys(filter(None, [registration.needs, needs.strip()]))
        registration.run, registration.needs = run, "\n".join(said)
        is_approved = not person.reads(act.user.email)  # by the agency; nobody approves themselves
        occasion = Occasion.NAMED_FROM_QUEUE if waiting else Occasion.NAMED
        transitions.give_place(registration, act, occasion=occasion, approved=is_approved)
        held.ended_at, held.ended_by, held.registration = at, act.by, registration
        held.save(update_fields=["ended_at", "ended_by", "registration"])
    return registration


def give_back_held_place(held: HeldPlace, act: Act) -> HeldPlace:
    """Free the place for others. Raises Refused."""
    with locked(held.run) as run:
        act, at = act.begin()
        held = _open(held)
        _speaks_for(held.agency, act.user)
        release(held, by=act.by, at=at)
        transitions.fill(run, at)
    return held


def release(held: HeldPlace, *, by: User | None, at: dt.datetime) -> None:
    """End it unnamed. The caller holds the lock, and fills."""
    held.ended_at, held.ended_by = at, by
    held.save(update_fields=["ended_at", "ended_by"])


def _open(held: HeldPlace) -> HeldPlace:
    held = HeldPlace.objects.select_related("agency").get(pk=held.pk)
    if not held.is_open:
        raise Refused(Reason("ended", _("Dieser Platz ist bereits benannt oder freigegeben.")))
    return held


def _speaks_for(agency: Agency, by: User) -> None:
    if not (by.is_coordinator or by.speaks_for(agency.pk)):
        raise Refused(Reason("not_yours", _("Das kann nur die Ansprechperson dieser Behörde.")))


def hand_over_held_places(person: User, to: User | None, *, agency: Agency | None = None) -> int:
    """What ``person`` holds for the agency, or any, and has not named is named, or given back, by somebody else.

    By ``to``, or who is responsible for the run, or any coordinator: whoever it is, gets the reminder. Says how many.
    """
    rows = HeldPlace.objects.open().filter(taken_by=person)
    held = list((rows.filter(agency=agency) if agency else rows).select_related("run__coordinator"))
    anybody = User.objects.coordinators().exclude(pk=person.pk).order_by("pk").first()
    for place in held:
        responsible = place.run.coordinator
        if responsible is None or responsible == person or not responsible.is_coordinator:
            responsible = anybody
        place.taken_by = to or responsible or place.taken_by
        place.save(update_fields=["taken_by"])
    return len(held)
