"""Marks that devices made, perhaps without network: each counts once, and of two the later one."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.utils import timezone

from tests.builders import build_person, build_registration, build_run, further_session, in_days, only_session
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.models import AttendanceChange, AttendanceRecord, CourseRun, Registration, Submission
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

PRESENT, EXCUSED, ABSENT = Mark("present"), Mark("excused", note="Kind krank"), Mark("absent")
MINUTE = dt.timedelta(minutes=1)
START = in_days(5, hour=9)


@pytest.fixture
def session(trainer):
    """At nine in five days; the clock stands at ten."""
    run = build_run(trainers=[trainer], starts_at=START)
    build_registration(run, build_person(last_name="Adam"))
    build_registration(run, build_person(last_name="Weber"))
    with time_machine.travel(START + 60 * MINUTE, tick=False):
        yield only_session(run)


@pytest.fixture
def tap(session, trainer):
    """``tap(mark, minutes_ago)`` by a device of the trainer, about the first person on the list."""

    def send(mark, minutes_ago=0, key=None, **fields):
        fields = {"act": Act(trainer), "said_at": timezone.now() - minutes_ago * MINUTE, **fields}
        pk = fields.pop("registration", attendance.expected(session)[0].pk)
        return attendance.tap(session, pk, mark, key=key or uuid.uuid4(), **fields)

    return send


def standing():
    return list(AttendanceRecord.objects.order_by("pk").values_list("status", "minutes"))


def test_a_tap_is_recorded_with_the_moment_it_was_said(tap):
    row = tap(PRESENT, 20)
    assert (row.status, row.minutes, row.said_at, row.recorded_at) == (
        "present",
        360,
        timezone.now() - 20 * MINUTE,
        timezone.now(),
    )


def test_a_tap_sent_twice_counts_once(tap):
    key = uuid.uuid4()
    tap(PRESENT, 20, key)
    tap(ABSENT, 10)
    row = tap(PRESENT, 20, key)
    assert (row.status, standing()) == ("absent", [("absent", 0)])
    assert AttendanceChange.objects.count() == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_later_tap_counts_whichever_arrives_first(tap, order):
    taps = [(PRESENT, 20), (EXCUSED, 10)]
    for index in order:
        tap(*taps[index])
    row = AttendanceRecord.objects.get()
    assert (row.status, row.note, row.said_at) == ("excused", "Kind krank", timezone.now() - 10 * MINUTE)
    assert AttendanceChange.objects.count() == 2


def test_an_earlier_tap_that_arrives_late_is_kept_in_the_history(tap):
    tap(EXCUSED, 10)
    tap(ABSENT, 20)
    late = AttendanceChange.objects.last()
    assert (late.from_status, late.to_status) == ("excused", "excused")
    assert late.reason == "Kam nach einer späteren Markierung an: gefehlt"


def test_a_tap_is_later_than_the_one_this_device_made_before_however_slow_the_network_was(tap):
    """The first took ten minutes to arrive, so its moment, corrected by the device's clock, came out ten too late."""
    first, second = uuid.uuid4(), uuid.uuid4()
    tap(ABSENT, 0, first)
    tap(PRESENT, 8, second, after=first)
    assert standing() == [("present", 360)]


def test_that_does_not_put_it_before_what_another_device_said_later_still(tap):
    first = uuid.uuid4()
    tap(ABSENT, 20, first)
    tap(EXCUSED, 5)
    tap(PRESENT, 8, after=first)
    assert standing() == [("excused", 0)]


def test_a_name_used_for_another_person_is_refused(tap, session):
    adam, weber = attendance.expected(session)
    key = uuid.uuid4()
    tap(PRESENT, 20, key, registration=adam.pk)
    with pytest.raises(Refused) as invalid:
        tap(PRESENT, 10, key, registration=weber.pk)
    assert invalid.value.texts == {weber.pk: "Diese Eintragung gehört zu einer anderen Person."}
    assert AttendanceRecord.objects.count() == 1


@pytest.mark.parametrize("minutes_ago", [-1, 3 * 24 * 60 + 1])
def test_what_was_said_in_the_future_or_long_ago_counts_as_said_now(tap, minutes_ago):
    assert tap(PRESENT, minutes_ago).said_at == timezone.now()


@pytest.mark.parametrize("minutes_ago", [0, 3 * 24 * 60])
def test_three_days_without_network_are_believed(tap, minutes_ago):
    assert tap(PRESENT, minutes_ago).said_at == timezone.now() - minutes_ago * MINUTE


def test_a_closed_run_takes_taps_of_the_coordination_alone(tap, coordinator):
    key = uuid.uuid4()
    tap(PRESENT, 20, key)
    CourseRun.objects.update(closed_at=timezone.now(), closed_by=coordinator)
    with pytest.raises(Refused) as invalid:
        tap(ABSENT, 10)
    assert str(invalid.value) == "Dieser Termin ist abgeschlossen. Korrigieren kann ihn nur die Koordination."
    tap(PRESENT, 20, key)  # recorded before: no reason to tell the device otherwise
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        tap(ABSENT, act=Act(coordinator))
    tap(ABSENT, act=Act(coordinator, reason="verwechselt"))
    assert standing() == [("absent", 0)]


def test_who_has_no_place_any_more_is_not_recorded(tap, session):
    pk = attendance.expected(session)[0].pk
    Registration.objects.filter(pk=pk).update(status="cancelled")
    with pytest.raises(Refused) as invalid:
        tap(PRESENT, registration=pk)
    assert invalid.value.texts == {pk: "Diese Person hat keinen bestätigten Platz mehr."}


def test_what_was_said_on_the_day_needs_no_reason_when_it_arrives_the_day_after(tap, trainer):
    tap(PRESENT, 20)
    said_at = timezone.now()
    with time_machine.travel(START + dt.timedelta(hours=23), tick=False):
        tap(ABSENT, said_at=said_at)
        with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
            tap(EXCUSED)
        assert standing() == [("absent", 0)]
        tap(EXCUSED, act=Act(trainer, reason="Attest nachgereicht"))
    assert standing() == [("excused", 0)]
    assert AttendanceChange.objects.last().reason == "Attest nachgereicht"


def test_a_list_handed_in_is_only_corrected_with_a_reason(tap, session, trainer):
    tap(PRESENT, 20)
    Submission.objects.create(session=session, planned_minutes=360, taught_minutes=360, submitted_by=trainer)
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        tap(ABSENT, 10)
    tap(PRESENT, 5)  # says the same
    assert standing() == [("present", 360)]


@pytest.mark.parametrize(
    ("late", "early", "minutes"), [(20, 0, 340), (0, 45, 315), (20, 45, 295), (359, 0, 1), (200, 159, 1)]
)
def test_late_and_early_are_taken_from_the_minutes(tap, late, early, minutes):
    row = tap(Mark("partial", late=late, early=early))
    assert (row.minutes, row.late_minutes, row.early_minutes) == (minutes, late, early)


@pytest.mark.parametrize(("late", "early"), [(0, 0), (360, 0), (200, 160)])
def test_who_missed_nothing_or_everything_was_not_there_for_a_part(tap, late, early):
    with pytest.raises(Refused):
        tap(Mark("partial", late=late, early=early))
    assert standing() == []


# --- Back to „not recorded“ -----------------------------------------------------------------------

OPEN = Mark(attendance.NOT_RECORDED)


def test_a_tap_sets_somebody_back_and_an_earlier_one_that_arrives_late_does_not_count(tap):
    tap(PRESENT, 20)
    assert tap(OPEN, 10) is None
    assert tap(ABSENT, 15) is None
    late = AttendanceChange.objects.last()
    assert (late.from_status, late.to_status, late.overruled_status) == ("", "", "absent")
    assert standing() == []
    tap(EXCUSED, 5)
    assert standing() == [("excused", 0)]


NEXT_DAY = START + dt.timedelta(hours=24)


def test_a_mark_taken_back_is_gone_without_a_reason(tap):
    first = uuid.uuid4()
    with time_machine.travel(NEXT_DAY, tick=False):
        tap(PRESENT, 2, first)
        tap(OPEN, 1, after=first, takes_back=True)
    assert standing() == []
    assert AttendanceChange.objects.last().reason == "Gleich wieder zurückgenommen."


def test_what_stood_before_stands_again_without_a_reason(tap, trainer):
    first, second = uuid.uuid4(), uuid.uuid4()
    with time_machine.travel(NEXT_DAY, tick=False):
        tap(Mark("partial", late=20), 9, first)
        tap(PRESENT, 2, second, after=first, act=Act(trainer, reason="war pünktlich"))
        tap(Mark("partial", late=20), 1, after=second, takes_back=True)
    assert standing() == [("partial", 340)]
    assert AttendanceChange.objects.last().reason == "Gleich wieder zurückgenommen."


@pytest.mark.parametrize(
    ("mark", "minutes_later", "is_handed_in"),
    [(ABSENT, 1, False), (Mark("partial", late=20), 1, False), (OPEN, 16, False), (OPEN, 1, True)],
    ids=["to something else", "to other minutes", "after a quarter of an hour", "handed in"],
)
def test_whatever_else_is_called_taking_back_is_a_correction(tap, session, trainer, mark, minutes_later, is_handed_in):
    first, at = uuid.uuid4(), NEXT_DAY
    with time_machine.travel(at, tick=False):
        tap(PRESENT, 0, first)
    if is_handed_in:
        Submission.objects.create(session=session, planned_minutes=360, taught_minutes=360, submitted_by=trainer)
    with time_machine.travel(at + minutes_later * MINUTE, tick=False):
        # The device claims that it was a moment later.
        with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
            tap(mark, after=first, said_at=at + MINUTE, takes_back=True)
        assert standing() == [("present", 360)]
        tap(mark, after=first, takes_back=True, act=Act(trainer, reason="verwechselt"))
    assert AttendanceChange.objects.last().reason == "verwechselt"


def test_what_no_device_said_is_not_taken_back_by_one(tap, session, other_trainer):
    pk = attendance.expected(session)[0].pk
    attendance.record(session, {pk: PRESENT}, Act(other_trainer))
    with pytest.raises(Refused) as refused:
        tap(ABSENT, takes_back=True)
    assert refused.value.codes == ["nothing_to_take_back"]
    assert tap(ABSENT, after=uuid.uuid4(), takes_back=True).status == "present"
    assert standing() == [("present", 360)]


def test_a_mark_that_never_arrived_is_not_taken_back_to_something_else(tap):
    assert tap(ABSENT, after=uuid.uuid4(), takes_back=True) is None
    assert standing() == []


def test_what_another_device_said_meanwhile_is_not_taken_back(tap, other_trainer):
    first = uuid.uuid4()
    tap(PRESENT, 9, first)
    tap(ABSENT, 5, act=Act(other_trainer))
    tap(OPEN, 1, after=first, takes_back=True)
    assert standing() == [("absent", 0)]
    assert AttendanceChange.objects.last().overruled_status == ""


def test_a_mark_of_another_session_is_not_what_is_taken_back(tap, session, trainer):
    earlier = further_session(session.run, START - dt.timedelta(days=1))
    pk, key = attendance.expected(session)[0].pk, uuid.uuid4()
    tap(PRESENT, 1)
    attendance.tap(earlier, pk, PRESENT, Act(trainer), key=key, said_at=timezone.now())
    assert tap(OPEN, after=key, takes_back=True).status == "present"
    assert AttendanceChange.objects.last().overruled_status == ""
