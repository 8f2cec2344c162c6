"""Which characters do the bytes of a CSV file mean? What cannot be told is refused, never guessed: „Schr”der“."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

# What „ä“ becomes when UTF-8 is taken for Windows-1252 and written as UTF-8 once more.
_TWICE = re.compile("[\u00c2-\u00c5][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_GERMAN = set("ÄÖÜäöüß")
_WESTERN = set("ÀÁÂÇÉÎÓÔÚàáâçèéêëíîïñòóôùúûåŠšŽž")
_RARE = set("ÃÅÆÈÊËÌÍÏÐÑÒÕØÙÛÝÞãæìðõøýþÿŒœŸ")  # in Windows-1252; other encodings have everyday letters in their place
_EASTERN = set("ĄąĆćĘęŁłŃńÓóŚśŹźŻżČčĎďĚěŇňŘřŠšŤťŮůÝýŽžĐđŐőŰűĂăÂâÎîŞşŢţÁáÉéÍíÚú")
# Beside words, and not within them; signs do not even touch them.
_PUNCTUATION = set("„“”‚‘’«»–—…\u00a0")
_SIGNS = set("·•§°€©®½¼¾²³¹´")
# Which letters each of them may have; MS-DOS and Macintosh are told by German ones.
_CANDIDATES = {
    "cp1252": ("Windows-1252", _GERMAN | _WESTERN | _RARE),
    "cp850": ("MS-DOS (Codepage 850)", _GERMAN | set("éèáàçñ")),
    "mac_roman": ("Mac Roman", _GERMAN | set("éèáàçñ")),
    "cp1250": ("Windows-1250", _GERMAN | _EASTERN),
}


@dataclass(frozen=True)
class Decoded:
    """``encoding``: its name, where people should know it; empty for UTF-8 as it should be."""

    text: str
    encoding: str = ""


class UnknownCharacters(ValueError):
    """The bytes may mean several things, or nothing."""


def decode(data: bytes) -> Decoded:
    """Raises UnknownCharacters."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_eight_bits(data)
    if "\ufffd" in text:  # somebody has lost characters before
        raise UnknownCharacters
    if _TWICE.search(text):
        return Decoded(_once(text), _("UTF-8, doppelt kodiert; berichtigt"))
    return Decoded(text)


def is_encoded_twice(text: str) -> bool:
    """Whether a cell shows „MÃ¼ller“."""
    if not _TWICE.search(text):
        return False
    try:
        _once(text)
    except UnknownCharacters:
        return False
    return True


def _once(text: str) -> str:
    try:
        data = bytearray()  # a list of the bytes would take fifty times the memory
        for char in text:
            data += _as_byte(char)
        return data.decode("utf-8-sig")
    except UnicodeError:
        raise UnknownCharacters from None


def _as_byte(char: str) -> bytes:
    """Windows-1252 leaves five bytes open; programs fill them with control characters."""
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")


def _of_eight_bits(data: bytes) -> Decoded:
    if b"\x00" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnknownCharacters
    found = {name: text for name in _CANDIDATES if (text := _plausible(data, name)) is not None}
    usual = found.get("cp1252")
    if usual is not None and not (_RARE & set(usual) and len(found) > 1) and not _may_be_german(usual, found):
        return Decoded(usual, _CANDIDATES["cp1252"][0])
    if usual is None and len(found) == 1:
        [(name, text)] = found.items()
        if name == "cp1250" or _GERMAN & set(text):
            return Decoded(text, _CANDIDATES[name][0])
    raise UnknownCharacters


def _may_be_german(usual: str, found: dict[str, str]) -> bool:
    """Without one umlaut in Windows-1252, but with some in another encoding."""
    return not _GERMAN & set(usual) and any(_GERMAN & set(text) for text in found.values())


def _plausible(data: bytes, encoding: str) -> str | None:
    """The text, if it has letters of the encoding alone, capitals where words begin, and no sign within a word."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    if re.search(r"[^\W\x00-\x7f]{3}", text):  # another alphabet
        return None
    allowed = _CANDIDATES[encoding][1]
    for found in re.finditer(r"[^\x00-\x7f]", text):
        char, at = found.group(), found.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        touched = [one.isalpha() for one in (before, after)]
        if char in _PUNCTUATION | _SIGNS:
            if all(touched) or (char in _SIGNS and any(touched)):
                return None
        elif char not in allowed or _is_case_odd(before, char, after):
            return None
    return text


def _is_case_odd(before: str, char: str, after: str) -> bool:
    """A capital within a word of small letters, or the reverse: „JÜrg“."""
    if char.isupper():
        return before.islower() or (before.isalpha() and after.islower())
    return char != "ß" and before.isupper() and after.isupper()
