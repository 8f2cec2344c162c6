"""How does a snapshot become a PDF? One A4 page that is PDF/UA-1 and PDF/A-3a at once.

The same snapshot gives the same bytes. What cannot be printed as it should raises NotPrintable; there is never a box
in place of a letter, nor a second page. Import this module inside functions, as ``trainings.printing``.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from certificates import wording
from certificates.models import display_code, units
from certificates.snapshot import Snapshot, filled_wording
from trainings import dates, printing, qr_codes
from trainings.printing import NotPrintable

STYLESHEET = "certificates/certificate.css"
# From roomy to dense; the first that fits is taken. Classes of certificate.css.
DENSITIES = ("roomy", "compact", "close", "dense")
DENSITIES_OF_2026_1 = ("roomy", "compact", "dense")  # of papers without a wording of their own
LONGEST_TEXT = 6000  # characters; more cannot fit and would only take time
MEETINGS_IN_LINES = 4


def pdf(snapshot: Snapshot, *, sample: bool = False) -> bytes:
    """The page as bytes; a sample is marked as such across the page. Raises NotPrintable."""
    _check_text(snapshot)
    context = {**_context(snapshot), "sample": sample}
    template = f"certificates/certificate_{context['language']}.html"
    with printing.no_warnings():
        for density in DENSITIES if "wording" in snapshot else DENSITIES_OF_2026_1:
            html = render_to_string(template, {**context, "density": density})
            document = printing.laid_out(html, stylesheet=STYLESHEET)
            if len(document.pages) == 1:
                return printing.written(document)
    raise NotPrintable(_("Der Text passt nicht auf eine Seite."))


def _check_text(snapshot: Snapshot) -> None:
    text = "".join(_strings(snapshot))
    if len(text) > LONGEST_TEXT:
        raise NotPrintable(_("Der Text passt nicht auf eine Seite."))
    if missing := printing.missing_characters(text):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:10])
        raise NotPrintable(_("Keine Schrift der Bescheinigung enthält: %(characters)s") % {"characters": named})


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _context(snapshot: Snapshot) -> dict[str, Any]:
    """What the templates print: words and numbers, ready to be read."""
    language = snapshot["language"]
    with override(language):
        qr_path, qr_size = qr_codes.as_path(snapshot["check_url"])
        return {
            **snapshot,
            "course": snapshot["course"]["text"][0],
            "course_language": snapshot["course"]["language"],
            "contents": snapshot["contents"]["text"],
            "contents_language": snapshot["contents"]["language"],
            "meetings": _meetings(snapshot),
            "number_of_meetings": len(snapshot["meetings"]),
            "words": filled_wording(snapshot),
            "units": units(snapshot["minutes_attended"]),
            "units_held": units(snapshot["minutes_held"]),
            "hours": wording.hours(snapshot["minutes_attended"], language),
            "hours_held": wording.hours(snapshot["minutes_held"], language),
            "is_partial": snapshot["minutes_attended"] < snapshot["minutes_held"],
            "issued_on": _day_of(snapshot["issued_at"], language),
            "display_code": display_code(snapshot["code"]),
            "check_page": snapshot["check_url"].removesuffix(f"{snapshot['code']}/").partition("://")[2].rstrip("/"),
            "qr_path": qr_path,
            "qr_size": qr_size,
        }


def _day_of(moment: str, language: str) -> str:
    """„23. November 2026“, as letters are dated: without the day of the week."""
    day = timezone.localdate(datetime.fromisoformat(moment))
    return dateformat.format(day, "j F Y" if language == "en" else "j. F Y")


def _meetings(snapshot: Snapshot) -> list[str]:
    """One line for each meeting; where they are many, a shorter form in one line."""
    spans = [
        (datetime.fromisoformat(meeting["starts_at"]), datetime.fromisoformat(meeting["ends_at"]))
        for meeting in snapshot["meetings"]
    ]
    if len(spans) <= MEETINGS_IN_LINES:
        return [dates.when(start, end) for start, end in spans]
    return ["; ".join(f"{dates.date_short(start)}, {dates.span(start, end)}" for start, end in spans)]
