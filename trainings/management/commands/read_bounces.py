"""Reads what mail servers send back: from a pipe, or from the mailbox."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from trainings import bounces
from trainings.bounces import MAX_MAIL_BYTES

TRY_LATER = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and comes again


class Command(BaseCommand):
    """To a pipe it answers 0 or 75 only: of anything else the mail server would tell the sender, and bounce the bounce.

    What is no bounce of ours, or too large for one, is taken and forgotten.
    """

    help = "Marks addresses whose mails came back. Exit code 75 asks the mail server to try again later."
    requires_system_checks: list[str] = []  # a pipe starts a process per mail

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stdin", action="store_true", help="One mail from standard input, for an alias; else BOUNCE_IMAP_URL."
        )

    def handle(self, *, stdin: bool, **options: Any) -> None:
        self.stdout.write(f"{self._from_pipe() if stdin else self._from_mailbox()}")

    def _from_pipe(self) -> int:
        try:
            content = self._mail()
            return 0 if settings.SITE_READ_ONLY or len(content) > MAX_MAIL_BYTES else len(bounces.take_bounce(content))
        except Exception as error:
            raise CommandError(f"Not now: {type(error).__name__}", returncode=TRY_LATER) from error

    def _from_mailbox(self) -> int:
        try:
            return bounces.read_mailbox()
        except (bounces.MailboxUnavailable, ImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=TRY_LATER) from error

    def _mail(self) -> bytes:
        """No more than shows that it is too large; the rest runs by unkept, or the mail server's pipe would break."""
        content = sys.stdin.buffer.read(MAX_MAIL_BYTES + 1)
        while sys.stdin.buffer.read(1 << 16):
            pass
        return content
