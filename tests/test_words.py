"""Does each word name one thing, and has each thing one word? The words are in docs/glossary.md."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.writing import PRODUCT, ROOT

FOUND_BY_DJANGO = {"Command"}
# Too general to say which of many: a prefix tells the row of a table from the row of a sheet.
SAY_NOTHING_ALONE = {"Entry", "Grant", "Item", "Row"}


def modules() -> list[Path]:
    return [path for app in PRODUCT for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def classes() -> Iterator[str]:
    for path in modules():
        yield from (node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef))


def test_each_name_of_a_class_names_one_thing():
    twice = {name for name, times in Counter(name.strip("_") for name in classes()).items() if times > 1}
    assert twice - FOUND_BY_DJANGO == set(), "give each a name that says which of them it is"


def test_no_class_is_called_by_a_word_that_says_nothing_alone():
    assert set(classes()) & SAY_NOTHING_ALONE == set()
