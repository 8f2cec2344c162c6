"""Looks through the data now, as a job does each night; after a restore, or when something has been mended."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from trainings import health


class Command(BaseCommand):
    help = "Checks on the live database that the data keep what the software promises. Exit code 1 if they do not."

    def handle(self, **options: Any) -> None:
        with translation.override("en"):
            if health.verify():
                raise CommandError(
                    "\n".join(f"{one.said} ({one.number}): {one.keys}" for one in health.found_in_data())
                )
        self.stdout.write("The data keep what is promised of them.")
