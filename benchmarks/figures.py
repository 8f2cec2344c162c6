"""How long does it take to count a year for the funder, and to write it into files?

    python -m benchmarks.figures            with 1, 30 and 1,000 runs, on a fresh SQLite file
    DATABASE_URL=postgres://… python -m benchmarks.figures

Thirty people a run, with attendance for its one or two sessions, from 30 agencies; every person comes twice, and
every fifth has waited. Median of five in one warm process; pages through Django's test client, without a network. The
aim: the page with its charts in one second of CPU for 1,000 runs.
"""

import datetime as dt
import io
import resource
import statistics
import tempfile
from collections.abc import Callable

from benchmarks import size
from benchmarks._databases import prepare
from benchmarks.export import measure

RUNS = size((1, 30, 1000), (2,))
PEOPLE = 30
YEAR = 2025
AT_ONCE, WAITED = [("", "confirmed")], [("", "waitlisted"), ("waitlisted", "confirmed")]
REPEAT = size(5, 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.db import connection, transaction
        from django.test import Client

        from trainings.reporting import (
            Period,
            figures_of,
            figures_pdf,
            report_of,
            write_figures_csv,
            write_figures_xlsx,
        )

        year = Period(dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31))
        print(f"{'runs':>6}  {'what':<22}{'queries':>8}{'wall s':>9}{'CPU s':>9}{'KB':>8}")
        for runs in RUNS:
            with transaction.atomic():
                coordinator = fill(runs)
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
                client = Client()
                client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
                address = f"/koordination/zahlen/?von={year.first}&bis={year.last}"
                counted = figures_of(year)
                assert counted.total.registered == runs * PEOPLE, counted.total  # noqa: S101
                report(runs, "counting", lambda: figures_of(year))
                behind = address.replace("?", "termine/?") + "&zahl=persons"
                pages = {"page": address, "page, two years": f"{address}&vergleich=davor", "runs behind": behind}
                for name, one in pages.items():
                    report(runs, name, lambda: client.get(one).content)  # noqa: B023
                for name, write in [("file, xlsx", write_figures_xlsx), ("file, csv", write_figures_csv)]:
                    report(runs, name, lambda: written(write, year))  # noqa: B023
                report(runs, "paper", lambda: figures_pdf(report_of(year), "de"))
                transaction.set_rollback(True)
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def written(write: Callable[..., None], year: object) -> bytes:
    from trainings.reporting import report_of

    file = io.BytesIO()
    write(report_of(year), file)
    return file.getvalue()


def report(runs: int, name: str, work: Callable[[], object]) -> None:
    made: list[object] = []
    work()
    measured = [measure(lambda: made.append(work())) for _time in range(REPEAT)]
    wall, cpu, queries = (statistics.median(values) for values in zip(*measured, strict=True))
    size = len(made[-1]) // 1024 if isinstance(made[-1], bytes) else ""
    print(f"{runs:>6}  {name:<22}{queries:>8}{wall:>9.3f}{cpu:>9.3f}{size:>8}", flush=True)


def fill(runs: int) -> object:
    """Runs all over the year, every other with two sessions; returns a coordinator."""
    from django.utils import timezone

    from accounts.models import User
    from tests import builders
    from trainings.models import AttendanceRecord, CourseRun, Registration, RegistrationEvent, Session

    now = timezone.now()
    agencies = [builders.build_agency(f"Amt {number}", "") for number in range(30)]
    people = User.objects.bulk_create(
        User(email=f"{number}@mayen.example", last_name=str(number), agency=agencies[number % 30],
             group=["staff", "leadership", "volunteers"][number % 3], profile_completed_at=now)
        for number in range(max(PEOPLE, runs * PEOPLE // 2))
    )  # fmt: skip
    course = builders.build_course()
    start = builders.berlin(YEAR, 1, 7, 9)
    made = CourseRun.objects.bulk_create(
        CourseRun(course=course, number=f"B-{number}", capacity=PEOPLE, published_at=now)
        for number in range(runs)
    )  # fmt: skip
    sessions = Session.objects.bulk_create(
        Session(
            run=run,
            starts_at=start + dt.timedelta(days=number % 340 + meeting),
            ends_at=start + dt.timedelta(days=number % 340 + meeting, hours=7),
            teaching_minutes=360,
        )
        for number, run in enumerate(made)
        for meeting in range(1 + number % 2)
    )
    registrations = Registration.objects.bulk_create(
        Registration(run=run, person=person, agency_id=person.agency_id, status="confirmed",
                     registered_at=now, queued_at=now, status_changed_at=now)
        for number, run in enumerate(made)
        for person in (people[(number * PEOPLE + seat) % len(people)] for seat in range(PEOPLE))
    )  # fmt: skip
    RegistrationEvent.objects.bulk_create(
        RegistrationEvent(
            registration=registration, from_status=before, to_status=after, channel="web", actor=people[0]
        )
        for number, registration in enumerate(registrations)
        for before, after in (WAITED if number % 5 == 0 else AT_ONCE)
    )
    of_run: dict[int, list[Session]] = {}
    for session in sessions:
        of_run.setdefault(session.run_id, []).append(session)
    AttendanceRecord.objects.bulk_create(
        AttendanceRecord(
            registration=registration,
            session=session,
            status="absent" if number % 9 == 0 else "present",
            minutes=0 if number % 9 == 0 else 360,
            recorded_by=people[0],
        )
        for number, registration in enumerate(registrations)
        for session in of_run[registration.run_id]
    )
    return builders.build_person("koordination@kreis-myk.example", role=User.Role.COORDINATOR)


if __name__ == "__main__":
    main()
