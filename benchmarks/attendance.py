"""How quick is the list of a full hall on the trainer's phone: the page, one tap, everybody at once?

    python -m benchmarks.attendance

120 people, on DATABASE_URL or on a fresh SQLite file, in-process on a warm process. The database must be
empty, or have "bench" in its name: then it is emptied.
"""

import datetime as dt
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable

from benchmarks import size
from benchmarks._databases import prepare_to_empty

PEOPLE, ROUNDS = size(120, 3), size(15, 2)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare_to_empty(folder)
        measure()


def measure() -> None:
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from tests.builders import build_person, build_registration, build_run, only_session
    from trainings import attendance
    from trainings.acts import Act
    from trainings.attendance import Mark

    settings.ALLOWED_HOSTS = ["testserver"]
    trainer = build_person()
    run = build_run(capacity=PEOPLE, trainers=[trainer], starts_at=timezone.now() - dt.timedelta(hours=1))
    people = [build_registration(run).pk for _ in range(PEOPLE)]
    session = only_session(run)
    client = Client()
    client.force_login(trainer, backend="allauth.account.auth_backends.AuthenticationBackend")
    path = f"/leitung/sitzungen/{session.pk}/"
    pks = iter(people * ROUNDS)

    def tap(status: str) -> None:
        now = timezone.now()
        attendance.tap(session, next(pks), Mark(status), Act(trainer), key=uuid.uuid4(), said_at=now)

    assert client.get(path).status_code == 200  # noqa: S101
    report("the page", lambda: client.get(path))
    report("a tap, first of a person", lambda: tap("present"))
    report("everybody else present", lambda: attendance.record(session, {}, Act(trainer), others=Mark("present")), 1)
    report("the page, everybody recorded", lambda: client.get(path))


def report(what: str, act: Callable[[], object], rounds: int = ROUNDS) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    each = []
    with CaptureQueriesContext(connection) as captured:
        begin = time.perf_counter()
        act()
        each.append(time.perf_counter() - begin)
        queries = len(captured)  # before the context closes: it asks the connection, which a request may have renewed
    for _round in range(rounds - 1):
        begin = time.perf_counter()
        act()
        each.append(time.perf_counter() - begin)
    print(f"{what:32} {statistics.median(each) * 1000:6.0f} ms, {queries} queries")


if __name__ == "__main__":
    main()
