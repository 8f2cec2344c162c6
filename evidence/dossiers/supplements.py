"""What is in a supplement? What has changed since the dossier that was handed in, told and as files; nothing else."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.tables import Cell, Worksheet
from evidence.dossiers import cover, papers, tables
from evidence.dossiers.differences import DifferenceSince, differences, history_between
from evidence.dossiers.parts import PackedPart, table
from evidence.facts import evidence_from
from evidence.models import Dossier, DossierFile


@dataclass(frozen=True)
class ChangedFiles:
    """``known``: the SHA-256 of each file that was handed in, by its path; None where everything is new."""

    known: dict[str, str] | None

    def of(self, files: Iterable[DossierFile]) -> Iterator[DossierFile]:
        """Of a table the CSV decides, for a workbook says when it was written."""
        if self.known is None:
            yield from files
            return
        files = list(files)
        changed = {_stem(file.path) for file in files if file.path.endswith(".csv") and self._is_new(file)}
        yield from (file for file in files if self._is_chosen(file, changed))

    def _is_chosen(self, file: DossierFile, changed: set[str]) -> bool:
        if file.path.endswith((".csv", ".xlsx")):
            return _stem(file.path) in changed
        return file.sha256 not in (self.known or {}).values()

    def _is_new(self, file: DossierFile) -> bool:
        return (self.known or {}).get(file.path) != file.sha256


def changed_since(dossier: Dossier) -> ChangedFiles:
    if dossier.supplements_id is None:
        return ChangedFiles(None)
    handed_in = DossierFile.objects.filter(dossier=dossier.supplements_id)
    return ChangedFiles(dict(handed_in.values_list("path", "sha256")))


def papers_of(about: cover.About) -> Iterator[PackedPart]:
    """The cover; of a supplement with the differences, and these as tables. Raises NotPrintable."""
    before = about.dossier.supplements
    if before is None:
        yield cover.cover(about)
        return
    frozen = evidence_from(before.facts or {})
    found = list(differences(frozen, about.evidence))
    history = history_between(frozen, about.evidence)
    context = about.context() | {"differences": found, "history": history, "before": before}
    name = _("Nachtrag")
    yield PackedPart(f"00 {name}.pdf", papers.paper("supplement", context, about.evidence, about.dossier.language))
    rows: list[list[Cell]] = [[one.run or _("Zeitraum"), one.about, one.what, one.old, one.new] for one in found]
    said: list[list[Cell]] = [
        [tables.in_berlin(one.at), one.run, one.by, one.about, one.label, one.old, one.new, one.reason]
        for one in history
    ]
    yield from table(
        f"00 {_('Seit der Abgabe geändert')}",
        [
            Worksheet(_("Was anders ist"), DifferenceSince.headings(), rows, [12, 40, 40, 40, 40]),
            Worksheet(_("Wer, wann, warum"), history_headings(), said, [20, 12, 30, 30, 30, 40, 40, 40]),
        ],
    )


def history_headings() -> list[str]:
    return [
        _("Wann"), DifferenceSince.headings()[0], _("Wer"), _("Betrifft"), _("Was"), _("Vorher"), _("Nachher"),
        _("Grund"),
    ]  # fmt: skip


def _stem(path: str) -> str:
    return path.rpartition(".")[0]
