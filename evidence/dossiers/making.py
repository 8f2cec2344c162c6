"""How is a dossier made? In the background, by whichever worker has its lease, a run at a time.

First its facts, at one moment and once; then the folders of its runs, each in a transaction that moves ``runs_done``;
last everything else. A worker that is killed leaves whole folders, and the next one goes on behind them. Nothing is
offered before ``made_at``.
"""

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from certificates.models import Certificate
from evidence import indicators, periods
from evidence.dossiers import archive, cover, publicity, supplements, tables
from evidence.dossiers.missing import missing_now
from evidence.dossiers.parts import PackedPart, content_of, row_of
from evidence.dossiers.run_folders import checksums_of, files_of_run
from evidence.facts import PeriodEvidence, as_json, evidence_from, period_evidence, without_names
from evidence.models import Dossier, DossierFile
from trainings import printing
from trainings.acts import automatic
from trainings.queues import Backlog

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
TRIES = 5


class _Lost(Exception):
    """Another worker has it, or this one is to end."""


def make_due(go_on: Callable[[], bool] = lambda: True) -> int:
    """Make what is due, the oldest first, while ``go_on`` says so; returns how many were tried."""
    tried = 0
    while go_on() and (key := Dossier.objects.due().order_by("pk").values_list("pk", flat=True).first()):
        make(key, go_on)
        tried += 1
    return tried


def backlog(at: dt.datetime) -> Backlog:
    found = Dossier.objects.unfinished().aggregate(number=Count("pk"), since=Min("asked_at"))
    text = ngettext(
        "%(number)d Dossier wurde nicht erstellt.", "%(number)d Dossiers wurden nicht erstellt.", found["number"]
    )
    return Backlog(found["number"], found["since"], text % {"number": found["number"]})


def make(key: int, go_on: Callable[[], bool] = lambda: True) -> None:
    """Go on with one where it was left; leave it where ``go_on`` says so, or where another worker has it."""
    if not Dossier.objects.due().lease(key, LEASE):
        return
    dossier = Dossier.objects.select_related("period__funding", "asked_by", "supplements").get(pk=key)
    with override(dossier.language):
        if dossier.attempts > TRIES:
            _note_failure(dossier, _("Das Erstellen brach wiederholt ab."))
        elif missing := printing.missing_packages():
            logger.error("A dossier cannot be made: %s is missing. %s", ", ".join(missing), printing.INSTALL_PANGO)
            _note_failure(dossier, no_press())
        else:
            _make(_Work(dossier, go_on))


def no_press() -> str:
    return _("Auf diesem Server lassen sich keine PDF-Dateien erstellen: %(install)s") % {
        "install": printing.INSTALL_PANGO
    }


def _make(work: "_Work") -> None:
    from trainings.printing.pdf import NotPrintable  # noqa: PLC0415  needs Pango, which is there

    try:
        work.gather()
        work.folders()
        work.everything_else()
    except _Lost:
        work.let_go()
    except archive.TooLarge:
        text = _("Die Dateien sind zusammen größer als 4 GB. Bitte teilen Sie den Zeitraum.")
        _note_failure(work.dossier, text)
    except NotPrintable as error:
        logger.warning("Dossier %s cannot be printed: %s", work.dossier.pk, error)
        _note_failure(work.dossier, str(error))


def _note_failure(dossier: Dossier, why: str) -> None:
    """Whatever there is of it goes: it cannot be taken out."""
    with transaction.atomic():
        if Dossier.objects.unfinished().filter(pk=dossier.pk).update(failure=why[:500], leased_until=None):
            DossierFile.objects.filter(dossier=dossier).delete()


class _Work:
    def __init__(self, dossier: Dossier, go_on: Callable[[], bool]) -> None:
        self.dossier, self.go_on = dossier, go_on

    @property
    def evidence(self) -> PeriodEvidence:
        return self._evidence

    def gather(self) -> None:
        """Once; who goes on has the same."""
        dossier = self.dossier
        if dossier.facts is None:
            with _one_moment():
                evidence = period_evidence(dossier.period.funding, dossier.period.days)
                lacks = missing_now(dossier.period)
                reached = indicators.reached_at(dossier.period, evidence.at)
            facts = as_json(evidence if evidence.grant.names_in_reports else without_names(evidence))
            facts["indicators"] = reached
            self._save(facts=facts, facts_sha256=cover.sha256_of(facts), lacks=lacks, runs_total=len(evidence.runs))
        self._evidence = evidence_from(dossier.facts or {})

    def folders(self) -> None:
        named = self.evidence.grant.names_in_reports
        choose, folders = supplements.changed_since(self.dossier), tables.folders_of(self.evidence)
        for number, run in enumerate(self.evidence.runs):
            if number < self.dossier.runs_done:
                continue
            self._keep_on()
            files = list(choose.of(files_of_run(run, folders[run.pk], named=named)))
            files += [checksums_of(run, folders[run.pk], files)] if files else []
            with transaction.atomic():
                self._store(files)
                self._save(runs_done=number + 1, attempts=0)

    def everything_else(self) -> None:
        """Its papers first, which take long and may fail; what was left of an earlier try is written anew."""
        dossier, evidence = self.dossier, self.evidence
        self._keep_on()
        rows = DossierFile.objects.filter(dossier=dossier)
        of_runs = rows.filter(path__startswith=f"{tables.runs_folder()}/")
        files = list(self._others())
        about = cover.About(dossier, evidence, [*of_runs.without_bytes(), *files])
        self._keep_on()
        files += [row_of(part) for part in (*supplements.papers_of(about), cover.readme(about))]
        listed = cover.About(dossier, evidence, [*of_runs.without_bytes(), *files])
        files.append(row_of(cover.manifest(listed)))
        with transaction.atomic():
            self._keep_on()
            rows.exclude(pk__in=of_runs.values("pk")).delete()
            self._store(files)
        size, sha256 = self._sealed()
        with transaction.atomic():
            self._save(made_at=timezone.now(), size=size, sha256=sha256)
            act = automatic(timezone.now())
            what = periods.What.SUPPLEMENTED if dossier.supplements_id else periods.What.DOSSIER_MADE
            periods.note(dossier.period, act, what, about=dossier.title)
            Dossier.objects.filter(pk=dossier.pk).update(leased_until=None)

    def _others(self) -> Iterator[DossierFile]:
        dossier, evidence = self.dossier, self.evidence
        copies = _copies(evidence) if dossier.with_copies else {}
        parts = [
            *tables.summary(evidence),
            *tables.run_list(evidence),
            *tables.called_off(evidence),
            *tables.certificates(evidence, copies),
            *(PackedPart(path, certificate=key) for key, path in copies.items()),
        ]
        choose = supplements.changed_since(dossier)
        yield from choose.of(row_of(part) for part in parts)
        if not dossier.supplements_id:
            yield from (row_of(part) for part in publicity.publicity(evidence, dossier.language, evidence.at))

    def _sealed(self) -> tuple[int, str]:
        """Size and SHA-256 of the archive, a file at a time."""
        entries = entries_of(self.dossier)
        digest = hashlib.sha256()
        for piece in archive.written(entries):
            digest.update(piece)
            self._keep_on()
        return archive.length(entries), digest.hexdigest()

    def _store(self, files: Iterable[DossierFile]) -> None:
        for file in files:
            file.dossier = self.dossier
            file.save()

    def _keep_on(self) -> None:
        """Hold the lease; raises _Lost where another worker took it, or this one is to end."""
        if not self.go_on():
            raise _Lost
        if self.dossier.leased_until and self.dossier.leased_until - timezone.now() < LEASE / 2:
            self._save(leased_until=timezone.now() + LEASE)

    def _save(self, **values: object) -> None:
        """As long as the lease is ours."""
        mine = Dossier.objects.unfinished().filter(pk=self.dossier.pk, leased_until=self.dossier.leased_until)
        if not mine.update(**values):
            raise _Lost
        self.dossier.refresh_from_db(fields=list(values))

    def let_go(self) -> None:
        """For whoever comes next, at once; this was no failure."""
        mine = Dossier.objects.unfinished().filter(pk=self.dossier.pk, leased_until=self.dossier.leased_until)
        mine.update(leased_until=None, attempts=0)


def entries_of(dossier: Dossier) -> list[archive.ZipEntry]:
    """What its archive is made of; bytes are read when their turn comes."""
    files = DossierFile.objects.filter(dossier=dossier).without_bytes()
    return [archive.ZipEntry(file.path, file.size, file.crc32, _reader(file)) for file in files]


def _reader(file: DossierFile) -> Callable[[], bytes]:
    return lambda: content_of(file)


def _copies(evidence: PeriodEvidence) -> dict[int, str]:
    """By certificate the path of its copy; not of one that is not kept, nor of somebody whom no report names."""
    folder = _("Teilnahmebescheinigungen")
    unnamed = {
        one.registration for run in evidence.runs for one in run.participants if not one.last_name + one.first_name
    }
    told = {
        one.pk: f"{folder}/{one.number}.pdf"
        for run in evidence.runs
        for one in run.certificates
        if one.registration not in unnamed
    }
    kept = Certificate.objects.with_file().filter(pk__in=told).values_list("pk", flat=True)
    return {key: told[key] for key in sorted(kept)}


@contextmanager
def _one_moment() -> Iterator[None]:
    """All queries see the database as it is now, whatever others change meanwhile."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
