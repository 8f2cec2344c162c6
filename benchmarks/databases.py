"""On what does a benchmark run? DATABASE_URL, or a fresh SQLite file."""

import os
from pathlib import Path


def prepare(folder: str) -> None:
    """Django on a migrated database, by default a file of its own."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
    os.environ.setdefault("STATIC_ROOT", folder)
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def prepare_to_empty(folder: str) -> str:
    """The same for benchmarks that empty it; says its address. Ends the program where people might be lost."""
    prepare(folder)
    from accounts.models import User

    url = os.environ["DATABASE_URL"]
    if User.objects.exists() and "bench" not in url.rpartition("/")[2]:
        raise SystemExit("There are people in this database. Only one with „bench“ in its name is emptied.")
    return url
