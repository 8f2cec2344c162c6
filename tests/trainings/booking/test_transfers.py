"""A place goes to a colleague, or with the person to another run of the course."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.builders import build_course, build_person, build_registration, build_run, in_days, only_session
from trainings import booking, planning
from trainings.acts import Act, Channel
from trainings.booking import deadlines
from trainings.models import AttendanceRecord, CourseRun, Registration
from trainings.refusals import Refused

Status = Registration.Status

pytestmark = pytest.mark.django_db


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def kinds(registration):
    return list(registration.messages.order_by("pk").values_list("kind", flat=True))


def statuses(*rows):
    return [Registration.objects.get(pk=row.pk).status for row in rows]


@pytest.fixture
def colleague(agency):
    return build_person("kern@mayen.example", "Ole", "Kern")


@pytest.fixture
def place(participant):
    run = build_run(capacity=1)
    return booking.register(run, participant, Act(participant))


def handed_over(place, colleague, act):
    """Asked, and the colleague says yes."""
    asked = booking.substitute(place, colleague, act)
    return booking.accept_offer(asked, Act(colleague, at=act.at))


def test_a_colleague_takes_over_and_the_queue_is_not_asked(place, participant, colleague, other_participant):
    waiting = booking.register(place.run, other_participant, Act(other_participant))
    new = booking.substitute(place, colleague, Act(participant, reason=" krank "))
    assert statuses(place, waiting, new) == ["confirmed", "waitlisted", "offered"]
    assert (new.substitute_for, new.agency, new.source) == (place, colleague.agency, "self")
    assert new.events.last().reason == "Gefragt anstelle von: Ayşe Yıldız. krank"
    booking.accept_offer(new, Act(colleague))
    assert statuses(place, waiting, new) == ["cancelled", "waitlisted", "confirmed"]
    assert (kinds(place), kinds(new)) == (["registered", "substituted"], ["substitute_asked", "substitute"])
    assert place.events.last().reason == "Platz übergeben an: Ole Kern"


def test_who_is_asked_takes_no_place_beside_the_givers(place, participant, colleague, other_participant):
    run = CourseRun.objects.get(pk=place.run_id)
    booking.substitute(place, colleague, Act(participant))
    assert (run.places_taken, booking.situation_of(run, timezone.now()).taken) == (1, 1)
    booking.change_capacity(run, 2, Act(participant))
    assert booking.register(run, other_participant, Act(other_participant)).status == "confirmed"


def test_the_history_says_who_handed_over_to_whom_how_and_when(place, participant, colleague):
    at = in_days(2)
    new = booking.substitute(place, colleague, Act(participant, channel=Channel.LINK, reason="  ", at=at))
    event = new.events.get()
    assert (event.to_status, event.actor, event.on_behalf_of, event.channel, event.at) == (
        "offered",
        participant,
        colleague,
        "link",
        at,
    )
    assert (new.registered_at, new.queued_at, event.reason) == (at, at, "Gefragt anstelle von: Ayşe Yıldız")
    booking.accept_offer(new, Act(colleague, at=at))
    for row, to, on_behalf_of, reason in [
        (place, "cancelled", participant, "Platz übergeben an: Ole Kern"),
        (new, "confirmed", None, ""),
    ]:
        event = row.events.last()
        assert (event.to_status, event.actor, event.on_behalf_of, event.reason) == (to, colleague, on_behalf_of, reason)


@pytest.mark.parametrize("answer", ["no", "silence"])
@pytest.mark.parametrize("has_waited", [False, True])
def test_without_a_yes_the_giver_keeps_the_place_and_who_waited_waits_on(
    place, participant, colleague, answer, has_waited
):
    waiting = booking.register(place.run, colleague, Act(colleague)) if has_waited else None
    queued_at = waiting and waiting.queued_at
    asked = booking.substitute(place, colleague, Act(participant))
    assert asked.pk == waiting.pk if waiting else asked.substitute_for == place
    if answer == "no":
        booking.decline_offer(asked, Act(colleague))
    else:
        booking.sweep(asked.held_until)
    end = {"no": "declined", "silence": "expired"}[answer]
    assert statuses(place, asked) == ["confirmed", "waitlisted" if has_waited else end]
    assert kinds(place) == ["registered", "place_kept"]
    told = ["waitlisted"] * has_waited + ["substitute_asked"] + ["substitute_ended"] * (answer == "silence")
    assert kinds(asked) == told
    asked.refresh_from_db()
    if has_waited:
        assert (asked.queued_at, asked.substitute_for, asked.unanswered_offers) == (queued_at, None, 0)


def test_nobody_but_the_colleague_says_yes(place, participant, colleague, agency_contact, coordinator):
    asked = booking.substitute(place, colleague, Act(agency_contact))
    for by in (participant, agency_contact, coordinator):
        with pytest.raises(Refused) as refused:
            booking.accept_offer(asked, Act(by))
        assert codes(refused) == ["not_yours"]
    with pytest.raises(Refused) as refused:
        booking.give_now(asked, Act(coordinator, reason="eilig"))
    assert codes(refused) == ["asked"]
    assert statuses(place, asked) == ["confirmed", "offered"]


def test_whoever_cancels_takes_the_question_back_and_the_queue_gets_the_place(
    place, participant, colleague, other_participant
):
    waiting = booking.register(place.run, other_participant, Act(other_participant))
    asked = booking.substitute(place, colleague, Act(participant))
    booking.cancel(place, Act(participant))
    assert statuses(place, asked, waiting) == ["cancelled", "cancelled", "confirmed"]
    assert kinds(asked) == ["substitute_asked", "substitute_ended"]


def test_asking_somebody_else_takes_the_first_question_back(place, participant, colleague):
    second = build_person("zweite@mayen.example")
    asked = booking.substitute(place, colleague, Act(participant))
    again = booking.substitute(place, second, Act(participant))
    assert statuses(place, asked, again) == ["confirmed", "cancelled", "offered"]


@pytest.mark.parametrize("how", ["the colleague says no", "somebody else is asked", "no answer comes"])
def test_who_waits_again_gets_the_place_that_became_free_meanwhile(participant, colleague, other_participant, how):
    run = build_run(capacity=2)
    place = booking.register(run, participant, Act(participant))
    other = booking.register(run, other_participant, Act(other_participant))
    waiting = booking.register(run, colleague, Act(colleague))
    asked = booking.substitute(place, colleague, Act(participant))
    booking.cancel(other, Act(other_participant))  # while nobody waits
    if how == "the colleague says no":
        booking.decline_offer(asked, Act(colleague))
    elif how == "somebody else is asked":
        booking.substitute(place, build_person("zweite@mayen.example"), Act(participant))
    else:
        deadlines.bring_up_to_date(run, at=asked.held_until + dt.timedelta(minutes=1))
    assert statuses(place, waiting) == ["confirmed", "confirmed"]


def test_who_says_no_reads_what_they_have_now(signed_in, participant, colleague, other_participant):
    run = build_run(capacity=2)
    place = booking.register(run, participant, Act(participant))
    other = booking.register(run, other_participant, Act(other_participant))
    booking.register(run, colleague, Act(colleague))
    asked = booking.substitute(place, colleague, Act(participant))
    booking.cancel(other, Act(other_participant))
    page = signed_in(colleague).post(
        reverse("trainings:answer_offer", args=[asked.pk]), {"act": "decline"}, follow=True
    )
    assert "warten weiter" not in page.content.decode()
    assert page.context["registration"].is_confirmed


def test_a_run_called_off_ends_both_once(place, participant, colleague, coordinator):
    asked = booking.substitute(place, colleague, Act(participant))
    planning.cancel_run(place.run, Act(coordinator, reason="Krank"))
    assert statuses(place, asked) == ["cancelled", "cancelled"]
    assert (kinds(place)[-1], kinds(asked)[-1]) == ("run_cancelled", "run_cancelled")
    assert asked.events.count() == 2


@pytest.fixture
def chiefs_place(participant, agency):
    run = build_run(approval=CourseRun.Approval.REQUIRED, capacity=1)
    return build_registration(run, participant, supervisor_email="chefin@mayen.example")


def test_the_approval_does_not_travel_and_the_giver_keeps_the_place_until_it_is_given(
    chiefs_place, participant, colleague
):
    new = handed_over(chiefs_place, colleague, Act(participant))
    assert (new.status, new.supervisor_email) == ("requested", "chefin@mayen.example")
    assert statuses(chiefs_place) == ["confirmed"]
    assert chiefs_place.run.places_taken == 1
    booking.approve(new, Act(by_email="chefin@mayen.example"))
    assert statuses(chiefs_place, new) == ["cancelled", "confirmed"]


def test_without_an_approval_the_giver_keeps_the_place(chiefs_place, participant, colleague):
    new = handed_over(chiefs_place, colleague, Act(participant))
    booking.decline_request(new, Act(by_email="chefin@mayen.example", reason="Dienst"))
    assert statuses(chiefs_place, new) == ["confirmed", "declined"]
    assert kinds(chiefs_place) == ["place_kept"]


def test_the_supervisor_who_takes_over_does_not_approve_themselves(chiefs_place, participant):
    chief = build_person("chefin@mayen.example")
    new = handed_over(chiefs_place, chief, Act(participant))
    assert (new.status, new.supervisor_email) == ("requested", "")


def test_the_contact_approves_by_asking_but_not_for_themselves(chiefs_place, colleague, agency_contact):
    assert handed_over(chiefs_place, colleague, Act(agency_contact)).status == "confirmed"
    new = booking.substitute(Registration.objects.get(substitute_for=chiefs_place), agency_contact, Act(agency_contact))
    assert booking.accept_offer(new, Act(agency_contact)).status == "requested"


def test_a_coordinator_approves_with_a_reason(chiefs_place, colleague, coordinator):
    with pytest.raises(Refused) as refused:
        booking.substitute(chiefs_place, colleague, Act(coordinator))
    assert codes(refused) == ["no_reason"]
    assert handed_over(chiefs_place, colleague, Act(coordinator, reason="Anruf")).status == "confirmed"


def test_a_colleague_with_a_place_does_not_take_a_second(place, participant, colleague):
    CourseRun.objects.filter(pk=place.run_id).update(capacity=2)
    booking.register(place.run, colleague, Act(colleague))
    with pytest.raises(Refused) as refused:
        booking.substitute(place, colleague, Act(participant))
    assert codes(refused) == ["already_registered"]


def test_substitution_is_possible_until_the_start(place, participant, colleague):
    with pytest.raises(Refused) as refused:
        booking.substitute(place, colleague, Act(participant, at=place.run.starts_at))
    assert codes(refused) == ["started"]
    just_before = place.run.starts_at - dt.timedelta(minutes=1)
    asked = booking.substitute(place, colleague, Act(participant, at=just_before))
    assert (asked.status, asked.held_until) == ("offered", place.run.starts_at)
    booking.sweep(place.run.starts_at)
    assert statuses(place, asked) == ["confirmed", "expired"]


def test_who_may_hand_over_which_place(place, participant, colleague, other_participant, agency_contact, coordinator):
    for to, by, code in [
        (colleague, colleague, "not_yours"),
        (colleague, other_participant, "not_yours"),
        (other_participant, participant, "other_agency"),
        (participant, participant, "same_person"),
    ]:
        with pytest.raises(Refused) as refused:
            booking.substitute(place, to, Act(by))
        assert codes(refused) == [code]
    second = handed_over(place, colleague, Act(agency_contact))
    third = handed_over(second, participant, Act(coordinator))
    assert statuses(place, second, third) == ["cancelled", "cancelled", "confirmed"]
    assert [row.source for row in (place, second, third)] == ["self", "agency", "coordination"]


def test_a_recorded_attendance_is_not_handed_over(place, participant, colleague, trainer):
    AttendanceRecord.objects.create(
        session=only_session(place.run),
        registration=place,
        status=AttendanceRecord.Status.PRESENT,
        minutes=360,
        recorded_by=trainer,
    )
    with pytest.raises(Refused) as refused:
        booking.substitute(place, colleague, Act(participant))
    assert codes(refused) == ["attended"]


# --- moving ---------------------------------------------------------------------------------------


@pytest.fixture
def runs():
    course = build_course()
    return build_run(course, capacity=1), build_run(course, capacity=1, starts_at=in_days(50))


def test_moving_to_a_free_place_is_one_step(runs, participant, other_participant):
    one, two = runs
    old = booking.register(one, participant, Act(participant), needs="Rampe")
    waiting = booking.register(one, other_participant, Act(other_participant))
    new = booking.move(old, two, Act(participant))
    assert statuses(old, waiting, new) == ["cancelled", "confirmed", "confirmed"]
    assert (new.needs, kinds(new), kinds(old)) == ("Rampe", ["moved"], ["registered"])


def test_the_history_says_who_moved_how_when_and_why(runs, participant, coordinator):
    one, two = runs
    old = booking.register(one, participant, Act(participant))
    at = in_days(2)
    new = booking.move(old, two, Act(coordinator, channel=Channel.COORDINATION, reason="Anruf", at=at))
    event = new.events.get()
    assert (event.actor, event.on_behalf_of, event.channel, event.reason, event.at) == (
        coordinator,
        participant,
        "coordination",
        "Anruf",
        at,
    )
    event = old.events.last()
    assert (event.to_status, event.channel, event.reason, event.at) == (
        "cancelled",
        "automatic",
        f"Platz in einem anderen Termin dieser Schulung: {two.number}",
        at,
    )


def test_the_agencys_contact_moves_colleagues(runs, participant, agency_contact):
    old = booking.register(runs[0], participant, Act(participant))
    new = booking.move(old, runs[1], Act(agency_contact))
    assert statuses(old, new) == ["cancelled", "confirmed"]
    event = new.events.get()
    assert (event.actor, event.channel, event.reason) == (agency_contact, "web", "")


def test_whoever_moves_may_name_another_supervisor(runs, participant):
    one, two = runs
    CourseRun.objects.update(approval=CourseRun.Approval.REQUIRED)
    old = build_registration(one, participant, supervisor_email="chefin@mayen.example")
    new = booking.move(old, two, Act(participant), supervisor_email="neue.chefin@mayen.example")
    assert (new.status, new.supervisor_email) == ("requested", "neue.chefin@mayen.example")
    assert kinds(new) == ["requested", "approval_asked"]


def test_the_old_place_stays_until_the_new_one_is_sure(runs, participant, other_participant):
    one, two = runs
    old = booking.register(one, participant, Act(participant))
    blocking = booking.register(two, other_participant, Act(other_participant))
    new = booking.move(old, two, Act(participant))
    assert statuses(old, new) == ["confirmed", "waitlisted"]
    booking.cancel(blocking, Act(other_participant))
    assert statuses(old, new) == ["cancelled", "confirmed"]


def test_the_old_place_stays_until_the_supervisor_agrees(runs, participant):
    one, two = runs
    CourseRun.objects.filter(pk=two.pk).update(approval=CourseRun.Approval.REQUIRED)
    chief = "chefin@mayen.example"
    old = booking.register(one, participant, Act(participant), supervisor_email=chief)
    new = booking.move(old, two, Act(participant))
    assert statuses(old, new) == ["confirmed", "requested"]
    booking.approve(new, Act(by_email=chief))
    assert statuses(old, new) == ["cancelled", "confirmed"]


def test_a_place_in_a_run_that_has_begun_is_no_longer_given_up(runs, participant, other_participant):
    one, two = runs
    old = booking.register(one, participant, Act(participant))
    blocking = booking.register(two, other_participant, Act(other_participant))
    new = booking.move(old, two, Act(participant))
    booking.cancel(blocking, Act(other_participant, at=one.starts_at))
    assert statuses(old, new) == ["confirmed", "confirmed"]


def test_moving_stays_within_the_course_and_the_deadline(runs, participant, other_participant, coordinator):
    one, two = runs
    CourseRun.objects.filter(pk=one.pk).update(cancellation_closes_on=in_days(10).date())
    old = booking.register(one, participant, Act(participant))
    for to, by, at, code in [
        (build_run(), participant, None, "other_course"),
        (one, participant, None, "other_course"),
        (two, other_participant, None, "not_yours"),
        (two, participant, in_days(11), "too_late"),
    ]:
        with pytest.raises(Refused) as refused:
            booking.move(old, to, Act(by, at=at))
        assert codes(refused) == [code]
    assert booking.move(old, two, Act(coordinator, at=in_days(11))).status == "confirmed"


def test_a_refused_move_leaves_everything_as_it_was(runs, participant):
    one, two = runs
    old = booking.register(one, participant, Act(participant))
    build_registration(two, participant, Status.WAITLISTED)
    with pytest.raises(Refused) as refused:
        booking.move(old, two, Act(participant))
    assert codes(refused) == ["already_registered"]
    assert statuses(old) == ["confirmed"]
