"""When a run is held, and what calendars hear of it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.builders import (
    build_course,
    build_registration,
    build_run,
    build_venue,
    cancel_session,
    in_days,
    only_session,
    planner,
    save_session,
)
from trainings import planning
from trainings.models import CourseRun, Message, Session
from trainings.refusals import Refused

pytestmark = pytest.mark.django_db

HOURS = dt.timedelta(hours=3)


def build_two_sessions(**fields):
    sessions = [(in_days(10), in_days(10) + HOURS), (in_days(17), in_days(17) + HOURS)]
    return build_run(sessions=sessions, teaching_minutes=135, **fields)


def span(run):
    run.refresh_from_db()
    return run.starts_at, run.ends_at


def test_a_run_lasts_from_its_first_session_to_its_last():
    run = build_two_sessions()
    assert span(run) == (in_days(10), in_days(17) + HOURS)
    planning.add_session(run, starts_at=in_days(3), ends_at=in_days(3) + HOURS, teaching_minutes=180)
    assert span(run) == (in_days(3), in_days(17) + HOURS)


def test_moving_a_session_moves_the_run_and_keeps_registrations():
    run = build_two_sessions()
    registration = build_registration(run)
    last = run.sessions.last()
    last.starts_at, last.ends_at = in_days(24), in_days(24) + HOURS
    save_session(last)
    assert span(run) == (in_days(10), in_days(24) + HOURS)
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_a_session_called_off_stays_and_shortens_the_run():
    run = build_two_sessions()
    registration = build_registration(run)
    cancel_session(run.sessions.last())
    assert span(run) == (in_days(10), in_days(10) + HOURS)
    assert [session.is_cancelled for session in run.sessions.all()] == [False, True]
    registration.refresh_from_db()
    assert registration.status == "confirmed"


def test_a_run_without_a_session_has_no_time():
    run = planning.new_run(build_course(), planning.Edit({"capacity": 5}), planner())
    assert span(run) == (None, None)


@pytest.mark.parametrize("build", [build_run, build_two_sessions])
def test_the_sessions_of_a_run_are_not_all_called_off(build):
    run = build()
    before = span(run)
    edit = planning.Edit(sessions=dict.fromkeys(run.sessions.values_list("pk", flat=True)))
    with pytest.raises(Refused) as refused:
        planning.change_run(run, edit, planner())
    assert refused.value.codes == ["only_session"]
    assert (span(run), run.sessions.taking_place().count()) == (before, run.sessions.count())


def test_a_session_does_not_end_before_it_starts():
    run = build_run()
    with pytest.raises(IntegrityError), transaction.atomic():
        planning.add_session(run, starts_at=in_days(5), ends_at=in_days(5), teaching_minutes=180)
    assert run.sessions.count() == 1


@pytest.mark.parametrize(
    ("field", "change", "sequence"),
    [
        ("starts_at", dt.timedelta(hours=1), 1),
        ("ends_at", dt.timedelta(hours=1), 1),
        ("room", "Saal 2", 1),
        ("teaching_minutes", -60, 0),
    ],
)
def test_the_sequence_rises_only_with_time_and_place(field, change, sequence):
    session = only_session(build_run())
    before = session.changed_at
    value = getattr(session, field) + change
    setattr(session, field, value)
    save_session(session)
    session.refresh_from_db()
    assert (getattr(session, field), session.sequence) == (value, sequence)
    assert session.changed_at > before  # the length is told, too


def test_saving_an_unchanged_session_tells_nobody():
    session = only_session(build_run())
    save_session(session)
    assert Session.objects.get(pk=session.pk).sequence == 0


def test_the_sequence_never_falls_even_where_two_people_edit_at_once():
    session = build_two_sessions().sessions.first()
    seen_by_another = Session.objects.get(pk=session.pk)
    for room in ["Saal 1", "Saal 2"]:
        session.room = room
        save_session(session)
    seen_by_another.teaching_minutes = 90
    save_session(seen_by_another)
    assert Session.objects.get(pk=session.pk).sequence == 3  # the room went back to what this person saw
    assert cancel_session(seen_by_another).sequence == 4


def test_the_calendar_uid_never_changes():
    session = build_two_sessions().sessions.first()
    uid = session.calendar_uid
    session.starts_at -= HOURS
    save_session(session)
    cancel_session(session)
    assert Session.objects.get(pk=session.pk).calendar_uid == uid


def test_calling_off_a_session_tells_calendars_once():
    session = build_two_sessions().sessions.first()
    first = cancel_session(session)
    assert (first.sequence, first.is_cancelled) == (1, True)
    called_off_at = first.cancelled_at
    with pytest.raises(Refused) as refused:
        cancel_session(session)
    assert refused.value.codes == ["session_off"]
    session.refresh_from_db()
    assert (session.sequence, session.cancelled_at) == (1, called_off_at)


def test_a_new_session_is_saved_with_the_runs_span():
    run = build_run()
    added = planning.Meeting(in_days(40), in_days(40) + HOURS, 180, "Saal")
    planning.change_run(run, planning.Edit(added=[added]), planner())
    assert planning.meeting_of(run.sessions.last()) == added
    assert span(run)[1] == in_days(40) + HOURS


def test_what_all_sessions_show_raises_the_sequence_of_all():
    run, other = build_two_sessions(), build_run()
    planning.change_run(run, planning.Edit({"venue": build_venue()}), planner())
    assert list(run.sessions.values_list("sequence", flat=True)) == [1, 1]
    assert only_session(other).sequence == 0


def test_publishing_shows_the_run_and_its_draft_course():
    run = build_run(build_course(published_at=None), published_at=None)
    assert list(CourseRun.objects.published()) == []
    published = planning.publish(run, planner())
    assert (published.is_published, published.course.is_published) == (True, True)
    assert list(CourseRun.objects.published()) == [run]


def test_publishing_again_keeps_the_first_time_and_brings_a_later_one_forward():
    run = build_run()
    before = run.published_at
    assert planning.publish(run, planner()).published_at == before
    later = build_run(run.course, published_at=timezone.now() + dt.timedelta(days=5))
    assert planning.publish(later, planner()).is_published


def test_a_run_called_off_or_without_a_session_is_not_published():
    cancelled = build_run(published_at=None, cancelled_at=timezone.now(), cancellation_reason="Raum gesperrt")
    empty = planning.new_run(build_course(), planning.Edit({"capacity": 5}), planner())
    for run, reason in [
        (cancelled, "Dieser Termin ist abgesagt."),
        (empty, "Bitte tragen Sie zuerst mindestens eine Sitzung ein."),
    ]:
        with pytest.raises(Refused, match=reason):
            planning.publish(run, planner())
    assert list(CourseRun.objects.published()) == []


def test_numbers_count_up_within_a_year():
    assert planning.next_run_number(2026) == "2026-001"
    for number in ["2026-009", "2026-010", "2025-044", "2026-Sommer", "SONDER-2026"]:
        build_run(number=number)
    assert planning.next_run_number(2026) == "2026-011"
    assert planning.next_run_number(2025) == "2025-045"


# --- Who hears of a change ------------------------------------------------------------------------


def moved(session, days, room=""):
    session.starts_at, session.ends_at, session.room = in_days(days), in_days(days) + HOURS, room
    session.teaching_minutes = 135
    return save_session(session)


def times(days, room=""):
    start = in_days(days)
    return {
        "starts_at": start.astimezone(dt.UTC).isoformat(),
        "ends_at": (start + HOURS).astimezone(dt.UTC).isoformat(),
        "room": room,
    }


def changes(message):
    return [(row["session"], row["old"], row["new"], row["cancelled"]) for row in message.details["changes"]]


def test_everybody_registered_and_the_trainers_hear_of_a_moved_session(trainer):
    run = build_run(trainers=[trainer], sessions=[(in_days(10), in_days(10) + HOURS)])
    registrations = [build_registration(run, status=status) for status in ["confirmed", "waitlisted", "requested"]]
    build_registration(run, status="cancelled")
    session = moved(only_session(run), 17, "Saal")
    queued = Message.objects.order_by("pk")
    assert [(row.kind, row.registration, row.run, row.recipient) for row in queued] == [
        *[("session_moved", row, None, row.person) for row in registrations],
        ("session_moved", None, run, trainer),
    ]
    assert [changes(row) for row in queued] == [[(session.pk, times(10), times(17, "Saal"), False)]] * 4


def test_one_mail_tells_of_the_first_time_and_the_last():
    run = build_two_sessions()
    build_registration(run)
    first, second = run.sessions.all()
    moved(first, 11)
    moved(second, 18)
    moved(first, 12)
    cancel_session(second)
    assert changes(Message.objects.get()) == [
        (first.pk, times(10), times(12), False),
        (second.pk, times(17), times(18), True),
    ]


def test_a_session_moved_back_is_not_told():
    run = build_two_sessions()
    build_registration(run)
    moved(run.sessions.first(), 11)
    moved(run.sessions.get(starts_at=in_days(11)), 10)
    assert (Message.objects.get().status, Message.objects.get().details) == ("dropped", {"changes": []})


def test_after_the_mail_has_left_another_follows():
    run = build_two_sessions()
    build_registration(run)
    session = moved(run.sessions.first(), 11)
    Message.objects.update(status="sent", sent_at=timezone.now())
    moved(session, 12)
    assert [changes(row) for row in Message.objects.order_by("pk")] == [
        [(session.pk, times(10), times(11), False)],
        [(session.pk, times(11), times(12), False)],
    ]


def test_a_run_called_off_is_not_moved_and_nobody_hears():
    run = build_run(starts_at=in_days(10), cancelled_at=timezone.now(), cancellation_reason="krank")
    build_registration(run)
    with pytest.raises(Refused) as refused:
        moved(only_session(run), 20)
    assert refused.value.codes == ["cancelled"]
    assert (only_session(run).starts_at, Message.objects.count()) == (in_days(10), 0)


@pytest.mark.parametrize(("fields", "days"), [({"published_at": None}, 20), ({}, -5)])
def test_nobody_hears_of_what_is_not_public_or_is_over(fields, days):
    run = build_run(starts_at=in_days(-3 if days < 0 else 10), **fields)
    build_registration(run)
    moved(only_session(run), days)
    assert Message.objects.count() == 0


def test_only_teaching_minutes_are_no_news():
    run = build_two_sessions()
    build_registration(run)
    session = run.sessions.first()
    session.teaching_minutes = 90
    save_session(session)
    assert session.teaching_minutes == 90
    assert Message.objects.count() == 0
