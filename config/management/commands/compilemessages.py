"""In place of Django's, which needs gettext."""

from typing import Any

from django.core.management.base import BaseCommand

from config import catalogues


class Command(BaseCommand):
    help = "Compiles the catalogues in locale/ that have changed since they were compiled."
    requires_system_checks = []  # one of them asks for this command

    def handle(self, *args: Any, **options: Any) -> None:
        for catalogue in catalogues.compile_stale():
            self.stdout.write(f"{catalogue.with_suffix('.mo')}")
