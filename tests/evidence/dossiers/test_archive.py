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
        # Made on Unix: Info-ZIP reads other names as those of MS-DOS, and umlauts are lost.
        assert {(one.create_system, one.external_attr >> 16) for one in read.infolist()} == {(3, 0o100644)}
        assert {name: read.read(name) for name in read.namelist()} == FILES


def test_the_bytes_depend_on_nothing_but_the_files():
    """The digest stands here so that whoever changes how it is written learns that old dossiers would change."""
    entries = [entry(*file) for file in FILES.items()]
    random.Random(7).shuffle(entries)  # noqa: S311
    written = b"".join(archive.written(entries))
    assert len(written) == archive.length(entries)
    assert hashlib.sha256(written).hexdigest() == "a0e930a0cdd56dac9e55023f4d03238048b53843922f0191a41db03b6c6814d6"


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
