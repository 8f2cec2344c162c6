"""Does each message leave, once, and only while it is true?"""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections, transaction
from django.utils import timezone

from tests import builders
from tests.builders import save_session
from tests.mails import Kind
from trainings import booking, mails
from trainings.acts import Act
from trainings.mails import outbox
from trainings.models import CourseRun, Message, Registration

Status = Registration.Status

pytestmark = pytest.mark.django_db


class ServerIsDown(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError("no mail server")


class RefusesInsideTransactions(BaseEmailBackend):
    def send_messages(self, email_messages):
        if connection.in_atomic_block:
            raise RuntimeError("inside a transaction")
        return len(email_messages)


def queued(kind=Kind.REGISTERED, status=Status.CONFIRMED, **fields) -> Message:
    return mails.queue(kind, builders.build_registration(builders.build_run(**fields), status=status))


def test_registering_queues_a_message_and_sends_nothing(run, participant):
    registration = booking.register(run, participant, Act(participant))

    message = Message.objects.get()
    assert [message.kind, message.recipient, message.registration] == [Kind.REGISTERED, participant, registration]
    assert message.status == Message.Status.QUEUED
    assert list(Message.objects.due()) == [message]
    assert mail.outbox == []


def test_message_goes_with_the_transaction_that_fails(run, participant):
    registration = builders.build_registration(run, participant)
    with transaction.atomic():
        mails.queue(Kind.REGISTERED, registration)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_delivered_message_keeps_what_was_sent(participant, run):
    message = mails.queue(Kind.REGISTERED, builders.build_registration(run, participant))
    outbox.deliver(message.pk)

    [sent] = mail.outbox
    message.refresh_from_db()
    assert [message.status, message.attempts, message.leased_until] == [Message.Status.SENT, 1, None]
    assert sent.to == [message.to_email] == [participant.email]
    assert sent.subject == message.subject
    assert sent.body == message.text
    assert sent.alternatives[0].content == message.html


def test_headers_keep_the_message_recognisable_and_unanswered_by_machines(settings):
    message = queued()
    outbox.deliver(message.pk)
    headers = mail.outbox[0].message()
    assert headers["Message-ID"] == f"<{message.message_id}>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Reply-To"] == settings.CONTACT_EMAIL


def test_delivering_twice_sends_once():
    message = queued()
    outbox.deliver(message.pk)
    outbox.deliver(message.pk)
    assert len(mail.outbox) == 1


def test_message_in_another_workers_hands_is_left_alone():
    message = queued()
    Message.objects.filter(pk=message.pk).update(leased_until=timezone.now() + dt.timedelta(minutes=1), attempts=1)
    outbox.deliver(message.pk)
    assert mail.outbox == []


def test_message_of_a_worker_that_died_is_sent_after_its_lease():
    message = queued()
    Message.objects.filter(pk=message.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1), attempts=1)
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, message.attempts, len(mail.outbox)] == [Message.Status.SENT, 2, 1]


@pytest.mark.parametrize(
    ("kind", "status", "sent"),
    [
        (Kind.REGISTERED, Status.CONFIRMED, True),
        (Kind.REGISTERED, Status.CANCELLED, False),
        (Kind.PROMOTED, Status.CONFIRMED, True),
        (Kind.PROMOTED, Status.CANCELLED, False),
        (Kind.WAITLISTED, Status.WAITLISTED, True),
        (Kind.WAITLISTED, Status.CONFIRMED, False),
        (Kind.CANCELLED, Status.CANCELLED, True),
        (Kind.CANCELLED, Status.CONFIRMED, False),
        (Kind.WAIT_ENDED, Status.EXPIRED, True),
        (Kind.WAIT_ENDED, Status.CONFIRMED, False),
        (Kind.RUN_CANCELLED, Status.CANCELLED, False),  # the run is not cancelled
        (Kind.REQUESTED, Status.REQUESTED, True),
        (Kind.REQUESTED, Status.CONFIRMED, False),
        (Kind.OFFERED, Status.OFFERED, True),
        (Kind.OFFERED, Status.EXPIRED, False),
        (Kind.CALLED, Status.WAITLISTED, True),
        (Kind.CALLED, Status.CONFIRMED, False),
        (Kind.OFFER_DECLINED, Status.DECLINED, True),
        (Kind.OFFER_DECLINED, Status.CONFIRMED, False),
        (Kind.OFFER_EXPIRED, Status.EXPIRED, True),
        (Kind.OFFER_EXPIRED, Status.CONFIRMED, False),
        (Kind.APPROVAL_DECLINED, Status.DECLINED, True),
        (Kind.APPROVAL_DECLINED, Status.REQUESTED, False),
        (Kind.APPROVAL_EXPIRED, Status.EXPIRED, True),
        (Kind.APPROVAL_EXPIRED, Status.REQUESTED, False),
        (Kind.SUBSTITUTED, Status.CANCELLED, True),
        (Kind.SUBSTITUTED, Status.CONFIRMED, False),
        (Kind.SUBSTITUTE, Status.CONFIRMED, True),
        (Kind.SUBSTITUTE, Status.CANCELLED, False),
        (Kind.MOVED, Status.CONFIRMED, True),
        (Kind.MOVED, Status.CANCELLED, False),
        (Kind.CERTIFICATE_READY, Status.CONFIRMED, True),
        (Kind.CERTIFICATE_READY, Status.CANCELLED, False),
    ],
)
def test_message_is_dropped_when_no_longer_true(kind, status, sent):
    message = queued(kind, status)
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == (Message.Status.SENT if sent else Message.Status.DROPPED)
    assert len(mail.outbox) == int(sent)
    assert bool(message.last_error) == (not sent)


@pytest.mark.parametrize(
    ("kind", "status", "sent"),
    [
        (Kind.REGISTERED, Status.CONFIRMED, False),
        (Kind.PROMOTED, Status.CONFIRMED, False),
        (Kind.WAITLISTED, Status.WAITLISTED, False),
        (Kind.RUN_CANCELLED, Status.CANCELLED, True),
    ],
)
def test_a_cancelled_run_confirms_no_place(kind, status, sent):
    message = queued(kind, status, cancelled_at=timezone.now(), cancellation_reason="Kursleitung erkrankt")
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == (Message.Status.SENT if sent else Message.Status.DROPPED)


@pytest.mark.parametrize(
    ("kind", "status", "sent"),
    [
        (Kind.APPROVAL_ASKED, Status.REQUESTED, True),
        (Kind.APPROVAL_ASKED, Status.CONFIRMED, False),
        (Kind.APPROVAL_REMINDER, Status.REQUESTED, True),
        (Kind.APPROVAL_REMINDER, Status.DECLINED, False),
        (Kind.APPROVAL_PASSED_ON, Status.REQUESTED, True),
        (Kind.APPROVAL_PASSED_ON, Status.EXPIRED, False),
        (Kind.SUPERVISOR_INFORMED, Status.CONFIRMED, True),
        (Kind.SUPERVISOR_INFORMED, Status.CANCELLED, False),
        (Kind.SUPERVISOR_CANCELLED, Status.CANCELLED, True),
        (Kind.SUPERVISOR_CANCELLED, Status.CONFIRMED, False),
    ],
)
def test_supervisor_hears_only_what_is_still_true(kind, status, sent, run, participant):
    registration = builders.build_registration(run, participant, status, supervisor_email="chef@mayen.example")
    message = mails.queue(kind, registration, to_email="chef@mayen.example")
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == (Message.Status.SENT if sent else Message.Status.DROPPED)
    assert [out.to for out in mail.outbox] == [["chef@mayen.example"]] * int(sent)


def test_request_handed_over_is_sent_to_the_deputy_alone(run, participant):
    CourseRun.objects.filter(pk=run.pk).update(approval="required")
    run.refresh_from_db()
    registration = booking.register(run, participant, Act(participant), supervisor_email="chef@mayen.example")
    booking.hand_over(registration, "vertretung@mayen.example", Act(by_email="chef@mayen.example"))
    for message in Message.objects.filter(kind=Kind.APPROVAL_ASKED):
        outbox.deliver(message.pk)
    assert list(Message.objects.filter(kind=Kind.APPROVAL_ASKED).order_by("pk").values_list("to_email", "status")) == [
        ("chef@mayen.example", Message.Status.DROPPED),
        ("vertretung@mayen.example", Message.Status.SENT),
    ]
    assert [out.to for out in mail.outbox] == [["vertretung@mayen.example"]]


@pytest.mark.parametrize(
    ("status", "cancelled", "sent"),
    [
        (Status.CONFIRMED, False, True),
        (Status.WAITLISTED, False, True),
        (Status.REQUESTED, False, True),
        (Status.CANCELLED, False, False),
        (Status.CONFIRMED, True, False),
    ],
)
def test_moved_session_is_told_to_whom_it_still_concerns(status, cancelled, sent, participant):
    ended = {"cancelled_at": timezone.now(), "cancellation_reason": "Kursleitung erkrankt"} if cancelled else {}
    registration = builders.build_registration(builders.build_run(**ended), participant, status)
    old = {"starts_at": "2037-03-09T08:00:00+00:00", "ends_at": "2037-03-09T15:30:00+00:00", "room": ""}
    changes = [{"session": 1, "old": old, "new": {**old, "room": "Saal 2"}, "cancelled": False}]
    message = mails.queue(Kind.SESSION_MOVED, registration, details={"changes": changes})
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == (Message.Status.SENT if sent else Message.Status.DROPPED)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, Message.Status.SENT),
        ({"cancelled_at": timezone.now(), "cancellation_reason": "Kursleitung erkrankt"}, Message.Status.DROPPED),
        ({"starts_at": builders.in_days(-1)}, Message.Status.DROPPED),
    ],
)
def test_invitation_leaves_only_before_a_run_that_takes_place(fields, status, participant):
    message = mails.queue(Kind.INVITED, None, recipient=participant, run=builders.build_run(**fields))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.OFFERED, Status.OFFERED),
        (Kind.OFFER_REMINDER, Status.OFFERED),
        (Kind.REQUESTED, Status.REQUESTED),
        (Kind.APPROVAL_PASSED_ON, Status.REQUESTED),
    ],
)
def test_after_an_outage_nobody_is_asked_for_an_answer_that_comes_too_late(kind, status, time_machine):
    """The place may still be held when the mails leave: the periodic work has not ended it yet."""
    message = queued(kind, status)
    time_machine.move_to(timezone.now() + dt.timedelta(hours=25))
    outbox.deliver(message.pk)

    assert mail.outbox == []
    message.refresh_from_db()
    assert (message.status, message.last_error) == (Message.Status.DROPPED, "Die Frist ist inzwischen abgelaufen.")


@pytest.mark.parametrize(("days", "status"), [(29, Message.Status.SENT), (31, Message.Status.DROPPED)])
def test_after_an_outage_nobody_gets_a_place_in_a_run_that_is_over(days, status, time_machine):
    message = queued(Kind.PROMOTED)
    time_machine.move_to(timezone.now() + dt.timedelta(days=days))
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == status


@pytest.mark.parametrize(("days", "status"), [(3, Message.Status.SENT), (11, Message.Status.DROPPED)])
def test_a_later_session_of_a_run_that_has_begun_is_told_until_it_begins(days, status, trainer, time_machine):
    sessions = [(builders.in_days(day), builders.in_days(day, hour=16)) for day in (2, 9, 20)]
    run = builders.build_run(sessions=sessions, trainers=[trainer])
    builders.build_registration(run)
    session = run.sessions.order_by("starts_at")[1]
    session.room = "Saal 2"
    save_session(session)
    time_machine.move_to(timezone.now() + dt.timedelta(days=days))
    mails.deliver_due()
    told = Message.objects.filter(kind=Kind.SESSION_MOVED).values_list("status", flat=True)
    assert list(told) == [status, status]


def test_nobody_is_asked_for_names_of_places_given_back(run, agency, agency_contact):
    day = timezone.localdate() + dt.timedelta(days=3)
    [held] = booking.hold_places(run, agency, 1, Act(agency_contact), name_by=day)
    message = mails.queue(Kind.NAMES_WANTED, None, recipient=agency_contact, run=run)
    assert mails.no_longer_true(message) == ""
    booking.give_back_held_place(held, Act(agency_contact))
    assert mails.no_longer_true(message) == "Alle Plätze sind inzwischen benannt oder zurückgegeben."


def test_deactivated_person_gets_no_mail(participant, run):
    message = mails.queue(Kind.REGISTERED, builders.build_registration(run, participant))
    participant.is_active = False
    participant.save()
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, len(mail.outbox)] == [Message.Status.DROPPED, 0]


def test_failing_mail_server_is_tried_five_times_with_growing_pauses(settings, caplog):
    settings.EMAIL_BACKEND = f"{__name__}.ServerIsDown"
    message = queued()
    pauses = []
    for _try in range(4):
        before = timezone.now()
        outbox.deliver(message.pk)
        message.refresh_from_db()
        assert [message.status, message.leased_until] == [Message.Status.QUEUED, None]
        pauses.append(round((message.due_at - before).total_seconds() / 60))
        Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    assert pauses == [1, 5, 30, 120]

    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, message.attempts] == [Message.Status.DEAD, 5]
    assert message.last_error == "ConnectionRefusedError: no mail server"


def test_message_waits_out_its_pause(settings, caplog):
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.ServerIsDown"
    message = queued()
    outbox.deliver(message.pk)
    settings.EMAIL_BACKEND = backend

    outbox.deliver(message.pk)
    assert mail.outbox == []

    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, message.attempts, message.last_error] == [Message.Status.SENT, 2, ""]


def test_message_whose_workers_always_die_is_given_up():
    message = queued()
    Message.objects.filter(pk=message.pk).update(leased_until=timezone.now() - dt.timedelta(seconds=1), attempts=5)
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, len(mail.outbox)] == [Message.Status.DEAD, 0]


def test_due_messages_are_delivered_the_oldest_first_and_no_others():
    younger, older, sent, in_pause, in_work, dead = (queued() for _message in range(6))
    outbox.deliver(sent.pk)
    mail.outbox.clear()
    now = timezone.now()
    Message.objects.filter(pk=older.pk).update(due_at=now - dt.timedelta(minutes=1))
    Message.objects.filter(pk=in_pause.pk).update(due_at=now + dt.timedelta(minutes=5))
    Message.objects.filter(pk=in_work.pk).update(leased_until=now + dt.timedelta(minutes=1))
    Message.objects.filter(pk=dead.pk).update(status=Message.Status.DEAD)

    assert mails.deliver_due() == 2
    assert [sent.to for sent in mail.outbox] == [[older.recipient.email], [younger.recipient.email]]
    assert mails.deliver_due() == 0


def test_message_of_a_dead_worker_is_due_when_its_lease_has_run_out():
    message = queued()
    now = timezone.now()
    Message.objects.filter(pk=message.pk).update(leased_until=now)
    assert list(Message.objects.due(now)) == []
    assert list(Message.objects.due(now + dt.timedelta(seconds=1))) == [message]


def test_a_clock_that_was_ahead_keeps_no_message_in_a_workers_hands_for_ever():
    message = queued()
    Message.objects.update(leased_until=timezone.now() + dt.timedelta(days=365))
    assert list(Message.objects.due()) == [message]
    Message.objects.update(leased_until=timezone.now() + outbox.LEASE)
    assert list(Message.objects.due()) == []


def test_what_failed_while_the_clock_was_ahead_is_tried_again_now_and_what_is_planned_is_not():
    failed, planned = queued(), queued()
    ahead = timezone.now() + dt.timedelta(days=365)
    Message.objects.filter(pk=failed.pk).update(due_at=ahead, attempts=2)
    Message.objects.filter(pk=planned.pk).update(due_at=ahead)
    assert mails.bring_back() == 1
    assert list(Message.objects.due()) == [failed]
    pause = timezone.now() + outbox.PAUSES[-1]
    Message.objects.filter(pk=failed.pk).update(due_at=pause, attempts=4)
    assert mails.bring_back() == 0


def test_a_relay_that_is_down_is_one_line_a_try(settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    message = queued()
    outbox.deliver(message.pk)
    [record] = caplog.records
    assert (record.getMessage(), record.exc_info) == (
        f"Message {message.pk} was not sent (try 1 of 5): ConnectionRefusedError.",
        None,
    )


def test_delivery_of_many_ends_where_it_is_told_to():
    messages = [queued() for _message in range(3)]
    assert mails.deliver_due(go_on=lambda: len(mail.outbox) < 2) == 2
    assert list(Message.objects.due()) == messages[2:]


def test_many_messages_are_worked_off_in_portions(monkeypatch):
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    for _message in range(5):
        queued()
    assert [mails.deliver_due(), len(mail.outbox)] == [5, 5]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_once(settings):
    message = queued()
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        outbox.deliver(message.pk)
        connections.close_all()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    message.refresh_from_db()
    assert [message.status, message.attempts, len(mail.outbox)] == [Message.Status.SENT, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_mail_server_is_talked_to(settings):
    """A slow mail server must not hold up bookings."""
    settings.EMAIL_BACKEND = f"{__name__}.RefusesInsideTransactions"
    message = queued()
    outbox.deliver(message.pk)
    message.refresh_from_db()
    assert [message.status, message.last_error] == [Message.Status.SENT, ""]
