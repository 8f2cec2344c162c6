"""The one process beside the web server: empties the queues and does periodic work."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from trainings.periodic import run_due_jobs
from trainings.queues import QUEUES, GoOn

logger = logging.getLogger(__name__)

TICK = 5.0  # seconds between two looks at the periodic jobs
REST = 60.0  # seconds before the next look after a fault that the database is not to blame for
FAREWELL = 30.0  # seconds what is in hand may still take after the signal to end


class Rounds(threading.Thread):
    """Does its work again and again until told to stop; has a database connection of its own.

    ``work`` is asked to end early by the function it is given.
    """

    def __init__(self, name: str, pause: float, work: Callable[[GoOn], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.pause, self.work = pause, work
        self.ending = threading.Event()

    def run(self) -> None:
        try:
            while not self.ending.wait(self.look()):
                pass
        finally:
            connections.close_all()

    def look(self) -> float:
        """Work once; says in how many seconds to do so again."""
        close_old_connections()
        try:
            self.work(lambda: not self.ending.is_set())
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database is not available (%s); the next look follows in %s s.", error, self.pause)
        except Exception:
            logger.exception("The %s failed; the next look follows in %s s.", self.name, REST)
            return REST
        return self.pause


class Command(BaseCommand):
    help = "Sends mails, prints certificates and does periodic work, until SIGTERM or Ctrl+C. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due now and end, for cron and systemd timers."
        )
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between two looks at an empty queue.")

    def handle(self, *, once: bool, interval: float, **options: Any) -> None:
        # The apps above come first: what is done there may be told by mail. Where one queue is slow, the others go on.
        queues = [Rounds(name, interval, QUEUES[name]) for name in reversed(QUEUES)]
        if once:
            run_due_jobs()
            for queue in queues:
                queue.look()
        else:
            work_on([Rounds("periodic jobs", TICK, lambda _go_on: run_due_jobs()), *queues])


def work_on(rounds: list[Rounds]) -> None:
    """Work until a signal ends it. What is in hand is finished; a second signal cuts it off."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C
    for thread in rounds:
        thread.start()
    try:
        while True:
            time.sleep(TICK)
    except KeyboardInterrupt:
        for thread in rounds:
            thread.ending.set()
        end = time.monotonic() + FAREWELL
        for thread in rounds:
            thread.join(max(0.0, end - time.monotonic()))
