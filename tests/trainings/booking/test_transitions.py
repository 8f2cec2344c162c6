"""Every status meets every event: what is allowed acts, everything else is refused and writes nothing."""

import pytest
from django.utils import timezone

from tests.builders import build_course, build_person, build_registration, build_run, in_days
from trainings import booking
from trainings.acts import Act, automatic
from trainings.booking import transitions as places
from trainings.models import Message, Registration, RegistrationEvent
from trainings.refusals import Refused

Status = Registration.Status
CHIEF = "chefin@mayen.example"

pytestmark = pytest.mark.django_db


def _move(row, other, coordinator):
    run = build_run(row.run.course, starts_at=in_days(60))
    return booking.move(row, run, Act(row.person))


# What happens, and from which statuses to which.
EVENTS = {
    "cancel": (
        lambda row, other, coordinator: booking.cancel(row, Act(row.person)),
        dict.fromkeys(Registration.ACTIVE, "cancelled"),
    ),
    "accept": (lambda row, other, coordinator: booking.accept_offer(row, Act(row.person)), {"offered": "confirmed"}),
    "decline the offer": (
        lambda row, other, coordinator: booking.decline_offer(row, Act(row.person)),
        {"offered": "declined"},
    ),
    "claim": (lambda row, other, coordinator: booking.claim_place(row, Act(row.person)), {"waitlisted": "confirmed"}),
    "approve": (
        lambda row, other, coordinator: booking.approve(row, Act(by_email=CHIEF)),
        {"requested": "confirmed"},
    ),
    "decline the request": (
        lambda row, other, coordinator: booking.decline_request(row, Act(by_email=CHIEF, reason="Dienst")),
        {"requested": "declined"},
    ),
    "hand over": (
        lambda row, other, coordinator: booking.hand_over(row, "neu@mayen.example", Act(by_email=CHIEF)),
        {"requested": "requested"},
    ),
    "move up": (
        lambda row, other, coordinator: booking.move_up(row, Act(coordinator, reason="weil")),
        {"waitlisted": "confirmed"},
    ),
    "give now": (
        lambda row, other, coordinator: booking.give_now(row, Act(coordinator, reason="weil")),
        dict.fromkeys(["waitlisted", "offered", "requested"], "confirmed"),
    ),
    "substitute": (
        lambda row, other, coordinator: booking.accept_offer(
            booking.substitute(row, other, Act(row.person)), Act(other)
        ),
        {"confirmed": "cancelled"},
    ),
    "move": (_move, dict.fromkeys(Registration.ACTIVE, "cancelled")),
}


def written():
    rows = list(Registration.objects.order_by("pk").values())
    return rows, RegistrationEvent.objects.count(), Message.objects.count()


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("event", EVENTS)
def test_every_status_meets_every_event(event, status, participant, coordinator):
    act, allowed = EVENTS[event]
    run = build_run(build_course(), capacity=5)
    row = build_registration(run, participant, status, supervisor_email=CHIEF, called_at=timezone.now())
    other = build_person("kern@mayen.example")
    before = written()
    if status in allowed:
        act(row, other, coordinator)
        changes = list(row.events.order_by("pk").values_list("from_status", "to_status"))
        noted = [(status, status)] if event == "move up" else []  # the free place then follows by itself
        assert changes == [*noted, (status, allowed[status])]
        assert Registration.objects.get(pk=row.pk).status == allowed[status]
    else:
        with pytest.raises(Refused):
            act(row, other, coordinator)
        assert written() == before


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_what_the_table_does_not_know_is_never_written(before, to):
    row = build_registration(build_run(), build_person(), before)
    until = in_days(1) if to in Registration.HOLDING else None
    known = {
        "requested": {"confirmed", "waitlisted", "declined", "expired", "cancelled"},
        "waitlisted": {"confirmed", "requested", "offered", "expired", "cancelled"},
        "offered": {"confirmed", "requested", "waitlisted", "declined", "expired", "cancelled"},
        "confirmed": {"cancelled"},
    }
    written_before = written()
    if to in known.get(before, set()):
        places.change(row, to, automatic(timezone.now()), held_until=until)
        event = row.events.get()
        assert (event.from_status, event.to_status, Registration.objects.get(pk=row.pk).status) == (before, to, to)
    else:
        with pytest.raises(ValueError, match="cannot become"):
            places.change(row, to, automatic(timezone.now()), held_until=until)
        assert written() == written_before
