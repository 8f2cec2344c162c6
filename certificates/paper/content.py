"""What do paper and page say of a snapshot? The same: the templates certificate_de.html and certificate_en.html.

They extend the template named ``frame``, which draws the words as a page of A4 or as a part of a page of the site.
"""

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString
from django.utils.translation import override

from certificates.models import display_code, units
from certificates.paper import wording
from certificates.paper.snapshot import Snapshot, filled_wording, is_drawn_since
from trainings import dates, printing

MEETINGS_IN_LINES = 4


FRAME, FRAME_UNTIL_2026_3 = "certificates/paper/certificate.html", "certificates/paper/certificate_2026_3.html"


def frame(snapshot: Snapshot) -> str:
    """What draws the words as a page of A4; papers issued before are drawn as they were."""
    return FRAME if is_drawn_since(snapshot, "2026-4") else FRAME_UNTIL_2026_3


def template(snapshot: Snapshot) -> str:
    return f"certificates/paper/certificate_{snapshot['language']}.html"


def twin_html(snapshot: Snapshot) -> SafeString:
    """What the paper says, as a part of a page."""
    return render_to_string(template(snapshot), {**of(snapshot), "frame": "certificates/paper/_twin.html"})


def of(snapshot: Snapshot) -> dict[str, Any]:
    """Words and numbers, ready to be read."""
    language = snapshot["language"]
    with override(language):
        mask = printing.FIXED_MASK if is_drawn_since(snapshot, "2026-4") else None
        qr_path, qr_size = printing.qr_path(snapshot["check_url"], mask=mask)
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
            "hours": wording.hours_in_words(snapshot["minutes_attended"], language),
            "hours_held": wording.hours_in_words(snapshot["minutes_held"], language),
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
