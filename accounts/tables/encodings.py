"""Which characters do the bytes of a CSV file mean? What may mean two things is refused, never guessed: „Schr”der“."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

_GERMAN = set("ÄÖÜäöüß")
_WESTERN = set("ÀÁÂÃÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕØÙÚÛÝÞàáâãåæçèéêëìíîïðñòóôõøùúûýþÿŒœŠšŽžŸ")
_EASTERN = set("ĄąĆćĘęŁłŃńÓóŚśŹźŻżČčĎďĚěŇňŘřŠšŤťŮůÝýŽžĐđŐőŰűĂăÂâÎîŞşŢţÁáÉéÍíÚúĹĺĽľŔŕÔôËëÇç")
_BALTIC = set("ĄąĀāČčĆćĘęĒēĖėĢģĪīĮįĶķĻļŁłŃńŅņÓóŌōÕõŖŗŚśŠšŲųŪūŹźŻżŽžÅåÆæØøÉé")
_TURKISH = set("ĞğİıŞş")
# The letters each of them may have. MS-DOS and Macintosh have German letters elsewhere than Windows.
_CANDIDATES = {
    "cp1252": _GERMAN | _WESTERN,
    "cp1250": _GERMAN | _EASTERN,
    "cp1254": _GERMAN | _WESTERN | _TURKISH,
    "cp1257": _GERMAN | _BALTIC,
    "cp850": _GERMAN | _WESTERN,
    "mac_roman": _GERMAN | set("éèáàçñëíóúãõåæøÉÅÆØÑ"),
    "iso8859_2": _GERMAN | _EASTERN,
    "cp852": _GERMAN | _EASTERN,
    "cp857": _GERMAN | _WESTERN | _TURKISH,
    "mac_latin2": _GERMAN | _EASTERN,
}
# Those that are read, under the names people should know.
_READ = {
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1254": "Windows-1254",
    "cp1257": "Windows-1257",
    "cp850": "MS-DOS (Codepage 850)",
    "mac_roman": "Mac Roman",
}
# Beside German letters, what every kind of MS-DOS and of Macintosh has in the same place.
_TOLD_BY_GERMAN = {"cp850": set("éáíóúç"), "mac_roman": set("éá")}
# What people here are called with letters of Windows-1252 that are others in its siblings: „Hélčne“ is no name.
_KNOWN = """
adèle agnès aïcha aïsha álvarez anaïs andrés araújo benoît benítez césar chloé chloë clémence conceição danièle díaz
domínguez élodie estève fátima félix fernández françois françoise frédéric gaël gaëlle garcía geneviève gómez
gonçalo gonçalves gonzález gutiérrez hélène hernández hervé inès irène jérôme jesús jiménez joão joël joëlle josé
léon loïc lópez lourenço lucía magalhães maïté márquez martín martínez mathéo méndez mendonça michaël michèle moisés
muñiz muñoz nicolás noël noëlle noémie núñez óscar patrícia peña pérez ramírez ramón raphaël raúl renée rodríguez
rubén sánchez sébastien sofía solène suárez téllez thérèse tomás valérie vázquez víctor zoë
"""
_NAMES = frozenset(_KNOWN.split())
# Beside words; dashes and apostrophes within them, too; signs do not even touch them.
_PUNCTUATION = set("„“”‚‘«»…\u00a0")
_WITHIN = set("’–—")
_SIGNS = set("·•§°€©®½¼¾²³¹´")
_BESIDE_LETTERS = _PUNCTUATION | _WITHIN | _SIGNS
# For what UTF-8 may have been taken, and written as UTF-8 once more: „MÃ¼ller“, „M├╝ller“, „M√ºller“, „MĂĽller“.
_TAKEN_FOR = ("cp1252", "iso8859_15", "cp850", "cp437", "mac_roman", "cp1250", "cp1251")
# What of it cannot be anything else.
_TWICE = re.compile("[\u00c2-\u00c5][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|[┬├─┼]\\S|√[^\\s\\d]")
# A letter encoded twice is two signs or more, side by side.
_ALONE = re.compile(r"(?<![^\x00-\x7f])[^\x00-\x7f](?![^\x00-\x7f])")
# „Ä“, „Ä–Z“: within a word („Ä–va“, „KozieÅ„“) it is one of those, too.
_FAIR = re.compile("(?<![a-zß-ÿ])[ÄÅ][–—‘’“”„…‚€™•](?![a-zß-ÿ])")
# Nobody types them: somebody has lost characters, or read them wrongly, before.
_LOST = re.compile("[\ufffd\u0080-\u0084\u0086-\u009f]")
# No Latin letters (with Vietnamese) and no signs of everyday text.
_STRANGE = re.compile("[^\x00-\x7f\u00a0-\u024f\u1e00-\u1eff\u2010-\u203a€]")


@dataclass(frozen=True)
class Decoded:
    """``encoding`` is its name; ``is_usual`` where it need not be looked at."""

    text: str
    encoding: str
    is_usual: bool = False


class UnknownCharacters(ValueError):
    """The bytes mean nothing, or ``line`` may be read in several ways: a word of it in each of them."""

    def __init__(self, line: int = 0, readings: tuple[str, ...] = ()) -> None:
        super().__init__(line, readings)
        self.line, self.readings = line, readings


def decode(data: bytes) -> Decoded:
    """Raises UnknownCharacters."""
    if codec := _utf_16(data):
        return _whole(data, codec, "UTF-16")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_eight_bits(data)
    if once := _once(text):
        return Decoded(once, _("UTF-8, doppelt kodiert; berichtigt"))
    if _LOST.search(text) or _TWICE.search(_FAIR.sub("", text)):
        raise UnknownCharacters
    return Decoded(text.lstrip("\ufeff"), "UTF-8", is_usual=True)


def is_garbled(text: str) -> bool:
    """Whether a cell shows „MÃ¼ller“, or a sign in place of what is lost."""
    try:
        return not text.isascii() and bool(_LOST.search(text) or _once(text))
    except UnknownCharacters:
        return True


def _utf_16(data: bytes) -> str:
    """The codec, by its mark or by the empty half of each character; empty if it is not UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    empty = [data[first::2].count(0) for first in (0, 1)]
    if sum(empty) * 4 > len(data) and 0 in empty:
        return "utf-16-be" if empty[0] else "utf-16-le"
    return ""


def _whole(data: bytes, codec: str, name: str) -> Decoded:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise UnknownCharacters from None
    if _LOST.search(text) or "\x00" in text:
        raise UnknownCharacters
    return Decoded(text, name)


def _once(text: str) -> str:
    """What the text was before it was encoded twice; empty if it was not. Raises UnknownCharacters."""
    if text.isascii() or _ALONE.search(text) or _FAIR.sub("", text).isascii():
        return ""
    found = {once for codec in _TAKEN_FOR if (once := _taken_back(text, codec)) and not _STRANGE.search(once)}
    if len(found) > 1:
        found = {once for once in found if set(re.findall(r"[^\x00-\x7f]", once)) <= _GERMAN | _BESIDE_LETTERS}
    if len(found) > 1 or any(_TWICE.search(once) for once in found):
        raise UnknownCharacters
    return found.pop() if found else ""


def _taken_back(text: str, codec: str) -> str:
    try:
        return _as_bytes(text, codec).decode("utf-8-sig")
    except UnicodeError:
        return ""


def _as_bytes(text: str, codec: str) -> bytes:
    """Windows leaves some bytes open; programs fill them with control characters."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        if not re.search("[\x80-\x9f]", text):
            raise
    data = bytearray()  # a list of the bytes would take fifty times the memory
    for char in text:
        data += char.encode("latin-1" if "\x80" <= char <= "\x9f" else codec)
    return bytes(data)


def _of_eight_bits(data: bytes) -> Decoded:
    if b"\x00" in data:
        raise UnknownCharacters
    padded = b"\n" + data + b"\n"
    contexts = {padded[at - 1 : at + 2] for at in (found.start() for found in re.finditer(rb"[\x80-\xff]", padded))}
    used = bytes({context[1] for context in contexts})
    found = ["cp1252"] if _is_plainly_german(data, contexts) else []
    found = found or [codec for codec in _CANDIDATES if _is_plausible(data, contexts, codec)]
    if differing := bytes(_differing(used, found)):
        words = re.findall(rb"[^\s;,|\"@./-]*[" + re.escape(differing) + rb"][^\s;,|\"@./-]*", data)
        if "cp1252" not in found or not all(word.decode("cp1252").casefold() in _NAMES for word in set(words)):
            raise _several(data, differing, found)
        found = ["cp1252"]
    if found[:1] == ["cp1252"] and 0xFF in used:  # a ÿ, which hardly a name has, or the wide space of MS-DOS
        raise _several(data, b"\xff", ["cp1252", "cp850"])
    if not found or not _is_read(set(used.decode(found[0])), found[0]):
        raise UnknownCharacters
    return Decoded(data.decode(found[0]), _READ[found[0]])


def _is_read(used: set[str], codec: str) -> bool:
    if codec not in _READ:
        return False
    if codec not in _TOLD_BY_GERMAN:
        return True
    return bool(used & _GERMAN) and used <= _GERMAN | _TOLD_BY_GERMAN[codec] | _PUNCTUATION | _SIGNS


def _several(data: bytes, differing: bytes, codecs: list[str]) -> UnknownCharacters:
    """Names the first word that may be read in several ways."""
    word = re.search(rb"[^\s;,|\"]*[" + re.escape(differing) + rb"][^\s;,|\"]*", data)
    if word is None:
        return UnknownCharacters()
    readings = dict.fromkeys(word[0][:60].decode(codec) for codec in codecs)
    return UnknownCharacters(data.count(b"\n", 0, word.start()) + 1, tuple(readings))


def _differing(used: bytes, codecs: list[str]) -> Iterator[int]:
    for byte in used:
        if len({bytes([byte]).decode(codec) for codec in codecs}) > 1:
            yield byte


def _is_plainly_german(data: bytes, contexts: set[bytes]) -> bool:
    """What nearly every list is: in Windows-1252, with German letters and no others."""
    used = {context.decode("cp1252", "replace")[1] for context in contexts}
    return bool(used & _GERMAN) and used <= _GERMAN | _PUNCTUATION and _is_plausible(data, contexts, "cp1252")


def _is_plausible(data: bytes, contexts: set[bytes], codec: str) -> bool:
    """Whether it has letters of the encoding alone, capitals where words begin, and no sign within a word."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return False
    if re.search(r"[^\W\x00-\x7f]{3}", text):  # another alphabet
        return False
    return all(_may_stand(context.decode(codec), _CANDIDATES[codec]) for context in contexts)


def _may_stand(context: str, allowed: set[str]) -> bool:
    before, char, after = tuple(context)
    touched = [one.isalpha() for one in (before, after)]
    if char in _BESIDE_LETTERS:
        return char in _WITHIN or not (all(touched) or (char in _SIGNS and any(touched)))
    if not (char.isalpha() or any(touched)):  # some sign, by itself
        return char.isprintable()
    return char in allowed and not (before.isdigit() or after.isdigit()) and not _is_case_odd(before, char, after)


def _is_case_odd(before: str, char: str, after: str) -> bool:
    """A capital within a word of small letters, or the reverse: „JÜrg“, „annaéKlein“."""
    if char.isupper():
        return before.islower() or (before.isalpha() and after.islower())
    return char != "ß" and after.isupper()
