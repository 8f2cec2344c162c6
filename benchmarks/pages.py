"""How long do the public pages take, how often do they ask the database, and how heavy are they?

    python -m benchmarks.pages              with 1, 30 and 3,000 runs, on a fresh SQLite file
    DATABASE_URL=postgres://… python -m benchmarks.pages

Ten runs a course and eight registrations a run. Times are the median of 60 requests to one warm process through
Django's test client, without a network; CPU is that of the process alone, which a busy machine disturbs less.
"""

import datetime as dt
import gzip
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import size
from benchmarks._databases import prepare

RUNS = size((1, 30, 3000), (3,))
REPEAT = size(60, 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.test import Client

        print(f"{'runs':>6}  {'page':<34}{'queries':>8}{'wall ms':>9}{'CPU ms':>9}")
        for runs in RUNS:
            with world(runs) as (course, person):
                signed_in = Client()
                signed_in.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
                for name, client, address in [
                    ("imprint, for comparison", Client(), "/impressum/"),
                    ("catalogue", Client(), "/"),
                    ("catalogue, signed in", signed_in, "/"),
                    ("catalogue, free places only", Client(), "/?frei=1"),
                    ("catalogue, search and filters", Client(), "/?q=kurs&zielgruppe=staff&format=on_site"),
                    ("course", Client(), course.get_absolute_url()),
                    ("course, signed in", signed_in, course.get_absolute_url()),
                ]:
                    queries, wall, cpu = measure(client, address)
                    print(f"{runs:>6}  {name:<34}{queries:>8}{wall:>9.1f}{cpu:>9.1f}")
                if runs == RUNS[-1]:
                    weigh(Client().get("/").content)


@contextmanager
def world(runs: int) -> Iterator[tuple]:
    """A middle course and one of its people; gone again afterwards."""
    from django.db import connection, transaction
    from django.utils import timezone

    from accounts.models import User
    from tests import builders
    from trainings.models import CourseRun, Registration, Session

    with transaction.atomic():
        now = timezone.now()
        builders.build_funding()
        trainer = builders.build_person()
        venues = [builders.build_venue(town=town) for town in ("Koblenz", "Mayen", "Andernach", "Mendig", "Polch")]
        people = User.objects.bulk_create(
            User(email=f"{number}@mayen.example", last_name=str(number), group="staff", profile_completed_at=now)
            for number in range(100)
        )
        courses = [
            builders.build_course(groups=[["staff"], ["staff", "leadership"], ["staff", "volunteers"]][number % 3])
            for number in range(max(1, runs // 10))
        ]
        made = []
        for number in range(runs):
            start = builders.in_days(1 + number % 300)
            made.append(
                CourseRun(
                    course=courses[number % len(courses)], number=f"B-{number}", capacity=10, venue=venues[number % 5],
                    published_at=now, starts_at=start, ends_at=start + dt.timedelta(hours=7),
                )
            )  # fmt: skip
        made = CourseRun.objects.bulk_create(made)
        Session.objects.bulk_create(
            Session(run=run, starts_at=run.starts_at, ends_at=run.ends_at, teaching_minutes=360) for run in made
        )
        CourseRun.trainers.through.objects.bulk_create(
            CourseRun.trainers.through(courserun_id=run.pk, user_id=trainer.pk) for run in made
        )
        Registration.objects.bulk_create(
            Registration(
                run=run,
                person=people[(number * 8 + seat) % 100],
                status="confirmed",
                registered_at=now,
                queued_at=now,
                status_changed_at=now,
            )
            for number, run in enumerate(made)
            for seat in range(8)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield courses[len(courses) // 2], people[0]
        transaction.set_rollback(True)


def measure(client, address: str) -> tuple[int, float, float]:
    """Queries of one request, and the median wall and CPU time of many in milliseconds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _ in range(5):
        assert client.get(address).status_code == 200  # noqa: S101
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
        number = len(queries)
    walls, cpus = [], []
    for _ in range(REPEAT):
        wall, cpu = time.perf_counter(), time.process_time()
        client.get(address)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    return number, statistics.median(walls) * 1000, statistics.median(cpus) * 1000


def weigh(html: bytes) -> None:
    """What a first visit loads, as sent: text with gzip, fonts and pictures as they are."""
    from django.contrib.staticfiles import finders

    names = sorted(set(re.findall(rb'(?:href|src)="/static/([^"]+)"', html)))
    parts = {"HTML": len(gzip.compress(html, 6)), "CSS": 0, "JS": 0, "fonts": 0, "pictures": 0}
    kinds = {".css": "CSS", ".js": "JS", ".woff2": "fonts", ".svg": "pictures", ".png": "pictures"}
    for name in names:
        content = Path(finders.find(name.decode())).read_bytes()
        kind = kinds[Path(name.decode()).suffix]
        parts[kind] += len(content) if kind == "fonts" else len(gzip.compress(content, 6))
    sizes = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in parts.items())
    print(f"\ncatalogue, first visit in kB (gzip): {sizes}; together {sum(parts.values()) / 1000:.1f}")


if __name__ == "__main__":
    main()
