"""How are names of people cleaned, and names of people and agencies sorted?"""

import re
import unicodedata
from collections.abc import Iterable
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Marks that reorder or hide text (Unicode bidirectional controls, zero-width space, BOM, soft hyphen).
# Zero-width joiners stay: Persian and Indic names need them.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
)
# DIN 5007, variant 2: in lists of names an umlaut is sorted as its two letters.
_DIN_5007_2 = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"}
)


def without_invisible(text: str) -> str:
    return text if text.isascii() else text.translate(_INVISIBLE)


def clean_name(text: str) -> str:
    """The name without control and direction marks, in NFC, with single spaces; otherwise as written."""
    text = without_invisible(unicodedata.normalize("NFC", text))
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    return re.sub(r"\s+", " ", text).strip()


_OF_OFFICES = frozenset({
    "amt", "buero", "info", "kontakt", "leitung", "mail", "office", "post", "postfach", "poststelle", "schulung",
    "service", "sekretariat", "team", "verwaltung", "vorzimmer", "zentrale",
})  # fmt: skip
_PART = re.compile(r"[a-z]{2,}(?:-[a-z]{2,})*\Z")
_UMLAUT_MAYBE = re.compile(r"ae|oe|ue|ss")  # „mueller“ is Müller or Mueller: nobody can know


def proposed_by(email: str) -> tuple[str, str]:
    """First and last name as ``anna.klein@…`` suggests them, to be looked at by the person; empty where in doubt."""
    parts = email.partition("@")[0].lower().split(".")
    if len(parts) != 2 or not all(_PART.match(part) for part in parts):
        return "", ""
    words = {word for part in parts for word in part.split("-")}
    if words & _OF_OFFICES or any(_UMLAUT_MAYBE.search(word) for word in words):
        return "", ""
    first, last = ("-".join(word.capitalize() for word in part.split("-")) for part in parts)
    return first, last


class CleanNames:
    """For forms that ask for some of these: what people type is kept as ``clean_name`` has it."""

    fields: dict[str, Any]
    cleaned_data: dict[str, Any]

    def clean_title(self) -> str:
        return clean_name(self.cleaned_data["title"])

    def clean_first_name(self) -> str:
        return clean_name(self.cleaned_data["first_name"])

    def clean_last_name(self) -> str:
        name = clean_name(self.cleaned_data["last_name"])
        if self.fields["last_name"].required and not name:
            raise ValidationError(_("Bitte geben Sie den Nachnamen an."))
        return name

    def clean_organisation(self) -> str:
        return clean_name(self.cleaned_data["organisation"])


# Words that may be first names („Phil“, „Nat“) are titles only with a dot, and behind another.
_TITLE = re.compile(
    r"(?:(?:prof|dr|dipl)\b\.?(?:-\w+\.?)?|mag\.)"
    r"(?:\s*(?:(?:prof|dr|dipl)\b\.?(?:-\w+\.?)?|(?:habil|med|jur|phil|rer|nat|pol|theol|h\. ?c)\.))*\s*",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"(?:[bm]\. ?(?:a|sc|ed|eng|mus)\.?|mba|mpa|ll\. ?[bm]\.?|ph\. ?d\.?|ing\.)", re.IGNORECASE)
_SALUTATION = re.compile(r"(?:herrn?|frau|hr\.|fr\.|mrs?\.|ms\.)\s+", re.IGNORECASE)
_SALUTATIONS = {"herr", "herrn", "frau", "hr", "fr", "mr", "mrs", "ms", "divers"}
_PARTICLES = {
    "von",
    "vom",
    "van",
    "de",
    "del",
    "della",
    "der",
    "den",
    "di",
    "da",
    "dos",
    "zu",
    "zum",
    "zur",
    "ten",
    "ter",
}


def is_title(text: str) -> bool:
    """„Dr.“, „Prof. Dr.-Ing.“, „M.A.“ and nothing else."""
    return bool(_TITLE.fullmatch(text) or _DEGREE.fullmatch(text))


def is_salutation(text: str) -> bool:
    """„Frau“, „Hr.“, „Herr/Frau“ and nothing else."""
    words = re.split(r"[\s/.,]+", text.casefold().strip(" ./,"))
    return bool(words[0]) and set(words) <= _SALUTATIONS


def split_name(text: str) -> tuple[str, str, str]:
    """Title, first name and surname of „Dr. Groß, Änne“ or „Dr. Änne Groß“; a single word is the surname."""
    text = _SALUTATION.sub("", clean_name(text), count=1)
    found = _TITLE.match(text)
    title, rest = (found.group().strip(), text[found.end() :]) if found and found.end() < len(text) else ("", text)
    if "," in rest:
        last, first = (part.strip() for part in rest.split(",", 1))
        if not title and (found := _TITLE.match(first)) and found.end() < len(first):
            title, first = found.group().strip(), first[found.end() :]
        return title, first, last
    words = rest.split()
    start = len(words) - 1
    has_capitals = not rest.islower()
    while start > 1 and (words[start - 1].casefold() in _PARTICLES or (has_capitals and words[start - 1].islower())):
        start -= 1
    if start == 1 and words[0] in _PARTICLES:
        start = 0  # „von der Heide“
    in_capitals = next((index for index, word in enumerate(words) if not _is_in_capitals(word)), 0)
    if in_capitals and not any(_is_in_capitals(word) for word in words[in_capitals:]):
        return title, " ".join(words[in_capitals:]), " ".join(words[:in_capitals])  # „KLEIN Anna“
    return title, " ".join(words[:start]), " ".join(words[start:])


def _is_in_capitals(word: str) -> bool:
    return word.isupper() and len(word.replace(".", "")) > 2


class Named(Protocol):
    @property
    def name_sort_key(self) -> tuple[str, ...]: ...


_Named = TypeVar("_Named", bound=Named)


def by_name(named: Iterable[_Named]) -> list[_Named]:
    """People, or rows about people, in the order of ``sort_key``: databases sort German names differently."""
    return sorted(named, key=attrgetter("name_sort_key"))


def sort_key(*names: str) -> tuple[str, ...]:
    """Sorts as a German list of names does (DIN 5007, variant 2): Müller beside Mueller."""
    return tuple(_sortable(name) for name in names)


def plain(text: str) -> str:
    """In plain small letters, the German way: „Ayşe Müller“ is „ayse mueller“."""
    return _sortable(text).lower()


def _sortable(name: str) -> str:
    if name.isascii():
        return name.casefold()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold().translate(_DIN_5007_2))
    return "".join(char for char in decomposed if not unicodedata.combining(char))
