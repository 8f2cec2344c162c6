"""What stands on the cover, in the manifest and in the file that an auditor reads first?"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.dossiers import papers, tables
from evidence.dossiers.parts import PackedPart
from evidence.facts import PeriodEvidence
from evidence.models import Dossier, DossierFile
from trainings.reporting import DEFINITIONS, OF_EVERYTHING, Period

VERSION = 1  # of the manifest; raised when what stands there changes its meaning
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class About:
    """What all three say of the dossier."""

    dossier: Dossier
    evidence: PeriodEvidence
    files: Sequence[DossierFile]

    @property
    def missing(self) -> list[str]:
        return list(self.dossier.lacks)

    @property
    def unsound(self) -> list[DossierFile]:
        return [file for file in self.files if not file.is_sound]

    def context(self) -> dict[str, Any]:
        evidence = self.evidence
        return {
            "dossier": self.dossier,
            "title": self.dossier.title,
            "asked_by": str(self.dossier.asked_by),
            "grant": evidence.grant,
            "evidence": evidence,
            "days": str(Period(evidence.first_on, evidence.last_on)),
            "numbers": [(DEFINITIONS[name], evidence.numbers.get(name)) for name in OF_EVERYTHING],
            "missing": self.missing,
            "unsound": self.unsound,
            "folders": folders(self.files),
            "runs_folder": tables.runs_folder(),
            "scans": sum(file.scan_id is not None or not file.is_sound for file in self.files),
            "check_page": check_page(),
            "manifest": MANIFEST,
            "operator": settings.OPERATOR_NAME,
            "unit": settings.OPERATOR_UNIT,
        }


def check_page() -> str:
    """As people type it."""
    return f"{settings.PUBLIC_URL}{reverse('evidence:check_dossier')}".partition("://")[2].rstrip("/")


def folders(files: Iterable[DossierFile]) -> list[tuple[str, str]]:
    """What is on the first level, with what it holds; in the order in which it is read."""
    said = {
        f"01 {_('Zusammenfassung')}": _("die Zahlen des Zeitraums, je Behörde und je Gruppe, mit ihren Definitionen"),
        f"02 {_('Termine')}": _("jeder Termin mit Tag, Ort, Kursleitung, Umfang und seinen Zahlen"),
        f"03 {_('Abgesagte Termine')}": _("was nicht stattfand, wann es abgesagt wurde und warum"),
        f"04 {_('Teilnahmebescheinigungen')}": _("Nummern, Tage und Zustand der ausgestellten Bescheinigungen"),
        tables.runs_folder(): _("je Termin die unterschriebenen Listen, die Teilnehmenden und spätere Änderungen"),
        _("Teilnahmebescheinigungen"): _("Kopien der Bescheinigungen"),
        _("Öffentlichkeit"): _("gedrucktes Programm, Website und Muster der E-Mails mit dem Hinweis auf die Förderung"),
    }
    there = {file.path.partition("/")[0].removesuffix(".xlsx").removesuffix(".csv") for file in files}
    return [(name, text) for name, text in said.items() if name in there]


def cover(about: About) -> PackedPart:
    context = about.context()
    return PackedPart(
        f"00 {_('Deckblatt')}.pdf", papers.paper("cover", context, about.evidence, about.dossier.language)
    )


def readme(about: About) -> PackedPart:
    text = render_to_string("evidence/dossiers/readme.txt", about.context())
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return PackedPart(f"{_('LIES MICH')}.txt", ("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))


def manifest(about: About) -> PackedPart:
    """Everything but itself: by its SHA-256 the server knows it."""
    dossier, evidence = about.dossier, about.evidence
    said = {
        "format": "miko-trainings dossier",
        "version": VERSION,
        "dossier": dossier.number,
        "supplements": dossier.supplements.number if dossier.supplements else None,
        "grant_number": evidence.grant.grant_number,
        "project": evidence.grant.project_title,
        "beneficiary": evidence.grant.beneficiary,
        "first_day": evidence.first_on.isoformat(),
        "last_day": evidence.last_on.isoformat(),
        "language": dossier.language,
        "asked_by": str(dossier.asked_by),
        "facts": {"at": evidence.at.astimezone(dt.UTC).isoformat(), "sha256": dossier.facts_sha256},
        "missing": about.missing,
        "files": [_entry(file) for file in sorted(about.files, key=lambda file: file.path.encode())],
    }
    return PackedPart(MANIFEST, (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode())


def _entry(file: DossierFile) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": file.path, "size": file.size, "sha256": file.sha256}
    return entry if file.is_sound else {**entry, "state": _("stimmt nicht"), "filed_sha256": file.expected_sha256}


def sha256_of(facts: Any) -> str:
    """Of facts as JSON, whatever order a database gives their names."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
