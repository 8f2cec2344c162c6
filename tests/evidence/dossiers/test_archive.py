"""One ZIP, byte for byte the same whatever wrote it, which common programs open."""

import hashlib
import io
import random
import zipfile
import zlib

import pytest

from evidence.dossiers import archive

FILES = {
    "LIES MICH.txt": b"Guten Tag\r\n",
    "Termine/1/Prüfsummen.txt": b"",
    "Öffentlichkeit/a.pdf": bytes(range(256)) * 9,
}


def entry(path: str, content: bytes) -> archive.ZipEntry:
    return archive.ZipEntry(path, len(content), zlib.crc32(content), lambda: content)


def test_others_read_it():
    entries = [entry(*file) for file in FILES.items()]
    with zipfile.ZipFile(io.BytesIO(b"".join(archive.written(entries)))) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == FILES


def test_the_bytes_depend_on_nothing_but_the_files():
    """The digest stands here so that whoever changes how it is written learns that old dossiers would change."""
    entries = [entry(*file) for file in FILES.items()]
    random.Random(7).shuffle(entries)  # noqa: S311
    written = b"".join(archive.written(entries))
    assert len(written) == archive.length(entries)
    assert hashlib.sha256(written).hexdigest() == "686295619c9f757f75f3380872dc1fb3667993baa8e0c623525dbc7df96f1e71"


def test_a_file_is_read_when_its_turn_comes():
    read = []
    entries = [archive.ZipEntry(name, 1, 0, lambda name=name: read.append(name) or b"x") for name in ("b", "a")]
    pieces = archive.written(entries)
    next(pieces), next(pieces), next(pieces)
    assert read == ["a"]


def test_what_a_zip_cannot_hold_is_refused():
    with pytest.raises(archive.TooLarge):
        archive.length([archive.ZipEntry("a", archive.MOST, 0, bytes)])
    with pytest.raises(archive.TooLarge):
        list(archive.written([archive.ZipEntry(f"{number}", 0, 0, bytes) for number in range(archive.MOST_FILES + 1)]))
