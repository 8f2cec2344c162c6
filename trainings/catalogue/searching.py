"""Which courses are meant by what somebody typed? An index in memory, made of the texts that are passed in.

Words are compared in plain letters („auslaenderbehoerde“ is „Ausländerbehörde“, „strasse“ is „Straße“), also as parts
of longer words. „Jugend- und Sozialamt“ is found by „jugendamt“. Only where nothing has all the words, those spelled
nearly like them count; then the result says so. Neither database has a say in it, so both find the same.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

ALIKE = 80  # of 100, as rapidfuzz counts: „Rassissmus“ and „Rassismus“ have 95, „Asyl“ and „Esel“ 50
LONG = 5  # letters, from which on a word may be found within a longer one although it is misspelled
# What people add without looking for it; ignored as long as anything else was typed.
EMPTY = frozenset({
    "schulung", "schulungen", "kurs", "kurse", "seminar", "seminare", "training", "trainings", "workshop", "termin",
    "termine", "course", "courses", "session", "und", "oder", "fuer", "in", "im", "am", "an", "der", "die", "das",
    "den", "dem", "des", "zu", "zum", "zur", "mit", "von", "ein", "eine", "and", "or", "for", "the", "of", "on",
    "at", "to", "a", "with",
})  # fmt: skip
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*-?")
# „Jugend- und Sozialamt“: the second word says how the first one ends.
SUSPENDED = re.compile(r"([^\W_]+)-\s*(?:,|/|und|oder|bzw\.?|&)\s*([^\W_]+)")
Has = Callable[[tuple[str, ...], str], bool]
LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
LETTERS |= {"ø": "oe", "æ": "ae", "œ": "oe"}
PLAIN = str.maketrans(LETTERS)


@dataclass(frozen=True)
class Hits:
    """Keys with their rank, 0 where the most important texts have all the words; ``are_near`` if none has them all."""

    ranks: Mapping[int, int]
    are_near: bool


def search(typed: str, documents: Mapping[int, Sequence[Iterable[str]]]) -> Hits:
    """``documents``: of each key its texts, in layers, the most important first; names and titles are of the first."""
    terms = [term for term in words_of(typed) if term not in EMPTY] or list(words_of(typed))
    if not terms:
        return Hits({}, are_near=False)
    layers = {key: [_together(texts) for texts in of_key] for key, of_key in documents.items()}
    exact = {key: _rank(terms, of_key, _has) for key, of_key in layers.items()}
    if found := {key: rank for key, rank in exact.items() if rank is not None}:
        return Hits(found, are_near=False)
    near = {key: _rank(terms, of_key, _has_alike) for key, of_key in layers.items()}
    return Hits({key: rank for key, rank in near.items() if rank is not None}, are_near=True)


def folded(text: str) -> str:
    """In plain small letters, the German way; other letters without their marks."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(PLAIN)
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))


@lru_cache(maxsize=8192)  # by the text itself, so nothing in it grows old
def words_of(text: str) -> tuple[str, ...]:
    """Its words, folded; compounds also in one piece, and what a hyphen has left out."""
    # Composed first: „a“ with two dots is to be folded as „ä“.
    plain = folded(text)
    found = dict.fromkeys(word.replace("-", "") for word in WORD.findall(plain))
    for first, second in SUSPENDED.findall(plain):
        found |= dict.fromkeys(first + second[start:] for start in range(1, len(second) - 2))
    return tuple(found)


def _together(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for text in texts for word in words_of(text))


def _rank(terms: Sequence[str], layers: Sequence[tuple[str, ...]], has: Has) -> int | None:
    """The layer down to which one has to read for all terms; None if they are not all there."""
    deepest = 0
    for term in terms:
        rank = next((rank for rank, words in enumerate(layers) if has(words, term)), None)
        if rank is None:
            return None
        deepest = max(deepest, rank)
    return deepest


def _has(words: tuple[str, ...], term: str) -> bool:
    return any(term in word for word in words)


def _has_alike(words: tuple[str, ...], term: str) -> bool:
    return _has(words, term) or any(_is_alike(word, term) for word in words)


def _is_alike(word: str, term: str) -> bool:
    if fuzz.ratio(word, term, score_cutoff=ALIKE):
        return len(term) > 2
    return LONG <= len(term) < len(word) and bool(fuzz.partial_ratio(word, term, score_cutoff=ALIKE + 5))
