"""With which words does a mail say it? Those that coordinators may change, for each kind and language.

Subject, opening and closing can be changed. The block of facts, what comes next, the links and how to cancel are
written by the templates and stay, whatever is changed here. Each saving is a new version; an empty field means the
words to begin with, which the declaration of the kind has.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from trainings import versions
from trainings.acts import Act
from trainings.mail_texts import placeholders, prose, vocabulary
from trainings.models import MailKind, MessageText, Words, in_active_language, mail_kind, mail_kinds

logger = logging.getLogger(__name__)

FIELDS = MessageText.WORDS


@dataclass(frozen=True)
class FilledText:
    """The words as they are sent: the prose once as text and once as paragraphs of HTML."""

    subject: str
    opening: str = ""
    opening_html: str = ""
    closing: str = ""
    closing_html: str = ""


# --- Versions ---------------------------------------------------------------------------------------------------------


def kinds_to_change() -> list[MailKind]:
    """Those whose words coordinators may change; others are written each time anew."""
    return [kind for kind in mail_kinds() if kind.words]


def words_of(kind: str) -> Words:
    """As they are declared."""
    words = mail_kind(kind).words
    if words is None:
        raise ValueError(f"The words of {kind} cannot be changed.")
    return words


def current(kind: str, language: str) -> MessageText:
    """The newest version; one that is not stored, empty and with the version 0 if there is none."""
    return versions.current(MessageText(kind=kind, language=language, version=0))


def newest() -> dict[tuple[str, str], MessageText]:
    """The newest version of everything that was ever changed, by kind and language."""
    texts = MessageText.objects.select_related("saved_by").order_by("version")
    return {(text.kind, text.language): text for text in texts}


def default(kind: str, language: str) -> dict[str, str]:
    """The words to begin with, by field."""
    words = words_of(kind)
    with override(language):
        return {"subject": str(words.subject), "opening": str(words.opening), "closing": ""}


def shown(text: MessageText) -> dict[str, str]:
    """The words in this version, by field: its own, or the defaults."""
    to_begin_with = default(text.kind, text.language)
    return {field: said or to_begin_with[field] for field, said in text.words.items()}


def save(text: MessageText, act: Act, *, based_on: int) -> MessageText | None:
    """Keep the words as a new version; None if they are those of the current one. Raises Outdated, Malformed.

    Words that are those to begin with are kept as empty, so that they follow when those are improved.
    """
    to_begin_with = default(text.kind, text.language)
    words = {field: "" if said == to_begin_with[field] else said for field, said in text.words.items()}
    for field, said in words.items():
        placeholders.filled_text(said, dict.fromkeys(allowed(text.kind, field), ""))
    first = MessageText(**text.of, version=0)
    return versions.save(MessageText(**text.of, **words), act, first=first, based_on=based_on)


# --- What may be written ----------------------------------------------------------------------------------------------


def allowed(kind: str, field: str) -> tuple[str, ...]:
    """The placeholders of that field."""
    found = words_of(kind).placeholders
    return tuple(name for name in found if name in vocabulary.OF_SUBJECTS) if field == "subject" else found


def problems(kind: str, field: str, text: str) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    found = placeholders.problems_of_placeholders(text, allowed(kind, field))
    if found and field == "subject":
        found.append(_("Ein Betreff sagt nichts über eine Person, denn andere lesen ihn mit."))
    return found + placeholders.problems_of_characters(text)


def tidied(field: str, text: str) -> str:
    """As it is kept: a subject on one line, other words with plain line ends."""
    if field == "subject":
        return " ".join(text.split())
    return re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


# --- Filling ----------------------------------------------------------------------------------------------------------


def filled(text: MessageText, values: Mapping[str, str]) -> FilledText:
    """The words with the values in place of the placeholders.

    Where a value is missing for this recipient, the default words are used for that field: a mail is never
    held up by its words.
    """
    one_line = {name: " ".join(placeholders.TURNING.sub("", value).split()) for name, value in values.items()}
    in_html = {name: escape(value) for name, value in one_line.items()}
    subject, opening, closing = (_fillable(text, field, one_line) for field in FIELDS)
    return FilledText(
        subject=placeholders.filled_text(subject, one_line),
        opening=placeholders.filled_text(opening, one_line),
        opening_html=_html(opening, in_html),
        closing=placeholders.filled_text(closing, one_line),
        closing_html=_html(closing, in_html),
    )


def as_written(subject: str, text: str) -> FilledText:
    """Words of one message alone, which have no placeholders; taken as German, whoever reads them."""
    subject, text = (in_active_language(one, "") for one in (subject, text))
    return FilledText(subject=subject, opening=text, opening_html=prose.as_html(text))


def _fillable(text: MessageText, field: str, values: Mapping[str, str]) -> str:
    """The words of the version if everything they name is there."""
    if own := str(getattr(text, field)):
        try:
            placeholders.filled_text(own, {name: value for name, value in values.items() if value})
        except placeholders.Malformed as missing:
            logger.warning(
                "The %s of %s (%s, version %s) cannot be filled here, %s is missing; the default is sent.",
                field,
                text.kind,
                text.language,
                text.version,
                missing,
            )
        else:
            return own
    return default(text.kind, text.language)[field]


def _html(text: str, escaped: Mapping[str, str]) -> SafeString:
    return mark_safe(placeholders.filled_text(prose.as_html(text), escaped))  # noqa: S308  text and values are escaped


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
