"""A column of whole names: what is the surname in it, and what looks as if it were more than one name?"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.names import is_salutation, sort_key, split_name
from accounts.tables import mangled
from accounts.tables.cells import Unknown

_SURNAME_FIRST = {"name, vorname", "nachname, vorname", "name vorname", "nachname vorname", "name/vorname"}
HEADINGS = _SURNAME_FIRST | {
    "name", "vor- und nachname", "vor- und zuname", "vorname nachname", "vorname, nachname", "vorname, name",
    "vorname und nachname", "vorname und name", "vollständiger name", "voller name", "name der person",
    "anzeigename", "teilnehmende", "teilnehmer", "teilnehmer/in", "teilnehmerin/teilnehmer", "full name",
}  # fmt: skip


# „J?rg“, „M&uuml;ller“, „Schr”der“, „MŸller“: what is left of a letter, in a file that somebody has saved since.
_BROKEN = re.compile(
    r"\?|&\w+;|&#\d+|(?<=[^\W\d_])[„”“‚‡†‰™¤¶§©®°±²³¬¸¹º»«](?=[^\W\d_])|(?<=[A-Za-zß-ÿ])[ŸŠŽŒ](?=[a-zß-ÿ])"
)

# A logical value, as spreadsheet programs write it and as ``sheets`` reads it; and what people write who know no name.
_LOGICAL = {"WAHR", "FALSCH", "TRUE", "FALSE", "ja", "nein"}
_NOT_KNOWN = {"n/a", "k.a.", "n.n.", "nn", "n.v."}
# „Anna / Bert“, „Anna und Bert“. „Raj s/o Kumar“, son of, is one name, and so is „Freifrau von und zu Hohenstein“.
_SEVERAL = re.compile(r"(?<!\b[sd])/|/(?!o\b)|[&+]|(?<!\bvon)(?<!\bzu)\s(?:und|u\.)\s", re.IGNORECASE)


class OrderUnknown(Unknown):
    """A name of which one cannot tell the surname."""

    __slots__ = ()
    why = gettext_lazy("„%(value)s“: Was ist der Nachname? Schreiben Sie bitte „Nachname, Vorname“.")


def split(name: str, heading: str) -> list[str]:
    """Title, first name and surname."""
    if isinstance(name, Unknown):
        return ["", "", name]
    is_plain = "," not in name and len(name.split()) > 1
    if (is_plain and heading in _SURNAME_FIRST) or name.count(",") > 1 or ";" in name:
        return ["", "", OrderUnknown(name)]
    if "," in name and heading.startswith("vorname"):  # „Vorname, Nachname“
        return ["", "", OrderUnknown(name)]
    return [*split_name(name)]


def why_not(name: str) -> str:
    """Why it is not stored as one name; empty where nothing stands against it."""
    if _BROKEN.search(name):
        return _("In „%(value)s“ fehlt ein Zeichen. Bitte schreiben Sie den Namen neu.") % {"value": name}
    if name and _is_no_name(name):
        return _("„%(value)s“ ist kein Name. Bitte schreiben Sie ihn neu; ein fehlender Vorname bleibt leer.") % {
            "value": name
        }
    title, _first, _last = split_name(name)
    if title:
        return _("„%(value)s“: „%(title)s“ gehört in die Spalte „Titel“.") % {"value": name, "title": title}
    first, space, _rest = name.partition(" ")
    if space and is_salutation(first):
        return _("„%(value)s“: „%(word)s“ gehört in die Spalte „Anrede“.") % {"value": name, "word": first}
    if _SEVERAL.search(name):
        return _("„%(value)s“ können mehrere Namen sein. Schreiben Sie bitte in jede Zeile genau eine Person.") % {
            "value": name
        }
    if "," in name or ";" in name:
        return _("„%(value)s“ sind mehrere Namen. Schreiben Sie sie bitte in „Vorname“ und „Nachname“.") % {
            "value": name
        }
    return ""


def _is_no_name(text: str) -> bool:
    """„12345“, „01. Mai“, „WAHR“, „n/a“: a number, what Excel has made of a cell, or that there is no name."""
    has_letters = any(char.isalpha() for char in text)
    said = "".join(text.split())
    return (
        not has_letters
        or text[0].isdigit()
        or mangled.is_no_key(text)
        or said in _LOGICAL
        or said.casefold() in _NOT_KNOWN
    )


def is_order_contradicted(first: str, last: str, email: str) -> bool:
    """„Weber Jan“ with jan.weber@ or j.weber@: what was read as the first name stands where surnames stand."""
    parts = [re.sub(r"\d+$", "", part) for part in re.split(r"[._-]", email.partition("@")[0])]
    if not first or len(parts) != 2:
        return False
    [said_first], [said_last] = sort_key(first), sort_key(last)
    is_first_read_last = parts[1] == said_first and parts[0] in {said_last, said_last[:1]}
    return is_first_read_last and said_first != said_last
