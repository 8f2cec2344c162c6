"""How does typed text become HTML in a mail? As paragraphs with links; any markup in it is escaped."""

import re

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from trainings.models import German

_ADDRESS = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)])")


def as_html(text: str) -> SafeString:
    """A blank line parts paragraphs; addresses become links. Braces stay as they are, for placeholders.

    German for an English reader says so, for whatever reads it aloud.
    """
    paragraphs = [part for part in re.split(r"\n\s*\n", text.strip()) if part]
    html = mark_safe("\n".join(_paragraph(part) for part in paragraphs))  # noqa: S308  each part is escaped
    return format_html('<div lang="de">{}</div>', html) if isinstance(text, German) else html


def _paragraph(text: str) -> str:
    parts = [
        format_html('<a href="{}" style="color:inherit">{}</a>', part, part) if number % 2 else escape(part)
        for number, part in enumerate(_ADDRESS.split(text))
    ]
    lines = "".join(parts).replace("\n", "<br>\n")
    return f'<p style="margin:0 0 16px">{lines}</p>'
