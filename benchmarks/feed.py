"""How long does a calendar feed take, how often does it ask the database, and how large is it?

    python -m benchmarks.feed               personal and public, 20 and 500 events, new and unchanged
    DATABASE_URL=postgres://… python -m benchmarks.feed

Times are the median of 15 requests to one warm process through Django's test client, without a network.
"""

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.pages import prepare

REPEAT = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.test import Client
        from django.urls import reverse

        from trainings import subscriptions

        print(f"{'events':>7}  {'feed':<22}{'status':>7}{'queries':>8}{'wall ms':>9}{'CPU ms':>9}{'kB':>8}")
        for events in (20, 500):
            with world(events) as person:
                personal = reverse("trainings:personal_feed", args=[subscriptions.renew(person)])
                for name, address in [("personal", personal), ("public", reverse("trainings:public_feed"))]:
                    response = Client().get(address)
                    assert response.content.count(b"BEGIN:VEVENT") == events  # noqa: S101
                    report(events, name, address, {})
                    report(events, f"{name}, unchanged", address, {"if-none-match": response.headers["ETag"]})


@contextmanager
def world(events: int) -> Iterator:
    """Somebody with so many sessions, two a run; gone again afterwards."""
    from django.db import transaction
    from django.utils import timezone

    from tests import builders
    from trainings.models import CourseRun, Registration, RegistrationEvent, Session

    with transaction.atomic():
        now = timezone.now()
        person = builders.build_person()
        venue = builders.build_venue("Kreishaus", "Koblenz", street="Bahnhofstr. 9", postal_code="56068")
        courses = [builders.build_course(f"Basisseminar „Interkulturelle Kompetenz“ {number}") for number in range(20)]
        runs = []
        for number in range(events // 2):
            start = builders.in_days(1 + number)
            runs.append(
                CourseRun(
                    course=courses[number % 20], number=f"B-{number}", capacity=10, venue=venue, published_at=now,
                    starts_at=start, ends_at=start + dt.timedelta(days=7, hours=4),
                    notes="Bitte bringen Sie ein Beispiel aus Ihrem Arbeitsalltag mit. " * 3,
                )
            )  # fmt: skip
        runs = CourseRun.objects.bulk_create(runs)
        Session.objects.bulk_create(
            Session(
                run=run, teaching_minutes=180, room="Großer Sitzungssaal",
                starts_at=run.starts_at + dt.timedelta(days=days),
                ends_at=run.starts_at + dt.timedelta(days=days, hours=4),
            )
            for run in runs
            for days in (0, 7)
        )  # fmt: skip
        registrations = Registration.objects.bulk_create(
            Registration(
                run=run, person=person, registered_at=now, status_changed_at=now,
                status="waitlisted" if number % 5 == 0 else "confirmed",
            )
            for number, run in enumerate(runs)
        )  # fmt: skip
        RegistrationEvent.objects.bulk_create(
            RegistrationEvent(registration=registration, to_status=registration.status, channel="web")
            for registration in registrations
        )
        yield person
        transaction.set_rollback(True)


def report(events: int, name: str, address: str, headers: dict[str, str]) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    response = client.get(address, headers=headers)
    with CaptureQueriesContext(connection) as queries:
        client.get(address, headers=headers)
        number = len(queries)
    walls, cpus = [], []
    for _ in range(REPEAT):
        wall, cpu = time.perf_counter(), time.process_time()
        client.get(address, headers=headers)
        cpus.append(time.process_time() - cpu)
        walls.append(time.perf_counter() - wall)
    wall, cpu = statistics.median(walls) * 1000, statistics.median(cpus) * 1000
    size = len(response.content) / 1000
    print(f"{events:>7}  {name:<22}{response.status_code:>7}{number:>8}{wall:>9.1f}{cpu:>9.1f}{size:>8.1f}")


if __name__ == "__main__":
    main()
