"""What is evidence of a grant and a period? One account of it for pages, files, dossiers and whoever checks them."""

from evidence.facts.gathering import period_evidence
from evidence.facts.nouns import PartEvidence, ParticipantEvidence, PeriodEvidence, RunEvidence
