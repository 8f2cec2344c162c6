"""Our Python as the guards read it: each file is read and parsed once, whoever looks for something in it."""

import ast
import re
from functools import cache
from pathlib import Path


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def nodes_of(path: Path, having: str = "") -> list[ast.AST]:
    """Of a file in which the regular expression ``having`` finds something: to parse takes a hundred times as long."""
    return _nodes_of(path) if re.search(having, text_of(path)) else []


@cache
def _nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(text_of(path))))
