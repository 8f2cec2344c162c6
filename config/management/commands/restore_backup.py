"""Puts a backup in the place of the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    help = "Puts a verified backup in the place of the database; web and worker must be stopped. Mails are then held."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("copy", type=Path)

    def handle(self, *, copy: Path, **options: Any) -> None:
        try:
            former = backups.restore(copy)
        except backups.CannotBackUp as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored. The former one is kept as {former}. Mails are held until a coordinator releases them."
        )
