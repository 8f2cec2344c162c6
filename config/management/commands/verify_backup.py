"""Is a backup whole?"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    help = "Restores a backup beside the database and compares rows, files and sequences; changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("copy", type=Path)

    def handle(self, *, copy: Path, **options: Any) -> None:
        try:
            wrong = backups.verify(copy)
        except backups.CannotBackUp as error:
            raise CommandError(str(error)) from error
        if wrong:
            raise CommandError("\n".join([f"{copy} is not whole:", *wrong]))
        self.stdout.write(f"{copy} is whole.")
