"""How does the emblem of the European Union get into a mail (Regulation (EU) 2021/1060, Art. 50 and Annex IX)?

As a picture inside the mail: mail programs show it without asking, and nothing is loaded from anywhere. The files are
those of ``static/img``, drawn with two pixels for each unit because mail programs do not show SVG.
"""

from email.mime.image import MIMEImage
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import get_language

CONTENT_ID = "eu-emblem@miko-trainings"
# In CSS pixels, by language.
SIZES = {"de": (408, 96), "en": (400, 96)}


def emblem_context() -> dict[str, object]:
    """What a template needs for ``<img src="cid:…">`` in the active language."""
    width, height = SIZES[_language()]
    return {"emblem_cid": CONTENT_ID, "emblem_width": width, "emblem_height": height}


def attach_emblem(mail: EmailMultiAlternatives) -> None:
    """Put the picture of the active language beside the HTML (multipart/related, RFC 2387)."""
    language = _language()
    image = MIMEImage(picture(language), "png")
    image.add_header("Content-ID", f"<{CONTENT_ID}>")
    image.add_header("Content-Disposition", "inline", filename=f"eu-{language}.png")
    mail.mixed_subtype = "related"  # type: ignore[attr-defined]  # Django 6 ignores it and sends multipart/mixed
    mail.attach(image)


def _language() -> str:
    return "en" if (get_language() or "de").startswith("en") else "de"


@cache
def picture(language: str) -> bytes:
    """The PNG."""
    path: Path = settings.BASE_DIR / "templates" / "emails" / f"eu-kofinanziert-{language}.png"
    return path.read_bytes()
