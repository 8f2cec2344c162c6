"""What happens because time has passed: once, and also if an earlier sweep was missed."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.builders import (
    build_agency,
    build_person,
    build_registration,
    build_run,
    in_days,
    only_session,
    save_session,
)
from trainings import booking
from trainings.acts import Act
from trainings.models import Contingent, CourseRun, HeldPlace, Message, Registration, RegistrationEvent

Status = Registration.Status

pytestmark = pytest.mark.django_db


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


def written():
    return RegistrationEvent.objects.count(), Message.objects.count(), list(HeldPlace.objects.values())


def test_with_the_start_everything_that_is_not_sure_ends(agency_contact):
    run = build_run(capacity=9, starts_at=in_days(30))
    booking.hold_places(run, agency_contact.agency, 1, Act(agency_contact), name_by=in_days(29).date())
    for status in (Status.CONFIRMED, Status.WAITLISTED, Status.OFFERED, Status.REQUESTED):
        until = run.starts_at if status in Registration.HOLDING else None
        build_registration(run, build_person(), status, held_until=until)
    booking.sweep(run.starts_at)
    assert statuses(run) == ["confirmed", "expired", "expired", "expired"]
    assert list(Message.objects.order_by("kind").values_list("kind", flat=True)) == [
        "approval_expired",
        "offer_expired",
        "wait_ended",
    ]
    assert list(HeldPlace.objects.values_list("ended_at", "ended_by")) == [(run.starts_at, None)]
    ends = RegistrationEvent.objects.values_list("actor", "channel", "at")
    assert list(ends) == [(None, "automatic", run.starts_at)] * 3


@pytest.mark.parametrize("days", [5, 20, 31])
def test_a_second_sweep_at_the_same_time_changes_nothing(agency_contact, days):
    run = build_run(capacity=2, starts_at=in_days(30))
    booking.hold_places(run, agency_contact.agency, 1, Act(agency_contact), name_by=in_days(10).date())
    for person in [build_person() for _ in range(3)]:
        booking.register(run, person, Act(person))
    booking.sweep(in_days(days))
    before = written()
    booking.sweep(in_days(days))
    assert written() == before


def test_a_sweep_fills_what_it_has_just_freed():
    run = build_run(capacity=1, starts_at=in_days(30))
    asked = {"held_until": in_days(2), "supervisor_email": "chef@mayen.example"}
    build_registration(run, build_person(), Status.REQUESTED, **asked)
    build_registration(run, build_person(), Status.WAITLISTED)
    booking.sweep(in_days(2))
    assert statuses(run) == ["expired", "confirmed"]


def test_a_sweep_touches_only_runs_where_something_is_open(django_assert_num_queries):
    for _ in range(3):
        build_registration(build_run(), build_person())
    with django_assert_num_queries(
        4
    ):  # who waits, what is held, by people and by agencies, and whose account has ended
        booking.sweep()


@pytest.mark.slow
def test_a_sweep_asks_as_often_for_thirty_runs_as_for_three():
    """Runs with a queue and everything open in them, of which nothing is due."""

    def one_more():
        agency = build_agency(f"Amt {CourseRun.objects.count()}", "")
        run = build_run(capacity=2, starts_at=in_days(40))
        build_registration(run)
        build_registration(run, status="requested", supervisor_email="chef@mayen.example", held_until=in_days(9))
        build_registration(run, status="offered", held_until=in_days(9))
        build_registration(run, status="waitlisted")
        contact = build_person(agency=agency, role="agency_contact")
        HeldPlace.objects.create(
            run=run, agency=agency, name_by=in_days(20).date(), taken_at=in_days(-3), taken_by=contact
        )

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            booking.sweep()
        return len(queries)

    for _ in range(3):
        one_more()
    with_three = asked()
    for _ in range(27):
        one_more()
    assert asked() == with_three
    assert Message.objects.count() == 0


def due_by_hand(at):
    """The runs that ``bring_up_to_date`` changes, by trying it with each and taking it back."""
    found = []
    for run in CourseRun.objects.all():
        with transaction.atomic():
            before = as_it_stands()
            booking.deadlines.bring_up_to_date(run, at=at)
            if as_it_stands() != before:
                found.append(run)
            transaction.set_rollback(True)
    return found


def as_it_stands():
    return [list(model.objects.order_by("pk").values()) for model in (Registration, HeldPlace, Message)]


@pytest.mark.slow
def test_a_sweep_goes_to_the_runs_that_would_change_and_to_no_other():
    now = in_days(0, 12)
    agency = build_agency("Kreisverwaltung", "kreis.example")
    contact = build_person("kontakt@kreis.example", agency=agency, role="agency_contact")
    supervisor = {"status": "requested", "supervisor_email": "chef@mayen.example", "agency": agency}

    def run(days=40, **fields):
        return build_run(starts_at=in_days(days), **fields)

    def hold(run, name_by, **fields):
        HeldPlace.objects.create(
            run=run, agency=agency, taken_by=contact, name_by=in_days(name_by).date(), taken_at=in_days(-4), **fields
        )

    free = run()
    build_registration(free, status="waitlisted")
    draft = run(published_at=None)
    build_registration(draft, status="waitlisted")
    full = run(capacity=1)
    build_registration(full)
    build_registration(full, status="waitlisted")
    build_registration(run(-1), status="waitlisted")
    soon = run(1, capacity=3)
    build_registration(soon, status="waitlisted")
    called = run(1, capacity=3)
    build_registration(called, status="waitlisted", called_at=in_days(-1))
    kept_for_others = run(capacity=1)
    Contingent.objects.create(run=kept_for_others, agency=agency, reserved=1, release_on=in_days(20).date())
    build_registration(kept_for_others, status="waitlisted")
    build_registration(run(), status="offered", held_until=in_days(-1))
    build_registration(run(), status="offered", held_until=in_days(9), status_changed_at=in_days(-1))
    build_registration(run(), status="offered", held_until=in_days(0, 13), status_changed_at=in_days(-1))
    build_registration(run(approval="required", approval_days=3), **supervisor, held_until=in_days(9))
    build_registration(
        run(approval="required", approval_days=5), **supervisor, status_changed_at=in_days(-20), held_until=in_days(9)
    )
    build_registration(run(-1), **supervisor, held_until=in_days(9))
    build_registration(run(), status="requested", held_until=in_days(-1))
    hold(run(), name_by=-1)
    hold(run(), name_by=2)
    hold(run(), name_by=2, reminded_at=in_days(-1))
    hold(run(), name_by=20)
    hold(run(-1), name_by=20)
    found = booking.deadlines.runs_to_bring_up_to_date(now)
    assert [one.pk for one in found] == [one.pk for one in due_by_hand(now)]
    booking.sweep(now)
    assert [one.pk for one in booking.deadlines.runs_to_bring_up_to_date(now)] == [one.pk for one in due_by_hand(now)]


def test_what_a_coordinator_has_to_decide_on():
    due = build_run(minimum_number=5, decide_on=in_days(0).date())
    build_run(minimum_number=5, decide_on=in_days(1).date())
    build_run(minimum_number=0, decide_on=in_days(0).date())
    build_run(minimum_number=5, decide_on=in_days(0).date(), published_at=None)
    build_run(minimum_number=5, decide_on=in_days(0).date(), decided_at=in_days(0))
    build_run(minimum_number=5, decide_on=in_days(0).date(), cancelled_at=in_days(0), cancellation_reason="krank")
    build_run(minimum_number=5, decide_on=in_days(-9).date(), starts_at=in_days(-5))
    enough = build_run(minimum_number=1, decide_on=in_days(0).date())
    build_registration(enough, build_person())
    assert booking.runs_to_decide(in_days(0) + dt.timedelta(hours=1)) == [due]
    assert booking.runs_to_decide() == [due]


def test_what_a_coordinator_will_have_to_decide_on():
    later, soon, first = (
        build_run(minimum_number=5, decide_on=in_days(day).date(), starts_at=in_days(start))
        for day, start in [(6, 30), (5, 20), (1, 3)]
    )
    assert booking.runs_to_decide(in_days(2)) == [first]
    assert booking.runs_to_decide(in_days(6)) == [soon, later]


def test_a_run_moved_forward_ends_places_not_named_and_leaves_those_given_back(agency_contact):
    run = build_run(starts_at=in_days(30))
    held, given_back = booking.hold_places(
        run, agency_contact.agency, 2, Act(agency_contact, at=in_days(0)), name_by=in_days(29).date()
    )
    booking.give_back_held_place(given_back, Act(agency_contact, at=in_days(1)))
    session = only_session(run)
    session.starts_at, session.ends_at = in_days(10), in_days(10, 16)
    save_session(session)
    booking.sweep(in_days(10))
    assert list(HeldPlace.objects.order_by("pk").values_list("pk", "ended_at", "ended_by")) == [
        (held.pk, in_days(10), None),
        (given_back.pk, in_days(1), agency_contact.pk),
    ]


def test_no_supervisor_is_pressed_about_an_offer(agency_contact, participant):
    run = build_run(approval="required")
    row = build_registration(
        run,
        participant,
        Status.OFFERED,
        supervisor_email="chefin@mayen.example",
        status_changed_at=in_days(-20),
        held_until=in_days(3),
    )
    booking.sweep(in_days(2))
    assert statuses(run) == ["offered"]
    assert list(row.messages.values_list("kind", "recipient")) == [("offer_reminder", participant.pk)]


@pytest.mark.parametrize("status", [Status.OFFERED, Status.REQUESTED])
def test_a_run_moved_forward_ends_what_was_held_for_longer(status):
    run = build_run(capacity=1, starts_at=in_days(30))
    build_registration(run, build_person(), status, held_until=in_days(31))
    booking.sweep(in_days(30, 10))
    assert statuses(run) == ["expired"]
