"""How do pages of a dossier become PDF? PDF/UA-1 and PDF/A-3a, with the statement of the grant on each cover."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from evidence.facts import PeriodEvidence
from trainings.catalogue import CatalogueFilter

STYLESHEET = "evidence/dossiers/paper.css"
STATEMENTS = {"de": "Kofinanziert von der Europäischen Union", "en": "Co-funded by the European Union"}
NO_SUCH_LETTER = "\N{REPLACEMENT CHARACTER}"
RUNS_OF_A_COURSE = 50


def paper(template: str, context: Mapping[str, Any], evidence: PeriodEvidence, language: str) -> bytes:
    """In the active language. Raises NotPrintable of ``trainings.printing``, which it needs."""
    # Needs the native library Pango, which a machine may lack (trainings/printing/pango.py), and takes half a second.
    from trainings.printing import pdf as printing  # noqa: PLC0415

    said = {
        "grant": evidence.grant,
        "language": language,
        "statement": STATEMENTS[language],
        "emblem": f"static:img/eu-kofinanziert-{language}.svg",
        "issuer": settings.OPERATOR_NAME,
        "unit": settings.OPERATOR_UNIT,
        "site_name": settings.SITE_NAME,
    }
    html = render_to_string(f"evidence/dossiers/{template}.html", said | dict(context))
    missing = printing.missing_characters("".join(strip_tags(html).split()))
    with printing.no_warnings():
        printable = html.translate({ord(char): NO_SUCH_LETTER for char in missing})
        return printing.written(printing.laid_out(printable, stylesheet=STYLESHEET))


def catalogue(evidence: PeriodEvidence, language: str, at: dt.datetime) -> bytes:
    """What the public sees of courses and runs at that moment, as the first page of the site lists it."""
    listed = CatalogueFilter({}, at=at)
    courses = listed.courses_by_next_run
    prefetch_related_objects(courses, "target_group_rows")
    runs = [(course, listed.to_come.get(course.pk, [])[:RUNS_OF_A_COURSE]) for course in courses]
    context = {"courses": runs, "at": at}
    return paper("catalogue", context, evidence, language)
