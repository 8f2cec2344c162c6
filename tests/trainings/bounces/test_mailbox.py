"""Do bounces come in, from a real mailbox and through a real pipe, each once, and does nothing else change there?"""

import datetime as dt
import logging
import os
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError

from tests import builders
from tests.bounce_forms import Returned, delayed, exchange_german, out_of_office, postfix
from tests.imap_server import PASSWORD, ImapServer, imap_server
from tests.mails import Kind
from trainings import bounces, mails, periodic
from trainings.bounces import MailboxUnavailable
from trainings.bounces import mailbox as mailbox_module
from trainings.bounces import reports as bounce_reports
from trainings.bounces.mailbox import Mailbox
from trainings.models import Message, PeriodicJob
from trainings.periodic import JobFailed

TRY_LATER = 75
PERSONAL = b"From: Jan Weber <weber@bendorf.example>\r\nSubject: Frage\r\n\r\nKann ich noch kommen?\r\n"


@pytest.fixture(scope="module")
def the_server():
    with imap_server() as server:
        yield server


@pytest.fixture
def server(the_server, settings) -> ImapServer:
    """With an empty inbox, which settings name."""
    with the_server.signed_in() as client:
        client.store("1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
    settings.BOUNCE_IMAP_URL = the_server.url()
    return the_server


@pytest.fixture
def sent(db) -> list[Returned]:
    """Three mails to three people."""
    run = builders.build_run()
    for _number in range(3):
        mails.queue(Kind.REGISTERED, builders.build_registration(run))
    mails.deliver_due()
    return [Returned(one.message().as_bytes()) for one in mail.outbox]


def marked() -> list[bool]:
    return [at is not None for at in Message.objects.order_by("pk").values_list("bounced_at", flat=True)]


# --- The mailbox -----------------------------------------------------------------------------------


def test_new_bounces_of_ours_are_marked_as_seen_and_nothing_else_is_touched(server, sent):
    first, second, third = sent
    server.put(PERSONAL, postfix(first), delayed(second), out_of_office(third), exchange_german(second))
    server.put(PERSONAL, flags=r"(\Deleted)")

    assert bounces.fetch() == 2

    assert marked() == [True, True, False]
    assert server.flags() == ["", r"\Seen", "", "", r"\Seen", r"\Deleted"]


def test_what_was_read_is_not_read_again_and_what_has_come_since_is(server, sent, monkeypatch):
    read = []
    monkeypatch.setattr(mailbox_module, "read", lambda content: read.append(content) or bounce_reports.read(content))
    server.put(PERSONAL, postfix(sent[0]))
    assert [bounces.fetch(), bounces.fetch(), len(read)] == [1, 0, 2]

    server.put(postfix(sent[1]))
    assert [bounces.fetch(), bounces.fetch(), len(read)] == [1, 0, 3]
    assert marked() == [True, True, False]


def test_what_somebody_has_opened_before_us_is_theirs(server, sent):
    server.put(postfix(sent[0]), flags=r"(\Seen)")
    assert bounces.fetch() == 0


@pytest.mark.slow
def test_many_are_read_in_several_looks(server, sent, monkeypatch):
    monkeypatch.setattr(mailbox_module, "MAX_MAILS", 2)
    server.put(PERSONAL, PERSONAL, postfix(sent[0]), PERSONAL, postfix(sent[1]))
    assert [bounces.fetch() for _look in range(4)] == [0, 1, 1, 0]


def test_what_is_too_large_is_passed_by_without_loading_it(server, sent, monkeypatch):
    read = []
    monkeypatch.setattr(mailbox_module, "read", lambda content: read.append(content) or bounce_reports.read(content))
    server.put(postfix(sent[0]) + b"x" * 998 * 600, postfix(sent[1]))

    assert bounces.fetch() == 1
    assert (marked(), len(read)) == ([False, True, False], 1)


def test_a_mailbox_that_counts_anew_is_read_from_its_beginning(server, sent, settings):
    settings.BOUNCE_IMAP_URL = server.url(folder="Rückläufer")
    folder = '"R&APw-ckl&AOQ-ufer"'  # RFC 3501, section 5.1.3
    with server.signed_in() as client:
        client.create(folder)
    server.put(PERSONAL, PERSONAL, postfix(sent[0]), folder=folder)
    assert bounces.fetch() == 1

    with server.signed_in() as client:
        client.delete(folder)
        client.create(folder)
    server.put(postfix(sent[1]), folder=folder)
    assert bounces.fetch() == 1


def test_another_mailbox_is_another_count_even_if_it_counts_from_the_same_number(server):
    addresses = [server.url(), server.url(folder="Junk"), server.url().replace("bounces", "other")]
    mailboxes = [Mailbox.from_url(address) for address in [*addresses, addresses[0]]]

    class Box:
        class folder:
            @staticmethod
            def status(folder, options):
                return {"UIDVALIDITY": 1}

    assert len({mailbox.place(Box) for mailbox in mailboxes}) == 3


def test_the_database_gone_in_mid_leaves_the_rest_for_the_next_look(server, sent, monkeypatch):
    server.put(*[postfix(one) for one in sent])
    taken = []

    def take(content: bytes) -> list[Message]:
        taken.append(content)
        if len(taken) == 2:
            raise OperationalError("gone")
        return original(content)

    original = bounces.take_bounce
    monkeypatch.setattr(mailbox_module, "take_bounce", take)
    with pytest.raises(OperationalError):
        bounces.fetch()
    assert marked() == [True, False, False]

    assert [bounces.fetch(), marked()] == [2, [True, True, True]]


class Between(socketserver.ThreadingTCPServer):
    """Stands before the server and hangs up after so many mails."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, mails: int) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.behind, self.mails = port, mails


class Conversation(socketserver.BaseRequestHandler):
    server: Between

    def handle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.server.behind)) as behind:
            behind.settimeout(5)
            threading.Thread(target=self.back, args=[behind], daemon=True).start()
            while asked := self.request.recv(65536):
                if b"BODY.PEEK" in asked:
                    self.server.mails -= 1
                    if self.server.mails < 0:
                        return
                behind.sendall(asked)

    def back(self, behind) -> None:
        try:
            while answer := behind.recv(65536):
                self.request.sendall(answer)
        except OSError:
            return


@contextmanager
def hanging_up(server: ImapServer, *, after: int):
    with Between(server.port, after) as between:
        threading.Thread(target=between.serve_forever, daemon=True).start()
        yield ImapServer(between.server_address[1])
        between.shutdown()


@pytest.mark.slow
def test_a_server_gone_in_mid_fails_the_job_and_the_next_look_goes_on(server, sent, settings):
    server.put(*[postfix(one) for one in sent])
    with hanging_up(server, after=1) as broken:
        settings.BOUNCE_IMAP_URL = broken.url()
        with pytest.raises(JobFailed, match=r"not read: 127\.0\.0\.1 cannot be reached or broke off"):
            bounces.fetch()
    assert marked() == [True, False, False]

    settings.BOUNCE_IMAP_URL = server.url()
    assert [bounces.fetch(), marked()] == [2, [True, True, True]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "line"),
    [
        ({"password": "wrong$ecret"}, "127.0.0.1 refused user or password."),
        ({"password": "fälsch$ecret"}, "127.0.0.1 refused user or password."),
        ({"folder": "Nirgends"}, "There is no folder 'Nirgends' at 127.0.0.1."),
    ],
)
@pytest.mark.django_db
def test_what_is_wrong_stands_in_one_line_without_the_password(server, settings, caplog, address, line):
    settings.BOUNCE_IMAP_URL = server.url(**address)

    periodic.run_due_jobs()

    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (record.levelno, record.getMessage()) == (
        logging.ERROR,
        f"The periodic job bounces failed: The mailbox for bounces was not read: {line}",
    )
    assert [record.exc_info, "$ecret" in caplog.text, PASSWORD in caplog.text] == [None, False, False]
    assert PeriodicJob.objects.get(name="bounces").failure == "MailboxUnavailable"


@pytest.mark.django_db
def test_a_server_that_does_not_answer_at_all(settings, caplog):
    settings.BOUNCE_IMAP_URL = "imap://bounces:geheim@127.0.0.1:1/INBOX"
    with pytest.raises(JobFailed, match=r"127\.0\.0\.1 cannot be reached or broke off: ") as failed:
        bounces.fetch()
    assert "geheim" not in str(failed.value)
    with pytest.raises(CommandError) as raised:
        call_command("read_bounces")
    assert raised.value.returncode == TRY_LATER
    assert "geheim" not in caplog.text + str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "schulungen@kreis-myk.example",
        "pop3://bounces:geheim@mail.example",
        "imaps://bounces@mail.example",
        "imaps://bounces:geheim@mail.example:viele",
        "imaps://:geheim@mail.example",
        "imap+tls://bounces:geheim@mail.example:993",
        "imap://bounces:geheim@mail.example",  # would send the password in the open
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_repeating_it(settings, address, caplog):
    settings.BOUNCE_IMAP_URL = address
    with pytest.raises(ImproperlyConfigured) as raised:
        bounces.read_mailbox()
    with pytest.raises(JobFailed, match="BOUNCE_IMAP_URL") as failed:
        bounces.fetch()
    assert "geheim" not in caplog.text + str(raised.value) + str(failed.value)


def test_without_an_address_nobody_looks(settings):
    settings.BOUNCE_IMAP_URL = ""
    assert bounces.fetch() == 0


# --- Encryption ------------------------------------------------------------------------------------


@pytest.fixture
def papers(tmp_path):
    """Key and certificate of 127.0.0.1, which nobody knows yet."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(private)
    return tmp_path


class Encrypted(Between):
    """TLS from the first byte, which pymap leaves to others."""

    papers: Path

    def get_request(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.papers / "cert.pem", self.papers / "key.pem")
        connection, address = super().get_request()
        return context.wrap_socket(connection, server_side=True), address


@pytest.fixture
def encrypted(server, papers):
    with Encrypted(server.port, 99) as between:
        between.papers = papers
        threading.Thread(target=between.serve_forever, daemon=True).start()
        yield ImapServer(between.server_address[1])
        between.shutdown()


@pytest.mark.slow
def test_no_password_goes_to_a_server_whose_certificate_is_not_trusted(
    server, encrypted, papers, settings, sent, monkeypatch
):
    server.put(postfix(sent[0]))
    settings.BOUNCE_IMAP_URL = encrypted.url(scheme="imaps", host="localhost")
    with pytest.raises(
        MailboxUnavailable, match=r"The certificate of localhost cannot be trusted: self.signed certificate"
    ):
        bounces.read_mailbox()

    monkeypatch.setenv("SSL_CERT_FILE", str(papers / "cert.pem"))
    assert bounces.read_mailbox() == 1
    settings.BOUNCE_IMAP_URL = encrypted.url(scheme="imaps")
    with pytest.raises(MailboxUnavailable, match=r"The certificate of 127\.0\.0\.1 cannot be trusted"):
        bounces.read_mailbox()


@pytest.mark.slow
def test_nor_when_it_begins_in_the_open(papers, settings, sent, monkeypatch):
    with imap_server("--cert", str(papers / "cert.pem"), "--key", str(papers / "key.pem")) as server:
        server.put(postfix(sent[0]))
        settings.BOUNCE_IMAP_URL = server.url(scheme="imap+tls", host="localhost")
        with pytest.raises(MailboxUnavailable, match="The certificate of localhost cannot be trusted"):
            bounces.read_mailbox()
        monkeypatch.setenv("SSL_CERT_FILE", str(papers / "cert.pem"))
        assert bounces.read_mailbox() == 1


# --- The pipe --------------------------------------------------------------------------------------


def piped(content: bytes, database_url: str, **environment: str) -> tuple[int, str]:
    """Exit code and what is printed, as a mail server sees it."""
    done = subprocess.run(
        [sys.executable, "manage.py", "read_bounces", "--stdin"],
        input=content,
        capture_output=True,
        timeout=60,
        env=os.environ | {"DATABASE_URL": database_url, "CACHE_URL": "dummycache://"} | environment,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_mail_server_hears_0_whatever_it_brings(database_url, sent):
    answers = [piped(content, database_url) for content in [postfix(sent[0]), PERSONAL, b"", os.urandom(1000)]]
    assert answers == [(0, "1\n"), (0, "0\n"), (0, "0\n"), (0, "0\n")]
    assert marked() == [True, False, False]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_too_large_is_taken_and_forgotten_and_the_pipe_does_not_break(database_url, sent):
    content = postfix(sent[0]) + b"x" * 30_000_000
    assert piped(content, database_url) == (0, "0\n")
    assert marked() == [False] * 3


@pytest.mark.both_databases
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_without_database_the_mail_server_comes_again(tmp_path, sent):
    code, said = piped(postfix(sent[0]), f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert code == TRY_LATER
    assert said == "CommandError: Not now: OperationalError\n"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_when_the_project_has_ended_bounces_are_taken_and_forgotten(database_url, sent):
    assert piped(postfix(sent[0]), database_url, SITE_READ_ONLY="true") == (0, "0\n")
    assert marked() == [False] * 3
