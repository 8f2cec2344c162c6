"""Who is next: the order of the queue, reserved places, maxima, and how a place reaches people as the start nears."""

import datetime as dt

import pytest

from tests.builders import build_course, build_person, build_registration, build_run, fill_free_places, in_days
from trainings import booking
from trainings.acts import Act
from trainings.booking import Situation
from trainings.booking.allocation import Obstacle, QueueEntry, Share, Step, steps
from trainings.models import Contingent, CourseRun, HeldPlace, Registration
from trainings.refusals import Refused

Status = Registration.Status
FAR = dt.date(2099, 1, 1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def chosen(situation, *agencies):
    """The positions in the queue that get places, in order."""
    queue = [QueueEntry(position, agency) for position, agency in enumerate(agencies, 1)]
    return [step.chosen.pk for step in steps(situation, queue) if step.chosen]


def obstacles(situation, *agencies):
    queue = [QueueEntry(position, agency) for position, agency in enumerate(agencies, 1)]
    return [(entry.pk, obstacle.code) for step in steps(situation, queue) for entry, obstacle in step.passed_over]


def test_places_go_in_order_of_time():
    assert chosen(Situation(capacity=2), 1, 2, 3) == [1, 2]


def test_there_is_one_step_for_each_who_gets_a_place():
    assert list(steps(Situation(capacity=3), [QueueEntry(1, 1)])) == [Step(QueueEntry(1, 1))]


def test_nothing_is_given_when_all_is_taken():
    assert chosen(Situation(capacity=2, used={1: 2}), 1) == []


def test_more_taken_than_there_are_places_is_not_a_negative_number():
    assert Situation(capacity=1, used={1: 2}).free == 0


def test_reserved_places_wait_for_their_agency():
    situation = Situation(capacity=2, shares=(Share(7, 1, None, FAR),))
    assert chosen(situation, 1, 2, 7) == [1, 3]
    assert obstacles(situation, 1, 2, 7) == [(2, "reserved")]


def test_who_has_more_than_was_reserved_frees_nothing_reserved_for_others():
    shares = (Share(7, 1, None, FAR), Share(8, 1, None, FAR))
    assert Situation(capacity=3, used={7: 2}, shares=shares).obstacle(1) == Obstacle("reserved", shares[1:])


def test_of_what_is_reserved_only_unused_places_are_named():
    shares = (Share(7, 1, None, FAR), Share(8, 1, None, FAR))
    assert Situation(capacity=2, used={8: 1}, shares=shares).obstacle(1) == Obstacle("reserved", shares[:1])


def test_used_reserved_places_bind_nothing():
    assert chosen(Situation(capacity=2, used={7: 1}, shares=(Share(7, 1, None, FAR),)), 1) == [1]


def test_the_agency_with_reserved_places_competes_for_the_others_too():
    assert chosen(Situation(capacity=2, shares=(Share(7, 1, None, FAR),)), 7, 7, 1) == [1, 2]


def test_no_agency_gets_more_than_its_maximum():
    situation = Situation(capacity=3, used={7: 1}, shares=(Share(7, 0, 2, FAR),))
    assert chosen(situation, 7, 7, 1) == [1, 3]
    assert obstacles(situation, 7, 7, 1) == [(2, "maximum")]


def test_a_maximum_is_reached_with_the_last_place_and_binds_only_that_agency():
    share = Share(7, 0, 2, FAR)
    assert Situation(capacity=9, used={7: 1}, shares=(share,)).obstacle(7) is None
    assert Situation(capacity=9, used={7: 2}, shares=(share,)).obstacle(7) == Obstacle("maximum", (share,))
    assert Situation(capacity=9, used={7: 2, 1: 3}, shares=(share,)).obstacle(1) is None
    assert Situation(capacity=9, shares=(Share(7, 0, 1, FAR),)).obstacle(7) is None


def test_two_agencies_reservations_hold_against_each_other():
    shares = (Share(7, 1, None, FAR), Share(8, 1, None, FAR))
    assert chosen(Situation(capacity=2, shares=shares), 7, 7, 8) == [1, 3]


def test_agencies_with_fewer_places_come_first_and_by_time_among_equals():
    situation = Situation(capacity=6, used={1: 2, 2: 1}, by_agencies=True)
    assert chosen(situation, 1, 2, 3) == [3, 2, 1]
    assert chosen(situation, 1, 2, 2, 3, 3) == [4, 2, 5]


def test_who_was_moved_up_stands_before_agencies_with_fewer_places():
    situation = Situation(capacity=3, used={1: 2}, by_agencies=True)
    queue = [QueueEntry(1, 1, moved_up=True), QueueEntry(2, 2)]
    assert [step.chosen.pk for step in steps(situation, queue)] == [1]


def test_a_newcomer_gets_a_place_only_if_nobody_waits_and_no_offer_is_open():
    assert Situation(capacity=1).admits_newcomer(1)
    assert not Situation(capacity=1, waiting=1).admits_newcomer(1)
    assert not Situation(capacity=2, used={1: 1}, offers=1).admits_newcomer(1)
    assert not Situation(capacity=1, used={1: 1}).admits_newcomer(1)


@pytest.mark.django_db
def test_what_counts_is_read_from_the_database(agency, other_agency, participant, other_participant, coordinator):
    run = build_run(capacity=9)
    build_registration(run, participant)
    build_registration(run, build_person(), Status.REQUESTED)
    build_registration(run, other_participant, Status.OFFERED)
    build_registration(run, build_person(), Status.WAITLISTED)
    for ended in (Status.CANCELLED, Status.DECLINED, Status.EXPIRED):
        build_registration(run, build_person(), ended)
    day = in_days(20).date()
    HeldPlace.objects.create(run=run, agency=other_agency, name_by=day, taken_at=in_days(0), taken_by=coordinator)
    Contingent.objects.create(run=run, agency=agency, reserved=3, maximum=4, release_on=day)
    HeldPlace.objects.create(
        run=run, agency=agency, name_by=day, taken_at=in_days(0), taken_by=coordinator, ended_at=in_days(0)
    )
    elsewhere = build_run(capacity=3)
    for status in Registration.ACTIVE:
        build_registration(elsewhere, build_person(), status)
    HeldPlace.objects.create(run=elsewhere, agency=agency, name_by=day, taken_at=in_days(0), taken_by=coordinator)
    Contingent.objects.create(run=elsewhere, agency=other_agency, reserved=1, release_on=day)
    assert booking.situation_of(run, in_days(19)) == Situation(
        capacity=9,
        used={agency.pk: 2, other_agency.pk: 2},
        waiting=1,
        offers=1,
        unsure=3,
        shares=(Share(agency.pk, 3, 4, day),),
    )
    assert booking.situation_of(run, in_days(20)).shares == ()


@pytest.mark.django_db
def test_what_is_reserved_is_told_in_the_order_of_release(agency, other_agency, coordinator):
    run = build_run()
    for owner, days in [(coordinator.agency, 9), (agency, 9), (other_agency, 8)]:
        Contingent.objects.create(run=run, agency=owner, reserved=1, release_on=in_days(days).date())
    shares = booking.situation_of(run, in_days(0)).shares
    assert [share.agency for share in shares] == [other_agency.pk, agency.pk, coordinator.agency.pk]


# --- through booking: how a free place reaches those who wait -------------------------------------


def waiting_run(**fields):
    """A run of one place, taken, for which two wait since before the start was near."""
    run = build_run(capacity=1, starts_at=in_days(40), **fields)
    first, second, third = (booking.register(run, person, Act(person, at=in_days(0))) for person in people(3))
    return run, first, second, third


def people(number):
    return [build_person() for _ in range(number)]


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("left", "then"),
    [
        (10 * DAY + dt.timedelta(seconds=1), ["cancelled", "confirmed", "waitlisted"]),
        (10 * DAY, ["cancelled", "offered", "waitlisted"]),
        (2 * DAY, ["cancelled", "offered", "waitlisted"]),
        (2 * DAY - dt.timedelta(seconds=1), ["cancelled", "waitlisted", "waitlisted"]),
        (dt.timedelta(seconds=1), ["cancelled", "waitlisted", "waitlisted"]),
    ],
)
def test_how_a_free_place_reaches_people_depends_on_the_time_left(left, then):
    run, first, _second, _third = waiting_run()
    booking.cancel(first, Act(first.person, at=run.starts_at - left))
    assert statuses(run) == then


@pytest.mark.django_db
def test_the_thresholds_are_settings_of_the_run():
    run, first, _second, _third = waiting_run(direct_promotion_days=1, first_come_days=0)
    booking.cancel(first, Act(first.person, at=run.starts_at - 2 * DAY))
    assert statuses(run) == ["cancelled", "confirmed", "waitlisted"]


@pytest.mark.django_db
def test_nobody_gets_a_place_after_the_start(coordinator):
    run, first, _second, _third = waiting_run()
    booking.cancel(first, Act(coordinator, at=run.starts_at))
    assert fill_free_places(run, at=run.starts_at) == []
    assert statuses(run) == ["cancelled", "waitlisted", "waitlisted"]


@pytest.mark.django_db
def test_a_reserved_place_goes_to_its_agency_past_those_who_wait(agency, other_agency):
    run = build_run(capacity=2, starts_at=in_days(40))
    Contingent.objects.create(run=run, agency=other_agency, reserved=1, release_on=in_days(30).date())
    arrivals = [build_person(f"{name}@mayen.example") for name in "ab"] + [build_person("c@bendorf.example")]
    for person in arrivals:
        booking.register(run, person, Act(person))
    assert statuses(run) == ["confirmed", "waitlisted", "confirmed"]


@pytest.mark.django_db
def test_the_day_of_release_frees_reserved_places(agency, other_agency):
    run = build_run(capacity=1, starts_at=in_days(40))
    Contingent.objects.create(run=run, agency=other_agency, reserved=1, release_on=in_days(20).date())
    person = build_person("a@mayen.example")
    booking.register(run, person, Act(person))
    booking.sweep(in_days(19, 23, 59))
    assert statuses(run) == ["waitlisted"]
    booking.sweep(in_days(20, 0))
    assert statuses(run) == ["confirmed"]


@pytest.mark.django_db
def test_fairness_between_agencies_decides_who_moves_up(agency, other_agency):
    run = build_run(capacity=2, starts_at=in_days(40), fairness=CourseRun.Fairness.AGENCIES)
    arrivals = [build_person(f"{name}@mayen.example") for name in "abc"] + [build_person("d@bendorf.example")]
    rows = [booking.register(run, person, Act(person)) for person in arrivals]
    booking.cancel(rows[0], Act(arrivals[0]))
    assert statuses(run) == ["cancelled", "confirmed", "waitlisted", "confirmed"]


@pytest.mark.django_db
def test_moving_up_takes_the_head_of_the_queue_and_is_kept(coordinator):
    run, first, _second, third = waiting_run()
    booking.move_up(third, Act(coordinator, reason="Dolmetscherin gebucht", at=in_days(1)))
    event = third.events.last()
    assert (event.from_status, event.to_status) == ("waitlisted", "waitlisted")
    assert (event.overrides, event.reason) == ("queue", "Dolmetscherin gebucht")
    booking.cancel(first, Act(first.person, at=in_days(2)))
    assert statuses(run) == ["cancelled", "waitlisted", "confirmed"]


@pytest.mark.django_db
def test_who_is_moved_up_last_stands_first(coordinator):
    run, first, second, third = waiting_run()
    booking.move_up(second, Act(coordinator, reason="dringend"))
    booking.move_up(third, Act(coordinator, reason="dringender"))
    booking.cancel(first, Act(first.person, at=in_days(2)))
    assert statuses(run) == ["cancelled", "waitlisted", "confirmed"]


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "status"), [(20, "confirmed"), (35, "offered"), (39, "waitlisted")])
def test_moving_up_tells_what_became_of_it_and_when(coordinator, days, status):
    run, _first, second, _third = waiting_run()
    CourseRun.objects.filter(pk=run.pk).update(capacity=2)
    told = booking.move_up(second, Act(coordinator, reason="  dringend ", at=in_days(days)))
    kept = Registration.objects.get(pk=second.pk)
    assert kept.status == status
    for name in ("status", "status_changed_at", "held_until", "called_at"):
        assert getattr(told, name) == getattr(kept, name)
    note = next(event for event in second.events.all() if event.from_status == event.to_status)
    assert (note.actor, note.channel, note.reason, note.at) == (coordinator, "coordination", "dringend", in_days(days))
    assert (note.overrides, note.actor_email, note.on_behalf_of) == ("queue", "", second.person)


@pytest.mark.django_db
@pytest.mark.parametrize("index", [1, 2])
def test_moving_up_stands_before_the_fairness_between_agencies(agency, other_agency, coordinator, index):
    run = build_run(capacity=2, starts_at=in_days(40), fairness=CourseRun.Fairness.AGENCIES)
    arrivals = [build_person(f"{name}@mayen.example") for name in "abc"] + [build_person("d@bendorf.example")]
    rows = [booking.register(run, person, Act(person)) for person in arrivals]
    booking.move_up(rows[2], Act(coordinator, reason="dringend"))
    booking.cancel(rows[0], Act(arrivals[0]))
    assert statuses(run) == ["cancelled", "confirmed", "confirmed", "waitlisted"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "share", "overrides"),
    [
        ({}, None, "queue full"),
        ({"capacity": 2}, {"reserved": 1}, "queue reserved"),
        ({"approval": CourseRun.Approval.REQUIRED}, None, "approval queue full"),
    ],
)
def test_giving_a_place_now_passes_over_everything_and_says_what(
    agency, other_agency, coordinator, fields, share, overrides
):
    run = build_run(**({"capacity": 1} | fields))
    build_registration(run, build_person())
    if share:
        Contingent.objects.create(run=run, agency=other_agency, release_on=in_days(20).date(), **share)
    waiting = build_registration(run, build_person(), Status.WAITLISTED)
    booking.give_now(waiting, Act(coordinator, reason="Zusage der Leitung"))
    event = waiting.events.get()
    assert (event.to_status, event.overrides, event.reason) == ("confirmed", overrides, "Zusage der Leitung")
    assert statuses(run) == ["confirmed", "confirmed"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "fields", "overrides", "mail"),
    [
        (Status.WAITLISTED, {}, "queue full", "promoted"),
        (Status.OFFERED, {}, "", "registered"),
        (Status.REQUESTED, {"approval": CourseRun.Approval.REQUIRED}, "approval", "registered"),
    ],
)
def test_what_is_passed_over_and_told_depends_on_where_somebody_stood(coordinator, status, fields, overrides, mail):
    run = build_run(capacity=1, **fields)
    if status == Status.WAITLISTED:
        build_registration(run)
    row = build_registration(run, status=status)
    given = booking.give_now(row, Act(coordinator, reason=" Zusage ", at=in_days(3)))
    event = row.events.get()
    assert (given.status, event.overrides, event.reason, event.at) == ("confirmed", overrides, "Zusage", in_days(3))
    assert [message.kind for message in row.messages.all()] == [mail]


@pytest.mark.django_db
def test_nobody_is_given_a_place_in_a_run_that_has_begun(coordinator):
    run = build_run()
    waiting = build_registration(run, status=Status.WAITLISTED)
    with pytest.raises(Refused) as refused:
        booking.give_now(waiting, Act(coordinator, reason="Anruf", at=run.starts_at))
    assert [told.code for told in refused.value.reasons] == ["started"]
    assert statuses(run) == ["waitlisted"]


@pytest.mark.django_db
def test_giving_a_place_past_the_queue_gives_a_free_one_to_who_stood_first(coordinator):
    run = build_run(capacity=2)
    rows = [build_registration(run, status=Status.WAITLISTED) for _ in range(3)]
    booking.give_now(rows[2], Act(coordinator, reason="Zusage der Leitung"))
    assert statuses(run) == ["confirmed", "waitlisted", "confirmed"]


@pytest.mark.django_db
@pytest.mark.parametrize("act", [booking.move_up, booking.give_now])
def test_only_the_coordination_passes_over_the_queue_and_only_with_a_reason(act, coordinator, agency_contact):
    run, _first, _second, third = waiting_run()
    for by, reason, code in [(agency_contact, "weil", "coordinator"), (coordinator, "  ", "no_reason")]:
        with pytest.raises(Refused) as refused:
            act(third, Act(by, reason=reason))
        assert [told.code for told in refused.value.reasons] == [code]
    assert statuses(run) == ["confirmed", "waitlisted", "waitlisted"]


# --- waiting for several runs of a course ---------------------------------------------------------


@pytest.mark.django_db
def test_the_first_free_place_ends_the_other_waits(coordinator):
    course = build_course()
    one, two = build_run(course, capacity=1), build_run(course, capacity=1, starts_at=in_days(50))
    holders = [booking.register(run, person, Act(person)) for run, person in zip((one, two), people(2), strict=True)]
    person = build_person()
    waits = [booking.register(run, person, Act(person)) for run in (one, two)]
    booking.cancel(holders[1], Act(holders[1].person))
    for wait in waits:
        wait.refresh_from_db()
    assert [wait.status for wait in waits] == ["cancelled", "confirmed"]
    event = waits[0].events.last()
    assert (event.actor, event.channel, event.reason) == (
        None,
        "automatic",
        f"Platz in einem anderen Termin dieser Schulung: {two.number}",
    )
    assert [message.kind for message in waits[0].messages.all()] == ["waitlisted"]


@pytest.mark.django_db
def test_a_second_place_the_coordination_gives_leaves_the_first(coordinator):
    course = build_course()
    person = build_person()
    first = booking.register(build_run(course), person, Act(person))
    second = booking.register(build_run(course), person, Act(coordinator, reason="beide Tage vereinbart"))
    first.refresh_from_db()
    assert (first.status, second.status, second.events.get().overrides) == ("confirmed", "confirmed", "same_course")


@pytest.mark.django_db
def test_a_place_ends_neither_other_peoples_waits_nor_waits_for_other_courses():
    course = build_course()
    one, two, elsewhere = build_run(course), build_run(course, capacity=1), build_run(capacity=1)
    for run in (two, elsewhere):
        build_registration(run)
    person, other = people(2)
    kept = [build_registration(two, other, Status.WAITLISTED), build_registration(elsewhere, person, Status.WAITLISTED)]
    booking.register(one, person, Act(person))
    for row in kept:
        row.refresh_from_db()
    assert [row.status for row in kept] == ["waitlisted", "waitlisted"]


@pytest.mark.django_db
def test_an_accepted_place_frees_the_one_offered_elsewhere_for_the_next():
    course = build_course()
    soon = [build_run(course, capacity=1, starts_at=in_days(day)) for day in (5, 6)]
    for run in soon:
        build_registration(run, build_person())
    person, next_one = people(2)
    offered = [build_registration(run, person, Status.OFFERED) for run in soon]
    CourseRun.objects.update(capacity=2)
    waiting = build_registration(soon[1], next_one, Status.WAITLISTED)
    booking.accept_offer(offered[0], Act(person))
    for row in [*offered, waiting]:
        row.refresh_from_db()
    assert [row.status for row in [*offered, waiting]] == ["confirmed", "cancelled", "offered"]


@pytest.mark.django_db
def test_a_sure_place_ends_a_request_in_another_run(coordinator):
    course = build_course()
    asked, free = build_run(course, approval=CourseRun.Approval.REQUIRED), build_run(course, starts_at=in_days(50))
    person = build_person()
    request = build_registration(asked, person, Status.REQUESTED)
    build_registration(free, person, Status.WAITLISTED)
    fill_free_places(free)
    request.refresh_from_db()
    assert request.status == "cancelled"


@pytest.mark.django_db
def test_places_that_free_each_other_are_given_once_each(coordinator):
    """Ada moves from two to one and thereby frees a place in two for Bea, who stood next for one."""
    course = build_course()
    one, two = build_run(course, capacity=1), build_run(course, capacity=1, starts_at=in_days(50))
    ada, bea, cem, holder = people(4)
    booking.register(one, holder, Act(holder))
    old = booking.register(two, ada, Act(ada))
    booking.register(one, ada, Act(ada), gives_up=old)
    for run in (one, two):
        booking.register(run, bea, Act(bea))
    booking.register(one, cem, Act(cem))
    booking.change_capacity(one, 3, Act(coordinator))
    assert [[row.person for row in run.registrations.confirmed()] for run in (one, two)] == [[holder, ada, cem], [bea]]
    assert not Registration.objects.waitlisted().exists()
