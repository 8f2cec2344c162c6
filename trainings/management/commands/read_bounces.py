"""Reads what mail servers send back: from a pipe, or from the mailbox."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from imap_tools import ImapToolsError

from trainings import bounces

TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and comes again


class Command(BaseCommand):
    help = "Marks addresses whose mails came back. Exit code 75 asks the mail server to try again later."
    requires_system_checks: list[str] = []  # a pipe starts a process per mail

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stdin", action="store_true", help="One mail from standard input, for an alias; else BOUNCE_IMAP_URL."
        )

    def handle(self, *, stdin: bool, **options: Any) -> None:
        try:
            number = len(bounces.take(self._mail())) if stdin else bounces.fetch()
        except (DatabaseError, InterfaceError, ImapToolsError, OSError) as error:
            raise CommandError(f"Not now: {type(error).__name__}", returncode=TRY_LATER) from error
        self.stdout.write(f"{number}")

    def _mail(self) -> bytes:
        """All of it, or so much that it counts as too large; the rest is read as well, or the sender's pipe breaks."""
        content = sys.stdin.buffer.read(bounces.MAX_BYTES + 1)
        while sys.stdin.buffer.read(1 << 16):
            pass
        return content
