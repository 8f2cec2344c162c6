"""The one process beside the web server: empties the queues and does periodic work."""

import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sized
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections, connections
from django.utils import timezone

from trainings import health, outage
from trainings.periodic import run_due_jobs
from trainings.queues import QUEUES, GoOn

logger = logging.getLogger(__name__)

TICK = 5.0  # seconds between two looks at the periodic jobs
REST = 60.0  # seconds before the next look after a fault that the database is not to blame for
FAREWELL = 30.0  # seconds what is in hand may still take after the signal to end
TELLING = 60.0  # seconds between two lines of the log about what was done
TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h


class Rounds(threading.Thread):
    """Does its work again and again until told to stop; has a database connection of its own.

    ``work`` is asked to end early by the function it is given, and returns how much it did, or what.
    """

    def __init__(self, name: str, pause: float, work: Callable[[GoOn], object]) -> None:
        super().__init__(name=name, daemon=True)
        self.pause, self.work = pause, work
        self.ending = threading.Event()
        self.done = self.told = 0  # since it began, and what of it the log knows

    def run(self) -> None:
        try:
            while not self.ending.wait(self.look()):
                pass
        finally:
            connections.close_all()

    def look(self) -> float:
        """Work once; says in how many seconds to do so again."""
        try:
            close_old_connections()
            self.done += _number(self.work(lambda: not self.ending.is_set()))
        except Exception as error:
            if not outage.is_away(error):
                logger.exception("The %s failed; the next look follows in %s s.", self.name, REST)
                return REST
            say_away(error)
            return max(self.pause, 1.0)
        return self.pause


class Command(BaseCommand):
    help = "Sends mails, prints certificates and does periodic work, until SIGTERM or Ctrl+C. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Do what is due now and end, for cron and systemd timers."
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="Only say whether a worker of this host is at work: exit code 0, else 1; 75 if the database is away.",
        )
        parser.add_argument("--interval", type=float, default=1.0, help="Seconds between two looks at an empty queue.")

    def handle(self, *, once: bool, check: bool, interval: float, **options: Any) -> None:
        # The apps above come first: what is done there may be told by mail. Where one queue is slow, the others go on.
        queues = [Rounds(name, interval, QUEUES[name]) for name in reversed(QUEUES)]
        periodic = Rounds("periodic jobs", TICK, lambda _go_on: run_due_jobs())
        if check:
            self.stdout.write(_checked())
        elif once:
            say_there(once=True)
            for rounds in (periodic, *queues):
                rounds.look()
            tell([periodic, *queues])
        else:
            work_on([periodic, *queues])


def _checked() -> str:
    try:
        last = health.last_beat(health.this_host())
    except Error as error:
        raise CommandError(f"The database is away: {error}", returncode=TRY_LATER) from error
    if health.is_silent(last, timezone.now()):
        raise CommandError(f"No worker of {health.this_host()} is at work; the last was seen at {last}.", returncode=1)
    return f"A worker of {health.this_host()} was seen at {last}."


def work_on(rounds: list[Rounds]) -> None:
    """Work until a signal ends it. What is in hand is finished; a second signal cuts it off."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C
    logger.info("Worker %s on %s begins: %s.", os.getpid(), health.this_host(), ", ".join(one.name for one in rounds))
    for thread in rounds:
        thread.start()
    try:
        watch(rounds)
    except KeyboardInterrupt:
        for thread in rounds:
            thread.ending.set()
        end = time.monotonic() + FAREWELL
        for thread in rounds:
            thread.join(max(0.0, end - time.monotonic()))
        tell(rounds)
        cut_off = [thread.name for thread in rounds if thread.is_alive()]
        logger.info("Worker %s ends.%s", os.getpid(), f" Cut off: {', '.join(cut_off)}." if cut_off else "")


def watch(rounds: list[Rounds]) -> None:
    """Say that this worker is there, and now and then what it did. Ends by a signal, or when a part of it has died."""
    told_at = time.monotonic()
    while all(thread.is_alive() for thread in rounds):
        say_there()
        if time.monotonic() - told_at >= TELLING:
            tell(rounds)
            told_at = time.monotonic()
        time.sleep(health.BEAT_EVERY.total_seconds())
    dead = ", ".join(thread.name for thread in rounds if not thread.is_alive())
    raise CommandError(f"The {dead} broke off; whoever started this worker has to start it again.")


def say_there(*, once: bool = False) -> None:
    try:
        close_old_connections()
        health.beat(once=once)
    except Error as error:
        say_away(error)  # the queues go on, whatever keeps the beat
    else:
        outage.forget()


def say_away(error: Exception) -> None:
    if outage.may_say():
        logger.warning("The database is away: %s", str(error).strip().partition("\n")[0])


def tell(rounds: list[Rounds]) -> None:
    """What was done since the last time, by counts; nothing where nothing was done."""
    counts = []
    for thread in rounds:
        done = thread.done  # the thread goes on counting
        if done > thread.told:
            counts.append(f"{thread.name} {done - thread.told}")
        thread.told = done
    if counts:
        logger.info("Done: %s.", ", ".join(counts))


def _number(done: object) -> int:
    return done if isinstance(done, int) else len(done) if isinstance(done, Sized) else 0
