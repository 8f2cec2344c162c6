"""How long does it take to export 10,000 participants, and to import 5,000 rows?

    python -m benchmarks.export             on a fresh SQLite file
    DATABASE_URL=postgres://… python -m benchmarks.export

Median of five exports in one warm process, each with the queries; the table covers every column coordinators get.
Imports are measured once as a check without saving, once saved, and once again with nothing new.
"""

import datetime as dt
import io
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks import size
from benchmarks._databases import prepare

PARTICIPANTS, ROWS, RUNS = size((10_000, 5_000, 500), (100, 3, 3))
REPEAT = size(5, 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.db import transaction

        from trainings import reporting
        from trainings.models import Registration

        print(f"{'what':<46}{'wall s':>8}{'CPU s':>8}{'queries':>9}{'KB':>8}")
        with transaction.atomic():
            fill()
            for name, write in [
                ("xlsx", reporting.write_registrations_xlsx),
                ("csv", reporting.write_registrations_csv),
            ]:
                export(f"export of {PARTICIPANTS:,} participants, {name}", write, Registration.objects.all())
            transaction.set_rollback(True)
        import_people()
        import_runs()
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def fill() -> None:
    """A hundred runs with a hundred participants each, all with recorded attendance."""
    from django.utils import timezone

    from accounts.models import TargetGroup, User
    from tests.builders import build_agency, build_run
    from trainings.models import AttendanceRecord, Registration

    now = timezone.now()
    agency = build_agency()
    people = User.objects.bulk_create(
        User(
            email=f"p{number}@mayen.example",
            first_name="Thị Hương",
            last_name=f"=Müller {number}",
            group=TargetGroup.STAFF,
            agency=agency,
        )
        for number in range(PARTICIPANTS)
    )
    for start in range(0, PARTICIPANTS, 100):
        run = build_run(capacity=100)
        registrations = Registration.objects.bulk_create(
            Registration(
                run=run, person=person, status="confirmed", registered_at=now, queued_at=now, status_changed_at=now
            )
            for person in people[start : start + 100]
        )
        AttendanceRecord.objects.bulk_create(
            AttendanceRecord(
                registration=registration,
                session=run.sessions.get(),
                status="present",
                minutes=360,
                recorded_by=people[0],
            )
            for registration in registrations
        )


def measure(work: Callable[[], object]) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds, queries."""
    from django.db import connection

    queries: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        queries.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        return time.perf_counter() - wall, time.process_time() - cpu, len(queries)


def report(name: str, wall: float, cpu: float, queries: int, size: int = 0) -> None:
    print(f"{name:<46}{wall:>8.2f}{cpu:>8.2f}{queries:>9,}{size // 1024 or '':>8}", flush=True)


def export(name: str, write: Callable[..., None], registrations: Any) -> None:
    files: list[io.BytesIO] = []

    def work() -> None:
        files.append(io.BytesIO())
        write(registrations, files[-1])

    work()
    figures = [measure(work) for _time in range(REPEAT)]
    median = [statistics.median(values) for values in zip(*figures, strict=True)]
    report(name, median[0], median[1], int(median[2]), len(files[-1].getvalue()))


def import_people() -> None:
    from accounts.tables import PersonResource

    rows = [f"n{number}@neu.example;Vor{number};Nach{number};Mitarbeitende" for number in range(ROWS)]
    data = "\n".join(["E-Mail;Vorname;Nachname;Gruppe", *rows]).encode()
    import_thrice(f"import of {ROWS:,} people", PersonResource, data)


def import_runs() -> None:
    """A day each: where several fall on one day, every row has its warnings, and is written twice."""
    from tests.builders import build_course, build_funding, build_person, build_venue
    from trainings.planning import RunResource

    build_course(number=3)
    build_venue("Kreishaus", "Koblenz")
    trainer = build_person("trainer@trainings.example")
    coordinator = build_person("planung@trainings.example", role="coordinator")
    grant = build_funding().grant_number
    days = [dt.date(2027, 3, 1) + dt.timedelta(days=number) for number in range(RUNS)]
    rows = [
        f"N-{number};3;{day:%d.%m.%Y} 09:00–16:30;16;Kreishaus;{trainer.email};{grant};ja"
        for number, day in enumerate(days)
    ]
    headings = "Nummer;Schulung;Sitzung 1;Plätze;Ort;Kursleitung;Förderkennzeichen;Veröffentlicht"
    data = "\n".join([headings, *rows]).encode()
    import_thrice(f"import of {RUNS:,} runs", RunResource, data, user=coordinator, confirmed=True)


def import_thrice(name: str, resource_class: Any, data: bytes, **options: Any) -> None:
    from accounts.tables import read_table

    for what, dry_run in [("check only", True), ("saved", False), ("again, nothing new", False)]:
        report(
            f"{name}, {what}",
            *measure(lambda: resource_class().import_data(read_table(data), dry_run=dry_run, **options)),  # noqa: B023
        )


if __name__ == "__main__":
    main()
