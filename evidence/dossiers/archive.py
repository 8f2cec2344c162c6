"""How do files become one ZIP that is byte for byte the same for ever, whatever writes it?

Python's own ``zipfile`` has changed what it writes before, so the few records are written here (PKWARE APPNOTE 6.3.10:
4.3.7, 4.3.12, 4.3.16). Nothing is compressed, every date is the first of a ZIP, files come by their paths; sizes and
checksums are known beforehand, so that it can be sent piece by piece and its length is known.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MOST = 2**32 - 1  # bytes, without ZIP64, which not everything reads
MOST_FILES = 2**16 - 1

_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3L2H"), struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s4H2LH")
_VERSION, _UTF8, _STORED = 20, 0x0800, 0
# As if made on Unix: else Info-ZIP takes names for those of MS-DOS, whatever the bit for UTF-8 says.
_MADE_BY, _READABLE = 3 << 8 | _VERSION, 0o100644 << 16
_TIME, _DATE = 0, (1 << 5) | 1  # midnight of 1 January 1980


class TooLarge(Exception):
    """More than a ZIP holds."""


@dataclass(frozen=True)
class ZipEntry:
    """A file as it will be. ``read`` is called once, when its turn comes, and gives ``size`` bytes."""

    path: str
    size: int
    crc32: int
    read: Callable[[], bytes]


def in_order(entries: Iterable[ZipEntry]) -> list[ZipEntry]:
    """By the bytes of their paths: no database or locale has a say."""
    return sorted(entries, key=lambda entry: entry.path.encode())


def length(entries: Iterable[ZipEntry]) -> int:
    """Of the archive in bytes. Raises TooLarge."""
    entries = list(entries)
    headers = sum(_LOCAL.size + _CENTRAL.size + 2 * len(entry.path.encode()) for entry in entries)
    total = headers + sum(entry.size for entry in entries) + _END.size
    if total > MOST or len(entries) > MOST_FILES:
        raise TooLarge
    return total


def written(entries: Iterable[ZipEntry]) -> Iterator[bytes]:
    """The archive, a file at a time. Raises TooLarge."""
    entries = in_order(entries)
    length(entries)
    directory: list[bytes] = []
    at = 0
    for entry in entries:
        name = entry.path.encode()
        common = (_UTF8, _STORED, _TIME, _DATE, entry.crc32, entry.size, entry.size, len(name), 0)
        header = _LOCAL.pack(b"PK\3\4", _VERSION, *common) + name
        directory.append(_CENTRAL.pack(b"PK\1\2", _MADE_BY, _VERSION, *common, 0, 0, 0, _READABLE, at) + name)
        yield header
        yield entry.read()
        at += len(header) + entry.size
    central = b"".join(directory)
    yield central
    yield _END.pack(b"PK\5\6", 0, 0, len(entries), len(entries), len(central), at, 0)
