"""Does each word name one thing, and has each thing one word? The words are in docs/glossary.md."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings

from tests.sources import text_of
from tests.writing import PRODUCT, ROOT

FOUND_BY_DJANGO = {"Command"}
# Too general to say which of many: a prefix tells the row of a table from the row of a sheet.
SAY_NOTHING_ALONE = {"Entry", "Grant", "Item", "Row"}


def modules() -> list[Path]:
    return [path for app in PRODUCT for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def classes() -> Iterator[str]:
    for path in modules():
        yield from re.findall(r"^class (\w+)", text_of(path), re.MULTILINE)


def test_each_name_of_a_class_names_one_thing():
    twice = {name for name, times in Counter(name.strip("_") for name in classes()).items() if times > 1}
    assert twice - FOUND_BY_DJANGO == set(), "give each a name that says which of them it is"


def test_no_class_is_called_by_a_word_that_says_nothing_alone():
    assert set(classes()) & SAY_NOTHING_ALONE == set()


# --- One word for each thing -----------------------------------------------------------------------

SAY_INSTEAD = {
    r"waiting[- ]?lists?|wait[- ]lists?": "waitlist",
    r"canceled|canceling": "cancelled",
    r"the coordination(?! (team|page))": "coordinators",
    r"mailrooms?|envelopes?|parcels?": "mail (the row is a Message)",
    r"sign(s|ed|ing)? up": "register for a place; an account is created",
}
ON_PAGES = {
    r"(?<!junk )mails?(?! (server|program)s?)": "email",
    r"whoever is|who is moved|stands against": "a phrase that is not translated word by word",
}
EXPLAIN = {"CHANGELOG.md", "glossary.md"}  # they tell of other words
DAY_OR_RUN = re.compile(r"\b[Tt]ermin(en|e|s)?\b")


def other_words(text: str, words: dict[str, str]) -> list[str]:
    return [
        f"{match[0]!r}: say {instead}"
        for banned, instead in words.items()
        for match in re.finditer(rf"(?<![\w/.@-])(?:{banned})(?![\w/@-])", text, re.IGNORECASE)
    ]


def english() -> Iterator[tuple[str, str]]:
    """German and English, for each text and each plural."""
    for entry in polib.pofile(str(settings.BASE_DIR / "locale/en/LC_MESSAGES/django.po")):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            yield entry.msgid, text


def test_english_pages_have_one_word_for_each_thing():
    found = {text: other for _german, text in english() if (other := other_words(text, SAY_INSTEAD | ON_PAGES))}
    assert found == {}


def test_a_run_is_never_called_a_date():
    """A date is a day; a run may have several."""
    mistaken = {text for german, text in english() if DAY_OR_RUN.search(german) and re.search(r"\bdates?\b", text)}
    assert mistaken == set()


def test_code_and_documents_have_one_word_for_each_thing():
    documents = [path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if path.name not in EXPLAIN]
    texts = {path: text_of(path) for path in [*documents, *modules()]}
    found = {
        str(path.relative_to(ROOT)): other
        for path, text in texts.items()
        if (other := other_words(re.sub(r"\n\s*(#\s)?|_", " ", text), SAY_INSTEAD))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text", ["Order of the waiting list", "Closed by the coordination.", "MOST envelopes", "sign up", "was canceled"]
)
def test_another_word_is_found(text):
    assert other_words(text, SAY_INSTEAD) != []


TAKES_OR_GIVES_BACK_A_PLACE = re.compile(r"\b(an|ab)(ge)?meldet?(n|st)?\b|\bmeld\w+ (Sie )?sich\b", re.IGNORECASE)


def test_german_never_signs_in_by_the_word_for_taking_a_place():
    """„Einloggen“ and „ausloggen“ for the account, „anmelden“ and „abmelden“ for a training: both are on one screen."""
    catalogue = polib.pofile(str(ROOT / "locale/en/LC_MESSAGES/django.po"))
    signing_in = [
        entry for entry in catalogue if re.search(r"\bsign(ed|s|ing)? (in|out)\b", entry.msgstr, re.IGNORECASE)
    ]
    assert len(signing_in) > 50
    of_one_thing = [
        entry for entry in signing_in if not re.search(r"\bregister\b", entry.msgstr)
    ]  # others tell of both
    assert [entry.msgid for entry in of_one_thing if TAKES_OR_GIVES_BACK_A_PLACE.search(entry.msgid)] == []
