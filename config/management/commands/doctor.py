"""Says everything that is wrong or missing, in one go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import doctor


class Command(BaseCommand):
    help = "Lists all that is wrong or missing, with what to do. Exit code 1 if something does not work."
    requires_system_checks: list[str] = []  # they are among what is listed

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mail", default="", metavar="ADDRESS", help="Also send a test mail to this address.")

    def handle(self, *, mail: str, **options: Any) -> None:
        found = doctor.examine(mail_to=mail)
        serious = [finding for finding in found if finding.serious]
        self._list("To be looked at", [finding for finding in found if not finding.serious])
        self._list("What does not work", serious)
        if serious:
            raise CommandError(f"{len(serious)} to be mended, {len(found) - len(serious)} to be looked at.")
        self.stdout.write(f"Everything works; {len(found)} to be looked at.")

    def _list(self, heading: str, found: list[doctor.Ailment]) -> None:
        if found:
            self.stdout.write(f"{heading}:")
        for finding in found:
            self.stdout.write(f"  - {finding.what}\n      {finding.do}")
