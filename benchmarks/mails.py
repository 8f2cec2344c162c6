"""How many mails a second leave, are all of them there, and how many twice when workers are killed?

    python -m benchmarks.mails                   1,000 mails, 1 and 2 workers
    python -m benchmarks.mails --kills 10        besides, 2 workers of which one is killed so many times

On DATABASE_URL or on a fresh SQLite file. The database must be empty, or have "bench" in its name: then it is emptied.
Workers are real ones, each a process; the mail server is another on this machine and takes every mail at once. The
floor is ``smtplib`` alone: mails of the same size to the same server, one connection each, or one for all.
"""

import argparse
import smtplib
import tempfile
import time
from pathlib import Path

from benchmarks import size
from benchmarks._databases import empty, prepare_to_empty

MAILS, KILLS = size((1000, 0), (6, 1))
LEASE = size(20.0, 2.0)  # seconds; two minutes in reality, which a killed worker's message waits


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mails", type=int, default=MAILS)
    parser.add_argument("--kills", type=int, default=KILLS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = prepare_to_empty(folder)
        print(f"database: {url.partition(':')[0]}, {arguments.mails} mails")
        print(f"{'':<24}{'a second':>9}{'received':>9}{'lost':>6}{'killed':>7}{'twice':>6}{'connections':>12}")
        floor(Path(folder), arguments.mails, reuse=False)
        floor(Path(folder), arguments.mails, reuse=True)
        workers(url, Path(folder), arguments.mails, number=1, kills=0)
        workers(url, Path(folder), arguments.mails, number=2, kills=0)
        if arguments.kills:
            workers(url, Path(folder), arguments.mails, number=2, kills=arguments.kills)


def workers(url: str, folder: Path, mails: int, *, number: int, kills: int) -> None:
    from tests.mail_server import mail_server
    from tests.mail_storm import storm
    from trainings.models import Message

    build(mails)
    queued = Message.objects.filter(status=Message.Status.QUEUED)
    with tempfile.TemporaryDirectory(dir=folder) as own, mail_server(Path(own)) as server:
        outcome = storm(url, server, waiting=queued.count, workers=number, kills=kills, lease=LEASE)
        lost = set(Message.objects.values_list("message_id", flat=True)) - {row["message_id"] for row in server.mails()}
        title = f"{number} worker{'s'[: number - 1]}{', killed' if kills else ''}"
        print(
            f"{title:<24}{(outcome.received - 1) / outcome.seconds:>9.0f}{outcome.received:>9}{len(lost):>6}"
            f"{outcome.killed:>7}{outcome.duplicates:>6}{server.connections():>12}"
        )
    left = Message.objects.exclude(status=Message.Status.SENT)
    if left.exists():
        print(f"  not sent: {list(left.values_list('status', 'attempts', 'last_error')[:5])}")


def floor(folder: Path, mails: int, *, reuse: bool) -> None:
    """The least it can cost: no database, the text ready."""
    from tests.mail_server import mail_server

    text = "Message-ID: <{}@bench.example>\r\nSubject: Floor\r\n\r\n" + f"{'x' * 70}\r\n" * 250  # 18 kB
    with tempfile.TemporaryDirectory(dir=folder) as own, mail_server(Path(own)) as server:
        begin = time.perf_counter()
        if reuse:
            with smtplib.SMTP("127.0.0.1", server.port) as connection:
                for number in range(mails):
                    connection.sendmail("a@bench.example", ["b@bench.example"], text.format(number))
        else:
            for number in range(mails):
                with smtplib.SMTP("127.0.0.1", server.port) as connection:
                    connection.sendmail("a@bench.example", ["b@bench.example"], text.format(number))
        seconds = time.perf_counter() - begin
        title = f"floor, {'one connection' if reuse else 'a connection each'}"
        received = len(server.mails())
        print(f"{title:<24}{mails / seconds:>9.0f}{received:>9}{mails - received:>6}{'':>13}{server.connections():>12}")


def build(mails: int) -> None:
    """Somebody confirmed in a run of two days for each mail, in place of what was there."""
    from django.utils import timezone

    from accounts.models import User
    from tests import builders
    from trainings.models import Message, Registration

    empty()
    now = timezone.now()
    builders.build_funding()
    sessions = [(builders.in_days(days), builders.in_days(days, hour=16)) for days in (30, 37)]
    venue = builders.build_venue(street="Bahnhofstraße 9", postal_code="56068")
    run = builders.build_run(capacity=mails, sessions=sessions, venue=venue, notes="Bitte Beispiele mitbringen. " * 5)
    people = User.objects.bulk_create(
        User(
            email=f"p{number}@mayen.example", first_name="Kim", last_name=f"P{number}", group="staff",
            profile_completed_at=now,
        )
        for number in range(mails)
    )  # fmt: skip
    registrations = Registration.objects.bulk_create(
        Registration(
            run=run, person=person, status="confirmed", registered_at=now, queued_at=now, status_changed_at=now
        )
        for person in people
    )  # fmt: skip
    Message.objects.bulk_create(
        Message(kind="registered", registration=registration, recipient=registration.person)
        for registration in registrations
    )


if __name__ == "__main__":
    main()
