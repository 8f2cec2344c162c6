"""On what does a benchmark run? DATABASE_URL, or a fresh SQLite file."""

import os
from pathlib import Path


def set_up() -> None:
    """Django, for a benchmark that needs no database or has named it."""
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def prepare(folder: str) -> None:
    """Django on a migrated database, by default a file of its own."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
    os.environ.setdefault("STATIC_ROOT", folder)
    set_up()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def prepare_to_empty(folder: str) -> str:
    """The same, without people; says its address. Ends the program where people might be lost."""
    prepare(folder)
    from accounts.models import User

    url = os.environ["DATABASE_URL"]
    if User.objects.exists():
        if "bench" not in url.rpartition("/")[2]:
            raise SystemExit("There are people in this database. Only one with „bench“ in its name is emptied.")
        empty()
    return url


def empty() -> None:
    from django.core.management import call_command

    call_command("flush", "--no-input", verbosity=0)
