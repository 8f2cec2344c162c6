"""Somebody who is on no list takes part, is counted apart, and hears of it."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from accounts.models import User
from tests.builders import build_agency, build_course, build_person, build_registration, build_run, fill_free_places
from trainings import attendance
from trainings.acts import Act
from trainings.models import AttendanceRecord, Registration
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

SOMEBODY = {"email": "neu@mayen.example", "first_name": "Lê", "last_name": "Văn", "group": "staff"}


def hours(number):
    return timezone.now() + dt.timedelta(hours=number)


def running(capacity=5, **fields):
    """A run whose only session began an hour ago."""
    return build_run(capacity=capacity, starts_at=hours(-1), **fields)


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def test_they_are_confirmed_present_counted_apart_and_told(trainer):
    build_agency()
    run = running()
    row = attendance.add_walk_in(run.sessions.get(), Act(trainer), **SOMEBODY)
    assert (row.status, row.source, row.person.full_name) == ("confirmed", "walk_in", "Lê Văn")
    assert row.agency.name == "Stadtverwaltung Mayen"
    assert row.person.privacy_notice_noted_at is None
    assert list(row.attendance_records.values_list("status", "minutes")) == [("present", 360)]
    assert list(row.messages.values_list("kind", flat=True)) == ["walked_in"]
    event = row.events.get()
    assert (event.actor, event.on_behalf_of, event.overrides) == (trainer, row.person, "")


def test_a_full_room_is_no_reason_but_is_kept(trainer):
    run = running(capacity=1)
    build_registration(run)
    row = attendance.add_walk_in(run.sessions.get(), Act(trainer), **SOMEBODY)
    assert (row.status, row.events.get().overrides) == ("confirmed", "full")


def test_no_supervisor_is_asked_about_somebody_who_is_there(trainer):
    row = attendance.add_walk_in(running(approval="required").sessions.get(), Act(trainer), **SOMEBODY)
    assert row.status == "confirmed"


def test_a_known_address_is_that_person_whatever_name_was_typed(trainer, participant):
    row = attendance.add_walk_in(
        running().sessions.get(), Act(trainer), **{**SOMEBODY, "email": "YILDIZ@mayen.example"}
    )
    participant.refresh_from_db()
    assert (row.person, participant.full_name) == (participant, "Ayşe Yıldız")


@pytest.mark.parametrize(
    ("status", "overrides"), [("waitlisted", "queue"), ("offered", ""), ("requested", "")], ids=str
)
def test_what_was_open_ends_for_the_place(trainer, participant, status, overrides):
    run = running()
    before = build_registration(run, participant, status)
    row = attendance.add_walk_in(run.sessions.get(), Act(trainer), **{**SOMEBODY, "email": participant.email})
    before.refresh_from_db()
    assert (before.status, row.status, row.source) == ("cancelled", "confirmed", "walk_in")
    assert row.events.get().overrides == overrides


def test_who_has_a_place_is_on_the_list_already(trainer, participant):
    run = running()
    build_registration(run, participant)
    with pytest.raises(Refused) as refused:
        attendance.add_walk_in(run.sessions.get(), Act(trainer), **{**SOMEBODY, "email": participant.email})
    assert codes(refused) == ["already_registered"]
    assert Registration.objects.count() == 1


def test_a_wait_for_another_run_of_the_course_ends(trainer, participant):
    course = build_course()
    waiting = build_registration(build_run(course, capacity=1), participant, "waitlisted")
    attendance.add_walk_in(
        running(course=course).sessions.get(), Act(trainer), **{**SOMEBODY, "email": participant.email}
    )
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"


def test_earlier_sessions_were_missed(trainer):
    first, second = (hours(-49), hours(-47)), (hours(-1), hours(1))
    run = build_run(sessions=[first, second], teaching_minutes=90)
    row = attendance.add_walk_in(run.sessions.last(), Act(trainer), **SOMEBODY)
    records = row.attendance_records.order_by("session__starts_at")
    assert list(records.values_list("status", "minutes")) == [("absent", 0), ("present", 90)]


@pytest.mark.parametrize(
    ("starts", "fields", "code"),
    [
        (2, {}, "too_early"),
        (-1, {"cancelled_at": timezone.now(), "cancellation_reason": "krank"}, "cancelled"),
        (-30, {"closed_at": timezone.now()}, "closed"),
    ],
    ids=["too early", "cancelled", "closed"],
)
def test_when_nobody_can_be_added(trainer, starts, fields, code):
    run = build_run(starts_at=hours(starts), **fields)
    with pytest.raises(Refused) as refused:
        attendance.add_walk_in(run.sessions.get(), Act(trainer), **SOMEBODY)
    assert codes(refused) == [code]
    assert not User.objects.filter(email=SOMEBODY["email"]).exists()


def test_nobody_waiting_moves_up_after_the_start_because_of_it(trainer):
    run = running(capacity=2)
    waiting = build_registration(run, build_person(), "waitlisted")
    attendance.add_walk_in(run.sessions.get(), Act(trainer), **SOMEBODY)
    fill_free_places(run)
    waiting.refresh_from_db()
    assert waiting.status == "waitlisted"
    assert AttendanceRecord.objects.filter(registration=waiting).count() == 0


def test_one_sent_twice_by_a_device_is_entered_once(trainer):
    session, key = running().sessions.get(), uuid.uuid4()
    first = attendance.add_walk_in(session, Act(trainer), **SOMEBODY, key=key)
    assert attendance.add_walk_in(session, Act(trainer), **SOMEBODY, key=key) == first
    assert (Registration.objects.count(), AttendanceRecord.objects.get().status) == (1, "present")


def test_a_name_of_another_session_is_refused_and_nobody_is_thought_present_there(trainer):
    run = build_run(sessions=[(hours(-3), hours(-2)), (hours(-1), hours(1))], teaching_minutes=45)
    first, second = run.sessions.all()
    key = uuid.uuid4()
    attendance.add_walk_in(first, Act(trainer), **SOMEBODY, key=key)
    with pytest.raises(Refused) as refused:
        attendance.add_walk_in(second, Act(trainer), **{**SOMEBODY, "email": "nachbar@mayen.example"}, key=key)
    assert codes(refused) == ["other_key"]
    assert (Registration.objects.count(), AttendanceRecord.objects.filter(session=second).count()) == (1, 0)


def test_the_name_of_a_mark_is_no_walk_in(trainer, participant):
    session, key = running().sessions.get(), uuid.uuid4()
    marked = build_registration(session.run, participant)
    attendance.tap(session, marked.pk, attendance.Mark("present"), Act(trainer), key=key, said_at=timezone.now())
    with pytest.raises(Refused) as refused:
        attendance.add_walk_in(session, Act(trainer), **SOMEBODY, key=key)
    assert codes(refused) == ["other_key"]
    assert Registration.objects.get() == marked
