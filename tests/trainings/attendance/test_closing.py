"""Lists are submitted by trainers, runs are closed by coordinators, corrections stay readable."""

import datetime as dt

import pytest
from django.utils import timezone

from certificates import issuing
from tests.builders import build_person, build_registration, build_run, in_days, only_session
from trainings import attendance
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.completeness import incomplete, to_close
from trainings.models import AttendanceChange, AttendanceRecord, CheckIn, CourseRun
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

PRESENT, ABSENT = Mark("present"), Mark("absent")


def finished(*surnames, **fields):
    """A run that ended yesterday, its session, and a confirmed registration for each surname."""
    run = build_run(starts_at=in_days(-1), **fields)
    return run, only_session(run), *[build_registration(run, build_person(last_name=name)) for name in surnames]


def minutes(session):
    rows = AttendanceRecord.objects.filter(session=session).order_by("registration")
    return list(rows.values_list("status", "minutes"))


# --- submitting ----------------------------------------------------------------------------------


def test_a_complete_list_is_submitted_with_what_was_taught(trainer):
    _run, session, person = finished("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    submission = attendance.submit(session, Act(trainer), taught_minutes=360, remark=" wie geplant ")
    assert (submission.planned_minutes, submission.taught_minutes, submission.remark) == (360, 360, "wie geplant")
    assert submission.submitted_by == trainer


def test_names_of_who_is_missing(trainer):
    _run, session, person, _other = finished("Anders", "Zöllner")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    with pytest.raises(Refused) as refused:
        attendance.submit(session, Act(trainer), taught_minutes=360)
    assert str(refused.value).startswith("Noch nicht erfasst ist: Zöllner, Kim (")
    assert session.submissions.count() == 0


def test_nobody_attended_more_than_was_taught(trainer):
    _run, session, whole, late, part, absent = finished("A", "B", "C", "D")
    marks = {
        whole.pk: PRESENT,
        late.pk: Mark("partial", late=60, early=30),
        part.pk: Mark("partial", minutes=300),
        absent.pk: ABSENT,
    }
    attendance.record(session, marks, Act(trainer))
    attendance.submit(session, Act(trainer), taught_minutes=270)
    session.refresh_from_db()
    assert session.teaching_minutes == 270
    assert minutes(session) == [("present", 270), ("partial", 180), ("partial", 270), ("absent", 0)]
    change = AttendanceChange.objects.filter(registration=whole).last()
    assert (change.from_minutes, change.to_minutes) == (360, 270)
    assert change.reason == "Unterrichtet wurden 270 Minuten."


@pytest.mark.parametrize("taught", [0, 451, 100_000])
def test_no_more_is_taught_than_the_session_lasts(trainer, taught):
    _run, session = finished()
    with pytest.raises(Refused, match="1 bis 450 Minuten"):
        attendance.submit(session, Act(trainer), taught_minutes=taught)


def test_not_before_it_began(trainer):
    run = build_run(starts_at=timezone.now() + dt.timedelta(minutes=10))
    with pytest.raises(Refused, match="noch nicht begonnen"):
        attendance.submit(only_session(run), Act(trainer), taught_minutes=360)


def test_after_the_submission_a_change_needs_a_reason_even_on_the_day(trainer):
    run = build_run(starts_at=timezone.now() - dt.timedelta(minutes=10))
    session, person = only_session(run), build_registration(run)
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    attendance.submit(session, Act(trainer), taught_minutes=360)
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        attendance.record(session, {person.pk: ABSENT}, Act(trainer))
    assert attendance.record(session, {person.pk: ABSENT}, Act(trainer, reason="verwechselt")) == 1


# --- closing -------------------------------------------------------------------------------------


def test_a_run_is_closed_when_nobody_is_missing(coordinator, trainer):
    run, session, person = finished("A")
    with pytest.raises(Refused) as refused:
        attendance.close(run, Act(coordinator))
    assert str(refused.value).startswith(f"Noch nicht erfasst ist: {person.person.list_name} (")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    run = attendance.close(run, Act(coordinator))
    assert (run.is_closed, run.closed_by) == (True, coordinator)
    with pytest.raises(Refused, match="bereits abgeschlossen"):
        attendance.close(run, Act(coordinator))


def test_closing_forgets_from_where_people_checked_in(coordinator, trainer):
    run, session, person = finished("A")
    CheckIn.objects.create(session=session, registration=person, way="scanned", network="a1", device="Android")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    attendance.close(run, Act(coordinator))
    assert list(CheckIn.objects.values_list("network", "device", "way")) == [("", "", "scanned")]


def test_only_the_coordination_closes_and_only_what_was_held(coordinator, trainer):
    run, _session = finished()
    with pytest.raises(Refused, match="nur die Koordination"):
        attendance.close(run, Act(trainer))
    for not_held in (
        build_run(),
        build_run(starts_at=in_days(-1), cancelled_at=timezone.now(), cancellation_reason="x"),
    ):
        with pytest.raises(Refused, match="wenn er stattgefunden hat"):
            attendance.close(not_held, Act(coordinator))


def test_afterwards_only_the_coordination_corrects_and_says_why(coordinator, trainer):
    run, session, person = finished("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    attendance.close(run, Act(coordinator))
    with pytest.raises(Refused, match="nur die Koordination"):
        attendance.record(session, {person.pk: ABSENT}, Act(trainer, reason="doch nicht"))
    with pytest.raises(Refused, match="nur die Koordination"):
        attendance.submit(session, Act(trainer), taught_minutes=300)
    with pytest.raises(Refused, match="Bitte nennen Sie den Grund"):
        attendance.record(session, {person.pk: ABSENT}, Act(coordinator))
    attendance.record(session, {person.pk: ABSENT}, Act(coordinator, reason="Unterschrift fehlt"))
    change = AttendanceChange.objects.last()
    assert (change.from_status, change.to_status, change.reason) == ("present", "absent", "Unterschrift fehlt")
    assert change.actor == coordinator


def test_a_certificate_whose_attendance_was_corrected_is_flagged(coordinator, trainer):
    run, session, person = finished("A")
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    issuing.issue(run, Act(coordinator))
    assert list(issuing.outdated()) == []
    attendance.record(session, {person.pk: Mark("partial", late=60)}, Act(coordinator, reason="kam später"))
    [flagged] = issuing.outdated()
    assert (flagged.registration, flagged.minutes_now) == (person, 300)
    [assessment] = issuing.assess(run)
    assert "300" in assessment.reason


def test_what_can_be_closed_is_complete_and_open(trainer):
    run, session, person = finished("A")
    runs = CourseRun.objects.finished()
    assert (list(incomplete(runs)), list(to_close(runs))) == ([run], [])
    attendance.record(session, {person.pk: PRESENT}, Act(trainer))
    assert (list(incomplete(runs)), list(to_close(runs))) == ([], [run])
    CourseRun.objects.update(closed_at=timezone.now())
    assert list(to_close(runs)) == []
