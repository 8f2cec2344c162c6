"""What may stand in words that coordinators write, and how is it filled in?

A placeholder is a plain name in braces, ``{name}``; a brace itself is written twice. The formatter is our own:
``str.format`` would follow attributes and indexes into whatever it is given.
"""

import re
from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

_PART = re.compile(r"{{|}}|{([a-z_]+)}|({[^{}]*}|[{}])")
# Bidirectional controls: they could make one address look like another.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Malformed(ValueError):
    """The words contain something that is not a placeholder; the message says what."""


def filled_text(text: str, facts: Mapping[str, str]) -> str:
    """The text with the facts in place of their names; what is put in is not looked at again. Raises Malformed."""

    def put_in(part: re.Match[str]) -> str:
        if part[0] in ("{{", "}}"):
            return part[0][0]
        if part[1] not in facts:
            raise Malformed(part[0])
        return facts[part[1]]

    return _PART.sub(put_in, text)


def names_in(text: str) -> set[str]:
    """Which placeholders it has."""
    return {part[1] for part in _PART.finditer(text) if part[1]}


def problems_of_placeholders(text: str, allowed: Collection[str]) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    known = {*allowed, None}  # a brace that is written twice names nothing
    found = [_problem(part) for part in _PART.finditer(text) if part[2] or part[1] not in known]
    if found:
        named = " ".join(f"{{{name}}}" for name in allowed)
        found.append(_("Erlaubt sind: %(allowed)s.") % {"allowed": named})
    return found


def problems_of_characters(text: str) -> list[str]:
    """What nobody sees in the text, in the active language; empty if there is nothing of the kind."""
    unseen = sorted({*TURNING.findall(text), *_CONTROL.findall(text)})
    named = ", ".join(f"U+{ord(char):04X}" for char in unseen)
    return [_("Der Text enthält unsichtbare Steuerzeichen (%(characters)s).") % {"characters": named}] if unseen else []


def _problem(part: re.Match[str]) -> str:
    if len(part[0]) == 1:
        return _("Die Klammer %(brace)s steht allein; soll sie gedruckt werden, schreiben Sie %(twice)s.") % {
            "brace": part[0],
            "twice": part[0] * 2,
        }
    return _("%(placeholder)s ist kein Platzhalter.") % {"placeholder": part[0]}
