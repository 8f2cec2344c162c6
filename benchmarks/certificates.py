"""How many certificates a second: issued, then rendered by one worker and by two?

    python -m benchmarks.certificates                 300 people of one run, on DATABASE_URL or a fresh SQLite file

The database must be empty, or have "bench" in its name: then it is emptied. Issuing is one transaction: locks,
numbers, snapshots, tasks. Rendering is PDF, hash, storing and the message to the owner, after a first one that warms
the process. Times of a certificate are CPU time, which a busy machine disturbs less.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEOPLE = 300


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}")
        prepare()
        from django.core.management import call_command
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        from accounts.models import User
        from certificates import issuing
        from certificates.models import Certificate

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        if User.objects.exists():
            if "bench" not in url.rpartition("/")[2]:
                raise SystemExit("There are people in this database. Only one with „bench“ in its name is emptied.")
            call_command("flush", "--no-input", verbosity=0)
        run, coordinator = world()
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            issued = issuing.issue(run, by=coordinator)
        seconds = time.perf_counter() - began
        print(f"database          {connection.vendor}")
        rate = len(issued) / seconds
        print(f"issued            {len(issued)} in {seconds:.2f} s, {len(queries)} queries: {rate:.0f} a second")
        keys = [certificate.pk for certificate in issued]
        report("one worker", render_in_processes([keys[: PEOPLE // 3]]))
        report("two workers", render_in_processes([keys[PEOPLE // 3 :: 2], keys[PEOPLE // 3 + 1 :: 2]]))
        sizes = [len(pdf) for pdf in Certificate.objects.rendered().values_list("pdf", flat=True)]
        print(f"bytes each        median {statistics.median(sizes):,.0f}, largest {max(sizes):,}")
        print(f"rendered          {len(sizes)} of {PEOPLE}")


def prepare() -> None:
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def world() -> tuple:
    """A run of a day and a half with four contents, two trainers and 300 people who were there."""
    from accounts.models import User
    from tests import builders
    from tests.certificates.builders import build_finished_run
    from trainings.models import AttendanceRecord, Registration

    builders.build_agency()
    coordinator = builders.build_person(role=User.Role.COORDINATOR)
    contents = "Kulturbegriff und Wahrnehmung\nStereotype und Vorurteile\nKommunikation\nUmgang mit Konflikten"
    course = builders.build_course("Interkulturelle Kompetenz für die Verwaltung", contents=contents)
    trainers = [builders.build_person(), builders.build_person()]
    run = build_finished_run(course=course, capacity=PEOPLE, days_ago=(9, 8), trainers=trainers)
    people = [builders.build_person(first_name="Zoë", last_name=f"Person{number}") for number in range(PEOPLE)]
    for person in people:
        builders.build_registration(run, person)
    AttendanceRecord.objects.bulk_create(
        AttendanceRecord(
            registration=registration, session=session, status="present", minutes=360, recorded_by=coordinator
        )
        for registration in Registration.objects.filter(run=run)
        for session in run.sessions.all()
    )
    return run, coordinator


def render_in_processes(parts: list[list[int]]) -> list[dict]:
    command = [sys.executable, "-m", "benchmarks.certificates", "--render"]
    children = [
        subprocess.Popen([*command, json.dumps(keys)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        for keys in parts
    ]
    for child in children:  # imports done and warm: begin together
        child.stdout.readline()
    for child in children:
        child.stdin.write("go\n")
        child.stdin.flush()
    return [json.loads(child.communicate()[0]) for child in children]


def render_here(keys: list[int]) -> None:
    """In a process of its own: render the certificates and print what it took."""
    prepare()
    from certificates.models import Certificate
    from certificates.rendering import render

    first, *rest = Certificate.objects.filter(pk__in=keys)
    render(first)
    print("ready", flush=True)
    sys.stdin.readline()
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    each, began = [], time.perf_counter()
    for certificate in rest:
        cpu = time.process_time()
        render(certificate)
        each.append(time.process_time() - cpu)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"each": each, "seconds": seconds, "memory": memory, "grown": memory - memory_before}))


def report(name: str, results: list[dict]) -> None:
    each = [cpu for result in results for cpu in result["each"]]
    seconds = max(result["seconds"] for result in results)
    memory, grown = max(result["memory"] for result in results), max(result["grown"] for result in results)
    print(
        f"{name:<18}{len(each)} in {seconds:.1f} s: {len(each) / seconds:.1f} a second, "
        f"{statistics.median(each) * 1000:.0f} ms CPU each, {memory // 1024} MB (grown by {grown // 1024} MB)"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--render"]:
        render_here(json.loads(sys.argv[2]))
    else:
        main()
