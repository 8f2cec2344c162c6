"""The one process beside the web server: sends messages and does periodic work."""

import logging
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from trainings import mails
from trainings.periodic import run_due_jobs

logger = logging.getLogger(__name__)

TICK = 5.0  # seconds between two looks at the periodic jobs
RECOVERY = 5.0  # seconds before work goes on after the database was away
FAREWELL = 30.0  # seconds a job may still take after the signal to end


class Rounds(threading.Thread):
    """Does something again and again until told to stop; has a database connection of its own."""

    pause: float

    def __init__(self) -> None:
        super().__init__(name=type(self).__name__.lower(), daemon=True)
        self.ending = threading.Event()

    def run(self) -> None:
        try:
            while True:
                self.look()
                if self.ending.wait(self.pause):
                    return
        finally:
            connections.close_all()

    def look(self) -> None:
        close_old_connections()
        try:
            self.work()
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is not available (%s); the next look follows in %s s.", error, self.pause)
        except Exception:
            logger.exception("%s failed; the next look follows in %s s.", type(self).__name__, self.pause)

    def work(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """Let what is in hand be finished."""
        self.ending.set()
        self.join(FAREWELL)


class Scheduler(Rounds):
    """Looks for periodic work."""

    pause = TICK

    def work(self) -> None:
        run_due_jobs()


class Postman(Rounds):
    """Sends messages; a slow mail server keeps nothing else waiting."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self.pause = pause

    def work(self) -> None:
        mails.deliver_due(go_on=lambda: not self.ending.is_set())


class Command(BaseCommand):
    help = "Sends queued messages and does periodic work, until SIGTERM or Ctrl+C. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due now and end, for cron and systemd timers."
        )
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between two looks at an empty queue.")

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:
        worker = Worker(
            queue_names=["*"],
            interval=interval,
            batch=once,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        if once:
            run_due_jobs()
            worker.run()
            mails.deliver_due()
        else:
            work_on(worker, [Scheduler(), Postman(interval)])


def work_on(worker: Worker, rounds: list[Rounds]) -> None:
    """Work until a signal ends it. A task in progress is finished; a second signal cuts it off."""
    worker.configure_signals()
    for thread in rounds:
        thread.start()
    try:
        while worker.running:
            try:
                worker.run()
            except (OperationalError, InterfaceError) as error:
                logger.warning("The database is not available (%s); work goes on in %s s.", error, RECOVERY)
                connections.close_all()
                time.sleep(RECOVERY)
    finally:
        for thread in rounds:
            thread.end()
