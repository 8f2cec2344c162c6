"""What is recorded of who was there, and what a list still lacks."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.builders import (
    build_person,
    build_registration,
    build_run,
    cancel_session,
    further_session,
    in_days,
    only_session,
)
from trainings import attendance, booking
from trainings.acts import Act, Channel
from trainings.attendance import Mark
from trainings.completeness import incomplete, lists_to_record, missing_records
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Session
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

PRESENT, PARTIAL = Mark("present"), Mark("partial", 90)
EXCUSED, ABSENT = Mark("excused"), Mark("absent")


def build_session(*surnames, minutes=360, starts_at=None, **fields):
    """A session that began an hour ago, and one confirmed registration for each surname."""
    run = build_run(starts_at=starts_at or timezone.now() - dt.timedelta(hours=1), teaching_minutes=minutes, **fields)
    registrations = [build_registration(run, build_person(last_name=surname)) for surname in surnames]
    return only_session(run), *registrations


def recorded(session):
    rows = AttendanceRecord.objects.filter(session=session).order_by("registration")
    return list(rows.values_list("registration", "status", "minutes"))


def changes():
    return list(
        AttendanceChange.objects.values_list("from_status", "from_minutes", "to_status", "to_minutes", "reason")
    )


def test_each_mark_stands_for_minutes(trainer):
    session, *people = build_session("A", "B", "C", "D")
    marks = {row.pk: mark for row, mark in zip(people, [PRESENT, PARTIAL, EXCUSED, ABSENT], strict=True)}
    assert attendance.record(session, marks, Act(trainer)) == 4
    assert recorded(session) == [
        (people[0].pk, "present", 360),
        (people[1].pk, "partial", 90),
        (people[2].pk, "excused", 0),
        (people[3].pk, "absent", 0),
    ]
    assert {row.recorded_by for row in AttendanceRecord.objects.all()} == {trainer}


@pytest.mark.parametrize("minutes", [None, 0, -5, 360, 361])
def test_partial_needs_minutes_between_nothing_and_everything(trainer, minutes):
    session, person = build_session("A")
    with pytest.raises(Refused) as invalid:
        attendance.record(session, {person.pk: Mark("partial", minutes)}, Act(trainer))
    assert invalid.value.texts == {person.pk: "Bitte geben Sie bei „teilweise“ die Minuten an: 1 bis 359."}
    assert recorded(session) == []


@pytest.mark.parametrize("minutes", [1, 359])
def test_the_limits_of_partial_are_recorded(trainer, minutes):
    session, person = build_session("A")
    attendance.record(session, {person.pk: Mark("partial", minutes)}, Act(trainer))
    assert recorded(session) == [(person.pk, "partial", minutes)]


def test_all_or_nothing_with_a_sentence_for_each_wrong_row(trainer):
    session, first, second, third = build_session("A", "B", "C")
    marks = {first.pk: PRESENT, second.pk: Mark("partial"), third.pk: Mark("sleeping")}
    with pytest.raises(Refused) as invalid:
        attendance.record(session, marks, Act(trainer))
    assert sorted(invalid.value.texts) == [second.pk, third.pk]
    assert invalid.value.texts[third.pk] == "Bitte wählen Sie eine der Möglichkeiten."
    assert (recorded(session), changes()) == ([], [])


def test_every_value_is_kept_and_nothing_is_written_twice(trainer, coordinator):
    session, person = build_session("A")
    assert attendance.record(session, {person.pk: PRESENT}, Act(trainer)) == 1
    assert attendance.record(session, {person.pk: PRESENT}, Act(coordinator)) == 0
    assert attendance.record(session, {person.pk: PARTIAL}, Act(coordinator, reason=" früher gegangen ")) == 1
    assert changes() == [
        ("", None, "present", 360, ""),
        ("present", 360, "partial", 90, "früher gegangen"),
    ]
    assert list(AttendanceChange.objects.values_list("actor", flat=True)) == [trainer.pk, coordinator.pk]


def test_a_change_says_through_which_channel_it_came(trainer):
    session, one, other = build_session("A", "B")
    attendance.record(session, {one.pk: PRESENT}, Act(trainer, Channel.IMPORT))
    attendance.record(session, {other.pk: PRESENT}, Act(trainer))
    assert list(AttendanceChange.objects.values_list("channel", flat=True)) == ["import", "web"]


def test_others_are_those_nobody_has_recorded_yet(trainer):
    session, first, second, third = build_session("A", "B", "C")
    attendance.record(session, {first.pk: ABSENT}, Act(trainer))
    assert attendance.record(session, {second.pk: EXCUSED}, Act(trainer), others=PRESENT) == 2
    assert recorded(session) == [(first.pk, "absent", 0), (second.pk, "excused", 0), (third.pk, "present", 360)]
    assert attendance.record(session, {}, Act(trainer), others=PRESENT) == 0


def test_history_cannot_be_changed_or_deleted(trainer):
    session, person = build_session("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    change = AttendanceChange.objects.get()
    for attempt in (change.save, change.delete, AttendanceChange.objects.all().delete):
        with pytest.raises(TypeError):
            attempt()


def test_a_correction_after_the_day_needs_a_reason(trainer):
    session, first, second = build_session("A", "B", starts_at=in_days(5))
    with time_machine.travel(in_days(5, hour=23, minute=59), tick=False):
        attendance.record(session, {first.pk: PRESENT}, Act(trainer))
        assert attendance.record(session, {first.pk: ABSENT}, Act(trainer)) == 1
    with time_machine.travel(in_days(6, hour=0, minute=0), tick=False):
        assert attendance.record(session, {first.pk: ABSENT, second.pk: PRESENT}, Act(trainer)) == 1
        with pytest.raises(Refused, match="Bitte nennen Sie den Grund") as missing:
            attendance.record(session, {first.pk: PRESENT}, Act(trainer, reason="  "))
        assert str(missing.value) == "Bitte nennen Sie den Grund, aus dem Sie einen Eintrag ändern."
        assert recorded(session) == [(first.pk, "absent", 0), (second.pk, "present", 360)]
        assert attendance.record(session, {first.pk: PRESENT}, Act(trainer, reason="verwechselt")) == 1
    assert changes()[-1] == ("absent", 0, "present", 360, "verwechselt")


def test_not_earlier_than_an_hour_before_the_start(trainer):
    session, person = build_session("A", starts_at=in_days(5, hour=9))
    with time_machine.travel(in_days(5, hour=7, minute=59), tick=False), pytest.raises(Refused) as invalid:
        attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    assert str(invalid.value) == "Die Anwesenheit kann erst ab einer Stunde vor Beginn erfasst werden."
    assert recorded(session) == []
    with time_machine.travel(in_days(5, hour=8), tick=False):
        assert attendance.record(session, {person.pk: PRESENT}, Act(trainer)) == 1


def test_a_session_called_off_takes_no_marks(trainer):
    session, person = build_session("A")
    further_session(session.run)
    cancel_session(session)
    with pytest.raises(Refused) as invalid:
        attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    assert str(invalid.value) == "Diese Sitzung entfällt."


@pytest.mark.parametrize("status", ["waitlisted", "cancelled", "expired"])
def test_only_people_with_a_place_are_marked(trainer, status):
    session, _person = build_session("A")
    other = build_registration(session.run, status=status)
    with pytest.raises(Refused) as invalid:
        attendance.record(session, {other.pk: PRESENT}, Act(trainer))
    assert invalid.value.texts == {other.pk: "Diese Person hat keinen bestätigten Platz mehr."}


def test_people_of_another_run_are_not_marked(trainer):
    session, _person = build_session("A")
    _other_session, other = build_session("B")
    with pytest.raises(Refused):
        attendance.record(session, {other.pk: PRESENT}, Act(trainer))
    assert AttendanceRecord.objects.count() == 0


def test_who_was_recorded_keeps_the_registration(trainer, coordinator):
    session, person = build_session("A")
    attendance.record(session, {person.pk: ABSENT}, Act(trainer))
    with pytest.raises(Refused) as refused:
        booking.cancel(person, Act(coordinator, reason="Anruf"))
    assert [reason.code for reason in refused.value.reasons] == ["attended"]
    assert Registration.objects.get(pk=person.pk).status == "confirmed"


def test_the_list_is_sorted_by_surname_the_german_way():
    session, *_people = build_session("Zander", "Müller", "Muffler", "Muller", "Ärmel", "Adam")
    names = [registration.person.last_name for registration in attendance.expected(session)]
    assert names == ["Adam", "Ärmel", "Müller", "Muffler", "Muller", "Zander"]


def test_a_list_is_complete_when_no_record_is_missing(trainer):
    build_session()  # its key must not be taken for another's
    first_day, second_day = in_days(-3), in_days(-2)
    hours = dt.timedelta(hours=4)
    run = build_run(sessions=[(first_day, first_day + hours), (second_day, second_day + hours)])
    weber, adam = (build_registration(run, build_person(last_name=name)) for name in ["Weber", "Adam"])
    build_registration(run, status="cancelled")
    build_registration(run, status="waitlisted")
    first, second = run.sessions.all()
    assert missing_records(run) == [(adam, first), (adam, second), (weber, first), (weber, second)]
    attendance.record(first, {weber.pk: PRESENT, adam.pk: ABSENT}, Act(trainer))
    assert missing_records(run) == [(adam, second), (weber, second)]
    assert list(incomplete(CourseRun.objects.all())) == [run]
    assert to_record() == [(second, 2)]
    attendance.record(second, {weber.pk: EXCUSED}, Act(trainer))
    assert missing_records(run) == [(adam, second)]
    cancel_session(second)
    assert missing_records(run) == []
    assert list(incomplete(CourseRun.objects.all())) == []
    assert to_record() == []


def to_record() -> list[tuple[Session, int]]:
    return [(session, session.unrecorded) for session in lists_to_record(timezone.now())]


def test_a_list_of_a_session_to_come_is_not_to_be_recorded_yet():
    build_registration(build_run(starts_at=in_days(2)))
    build_registration(build_run(starts_at=in_days(-2), published_at=None))
    build_run(starts_at=in_days(-2))
    assert to_record() == []


# --- Back to „not recorded“ -----------------------------------------------------------------------


def test_who_is_set_back_is_not_recorded_and_the_history_says_who_did_it(trainer, coordinator):
    session, first, second = build_session("A", "B")
    attendance.record(session, {first.pk: PRESENT, second.pk: ABSENT}, Act(trainer))
    assert attendance.record(session, {first.pk: Mark(attendance.NOT_RECORDED)}, Act(coordinator)) == 1
    assert recorded(session) == [(second.pk, "absent", 0)]
    assert [row[0] for row in missing_records(session.run)] == [first]
    assert incomplete(CourseRun.objects.all()).exists()
    last = AttendanceChange.objects.last()
    assert (last.registration, last.session, last.actor) == (first, session, coordinator)
    assert (last.from_status, last.from_minutes, last.to_status, last.to_minutes) == ("present", 360, "", None)
    assert attendance.record(session, {first.pk: Mark(attendance.NOT_RECORDED)}, Act(trainer)) == 0


def test_who_is_set_back_does_not_count_anywhere(trainer):
    session, person = build_session("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    attendance.record(session, {person.pk: Mark(attendance.NOT_RECORDED)}, Act(trainer))
    again = Registration.objects.get(pk=person.pk)
    assert attendance.minutes_if_complete(again) is None
    assert Session.objects.with_recorded().get().recorded == 0
    with time_machine.travel(in_days(3), tick=False), pytest.raises(Refused, match="Noch nicht erfasst ist"):
        attendance.submit(session, Act(trainer), taught_minutes=360)


def test_taking_a_record_back_after_the_day_needs_a_reason(trainer):
    session, person = build_session("A", starts_at=in_days(5))
    with time_machine.travel(in_days(5, hour=23), tick=False):
        attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    with time_machine.travel(in_days(6, hour=9), tick=False):
        with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
            attendance.record(session, {person.pk: Mark(attendance.NOT_RECORDED)}, Act(trainer))
        attendance.record(session, {person.pk: Mark(attendance.NOT_RECORDED)}, Act(trainer, reason="verwechselt"))
    assert recorded(session) == []


def test_of_a_closed_run_nobody_is_set_back(trainer, coordinator):
    session, person = build_session("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    with pytest.raises(Refused, match="Hier braucht jede Person einen Eintrag"):
        attendance.record(session, {person.pk: Mark(attendance.NOT_RECORDED)}, Act(coordinator, reason="verwechselt"))
    assert recorded(session) == [(person.pk, "present", 360)]


def test_everybody_at_once_is_taken_back_whole_but_for_whom_somebody_changed_since(trainer, other_trainer):
    session, first, second, third = build_session("A", "B", "C")
    late = Mark("partial", late=20)
    attendance.record(session, {first.pk: late}, Act(trainer))
    act = Act(trainer, at=timezone.now())
    attendance.record(session, {first.pk: ABSENT}, act, others=PRESENT)
    attendance.record(session, {third.pk: EXCUSED}, Act(other_trainer))
    before = {first.pk: late, second.pk: Mark(""), third.pk: Mark("")}
    assert attendance.take_back(session, before, Act(trainer), made_at=act.at) == 2
    assert recorded(session) == [(first.pk, "partial", 340), (third.pk, "excused", 0)]
    assert AttendanceRecord.objects.get(registration=first).late_minutes == 20
    assert attendance.take_back(session, before, Act(trainer), made_at=act.at) == 0


def test_a_mark_that_came_too_late_to_count_does_not_keep_a_list_from_being_taken_back(trainer):
    session, person = build_session("A")
    at, key = timezone.now(), uuid.uuid4()
    early = at - dt.timedelta(minutes=2)
    attendance.tap(session, person.pk, PRESENT, Act(trainer, at=early), key=key, said_at=early)
    attendance.record(session, {person.pk: ABSENT}, Act(trainer, at=at))
    overruled = Mark(attendance.NOT_RECORDED)
    later = at + dt.timedelta(seconds=1)
    attendance.tap(
        session,
        person.pk,
        overruled,
        Act(trainer, at=later),
        key=uuid.uuid4(),
        said_at=later,
        after=key,
        takes_back=True,
    )
    assert not AttendanceChange.objects.get(at=later).counts
    assert attendance.take_back(session, {person.pk: PRESENT}, Act(trainer), made_at=at) == 1
    assert recorded(session) == [(person.pk, "present", 360)]


def test_who_has_no_place_any_more_keeps_nobody_else_from_being_taken_back(trainer):
    session, gone, there = build_session("A", "B")
    act = Act(trainer, at=timezone.now())
    attendance.record(session, {}, act, others=PRESENT)
    Registration.objects.filter(pk=gone.pk).update(status="cancelled")
    before = {gone.pk: Mark(""), there.pk: Mark("")}
    assert attendance.take_back(session, before, Act(trainer), made_at=act.at) == 1
    assert recorded(session) == [(gone.pk, "present", 360)]


def test_after_a_quarter_of_an_hour_nothing_is_taken_back(trainer):
    session, person = build_session("A")
    act = Act(trainer, at=timezone.now() - attendance.TAKEN_BACK_WITHIN - dt.timedelta(seconds=1))
    attendance.record(session, {person.pk: PRESENT}, act)
    with pytest.raises(Refused, match="Zurücknehmen können Sie das nicht mehr"):
        attendance.take_back(session, {person.pk: Mark("")}, Act(trainer), made_at=act.at)
    assert recorded(session) == [(person.pk, "present", 360)]


def test_a_hall_full_of_people_is_written_at_once(trainer):
    """The lock, who is expected, what stands, and one statement each for records and changes."""

    def queries(number):
        session, *_people = build_session(*[f"P{index}" for index in range(number)])
        with CaptureQueriesContext(connection) as captured:
            assert attendance.record(session, {}, Act(trainer), others=PRESENT) == number
        return len(captured)

    assert queries(2) == queries(40) <= 10


def test_who_said_otherwise_on_the_same_day_is_named(trainer, other_trainer):
    session, first, second = build_session("A", "B")
    at = timezone.now()
    attendance.record(session, {first.pk: PRESENT, second.pk: PRESENT}, Act(trainer, at=at - dt.timedelta(minutes=9)))
    attendance.record(session, {first.pk: ABSENT, second.pk: PRESENT}, Act(other_trainer, at=at))
    [(key, found)] = attendance.disagreements(session).items()
    assert (key, found.counts.by, found.counts.status) == (first.pk, other_trainer.full_name, "absent")
    assert (found.overruled.by, found.overruled.status) == (trainer.full_name, "present")
    attendance.record(session, {first.pk: ABSENT}, Act(trainer))  # says the same: nothing to write
    assert list(attendance.disagreements(session)) == [first.pk]
    attendance.record(session, {first.pk: PRESENT}, Act(other_trainer, at=at + dt.timedelta(minutes=1)))
    assert attendance.disagreements(session) == {}
