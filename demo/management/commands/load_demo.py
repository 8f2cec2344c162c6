"""Loads the demo world and says whom one may be in it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

import accounts.demo
from demo import world as demo
from trainings.models import CourseRun


class Command(BaseCommand):
    help = "Loads the demo world: the real catalogue, invented people. Again, it changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo world is only for the demo (DEMO=1, never in production).")
        demo.load()
        self.stdout.write(" ".join(demo.summary()))
        if not CourseRun.objects.filter(number__in=demo.PLACES).upcoming(timezone.now()).exists():
            self.stdout.write(
                "Alle Demo-Termine sind vorbei. Für neue löschen Sie den Ordner var/ und starten noch einmal."
            )
        self.stdout.write("\nAuf der Seite zum Einloggen mit einem Klick:\n")
        for person, role in accounts.demo.people():
            self.stdout.write(f"  {role:<28}{person.display_name:<20}{person.email}")
