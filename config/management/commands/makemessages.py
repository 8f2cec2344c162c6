"""In place of Django's, which needs gettext and writes the whole catalogue anew."""

from typing import Any

from django.core.management.base import BaseCommand

from config import catalogues


class Command(BaseCommand):
    help = "Brings new texts into the English catalogue, takes out those no longer used, and names what lacks English."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        texts = catalogues.gather(catalogues.sources())
        merged = catalogues.merge(catalogues.ENGLISH.read_text(encoding="utf-8"), texts)
        catalogues.ENGLISH.write_text(merged, encoding="utf-8")
        for text in catalogues.without_english(merged):
            self.stdout.write(f"without English: {text}")
