"""Does everybody hear of their training in time, once, and not when it is no longer so?"""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connection, connections
from django.utils import timezone

from tests.builders import (
    berlin,
    build_person,
    build_registration,
    build_run,
    cancel_session,
    only_session,
    planner,
    save_session,
)
from tests.mails import Kind, let_grace_pass
from trainings import attendance, booking, mails, planning
from trainings.acts import Act
from trainings.attendance import Mark
from trainings.dates import run_days
from trainings.mails import outbox
from trainings.models import AttendanceRecord, CourseRun, Message, Registration

LONG_AGO = berlin(2036, 1, 1)
MINUTE = dt.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def place(run: CourseRun, person=None, since: dt.datetime = LONG_AGO) -> Registration:
    return build_registration(run, person, status_changed_at=since)


def coming(starts_at: dt.datetime, **fields) -> CourseRun:
    return build_run(starts_at=starts_at, **fields)


def queued(kind: str = Kind.REMINDER) -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("pk").values_list("once_key", flat=True))


@pytest.mark.parametrize(
    ("start", "due"),
    [
        (berlin(2037, 3, 10, 9), berlin(2037, 3, 3, 7)),
        (berlin(2037, 4, 1, 9), berlin(2037, 3, 25, 7)),  # the clocks go forward on 29 March
        (berlin(2037, 10, 28, 9), berlin(2037, 10, 21, 7)),  # and back on 25 October
        (berlin(2037, 3, 10, 0, 30), berlin(2037, 3, 3, 7)),  # in UTC, that is the day before
    ],
)
def test_reminder_is_due_at_seven_in_berlin_so_many_calendar_days_before(start, due):
    registration = place(coming(start, reminders="7"))
    assert mails.remind(due - MINUTE) == 0
    assert mails.remind(due) == 1
    assert queued() == [f"reminder:{registration.pk}:7:{start.date().isoformat()}"]


def sent_at(days) -> list[dt.datetime]:
    """When reminders were queued in these days of March, asked at the full hours around seven and at noon."""
    times = [berlin(2037, 3, day, hour) for day in days for hour in (0, 6, 7, 8, 12)]
    return [at for at in times for _ in range(mails.remind(at))]


def test_each_step_reminds_once_however_often_the_job_runs():
    start = berlin(2037, 3, 10, 9)
    place(coming(start))
    assert sent_at(range(1, 11)) == [berlin(2037, 3, 3, 7), berlin(2037, 3, 9, 7)]


def test_after_an_outage_only_the_latest_step_is_sent_and_nothing_from_the_start_on():
    run = coming(berlin(2037, 3, 10, 9))
    registration = place(run)
    assert mails.remind(run.starts_at) == 0
    assert mails.remind(run.starts_at - MINUTE) == 1
    assert queued() == [f"reminder:{registration.pk}:1:2037-03-10"]


@pytest.mark.parametrize(
    ("since", "number"),
    [(berlin(2037, 3, 2, 7), 1), (berlin(2037, 3, 2, 7, 1), 0), (berlin(2037, 3, 5, 12), 0)],
)
def test_who_got_the_place_just_before_or_after_a_step_is_not_reminded_of_it(since, number):
    run = coming(berlin(2037, 3, 10, 9))
    place(run, since=since)
    assert mails.remind(berlin(2037, 3, 6, 12)) == number
    assert mails.remind(berlin(2037, 3, 9, 7)) == 1  # the next step is for them as well


def test_only_confirmed_people_of_runs_that_take_place_are_reminded(coordinator):
    run = coming(berlin(2037, 3, 10, 9))
    for status in Registration.Status:
        build_registration(run, status=status, status_changed_at=LONG_AGO)
    place(run, build_person("weg@mayen.example", is_active=False))
    place(coming(berlin(2037, 3, 10, 9), published_at=None))
    place(coming(berlin(2037, 3, 10, 9), reminders=""))
    place(coming(berlin(2037, 3, 10, 9), cancelled_at=timezone.now(), cancellation_reason="Krank"))
    assert mails.remind(berlin(2037, 3, 3, 8)) == 1
    assert Message.objects.get().registration.status == "confirmed"


def test_run_moved_to_another_day_drops_the_reminder_and_reminds_anew(time_machine):
    time_machine.move_to(berlin(2037, 3, 3, 7, 5), tick=False)
    run = coming(berlin(2037, 3, 10, 9))
    registration = place(run)
    mails.remind()
    session = only_session(run)
    session.starts_at, session.ends_at = berlin(2037, 3, 17, 9), berlin(2037, 3, 17, 16)
    save_session(session)
    let_grace_pass()
    mails.deliver_due()
    assert list(Message.objects.order_by("pk").values_list("kind", "status", "last_error")) == [
        ("reminder", "dropped", "Der Termin ist inzwischen verlegt."),
        ("session_moved", "sent", ""),
    ]
    time_machine.move_to(berlin(2037, 3, 10, 7), tick=False)
    mails.remind()
    assert queued()[1:] == [f"reminder:{registration.pk}:7:2037-03-17"]


def test_who_was_just_told_of_a_new_day_is_not_reminded_of_a_step_that_is_past(time_machine):
    time_machine.move_to(berlin(2037, 3, 3, 12), tick=False)
    run = coming(berlin(2037, 3, 20, 9))
    place(run)
    session = only_session(run)
    session.starts_at, session.ends_at = berlin(2037, 3, 8, 9), berlin(2037, 3, 8, 16)
    save_session(session)
    assert mails.remind() == 0
    assert mails.remind(berlin(2037, 3, 7, 7)) == 1


def test_an_earlier_step_set_after_a_later_one_was_sent_reminds_nobody_again():
    run = coming(berlin(2037, 3, 10, 9), reminders="7, 1")
    place(run)
    assert mails.remind(berlin(2037, 3, 3, 7)) == 1
    CourseRun.objects.update(reminders="14, 2")
    assert mails.remind(berlin(2037, 3, 5, 8)) == 0
    assert mails.remind(berlin(2037, 3, 8, 7)) == 1


def test_a_change_taken_back_before_anybody_was_told_keeps_the_reminder(time_machine):
    time_machine.move_to(berlin(2037, 3, 3, 7, 5), tick=False)
    run = coming(berlin(2037, 3, 10, 9))
    place(run)
    session = only_session(run)
    for room in ("Saal 2", session.room):
        session.room = room
        save_session(session)
    assert Message.objects.get().status == Message.Status.DROPPED
    assert mails.remind() == 1


def test_reminder_of_a_place_given_back_or_a_run_that_began_is_dropped(time_machine):
    time_machine.move_to(berlin(2037, 3, 9, 7, 5), tick=False)
    run = coming(berlin(2037, 3, 10, 9))
    leaves, _comes = place(run), place(run)
    mails.remind()
    booking.cancel(leaves, Act(leaves.person))
    time_machine.move_to(run.starts_at, tick=False)
    mails.deliver_due()
    reasons = Message.objects.filter(kind=Kind.REMINDER).order_by("pk").values_list("status", "last_error")
    assert list(reasons) == [
        ("dropped", "Die Anmeldung hat inzwischen den Status „abgemeldet“."),
        ("dropped", "Der Termin hat inzwischen begonnen."),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_remind_once():
    run = coming(berlin(2037, 3, 10, 9))
    for _number in range(5):
        place(run)
    start, failed = threading.Barrier(2), []

    def work():
        try:
            start.wait()
            mails.remind(berlin(2037, 3, 3, 7))
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert len(queued()) == 5


def test_number_of_queries_does_not_grow_with_the_people(django_assert_num_queries):
    run = coming(berlin(2037, 3, 10, 9), reminders="7")
    place(run)
    with connection.execute_wrapper(counter := Counter()):
        mails.remind(berlin(2037, 3, 3, 7))
    for _person in range(20):
        place(run)
    with django_assert_num_queries(counter.number):
        mails.remind(berlin(2037, 3, 3, 7))


class Counter:
    number = 0

    def __call__(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)


def test_reminder_says_what_to_bring_and_how_to_cancel_or_hand_on(time_machine, participant):
    time_machine.move_to(berlin(2037, 3, 3, 7), tick=False)
    run = coming(
        berlin(2037, 3, 10, 9),
        preparation="Bitte einen Fall mitbringen.\n\nVorher: https://unterlagen.example/6",
        online_link="https://a.example/x",
    )
    place(run, participant)
    mails.remind()
    mails.deliver_due()
    [sent] = mail.outbox
    assert sent.subject == f"Erinnerung: {run.course.title} (10.03.2037)"
    for said in ["Di., 10. März 2037, 9:00–16:30 Uhr", "Bitte einen Fall mitbringen.", "https://a.example/x"]:
        assert said in sent.body
        assert said in sent.alternatives[0].content
    assert "/abmelden/" in sent.body
    assert "/meine-schulungen/" in sent.body  # hand the place on
    assert 'href="https://unterlagen.example/6"' in sent.alternatives[0].content


# --- offers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "left"), [(24, dt.timedelta(hours=6)), (8, dt.timedelta(hours=2)), (240, dt.timedelta(hours=24))]
)
def test_open_offer_is_reminded_of_once_when_a_quarter_or_a_day_is_left(hours, left, time_machine):
    now = berlin(2037, 3, 1, 8)
    time_machine.move_to(now, tick=False)
    until = now + dt.timedelta(hours=hours)
    run = coming(berlin(2037, 3, 30, 9))
    row = build_registration(run, status="offered", status_changed_at=now, held_until=until)
    booking.sweep(until - left - MINUTE)
    assert not Message.objects.exists()
    booking.sweep(until - left)
    booking.sweep(until - left + MINUTE)
    message = Message.objects.get()
    assert [message.kind, message.recipient] == ["offer_reminder", row.person]
    booking.accept_offer(row, Act(row.person))
    assert mails.no_longer_true(Message.objects.get(kind="offer_reminder"))


# --- the trainer's list ------------------------------------------------------------------------


@pytest.fixture
def two_days(trainer) -> CourseRun:
    sessions = [
        (berlin(2037, 3, 28, 9), berlin(2037, 3, 28, 16)),  # the clocks go forward in the night that follows
        (berlin(2037, 3, 29, 9), berlin(2037, 3, 29, 12)),
        (berlin(2037, 3, 29, 13), berlin(2037, 3, 29, 16)),
    ]
    words = {"notes": "Eingang hinten", "follow_up": "Handout: https://ablage.example/handout"}
    return build_run(sessions=sessions, teaching_minutes=150, trainers=[trainer], reminders="", **words)


def test_trainer_gets_one_list_on_the_day_before_each_day_with_sessions(two_days, trainer):
    assert sent_at(range(26, 30)) == [berlin(2037, 3, 27, 7), berlin(2037, 3, 28, 7)]
    assert queued(Kind.TRAINER_LIST) == [
        f"list:{two_days.pk}:{trainer.pk}:2037-03-28",
        f"list:{two_days.pk}:{trainer.pk}:2037-03-29",
    ]


def test_list_has_numbers_and_links_and_names_nobody(two_days, time_machine, participant):
    place(two_days, participant)
    place(two_days, build_person("rot@mayen.example", "Rosa", "Rot", group="leadership"))
    build_registration(two_days, status="waitlisted", needs="Rollstuhl")
    time_machine.move_to(berlin(2037, 3, 28, 7), tick=False)
    Registration.objects.update(needs="Rollstuhl")
    mails.remind()
    outbox.deliver(Message.objects.get(once_key__endswith=":2037-03-29").pk)
    [sent] = mail.outbox
    assert "Angemeldet: 2 (Mitarbeitende: 1, Führungskräfte: 1)\n" in sent.body
    assert "Warteliste: 1\n" in sent.body
    assert "Hinweise: Eingang hinten\n" in sent.body
    assert "Nach der Schulung: Handout: https://ablage.example/handout\n" in sent.body
    for session in two_days.sessions.order_by("starts_at")[1:]:
        assert f"/leitung/sitzungen/{session.pk}/\n" in sent.body
        assert f"/leitung/sitzungen/{session.pk}/liste.pdf" in sent.body
    for kept in ["Yıldız", "Rot", "Rollstuhl", "rot@mayen.example"]:
        assert kept not in sent.body.replace("Rotes", "")
        assert kept not in sent.alternatives[0].content


def test_list_is_dropped_when_the_trainer_or_the_day_has_changed(two_days, other_trainer, time_machine):
    time_machine.move_to(berlin(2037, 3, 27, 7), tick=False)
    mails.remind()
    message = Message.objects.get()
    assert mails.no_longer_true(message) == ""
    cancel_session(two_days.sessions.earliest("starts_at"))
    assert mails.no_longer_true(Message.objects.get(pk=message.pk)) == "An diesem Tag ist keine Sitzung mehr."
    planning.change_run(two_days, planning.Edit({"trainers": [other_trainer]}), planner())
    why = "Die Person leitet den Termin inzwischen nicht mehr."
    assert mails.no_longer_true(Message.objects.get(pk=message.pk)) == why


# --- thanks ------------------------------------------------------------------------------------


@pytest.fixture
def attended(two_days, trainer, participant) -> Registration:
    registration = place(two_days, participant)
    first = two_days.sessions.earliest("starts_at")
    attendance.record(first, {registration.pk: Mark("present")}, Act(trainer, at=first.ends_at))
    return registration


def test_who_was_there_is_thanked_on_the_morning_after_the_last_session(two_days, attended, trainer):
    absent, _unrecorded = place(two_days), place(two_days)
    marks = {absent.pk: Mark(AttendanceRecord.Status.ABSENT)}
    first = two_days.sessions.earliest("starts_at")
    attendance.record(first, marks, Act(trainer, at=first.ends_at))
    mails.remind(berlin(2037, 3, 30, 6, 59))
    assert queued(Kind.THANKS) == []
    mails.remind(berlin(2037, 3, 30, 7))
    mails.remind(berlin(2037, 3, 30, 8))
    assert queued(Kind.THANKS) == [f"thanks:{attended.pk}"]


def test_who_is_recorded_weeks_later_is_not_thanked_any_more(attended):
    mails.remind(berlin(2037, 4, 13))
    assert queued(Kind.THANKS) == []


@pytest.mark.parametrize(
    ("issued", "said"),
    [
        (False, "Wenn Sie mindestens 80 % der Zeit dabei waren, stellen wir Ihnen eine Teilnahmebescheinigung aus."),
        (True, "Ihre Teilnahmebescheinigung liegt bereit."),
    ],
)
def test_thanks_say_where_the_certificate_is_and_what_follows(issued, said, two_days, attended, time_machine):
    time_machine.move_to(berlin(2037, 3, 30, 7), tick=False)
    CourseRun.objects.filter(pk=two_days.pk).update(follow_up="Folien: https://unterlagen.example/7")
    if issued:
        mails.queue(Kind.CERTIFICATE_READY, attended)
    mails.remind()
    mails.deliver_due()
    sent = mail.outbox[-1]
    assert sent.subject == f"Danke für Ihre Teilnahme: {two_days.course.title} ({run_days(two_days)})"
    assert said in sent.body
    assert "/bescheinigungen/" in sent.body
    assert "https://unterlagen.example/7" in sent.body
    assert 'href="https://unterlagen.example/7"' in sent.alternatives[0].content
