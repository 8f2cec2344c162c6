"""What is evidence of a grant and a period? One account of it for pages, files, dossiers and whoever checks them."""

from evidence.facts.gathering import period_evidence, runs_called_off
from evidence.facts.nouns import (
    CorrectionEvidence,
    PartEvidence,
    ParticipantEvidence,
    PeriodEvidence,
    RunEvidence,
    ScanEvidence,
)
