"""A place goes to a colleague, or with the person to another run of the course."""

import datetime as dt

import pytest

from tests.builders import build_course, build_person, build_registration, build_run, in_days, only_session
from trainings import booking
from trainings.acts import Act, Channel
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


def test_a_colleague_takes_over_and_the_queue_is_not_asked(place, participant, colleague, other_participant):
    waiting = booking.register(place.run, other_participant, Act(other_participant))
    new = booking.substitute(place, colleague, Act(participant, reason=" krank "))
    assert statuses(place, waiting, new) == ["cancelled", "waitlisted", "confirmed"]
    assert (new.substitute_for, new.agency, new.source) == (place, colleague.agency, "self")
    assert (kinds(place), kinds(new)) == (["registered", "substituted"], ["substitute"])
    assert place.events.last().reason == "Platz übergeben an: Ole Kern. krank"


def test_the_history_says_who_handed_over_to_whom_how_and_when(place, participant, colleague):
    waiting = booking.register(place.run, colleague, Act(colleague))
    at = in_days(2)
    new = booking.substitute(place, colleague, Act(participant, channel=Channel.LINK, reason="  ", at=at))
    for row, to, on_behalf_of, reason in [
        (place, "cancelled", None, "Platz übergeben an: Ole Kern"),
        (waiting, "cancelled", colleague, "Platz übernommen von: Ayşe Yıldız"),
        (new, "confirmed", colleague, "Anstelle von: Ayşe Yıldız"),
    ]:
        event = row.events.last()
        assert (event.to_status, event.actor, event.on_behalf_of) == (to, participant, on_behalf_of)
        assert (event.channel, event.reason, event.at) == ("link", reason, at)
    assert (new.registered_at, new.queued_at) == (at, at)


def test_a_colleague_who_waits_gives_up_that_entry(place, participant, colleague, other_participant):
    elsewhere = build_registration(build_run(), colleague, Status.WAITLISTED)
    waiting = booking.register(place.run, colleague, Act(colleague))
    other = booking.register(place.run, other_participant, Act(other_participant))
    new = booking.substitute(place, colleague, Act(participant))
    rows = [place, waiting, other, elsewhere, new]
    assert statuses(*rows) == ["cancelled", "cancelled", "waitlisted", "waitlisted", "confirmed"]
    assert kinds(waiting) == ["waitlisted"]


def test_no_supervisor_is_asked_again_for_a_place_handed_over(participant, colleague, agency):
    run = build_run(approval=CourseRun.Approval.REQUIRED)
    chief = "chefin@mayen.example"
    place = build_registration(run, participant, supervisor_email=chief)
    new = booking.substitute(place, colleague, Act(participant))
    assert (new.status, new.supervisor_email) == ("confirmed", chief)
    told = [(message.kind, message.address) for row in (place, new) for message in row.messages.order_by("pk")]
    assert [kind for kind, address in told if address == chief] == ["supervisor_cancelled", "supervisor_informed"]


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
    assert booking.substitute(place, colleague, Act(participant, at=just_before)).status == "confirmed"


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
    second = booking.substitute(place, colleague, Act(agency_contact))
    third = booking.substitute(second, participant, Act(coordinator))
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
