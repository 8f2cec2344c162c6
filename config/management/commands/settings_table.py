"""Prints the table of settings, or writes it into the operator's guide."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.environment import LISTED
from config.variables import VARIABLES

PAGE = """# Settings

Made of config/variables.py by `manage.py settings_table --write`: change it there.

Everything is read from environment variables, or from a file `.env` beside `manage.py`, one `NAME=value` a line (the
environment wins); `deploy/miko` keeps that file at `/etc/miko/miko.env`. A value is taken as it is: `$` stands for
nothing; a pair of quotes around it is taken off. Every variable may also be given as a file: `NAME_FILE` names the file
that holds the value, as systemd's `LoadCredential=` and container secrets do.

Without any variable the site is a demo. `MIKO_ENV=production` switches the demo off, and the site does not start until
the values marked **needed** are there; it names all that is missing or wrong at once. One variable is read by the
Prometheus library itself: `PROMETHEUS_MULTIPROC_DIR`, see [watching](watching.md).

| variable | production | meaning |
| --- | --- | --- |
{rows}
"""


def page() -> str:
    return PAGE.format(rows="\n".join(variable.row() for variable in VARIABLES))


class Command(BaseCommand):
    help = "Prints the page of the guide that lists the settings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help=f"Write it to {LISTED}.")

    def handle(self, *, write: bool, **options: Any) -> None:
        if write:
            Path(settings.BASE_DIR, LISTED).write_text(page(), encoding="utf-8")
        else:
            self.stdout.write(page(), ending="")
