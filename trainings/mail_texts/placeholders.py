"""What may stand in words that coordinators write, and how is it filled in?

A placeholder is a plain name in braces, ``{name}``; a brace itself is written twice. The formatter is our own:
``str.format`` would follow attributes and indexes into whatever it is given.
"""

import re
from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

_PART = re.compile(r"{{|}}|{([a-z_]+)}|({[^{}]*}|[{}])")


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


def problems_of_placeholders(text: str, allowed: Collection[str]) -> list[str]:
    """Why the text cannot be saved, in the active language; empty if it can."""
    known = {*allowed, None}  # a brace that is written twice names nothing
    found = [_problem(part) for part in _PART.finditer(text) if part[2] or part[1] not in known]
    if found:
        named = " ".join(f"{{{name}}}" for name in allowed)
        found.append(_("Erlaubt sind: %(allowed)s.") % {"allowed": named})
    return found


def _problem(part: re.Match[str]) -> str:
    if len(part[0]) == 1:
        return _("Die Klammer %(brace)s steht allein; soll sie gedruckt werden, schreiben Sie %(twice)s.") % {
            "brace": part[0],
            "twice": part[0] * 2,
        }
    return _("%(placeholder)s ist kein Platzhalter.") % {"placeholder": part[0]}
