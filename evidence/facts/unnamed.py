"""What does somebody see who gets no names? The same facts, in which nobody who took part is named."""

import re
from collections.abc import Iterable
from dataclasses import replace

from evidence.facts.nouns import CorrectionEvidence, PeriodEvidence, RunEvidence

HIDDEN = "…"
SHORTEST = 2  # letters of a name that is looked for in a text


def without_names(evidence: PeriodEvidence) -> PeriodEvidence:
    """Also in what somebody typed, where it names those who took part in the run."""
    return replace(evidence, runs=[_nameless(run) for run in evidence.runs])


def _nameless(run: RunEvidence) -> RunEvidence:
    """By agency and group, since the order by name would say something of the names."""
    people = sorted(run.participants, key=lambda one: (one.agency, one.group, one.outcome, -one.minutes))
    names = names_in((one.last_name, one.first_name) for one in run.participants)
    return replace(
        run,
        participants=[replace(one, last_name="", first_name="") for one in people],
        certificates=[replace(one, reason=hidden(names, one.reason)) for one in run.certificates],
        corrections=[nameless_correction(names, one) for one in run.corrections],
    )


def nameless_correction(names: re.Pattern[str] | None, one: CorrectionEvidence) -> CorrectionEvidence:
    return replace(
        one,
        about="",
        old=hidden(names, one.old),
        new=hidden(names, one.new),
        reason=hidden(names, one.reason),
    )


def names_in(people: Iterable[tuple[str, str]]) -> re.Pattern[str] | None:
    """However a longer one is written; one of two letters as it is, since it may be a word."""
    words = {word for names in people for name in names for word in _telling(name)}
    found = sorted((word for word in words if len(word) >= SHORTEST), key=len, reverse=True)
    either = [re.escape(word) if len(word) == SHORTEST else f"(?i:{re.escape(word)})" for word in found]
    return re.compile(rf"\b(?:{'|'.join(either)})(?:['’]?s)?\b") if found else None


def _telling(name: str) -> list[str]:
    """Without „von der“, which stands in every text."""
    words = name.split()
    return [word for word in words if not word[0].islower()] or words


def hidden(names: re.Pattern[str] | None, text: str) -> str:
    """What somebody typed may name those it is about."""
    return names.sub(HIDDEN, text) if names else text
