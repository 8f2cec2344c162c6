"""With which words does a legal page say it? Those that coordinators have written, else those to begin with.

Each saving is a new version; an empty text means the one to begin with, which is a file in ``texts``. German is what
holds: where a language has no words of its own and German has, these are shown, marked as German.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import models

from trainings import mail_texts, versions
from trainings.acts import Act
from trainings.legal_pages import prose
from trainings.legal_pages.facts import PLACEHOLDERS
from trainings.models import PageText

_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class PageStanding:
    """How it stands with one page in one language. ``text`` is what the public sees, in whatever language that is."""

    page: PageText.Page
    language: str
    newest: PageText
    text: PageText
    gaps: list[str]


def current(page: str, language: str) -> PageText:
    """The newest version; one that is not stored, empty and with the version 0 if there is none."""
    return versions.current(PageText(page=page, language=language, version=0))


def public(page: str, language: str) -> PageText:
    """What everybody sees on the page in that language; the text may be one of another language."""
    own = current(page, language)
    if own.is_changed or language == settings.LANGUAGE_CODE:
        return own
    german = current(page, settings.LANGUAGE_CODE)
    return german if german.is_changed else own


def standings() -> list[PageStanding]:
    """Of every page in every language."""
    latest = PageText.objects.filter(page=models.OuterRef("page"), language=models.OuterRef("language"))
    texts = PageText.objects.filter(version=models.Subquery(latest.order_by("-version").values("version")[:1]))
    newest = {(text.page, text.language): text for text in texts.select_related("saved_by")}
    found = []
    for page in PageText.Page:
        german = newest.get((page, settings.LANGUAGE_CODE))
        for language, _name in settings.LANGUAGES:
            own = newest.get((page, language)) or PageText(page=page, language=language, version=0)
            text = german if german and german.is_changed and not own.is_changed else own
            # What is missing in the German text is said of that alone.
            gaps = prose.gaps_in(shown(text)["text"]) if text.language == language else []
            found.append(PageStanding(page, language, own, text, gaps))
    return found


@cache
def _default(page: str, language: str) -> str:
    return (_TEXTS / language / f"{page}.txt").read_text(encoding="utf-8").strip()


def shown(text: PageText) -> dict[str, str]:
    """The words in this version, by field: its own, or the defaults."""
    return text.words | {"text": text.text or _default(text.page, text.language)}


def save(text: PageText, act: Act, *, based_on: int) -> PageText | None:
    """Keep the words as a new version; None if they are those of the current one. Raises Outdated, Malformed.

    Words that are those to begin with are kept as empty, so that they follow when those are improved.
    """
    mail_texts.filled_text(text.text, dict.fromkeys(PLACEHOLDERS, ""))
    words = text.words | ({"text": ""} if text.text == _default(text.page, text.language) else {})
    first = PageText(**text.of, version=0)
    return versions.save(PageText(**text.of, **words), act, first=first, based_on=based_on)


def problems(text: str) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    return [
        *mail_texts.problems_of_placeholders(text, PLACEHOLDERS),
        *mail_texts.problems_of_characters(text),
        *prose.problems_of_links(text),
    ]


def tidied(text: str) -> str:
    """As it is kept: with plain line ends."""
    return mail_texts.tidied("text", text)
