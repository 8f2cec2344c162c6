"""What is in the folder of one run? The signed lists as they were filed, who came, what was corrected."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from evidence.dossiers import tables
from evidence.dossiers.parts import PackedPart, free_path, row_of
from evidence.facts import RunEvidence, ScanEvidence
from evidence.models import DossierFile

_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def files_of_run(run: RunEvidence, folder: str, *, named: bool) -> Iterator[DossierFile]:
    """Not saved yet, one at a time."""
    return (row_of(part) for part in _parts(run, folder, named=named))


def checksums_of(run: RunEvidence, folder: str, files: Sequence[DossierFile]) -> DossierFile:
    """The list of what of them is in the folder."""
    return row_of(PackedPart(f"{folder}/{_('Prüfsummen')}.txt", _checksums(files, run)))


def _parts(run: RunEvidence, folder: str, *, named: bool) -> Iterator[PackedPart]:
    paths: dict[int, str] = {}
    for of_list in run.lists:
        for scan in of_list.scans:
            if scan.pk not in paths and scan.original_at:
                session = of_list.session
                name = _("Unterschriebene Liste %(day)s %(time)s, Seite %(page)d") % {
                    "day": session.day.isoformat(), "time": session.starts.replace(":", "."), "page": scan.page,
                }  # fmt: skip
                path = f"{folder}/{name}.{_ENDINGS.get(scan.content_type, 'bin')}"
                paths[scan.pk] = free_path(path, paths.values())
                yield PackedPart(paths[scan.pk], scan=scan.pk)
    yield from tables.participants(run, folder, named=named)
    yield from tables.corrections(run, folder)


def _checksums(files: Sequence[DossierFile], run: RunEvidence) -> bytes:
    """As „sha256sum -c“ reads it."""
    lines = [f"# {run.number} {run.course}"]
    for file in files:
        lines.append(f"{file.sha256}  {file.path.rpartition('/')[2]}")
        if not file.is_sound:
            lines.append("# " + differs(file))
    gone = {scan.sha256: scan for of_list in run.lists for scan in of_list.scans if not scan.original_at}
    lines += ["# " + _no_longer_kept(scan) for scan in gone.values()]
    return ("\n".join(lines) + "\n").encode()


def differs(file: DossierFile) -> str:
    text = _("STIMMT NICHT: „%(name)s“ ist nicht die Datei, die abgelegt wurde. Abgelegt wurde SHA-256 %(sha256)s.")
    return text % {"name": file.path.rpartition("/")[2], "sha256": file.expected_sha256}


def _no_longer_kept(scan: ScanEvidence) -> str:
    text = _("Nicht mehr aufbewahrt: die Datei mit SHA-256 %(sha256)s.")
    return text % {"sha256": scan.sha256}
