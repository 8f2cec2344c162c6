"""How are settings written into the file that the site reads, so that it reads what was meant?

One ``NAME=value`` a line, as django-environ reads it: no line continues, single quotes end with the line.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path

HEADING = (
    "# Settings of the site, see docs/operations/settings.md. `miko install` changes what it is told to and no more."
)
LINE = re.compile(r"(?:export )?([A-Za-z_0-9]+)=(.*)")
GENERATED = ("SECRET_KEY", "CERTIFICATE_NAME_KEY")


def quoted(value: str) -> str:
    """The value in quotes; raises ValueError for one of several lines."""
    if "\n" in value or "\r" in value:
        raise ValueError("A value must be one line; give a file with NAME_FILE=/path.")
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"'{value}'"


def unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def read(text: str) -> dict[str, str]:
    """Raises ValueError for a line that is neither a value nor a comment."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            matched = LINE.fullmatch(line)
            if not matched:
                raise ValueError(f"Line {number} is no NAME=value.")
            found[matched[1]] = unquoted(matched[2])
    return found


def merged(text: str, values: Mapping[str, str]) -> str:
    """The file with these values in it: comments, order and all other lines stay as they are."""
    left = dict(values)
    lines = []
    for line in text.splitlines() or [HEADING]:
        matched = LINE.fullmatch(line)
        if matched and matched[1] in left:
            value = left.pop(matched[1])
            line = line if unquoted(matched[2]) == value else f"{matched[1]}={quoted(value)}"
        lines.append(line)
    lines += [f"{name}={quoted(value)}" for name, value in left.items()]
    return "\n".join(lines) + "\n"


def with_secrets(values: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    """And a new secret for each that is neither given nor there already."""
    new = {name: secrets.token_urlsafe(60) for name in GENERATED if not values.get(name) and not present.get(name)}
    return {**new, **values}


def declared(variables: Path) -> set[str]:
    """Names of all settings there are, from config/variables.py, which cannot be imported before Django is there."""
    return set(re.findall(r'Variable\(\s*"([A-Z_]+)"', variables.read_text(encoding="utf-8")))
