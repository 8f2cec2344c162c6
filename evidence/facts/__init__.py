"""What is evidence of a grant and a period? One account of it for pages, files, dossiers and whoever checks them."""

from evidence.facts.corrections import changes_since
from evidence.facts.gathering import period_evidence, runs_called_off
from evidence.facts.nouns import (
    CalledOffEvidence,
    CertificateEvidence,
    Numbers,
    PartEvidence,
    ParticipantEvidence,
    PeriodEvidence,
    RunEvidence,
    ScanEvidence,
    as_json,
)
from evidence.facts.reading import evidence_from
from evidence.facts.unnamed import without_names
