"""What does a report say on paper? The charts, tables and definitions of the page, and the grant that pays."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.translation import override

from trainings.reporting.definitions import ATTRIBUTIONS, OF_A_RUN
from trainings.reporting.figures import CountedPart
from trainings.reporting.periods import Period
from trainings.reporting.reports import Report
from trainings.reporting.sections import columns, sections_of

STYLESHEET = "trainings/reporting/figures_pdf.css"
# A table of more runs is left to the files: hundreds of pages would serve nobody, and take minutes.
MOST_RUNS = 200
NO_SUCH_LETTER = "\N{REPLACEMENT CHARACTER}"


def figures_pdf(report: Report, language: str) -> bytes:
    """A4 across, PDF/UA-1 and PDF/A-3a, in the language that ``report`` was made in.

    Raises NotPrintable of ``trainings.printing``, which it needs.
    """
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf as printing  # noqa: PLC0415

    context = _context(report, language)
    html: str
    with override(language):
        html = render_to_string("trainings/reporting/figures_pdf.html", context)
        if missing := printing.missing_characters("".join(strip_tags(html).split())):
            context["has_missing_letters"] = True
            html = render_to_string("trainings/reporting/figures_pdf.html", context)
            html = html.translate({ord(char): NO_SUCH_LETTER for char in missing})
    with printing.no_warnings():
        return printing.written(printing.laid_out(html, stylesheet=STYLESHEET))


def _context(report: Report, language: str) -> dict[str, Any]:
    return {
        "report": report,
        "figures": report.figures,
        "compared": report.compared,
        "sections": sections_of(report, _no_address),
        "columns_of_run": columns(OF_A_RUN),
        "shows_runs": len(report.figures.runs) <= MOST_RUNS,
        "attributions": ATTRIBUTIONS,
        "language": language,
        "issuer": settings.OPERATOR_NAME,
        "unit": settings.OPERATOR_UNIT,
        "has_missing_letters": False,
    }


def _no_address(period: Period, part: CountedPart | None, name: str) -> str:
    return ""
