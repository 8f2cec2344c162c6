"""Copies the database while the site runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    help = "Copies the database into a folder while people write, and notes beside it what must be found in the copy."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, default=0, help="Delete all but so many; without it none.")
        parser.add_argument("--verify", action="store_true", help="Restore the copy beside the database and compare.")

    def handle(self, *, folder: Path, keep: int, verify: bool, **options: Any) -> None:
        try:
            copy = backups.take(folder)
            wrong = backups.verify(copy) if verify else []
        except backups.CannotBackUp as error:
            raise CommandError(str(error)) from error
        if wrong:
            raise CommandError("\n".join([f"{copy} is not whole:", *wrong]))
        if keep:
            backups.keep_newest(folder, keep)
        self.stdout.write(str(copy))
