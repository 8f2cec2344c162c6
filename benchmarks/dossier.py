"""How long does the dossier of a large period take, and how much memory: making it, taking it out, what has changed?

    python -m benchmarks.dossier            267 runs of 15 people (4,005 participations), on a fresh SQLite file
    DATABASE_URL=postgres://… python -m benchmarks.dossier

The world is that of ``benchmarks.figures``, paid by one grant, each session signed for on two pages of 300 kB. The aim
is a minute and 300 MB for making it, and memory that does not grow with its size for taking it out.
"""

import datetime as dt
import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable

from benchmarks import size
from benchmarks._databases import prepare
from benchmarks.figures import YEAR, fill

RUNS = size(267, 2)
PAGE = size(300_000, 300)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        from django.db import transaction

        from evidence import dossiers
        from trainings import printing
        from trainings.acts import Act

        if missing := printing.missing_packages():
            print(f"nothing to measure: {', '.join(missing)} is missing")
            return
        with transaction.atomic():
            act = Act(fill(RUNS), reason="benchmark")  # type: ignore[arg-type]
            period = grant_and_scans()
            dossier = dossiers.ask_for(period, act)
            report("making", dossiers.make_due)
            dossier.refresh_from_db()
            assert dossier.is_made, dossier.failure  # noqa: S101
            files = dossier.files.count()
            print(f"{dossier.runs_total} runs, {files} files, {(dossier.size or 0) // 1_000_000} MB")
            report("taking it out", lambda: digest(dossiers.take_out(dossier, act)))
            report("what has changed", lambda: dossiers.differences_from(dossier))
            transaction.set_rollback(True)


def report(what: str, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what:<18}{wall:>8.1f} s wall{cpu:>8.1f} s CPU, peak memory so far {peak} MB", flush=True)


def digest(pieces: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def grant_and_scans():  # type: ignore[no-untyped-def]
    """The period of the year, of a grant that paid everything."""
    from evidence.models import ReportingPeriod
    from tests import builders
    from trainings.models import CourseRun, Session, SheetScan

    grant = builders.build_funding(names_in_reports=True)
    CourseRun.objects.update(funding=grant)
    somebody = builders.build_person()
    for session in Session.objects.all():
        for page in (1, 2):
            content = os.urandom(PAGE)
            SheetScan.objects.create(
                session=session, content=content, content_type="application/pdf", size=len(content), page=page,
                sha256=hashlib.sha256(content).hexdigest(), original_at="Ordner", uploaded_by=somebody,
            )  # fmt: skip
    days = {"first_on": dt.date(YEAR, 1, 1), "last_on": dt.date(YEAR, 12, 31)}
    return ReportingPeriod.objects.create(funding=grant, **days)


if __name__ == "__main__":
    main()
