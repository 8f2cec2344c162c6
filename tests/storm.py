"""Many people register at once, from several processes: used by the concurrency test and by the benchmark.

``python -m tests.storm RUN_PK PERSON_PK…`` registers each person in turn in the database of ``DATABASE_URL`` and prints
one JSON line: outcomes by status, errors, and the seconds each registration took. It waits for a line on standard
input first, so that all processes begin together.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence


def storm(database_url: str, run_pk: int, person_pks: Sequence[int], processes: int) -> dict[str, object]:
    """Let ``processes`` processes register the people; returns outcomes, errors, seconds in all and each."""
    environment = {**os.environ, "DATABASE_URL": database_url, "LOG_LEVEL": "ERROR"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.storm", str(run_pk), *map(str, person_pks[index::processes])],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    results = [json.loads(process.communicate(timeout=120)[0]) for process in started]
    seconds = time.perf_counter() - begin
    outcomes: Counter[str] = Counter()
    for result in results:
        outcomes.update(result["outcomes"])
    return {
        "outcomes": dict(outcomes),
        "errors": [error for result in results for error in result["errors"]],
        "seconds": seconds,
        "each": sorted(second for result in results for second in result["each"]),
    }


def main(run_pk: int, person_pks: Sequence[int]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django  # noqa: PLC0415  settings first

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from trainings import booking  # noqa: PLC0415
    from trainings.models import CourseRun  # noqa: PLC0415

    connection.ensure_connection()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    run = CourseRun.objects.get(pk=run_pk)
    outcomes: Counter[str] = Counter()
    errors, each = [], []
    for person in User.objects.filter(pk__in=person_pks):
        begin = time.perf_counter()
        try:
            outcomes[booking.register(run, person, by=person).status] += 1
        except Exception as error:  # every error is a result here
            errors.append(f"{type(error).__name__}: {error}")
        each.append(time.perf_counter() - begin)
    print(json.dumps({"outcomes": outcomes, "errors": errors, "each": each}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(argument) for argument in sys.argv[2:]])
