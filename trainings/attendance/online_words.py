"""What do the words in the exports of conferencing systems mean? They are data, in ``online_words.toml``."""

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def folded(text: str) -> str:
    """Small letters without accents, and one space for all between: „E-Mail“ as „e mail“."""
    text = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W\d_]+", " ", "".join(char for char in text if not unicodedata.combining(char))).strip()


def said(value: str) -> str:
    """„Ja“ as „ja“, and „1“ as it is."""
    return folded(value) or value.strip()


def listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def headed(stems: str) -> re.Pattern[str]:
    """Headings as the file has them: ``=whole``, ``*anywhere``, or the beginning of a word."""
    patterns = {"=": "^{}$", "*": "{}"}
    return re.compile("|".join(patterns.get(stem[0], "(?:^| ){}").format(folded(stem)) for stem in listed(stems)))


SYSTEMS = {name: [{*sign.split()} for sign in listed(signs)] for name, signs in WORDS["systems"].items()}
HEADINGS = {kind: headed(stems) for kind, stems in WORDS["headings"].items()}
FIRST = headed(WORDS["first"])
HARMLESS = headed(WORDS["harmless"])
YES, THERE, NO, AWAY, EXCUSED, JOINED, LEFT = (
    frozenset(map(said, listed(WORDS["said"][kind])))
    for kind in ("yes", "there", "no", "away", "excused", "joined", "left")
)
