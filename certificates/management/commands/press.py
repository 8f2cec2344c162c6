"""The process that prints: returns a PDF for each snapshot. ``certificates.paper.press`` has the other end of it."""

import contextlib
import json
import os
import signal
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string
from django.utils.translation import override

from certificates.paper import receive, send


class Command(BaseCommand):
    help = "Started by the worker to print certificates; of no use by hand."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("make", help="Dotted name of a function from a snapshot to bytes.")
        parser.add_argument("seconds", type=float)
        parser.add_argument("megabytes", type=int)

    def handle(self, *, make: str, seconds: float, megabytes: int, **options: Any) -> None:
        # Needs the native library Pango; only this process does.
        from trainings.printing.pdf import NotPrintable  # noqa: PLC0415

        answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # output of a library must not mix with the answers
        for name in ("SIGINT", "SIGTERM"):  # stopping the worker lets it finish the PDF it is printing
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        printed = import_string(make)
        limit_memory(megabytes)
        send(answers, b"ready")
        while True:
            try:
                asked = json.loads(receive(sys.stdin.buffer))
            except EOFError:
                return
            set_alarm(seconds * 2)  # in case the parent process is gone and cannot stop it
            try:
                with override(asked["language"]):
                    outcome, content = b"printed", printed(asked["snapshot"], **asked["more"])
            except NotPrintable as error:
                outcome, content = b"unprintable", str(error).encode()
            except Exception as error:
                outcome, content = b"broken", f"{type(error).__name__}: {error}".encode()
            set_alarm(0)
            send(answers, outcome, content)


def limit_memory(megabytes: int) -> None:
    """Make larger allocations fail; does nothing where the system has no such limit (Windows)."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415  POSIX alone has it

        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1024 * 1024, megabytes * 1024 * 1024))


def set_alarm(seconds: float) -> None:
    """Have the system end this process after so many seconds; 0 cancels that."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
