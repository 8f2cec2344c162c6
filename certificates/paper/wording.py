"""With which words does the paper say it? Those that the issuer may change, in each language.

Each saving is a new version and none is ever changed, so that every paper can tell which words it bears. Words may
contain placeholders such as ``{name}``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certificates.models import Wording
from trainings import mail_texts, printing, versions
from trainings.acts import Act
from trainings.mail_texts import filled_text
from trainings.models import lines

# In the order in which the page explains them.
PLACEHOLDERS: dict[str, str | Promise] = {
    "name": gettext_lazy("Titel, Vorname und Nachname"),
    "course": gettext_lazy("Titel der Schulung"),
    "units": gettext_lazy("besuchte Unterrichtseinheiten"),
    "hours": gettext_lazy("besuchte Zeit"),
    "dates": gettext_lazy("erster und letzter Tag"),
    "place": gettext_lazy("Veranstaltungsort"),
    "issuer": gettext_lazy("wer die Bescheinigung ausstellt"),
    "number": gettext_lazy("Nummer der Bescheinigung"),
}
MOST_SIGNATORIES = 3  # side by side on one line
LONGEST_SIGNATORY = 120  # characters


class WordingText(TypedDict):
    """The words as they were typed, with placeholders. Part of a snapshot: what is in one is never filled anew."""

    version: int  # 0: those to begin with
    certifies: str
    attended: str
    has_attended: str
    closing: str
    sign_off: str
    signatories: list[str]


@dataclass(frozen=True)
class Signatory:
    name: str
    role: str


@dataclass(frozen=True)
class FilledWording:
    """The words as they are printed. Papers that are not signed by hand have no signatories."""

    certifies: str
    attended: str
    has_attended: str
    closing: str
    signatories: tuple[Signatory, ...]


# The words of the papers before there were versions, which have none in their snapshot: they must never change here.
DEFAULT_WORDING: dict[str, WordingText] = {
    "de": WordingText(
        version=0,
        certifies="Hiermit wird bescheinigt, dass",
        attended="an der Schulung",
        has_attended="teilgenommen hat.",
        closing="",
        sign_off=Wording.SignOff.MACHINE.value,
        signatories=[],
    ),
    "en": WordingText(
        version=0,
        certifies="This is to certify that",
        attended="attended the training",
        has_attended="",
        closing="",
        sign_off=Wording.SignOff.MACHINE.value,
        signatories=[],
    ),
}


# --- Versions ---------------------------------------------------------------------------------------------------------


def current_wording(language: str) -> Wording:
    """The newest version; one that is not stored, with the words to begin with, if there is none."""
    return versions.current(_row(language, DEFAULT_WORDING[language]))


def words_in_use(language: str) -> WordingText:
    return text_of(current_wording(language))


def text_of(wording: Wording) -> WordingText:
    return WordingText(
        version=wording.version,
        certifies=wording.certifies,
        attended=wording.attended,
        has_attended=wording.has_attended,
        closing=wording.closing,
        sign_off=wording.sign_off,
        signatories=lines(wording.signatories),
    )


def save_wording(language: str, text: WordingText, act: Act) -> Wording | None:
    """Keep the words as a new version; None if they are those of the current one. Raises Outdated, Malformed.

    ``text["version"]`` is the version they were made from.
    """
    for part in _texts(text):
        filled_text(part, dict.fromkeys(PLACEHOLDERS, ""))
    first = _row(language, DEFAULT_WORDING[language])
    return versions.save(_row(language, text), act, first=first, based_on=text["version"])


def _row(language: str, text: WordingText) -> Wording:
    return Wording(language=language, **{**text, "signatories": "\n".join(text["signatories"])})


# --- Placeholders -----------------------------------------------------------------------------------------------------


def filled(text: WordingText, facts: Mapping[str, str]) -> FilledWording:
    """The words with the facts in place of the placeholders. Raises Malformed."""
    return FilledWording(
        certifies=filled_text(text["certifies"], facts),
        attended=filled_text(text["attended"], facts),
        has_attended=filled_text(text["has_attended"], facts),
        closing=filled_text(text["closing"], facts),
        signatories=tuple(_signatory(line, facts) for line in as_printed(text)["signatories"]),
    )


def as_printed(text: WordingText) -> WordingText:
    """Without the signatories, who only sign a paper by hand."""
    signed = text["sign_off"] == Wording.SignOff.SIGNATURES
    return {**text, "signatories": text["signatories"] if signed else []}


def problems_of_text(text: str) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    found = mail_texts.problems_of_placeholders(text, PLACEHOLDERS)
    if missing := unprintable(text):
        named = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing[:10])
        found.append(_("Keine Schrift der Bescheinigung enthält: %(characters)s") % {"characters": named})
    return found


def problems_of_signatories(names: list[str], *, needed: bool) -> list[str]:
    found = [problem for name in names for problem in problems_of_text(name)]
    if needed and not names:
        found.append(_("Bitte nennen Sie, wer unterschreibt, oder wählen Sie „maschinell erstellt“."))
    if len(names) > MOST_SIGNATORIES:
        found.append(
            _("Auf die Bescheinigung passen höchstens %(number)d Unterschriften.") % {"number": MOST_SIGNATORIES}
        )
    if any(len(name) > LONGEST_SIGNATORY for name in names):
        found.append(_("Eine Zeile hat höchstens %(number)d Zeichen.") % {"number": LONGEST_SIGNATORY})
    return found


def hours_in_words(minutes: int, language: str) -> str:
    """„5 Stunden 50 Minuten“: hours of 60 minutes, beside the units of 45."""
    names = ("hour", "hours", "minute", "minutes") if language == "en" else ("Stunde", "Stunden", "Minute", "Minuten")
    whole, rest = divmod(minutes, 60)
    parts = [(whole, names[0 if whole == 1 else 1]), (rest, names[2 if rest == 1 else 3])]
    return " ".join(f"{number} {name}" for number, name in parts if number)


def units_in_words(number: int, language: str) -> str:
    """„8 Unterrichtseinheiten“."""
    if language == "en":
        return f"{number} teaching unit{'' if number == 1 else 's'}"
    return f"{number} Unterrichtseinheit{'' if number == 1 else 'en'}"


def wording_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]


def _texts(text: WordingText) -> Iterator[str]:
    yield from (text["certifies"], text["attended"], text["has_attended"], text["closing"], *text["signatories"])


def _signatory(line: str, facts: Mapping[str, str]) -> Signatory:
    name, _comma, role = line.partition(",")
    return Signatory(filled_text(name.strip(), facts), filled_text(role.strip(), facts))


def unprintable(text: str) -> str:
    """Letters our typefaces lack, which would make every certificate fail; empty where this machine cannot print."""
    if printing.missing_packages():
        return ""
    from trainings.printing.pdf import missing_characters  # noqa: PLC0415  needs Pango, which is there, as was just seen

    return missing_characters(text)
