"""Does every mail arrive, whatever happens to the workers and whatever the mail server answers?"""

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db.models import Count
from django.utils import timezone

from tests import builders
from tests.mail_server import MailServer, mail_server
from tests.mail_storm import storm
from tests.mails import Kind
from trainings import mails
from trainings.mails import outbox
from trainings.models import Message

pytestmark = pytest.mark.slow

Status = Message.Status


def queue_for(*addresses: str) -> list[Message]:
    run = builders.build_run(capacity=len(addresses))
    people = [builders.build_person(address) for address in addresses]
    return [mails.queue(Kind.REGISTERED, builders.build_registration(run, person)) for person in people]


def states() -> dict[str, tuple[str, int]]:
    rows = Message.objects.select_related("recipient")
    return {row.address.partition("@")[0]: (row.status, row.attempts) for row in rows}


def errors() -> dict[str, str]:
    return {row.address.partition("@")[0]: row.last_error for row in Message.objects.exclude(last_error="")}


@pytest.fixture
def server(settings, tmp_path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", found.port, 1
        yield found


# --- workers that are killed ----------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_two_workers_killed_again_and_again_lose_nothing(database_url, tmp_path, record_property):
    messages = queue_for(*(f"p{number}@mayen.example" for number in range(240)))
    queued = Message.objects.filter(status=Status.QUEUED)
    with mail_server(tmp_path, pause=0.02) as server:
        outcome = storm(database_url, server, waiting=queued.count, workers=2, kills=10, lease=6)
        received = Counter(mail["message_id"] for mail in server.mails())
    record_property("duplicates", outcome.duplicates)
    print(f"{outcome.killed} workers killed, {outcome.duplicates} of {len(messages)} mails came twice")  # noqa: T201

    assert outcome.killed == 10
    assert set(received) == {message.message_id for message in messages}
    assert dict(Message.objects.values_list("status").annotate(n=Count("pk"))) == {Status.SENT: len(messages)}
    # What a worker had in hand when it was killed, and nothing else, may come twice.
    assert outcome.duplicates <= outcome.killed


# --- mail servers that refuse, keep silent or hang up -----------------------------------------------


@pytest.mark.django_db
def test_mail_that_fails_takes_no_other_with_it(server, caplog):
    bad = ["busy", "unknown", "full", "cut", "silent"]
    good = [f"good{number}" for number in range(6)]
    addresses = [name for pair in zip(good, [*bad, ""], strict=True) for name in pair if name]
    queue_for(*(f"{name}@mayen.example" for name in addresses))
    mails.deliver_due()

    assert states() == {
        **dict.fromkeys(good, (Status.SENT, 1)),
        **dict.fromkeys(bad, (Status.QUEUED, 1)),
    }
    assert [mail["to"] for mail in server.mails()] == [f"{name}@mayen.example" for name in good]
    said = errors()
    assert "450" in said["busy"]
    assert "550" in said["unknown"]
    assert "552" in said["full"]
    assert said["cut"].startswith("SMTPServerDisconnected")
    assert said["silent"].startswith("SMTPServerDisconnected")


@pytest.mark.django_db
def test_mail_refused_five_times_is_given_up_and_the_next_are_sent(server, caplog):
    queue_for("unknown@mayen.example", "busy@mayen.example", "cut@mayen.example")
    for _try in range(outbox.TRIES):
        Message.objects.filter(status=Status.QUEUED).update(due_at=timezone.now())
        mails.deliver_due()
    queue_for("good@mayen.example")
    mails.deliver_due()

    dead = (Status.DEAD, 5)
    assert states() == {"unknown": dead, "busy": dead, "cut": dead, "good": (Status.SENT, 1)}
    assert "550" in errors()["unknown"]
    assert [mail["to"] for mail in server.mails()] == ["good@mayen.example"]


@pytest.mark.django_db
def test_many_mails_share_a_conversation_but_not_all_one(server):
    queue_for(*(f"p{number}@mayen.example" for number in range(2 * outbox.PER_CONNECTION + 1)))
    mails.deliver_due()
    assert [len(server.mails()), server.connections()] == [2 * outbox.PER_CONNECTION + 1, 3]


@pytest.mark.django_db
def test_server_that_was_away_is_found_again(settings, tmp_path, caplog):
    queue_for("first@mayen.example", "second@mayen.example")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with mail_server(tmp_path) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    mails.deliver_due()
    assert states() == {"first": (Status.QUEUED, 1), "second": (Status.QUEUED, 1)}

    Message.objects.update(due_at=timezone.now())
    with mail_server(tmp_path) as server:
        settings.EMAIL_PORT = server.port
        mails.deliver_due()
        assert [mail["to"] for mail in server.mails()] == ["first@mayen.example", "second@mayen.example"]
    assert states() == {"first": (Status.SENT, 2), "second": (Status.SENT, 2)}


def test_a_worker_keeps_a_message_longer_than_a_mail_server_may_keep_silent(settings):
    """Ten answers at most are waited for: connection, EHLO, STARTTLS, EHLO, AUTH (two), MAIL, RCPT, DATA and text."""
    assert outbox.LEASE.total_seconds() > 10 * settings.EMAIL_TIMEOUT
