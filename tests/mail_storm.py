"""Workers in processes of their own send what is queued, and some are killed: used by a test and by the benchmark.

Each process is ``python -m tests.mail_storm LEASE``: a real worker, but for the seconds its lease on a message lasts.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.mail_server import MailServer
from tests.production import PRODUCTION

PATIENCE = 180.0  # seconds


@dataclass(frozen=True)
class Outcome:
    killed: int
    received: int
    duplicates: int
    seconds: float  # from the first mail to the last


def storm(
    database_url: str,
    server: MailServer,
    *,
    waiting: Callable[[], int],
    workers: int = 2,
    kills: int = 0,
    lease: float = 120,
    seed: int = 1,
) -> Outcome:
    """Let the workers send until ``waiting()`` is 0; spread over the work, kill one ``kills`` times and start another.

    A kill comes at a random moment of about two mails' time, so that it hits each step of a delivery.
    """
    dice = random.Random(seed)  # noqa: S311  no secret
    environment = {**os.environ, **PRODUCTION, "DATABASE_URL": database_url, "EMAIL_URL": server.url}
    environment["LOG_LEVEL"] = "ERROR"

    def start() -> "subprocess.Popen[bytes]":
        # What they say of being told to end is no news; what goes wrong with a message stands in its row.
        command = [sys.executable, "-m", "tests.mail_storm", str(lease)]
        return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    queued = waiting()
    kill_at = [queued * (number + 1) // (kills + 2) for number in range(kills)]
    running = [start() for _worker in range(workers)]
    until = time.monotonic() + PATIENCE
    try:
        while (left := waiting()) and time.monotonic() < until:
            if kill_at and queued - left >= kill_at[0]:
                kill_at.pop(0)
                time.sleep(dice.uniform(0, 0.1))
                victim = dice.randrange(workers)
                running[victim].kill()
                running[victim].wait()
                running[victim] = start()
            time.sleep(0.05)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(40)
    mails = server.mails()
    return Outcome(
        killed=kills - len(kill_at),
        received=len(mails),
        duplicates=len(mails) - len({mail["message_id"] for mail in mails}),
        seconds=float(mails[-1]["at"]) - float(mails[0]["at"]) if mails else 0.0,
    )


# --- in the processes ----------------------------------------------------------------------------


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import datetime as dt  # noqa: PLC0415

    import django  # noqa: PLC0415  settings first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from trainings.mails import outbox  # noqa: PLC0415

    outbox.LEASE = dt.timedelta(seconds=float(sys.argv[1]))
    call_command("worker", interval=0.5)


if __name__ == "__main__":
    main()
