"""Does each message leave, once, and only while it is true?"""

import datetime as dt
import threading

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import builders
from trainings import booking, outbox
from trainings.models import Message, Registration

Kind = Message.Kind
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
    return outbox.queue(kind, builders.build_registration(builders.build_run(**fields), status=status))


def waiting_tasks() -> list[int]:
    ready = DBTaskResult.objects.ready().order_by("enqueued_at")
    return [args_kwargs["args"][0] for args_kwargs in ready.values_list("args_kwargs", flat=True)]


def test_registering_queues_message_and_task_and_sends_nothing(run, participant):
    registration = booking.register(run, participant, by=participant)

    message = Message.objects.get()
    assert [message.kind, message.recipient, message.registration] == [Kind.REGISTERED, participant, registration]
    assert message.status == Message.Status.QUEUED
    assert waiting_tasks() == [message.pk]
    assert mail.outbox == []


def test_message_and_task_go_with_the_transaction_that_fails(run, participant):
    registration = builders.build_registration(run, participant)
    with transaction.atomic():
        outbox.queue(Kind.REGISTERED, registration)
        transaction.set_rollback(True)
    assert [Message.objects.count(), DBTaskResult.objects.count()] == [0, 0]


def test_delivered_message_keeps_what_was_sent(participant, run):
    message = outbox.queue(Kind.REGISTERED, builders.build_registration(run, participant))
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


def test_every_kind_of_message_says_when_it_is_true_and_what_it_says():
    assert set(outbox.TRUE_WHILE) == set(Kind)
    assert set(outbox.emails.COMPOSERS) == set(Kind)


def test_deactivated_person_gets_no_mail(participant, run):
    message = outbox.queue(Kind.REGISTERED, builders.build_registration(run, participant))
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


def test_requeue_leaves_messages_alone_whose_task_waits():
    message = queued()
    assert outbox.requeue_overdue() == 0
    assert waiting_tasks() == [message.pk]


def test_requeue_gives_lost_messages_a_task():
    lost = queued()
    DBTaskResult.objects.all().delete()
    sent, in_pause, in_work, dead = queued(), queued(), queued(), queued()
    outbox.deliver(sent.pk)
    Message.objects.filter(pk=in_pause.pk).update(due_at=timezone.now() + dt.timedelta(minutes=5))
    Message.objects.filter(pk=in_work.pk).update(leased_until=timezone.now() + dt.timedelta(minutes=1))
    Message.objects.filter(pk=dead.pk).update(status=Message.Status.DEAD)
    DBTaskResult.objects.all().delete()

    assert outbox.requeue_overdue() == 1
    assert waiting_tasks() == [lost.pk]
    assert outbox.requeue_overdue() == 0


@pytest.mark.parametrize(("seconds", "requeued"), [(119, 0), (121, 1)])
def test_requeue_gives_messages_of_dead_workers_a_task(seconds, requeued):
    """A worker that has just taken the task, and not yet the message, is alive."""
    message = queued()
    now = timezone.now()
    DBTaskResult.objects.update(status="RUNNING", started_at=now - dt.timedelta(seconds=seconds))
    Message.objects.filter(pk=message.pk).update(leased_until=now - dt.timedelta(seconds=1))
    assert outbox.requeue_overdue(now) == requeued


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
