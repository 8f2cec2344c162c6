"""What does a certificate say, and how does it become a PDF?"""

from certificates.paper.content import twin_html
from certificates.paper.press import receive, send
from certificates.paper.preview import INVENTED_FACTS, LONGEST, invented_snapshot, problem_of_sample, sample_pdf
from certificates.paper.rendering import backlog, render, render_due
from certificates.paper.snapshot import FundingFacts, Snapshot, snapshot_facts, take_snapshot
from certificates.paper.wording import (
    DEFAULT_WORDING,
    PLACEHOLDERS,
    WordingText,
    current_wording,
    problems_of_signatories,
    problems_of_text,
    save_wording,
    text_of,
    unprintable,
    wording_languages,
    words_in_use,
)
