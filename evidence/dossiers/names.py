"""What does a funder see who gets no names? The same facts, in which nobody who took part is named."""

from dataclasses import replace

from evidence.facts import PeriodEvidence, RunEvidence


def without_names(evidence: PeriodEvidence) -> PeriodEvidence:
    """Also of a period that was told before, when its evidence is over."""
    return replace(evidence, runs=[_unnamed(run) for run in evidence.runs])


def _unnamed(run: RunEvidence) -> RunEvidence:
    return replace(
        run,
        participants=[replace(one, last_name="", first_name="") for one in run.participants],
        corrections=[replace(one, about="") for one in run.corrections],
    )
