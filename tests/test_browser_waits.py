"""A click ends before the page it leads to is there: what looks at once looks at either, as fast as the machine is."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.sources import nodes_of

FILES = sorted((Path(__file__).parent / "browser").glob("*.py"))
LEAVES = {"click", "tap", "go_back", "go_forward"}
# What waits for nothing: a look at the page as it is, a request beside it, the database, the mails.
LOOKS = {
    *("all", "all_inner_texts", "all_text_contents", "bounding_box", "content", "count", "inner_text", "is_checked"),
    *("is_visible", "text_content", "url", "barriers", "found_on", "looks_right", "code_from_the_mail"),
    *("goto", "request", "objects", "outbox", "refresh_from_db"),
}


def looks_at_once(nodes: list[ast.AST]) -> Iterator[int]:
    """Line numbers of statements that look although the one before has only just clicked."""
    blocks = [getattr(node, name, None) for node in nodes for name in ("body", "orelse", "finalbody")]
    bodies = [block for block in blocks if isinstance(block, list)]
    for body in bodies:
        for before, statement in pairwise(body):
            match before:
                case ast.Expr(value=ast.Call(func=ast.Attribute(attr=act))) if act in LEAVES:
                    names = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(statement)}
                    if names & LOOKS or any(isinstance(node, ast.Assert) for node in ast.walk(statement)):
                        yield statement.lineno


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_after_a_click_the_tests_wait(path: Path) -> None:
    assert list(looks_at_once(nodes_of(path))) == [], "first expect() what the click leads to"


def test_the_guard_sees_what_it_is_for() -> None:
    assert len(FILES) > 15
    seen = ast.parse("page.click()\nassert page.locator('h2').all_inner_texts() == []\nexpect(page).to_have_url('/')")
    assert list(looks_at_once([seen])) == [2]
