"""How does a snapshot become a PDF? One A4 page that is PDF/UA-1 and PDF/A-3a at once.

The same snapshot gives the same bytes. What cannot be printed as it should raises NotPrintable; there is never a box
in place of a letter, nor a second page. Import this module inside functions, as ``trainings.printing``.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from weasyprint import Attachment
from weasyprint.urls import URLFetcher

from certificates import proof
from certificates.paper import content
from certificates.paper.snapshot import Snapshot
from trainings.printing import pdf as printing
from trainings.printing.pdf import NotPrintable

STYLESHEET = "certificates/paper/certificate.css"
# From roomy to dense; the first that fits is taken. Classes of certificate.css.
DENSITIES = ("roomy", "compact", "close", "dense")
DENSITIES_OF_2026_1 = ("roomy", "compact", "dense")  # of papers without a wording of their own
LONGEST_TEXT = 6000  # characters; more cannot fit and would only take time


def pdf(snapshot: Snapshot, *, badge: str = "", sample: bool = False) -> bytes:
    """The page as bytes, with the badge (a JWT) attached, and room for a seal if it says so; a sample is marked.

    Raises NotPrintable.
    """
    _check_text(snapshot)
    context = {**content.of(snapshot), "frame": content.frame(snapshot), "sample": sample}
    template = content.template(snapshot)
    with printing.no_warnings():
        for density in DENSITIES if "wording" in snapshot else DENSITIES_OF_2026_1:
            html = render_to_string(template, {**context, "density": density})
            document = printing.laid_out(html, stylesheet=STYLESHEET)
            if len(document.pages) == 1:
                if badge:
                    document.metadata.attachments.append(_attached(badge, snapshot))
                return printing.written(document, proof.add_signature_field if snapshot.get("sealed") else None)
    raise NotPrintable(_("Der Text passt nicht auf eine Seite."))


def _check_text(snapshot: Snapshot) -> None:
    text = "".join(_strings(snapshot))
    if len(text) > LONGEST_TEXT:
        raise NotPrintable(_("Der Text passt nicht auf eine Seite."))
    if missing := printing.missing_characters(text):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:10])
        raise NotPrintable(_("Keine Schrift der Bescheinigung enthält: %(characters)s") % {"characters": named})


def _attached(badge: str, snapshot: Snapshot) -> Attachment:
    """The badge as an associated file (ISO 19005-3, 6.8), dated as the paper, so that the bytes stay the same."""
    issued_at = datetime.fromisoformat(snapshot["issued_at"]).astimezone(UTC)
    return Attachment(
        url=f"data:{proof.BADGE_CONTENT_TYPE},{badge}",  # letters, digits, "-", "_" and "."
        url_fetcher=URLFetcher(allowed_protocols={"data"}),
        name=proof.BADGE_FILE_NAME,
        description="Open Badge 3.0",
        created=issued_at,
        modified=issued_at,
        relationship="Supplement",
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
