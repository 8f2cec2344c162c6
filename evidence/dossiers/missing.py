"""What was still missing when the facts of a dossier were gathered? On its cover, in its manifest, before handing in.

``completeness`` says it; here it is told by run and kind, without the names that its own page has.
"""

from collections import Counter

from evidence.completeness import completeness_of
from evidence.models import ReportingPeriod


def missing_now(period: ReportingPeriod) -> list[str]:
    """One line for each run and kind, with how often; in the active language."""
    lacks = completeness_of(period.funding, period.days).lacks
    found = Counter((lack.run.number if lack.run else "", str(lack.kind.label)) for lack in lacks)
    return [": ".join(filter(None, words)) + (f" ({number})" if number > 1 else "") for words, number in found.items()]
