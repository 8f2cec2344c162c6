"""A place is offered for a while, or called out to all who wait."""

import datetime as dt

import pytest

from tests.builders import berlin, build_person, build_registration, build_run, fill_free_places, in_days
from trainings import booking, mails
from trainings.acts import Act, Channel
from trainings.models import CourseRun, Registration
from trainings.refusals import Refused

Status = Registration.Status
HOUR = dt.timedelta(hours=1)

pytestmark = pytest.mark.django_db


def statuses(run):
    return list(run.registrations.order_by("pk").values_list("status", flat=True))


def kinds(registration):
    return list(registration.messages.order_by("pk").values_list("kind", flat=True))


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def freed(before: dt.timedelta, waiting: int = 2, **fields):
    """A run of one place, given back so long before the start, and those who wait for it."""
    run = build_run(capacity=1, starts_at=in_days(40), **fields)
    holder = build_person()
    place = booking.register(run, holder, Act(holder, at=in_days(0)))
    people = [build_person() for _ in range(waiting)]
    rows = [booking.register(run, person, Act(person, at=in_days(1))) for person in people]
    at = run.starts_at - before
    booking.cancel(place, Act(holder, at=at))
    for row in rows:
        row.refresh_from_db()
    return run, rows, at


def test_an_offer_is_held_for_a_day_and_accepted_with_one_act():
    run, (first, second), at = freed(dt.timedelta(days=5))
    assert (first.status, first.held_until) == ("offered", at + 24 * HOUR)
    assert kinds(first) == ["waitlisted", "offered"]
    booking.accept_offer(first, Act(first.person, at=at + HOUR))
    assert statuses(run) == ["cancelled", "confirmed", "waitlisted"]
    assert kinds(first) == ["waitlisted", "offered", "registered"]
    assert kinds(second) == ["waitlisted"]


def test_the_history_says_who_offered_and_who_answered_how_and_when():
    for act, to in [(booking.accept_offer, "confirmed"), (booking.decline_offer, "declined")]:
        _run, (first, _second), at = freed(dt.timedelta(days=5))
        offered = first.events.last()
        assert (offered.actor, offered.channel, offered.reason, offered.at) == (None, "automatic", "", at)
        assert act(first, Act(first.person, channel=Channel.LINK, at=at + HOUR)).status == to
        event = first.events.last()
        assert (event.to_status, event.actor, event.on_behalf_of) == (to, first.person, None)
        assert (event.channel, event.reason, event.at) == ("link", "", at + HOUR)
        assert (event.overrides, event.actor_email, offered.overrides, offered.actor_email) == ("", "", "", "")


def test_an_offer_never_outlives_the_start():
    _run, (first, _second), _at = freed(dt.timedelta(days=3), offer_hours=240)
    assert first.held_until == first.run.starts_at


def test_a_declined_offer_goes_to_the_next():
    run, (first, second), at = freed(dt.timedelta(days=5))
    booking.decline_offer(first, Act(first.person, reason="Urlaub", at=at + HOUR))
    assert statuses(run) == ["cancelled", "declined", "offered"]
    assert (kinds(first)[-1], kinds(second)[-1]) == ("offer_declined", "offered")
    assert first.events.last().reason == "Urlaub"


def test_an_offer_not_answered_goes_to_the_next_and_the_person_waits_on():
    run, (first, second), _at = freed(dt.timedelta(days=9))
    over, queued_at = first.held_until, first.queued_at
    booking.sweep(over - dt.timedelta(seconds=1))
    assert statuses(run) == ["cancelled", "offered", "waitlisted"]
    booking.sweep(over)
    assert statuses(run) == ["cancelled", "waitlisted", "offered"]
    assert (kinds(first)[-1], kinds(second)[-1]) == ("offer_passed", "offered")
    event = first.events.last()
    assert (event.actor, event.channel, event.reason, event.at) == (
        None,
        "automatic",
        "Das Angebot wurde nicht angenommen.",
        over,
    )
    first.refresh_from_db()
    assert (first.queued_at, first.unanswered_offers) == (queued_at, 1)
    booking.decline_offer(second, Act(second.person, at=over + HOUR))
    first.refresh_from_db()
    assert (first.status, kinds(first)[-1]) == ("offered", "offered")
    booking.sweep(first.held_until)
    assert statuses(run) == ["cancelled", "expired", "declined"]
    assert kinds(first)[-1] == "offer_expired"


def test_where_nobody_else_waits_the_place_is_offered_a_second_time():
    run, (only,), _at = freed(dt.timedelta(days=9), waiting=1)
    first_link = mails.link_token("offer", only)
    booking.sweep(only.held_until)
    only.refresh_from_db()
    assert (only.status, kinds(only)[-2:]) == ("offered", ["offer_passed", "offered"])
    assert not mails.read_link("offer", first_link).is_current
    booking.sweep(only.held_until)
    assert statuses(run) == ["cancelled", "expired"]


def test_of_two_offers_unanswered_at_once_both_places_go_to_others_first():
    run, (first, _second, _third), at = freed(dt.timedelta(days=9), waiting=3)
    booking.change_capacity(run, 2, Act(build_person(), at=at))
    assert statuses(run) == ["cancelled", "offered", "offered", "waitlisted"]
    booking.sweep(first.held_until)
    assert statuses(run) == ["cancelled", "offered", "waitlisted", "offered"]


def test_each_offer_is_reminded_of_once():
    _run, (only,), _at = freed(dt.timedelta(days=9), waiting=1)
    for _time in range(2):
        only.refresh_from_db()
        for minutes in (2, 1):
            booking.sweep(only.held_until - dt.timedelta(minutes=minutes))
        booking.sweep(only.held_until)
    assert kinds(only).count("offer_reminder") == 2


def test_an_offer_made_on_a_saturday_is_not_lost_on_sunday():
    saturday = berlin(2027, 5, 15, 10)  # before Whit Monday
    run = build_run(capacity=1, starts_at=berlin(2027, 5, 22, 9))
    waiting = build_registration(run, status=Status.WAITLISTED)
    fill_free_places(run, at=saturday)
    waiting.refresh_from_db()
    assert waiting.held_until == berlin(2027, 5, 19)  # all of Tuesday
    booking.sweep(berlin(2027, 5, 18, 23, 59))
    waiting.refresh_from_db()
    assert waiting.is_offered


def test_nobody_accepts_after_the_time_even_if_no_sweep_has_come():
    run, (first, _second), at = freed(dt.timedelta(days=5))
    for act in (booking.accept_offer, booking.decline_offer):
        with pytest.raises(Refused) as refused:
            act(first, Act(first.person, at=at + 24 * HOUR))
        assert codes(refused) == ["lapsed"]
    assert statuses(run) == ["cancelled", "offered", "waitlisted"]


def test_nobody_accepts_after_the_start_of_a_run_moved_forward():
    run = build_run(starts_at=in_days(30))
    row = build_registration(run, status=Status.OFFERED, held_until=in_days(31))
    for act in (booking.accept_offer, booking.decline_offer):
        with pytest.raises(Refused) as refused:
            act(row, Act(row.person, at=run.starts_at))
        assert codes(refused) == ["lapsed"]
    assert statuses(run) == ["offered"]


def test_only_the_person_answers(coordinator):
    run, (first, second), at = freed(dt.timedelta(days=5))
    for by in (second.person, coordinator):
        for act in (booking.accept_offer, booking.decline_offer, booking.claim_place):
            with pytest.raises(Refused) as refused:
                act(first, Act(by, at=at))
            assert codes(refused) == ["not_yours"]
    assert statuses(run) == ["cancelled", "offered", "waitlisted"]


def test_nobody_registers_into_an_open_offer():
    run, (_first,), at = freed(dt.timedelta(days=5), waiting=1)
    booking.change_capacity(run, 2, Act(build_person(), at=at))
    newcomer = build_person()
    assert booking.register(run, newcomer, Act(newcomer, at=at)).status == "offered"


def test_an_accepted_offer_still_needs_the_approval():
    run, (first, _second), at = freed(dt.timedelta(days=5))
    CourseRun.objects.filter(pk=run.pk).update(approval=CourseRun.Approval.REQUIRED)
    accepted = booking.accept_offer(first, Act(first.person, at=at))
    assert (accepted.status, accepted.held_until) == ("requested", min(accepted.held_until, run.starts_at))
    assert kinds(first)[-1] == "requested_of_us"  # nobody is named


# --- first come, first served ---------------------------------------------------------------------


def test_all_who_wait_are_called_and_the_first_gets_the_place():
    run, (first, second), at = freed(dt.timedelta(days=1))
    assert statuses(run) == ["cancelled", "waitlisted", "waitlisted"]
    assert [(row.called_at, kinds(row)[-1]) for row in (first, second)] == [(at, "called")] * 2
    claimed = booking.claim_place(second, Act(second.person, channel=Channel.LINK, at=at + HOUR))
    event = second.events.last()
    assert (claimed.status, event.actor, event.channel, event.at) == ("confirmed", second.person, "link", at + HOUR)
    assert kinds(second)[-1] == "promoted"
    with pytest.raises(Refused) as refused:
        booking.claim_place(first, Act(first.person, at=at + HOUR))
    assert codes(refused) == ["taken"]
    assert statuses(run) == ["cancelled", "waitlisted", "confirmed"]


def test_calling_again_writes_nothing_twice():
    _run, (first, _second), at = freed(dt.timedelta(days=1))
    for _ in range(2):
        booking.sweep(at + 3 * HOUR)
    assert kinds(first) == ["waitlisted", "called"]


def test_who_comes_later_is_called_two_hours_after_the_others():
    run, _rows, at = freed(dt.timedelta(days=1))
    person = build_person()
    late = booking.register(run, person, Act(person, at=at + HOUR))
    with pytest.raises(Refused) as refused:
        booking.claim_place(late, Act(person, at=at + HOUR))
    assert codes(refused) == ["not_called"]
    booking.sweep(at + 2 * HOUR - dt.timedelta(seconds=1))
    late.refresh_from_db()
    assert late.called_at is None
    booking.sweep(at + 2 * HOUR)
    late.refresh_from_db()
    assert late.called_at == at + 2 * HOUR
    assert booking.claim_place(late, Act(person, at=at + 2 * HOUR)).status == "confirmed"


def test_who_comes_still_later_waits_until_those_called_last_had_their_time():
    run, _rows, at = freed(dt.timedelta(days=1))
    people = build_person(), build_person()
    booking.register(run, people[0], Act(people[0], at=at + HOUR))
    booking.sweep(at + 2 * HOUR)
    last = booking.register(run, people[1], Act(people[1], at=at + 3 * HOUR))
    for hours, called_at in [(3, None), (4, at + 4 * HOUR)]:
        booking.sweep(at + hours * HOUR)
        last.refresh_from_db()
        assert last.called_at == called_at


def test_only_those_are_called_who_could_have_the_place(agency):
    run, elsewhere = (build_run(capacity=3, starts_at=in_days(1)) for _ in range(2))
    run.contingents.create(agency=agency, maximum=1, release_on=in_days(1).date())
    build_registration(run, build_person(agency=agency))
    has_a_place = build_registration(run, build_person("klein@bendorf.example"))
    build_registration(elsewhere, build_person(), Status.WAITLISTED, called_at=in_days(0, 8))
    waits_elsewhere = build_registration(elsewhere, build_person(), Status.WAITLISTED)
    colleague = build_registration(run, build_person(agency=agency), Status.WAITLISTED)
    other = build_registration(run, build_person("weber@bendorf.example"), Status.WAITLISTED)
    assert fill_free_places(run, at=in_days(0)) == [other]
    assert [kinds(row) for row in (colleague, has_a_place, waits_elsewhere, other)] == [[], [], [], ["called"]]
    assert fill_free_places(run, at=in_days(0)) == []
    with pytest.raises(Refused) as refused:
        booking.claim_place(colleague, Act(colleague.person, at=in_days(0)))
    assert codes(refused) == ["not_called"]


def test_a_newcomer_finds_no_free_place_while_others_are_called():
    run, _rows, at = freed(dt.timedelta(days=1))
    person = build_person()
    assert booking.register(run, person, Act(person, at=at + 5 * HOUR)).status == "waitlisted"


def test_nobody_claims_after_the_start():
    run, (first, _second), _at = freed(dt.timedelta(days=1))
    with pytest.raises(Refused) as refused:
        booking.claim_place(first, Act(first.person, at=run.starts_at))
    assert codes(refused) == ["started"]


def test_nobody_claims_a_place_in_a_run_called_off():
    run = build_run(starts_at=in_days(1), cancelled_at=in_days(0), cancellation_reason="krank")
    waiting = build_registration(run, status=Status.WAITLISTED, called_at=in_days(0, 0))
    with pytest.raises(Refused) as refused:
        booking.claim_place(waiting, Act(waiting.person))
    assert codes(refused) == ["started"]


def test_the_head_start_may_be_switched_off():
    run, (first, _second), _at = freed(HOUR, first_come_days=0)
    assert (first.status, first.held_until) == ("offered", run.starts_at)


def test_claims_respect_places_reserved_for_others(other_agency):
    run = build_run(capacity=1, starts_at=in_days(1))
    run.contingents.create(agency=other_agency, reserved=1, release_on=in_days(1).date())
    waiting = build_registration(run, build_person(), Status.WAITLISTED, called_at=in_days(0, 0))
    with pytest.raises(Refused) as refused:
        booking.claim_place(waiting, Act(waiting.person, at=in_days(0, 1)))
    assert codes(refused) == ["taken"]
