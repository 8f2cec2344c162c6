"""Does the worker lose nothing, do nothing twice, and end when asked?"""

import contextlib
import datetime as dt
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from tests import builders
from tests.mails import Kind
from tests.production import PRODUCTION
from trainings import booking, health, mails
from trainings.acts import Act
from trainings.models import CourseRun, Message, Registration, WorkerBeat
from trainings.queues import QUEUES

pytestmark = [pytest.mark.slow, pytest.mark.both_databases]


def break_down() -> None:
    raise RuntimeError("broken")


@pytest.mark.django_db(transaction=True)
def test_once_sends_what_is_queued_and_ends(run, participant):
    booking.register(run, participant, Act(participant))
    call_command("worker", once=True)
    assert [sent.to for sent in mail.outbox] == [[participant.email]]
    assert Message.objects.get().status == Message.Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_fails_rests_and_keeps_no_other_waiting(run, participant, monkeypatch, caplog):
    monkeypatch.setitem(QUEUES, "broken queue", lambda go_on: break_down())
    booking.register(run, participant, Act(participant))
    call_command("worker", once=True)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "The broken queue failed; the next look follows in 60.0 s."
    ]
    assert Message.objects.get().status == Message.Status.SENT


@pytest.mark.django_db(transaction=True)
def test_once_repairs_a_missed_promotion_and_tells_of_it(participant, other_participant):
    run = builders.build_run(capacity=1)
    booking.register(run, participant, Act(participant))
    waiting = booking.register(run, other_participant, Act(other_participant))
    CourseRun.objects.update(capacity=2)  # past the rule, as by a hand in the database
    call_command("worker", once=True)
    waiting.refresh_from_db()
    assert waiting.status == Registration.Status.CONFIRMED
    assert Message.objects.get(kind=Kind.PROMOTED).status == Message.Status.SENT


# --- real processes ------------------------------------------------------------------------------


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP (RFC 5321) to take mails; ``hold`` keeps its „accepted“ back."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailConversation)
        self.message_ids: list[str] = []
        self.received = threading.Event()
        self.may_accept = threading.Event()
        self.may_accept.set()


class MailConversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self.say("220 mail.example")
            while line := self.rfile.readline():
                if line.upper().startswith(b"DATA"):
                    self.say("354 go on")
                    self.take()
                    self.say("250 accepted")
                elif line.upper().startswith(b"QUIT"):
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def take(self) -> None:
        data = b""
        while not data.endswith(b"\r\n.\r\n"):
            data += self.rfile.readline()
        self.server.message_ids += re.findall(r"^Message-ID: <(.*)>\r$", data.decode(), re.MULTILINE)
        self.server.received.set()
        self.server.may_accept.wait(20)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.may_accept.set()
        server.shutdown()


@pytest.fixture
def start_worker(database_url, mail_server, tmp_path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts workers as production runs them, on the test's database and mail server."""
    environment = {
        **os.environ,
        **PRODUCTION,
        "DATABASE_URL": database_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.server_address[1]}",
    }
    started = []

    def start(*options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "worker", *options]
        log = (tmp_path / f"worker{len(started)}.log").open("wb")
        process = subprocess.Popen(
            command, env=environment, cwd=django_settings.BASE_DIR, stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def queue_messages(number: int) -> list[Message]:
    run = builders.build_run(capacity=number)
    return [
        mails.queue(Kind.REGISTERED, builders.build_registration(run, builders.build_person()))
        for _message in range(number)
    ]


def statuses() -> list[tuple[str, int]]:
    return list(Message.objects.order_by("pk").values_list("status", "attempts"))


def test_worker_killed_in_mid_delivery_loses_nothing(start_worker, mail_server):
    [message] = queue_messages(1)
    mail_server.may_accept.clear()
    worker = start_worker()
    assert mail_server.received.wait(20)
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    assert statuses() == [("queued", 1)]

    mail_server.may_accept.set()
    Message.objects.update(leased_until=timezone.now())  # two minutes later …
    assert start_worker("--once").wait(20) == 0
    assert statuses() == [("sent", 2)]
    assert mail_server.message_ids == [message.message_id] * 2


def test_worker_asked_to_end_finishes_the_mail_in_hand(start_worker, mail_server):
    queue_messages(2)
    mail_server.may_accept.clear()
    worker = start_worker()
    assert mail_server.received.wait(20)
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert worker.poll() is None
    mail_server.may_accept.set()
    assert worker.wait(10) == 0
    assert statuses() == [("sent", 1), ("queued", 0)]


def test_idle_worker_ends_at_once_when_asked(start_worker, mail_server):
    queue_messages(1)
    worker = start_worker()
    assert mail_server.received.wait(20)
    time.sleep(0.5)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(5) == 0
    assert statuses() == [("sent", 1)]


def test_two_workers_share_the_work(start_worker, mail_server):
    messages = queue_messages(20)
    workers = [start_worker("--once"), start_worker("--once")]
    assert [worker.wait(30) for worker in workers] == [0, 0]
    assert statuses() == [("sent", 1)] * 20
    assert sorted(mail_server.message_ids) == sorted(message.message_id for message in messages)


def test_worker_says_that_it_is_there_when_it_begins_and_ends_and_what_it_did(start_worker, mail_server, tmp_path):
    queue_messages(3)
    worker = start_worker()
    wait_until(lambda: len(mail_server.message_ids) == 3 and health.last_beat(health.this_host()))
    assert start_worker("--check").wait(20) == 0
    time.sleep(0.5)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    lines = [line.partition(" trainings.management.commands.worker ")[2] for line in log_of(tmp_path, 0)]
    host, pid = health.this_host(), worker.pid
    assert lines[0] == f"Worker {pid} on {host} begins: periodic jobs, dossiers, certificates, mails, sign-in codes."
    assert lines[-2].startswith("Done: periodic jobs ")
    assert lines[-2].endswith("mails 3.")
    assert lines[-1] == f"Worker {pid} ends."


def test_worker_that_was_killed_is_noticed(start_worker, mail_server):
    queue_messages(1)
    worker = start_worker()
    wait_until(lambda: health.last_beat(health.this_host()))
    worker.kill()
    worker.wait(10)
    WorkerBeat.objects.update(seen_at=timezone.now() - dt.timedelta(minutes=4))  # four minutes later …
    assert start_worker("--check").wait(20) == 1
    assert "läuft nicht" in health.standing_still()[0].what


def wait_until(is_so: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def log_of(folder: Path, number: int) -> list[str]:
    return (folder / f"worker{number}.log").read_text().splitlines()
