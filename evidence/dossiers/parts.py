"""What is a part of a dossier: a path, and bytes or the row that has them?"""

import hashlib
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from accounts.tables import Cell, Worksheet, write_csv, write_workbook
from certificates.models import Certificate
from evidence.models import DossierFile
from trainings.models import SheetScan

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]+')  # in names of files under Windows
_UNSEEN = {"Cf", "Co", "Cn", "Cs"}
LONGEST_NAME = 60


@dataclass(frozen=True)
class PackedPart:
    """``content``, or the key of the row that has it."""

    path: str
    content: bytes = b""
    scan: int | None = None
    certificate: int | None = None


def file_name(text: str, longest: int = LONGEST_NAME) -> str:
    """As every system takes it; umlauts stay. Nothing turns the direction of writing, or cannot be seen."""
    text = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", text))
    text = "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
    return " ".join(text.split())[:longest].strip(" .") or "-"


def free_path(path: str, taken: Iterable[str]) -> str:
    """The path, or with a number where there is one already: „Liste (2).pdf“."""
    stem, dot, ending = path.rpartition(".")
    number, found = 1, path
    taken = {one.casefold() for one in taken}  # as Windows and macOS compare them
    while found.casefold() in taken:
        number += 1
        found = f"{stem} ({number}){dot}{ending}"
    return found


def table(
    path: str, sheets: Sequence[Worksheet], lines: Iterable[Sequence[Cell]] | None = None
) -> Iterator[PackedPart]:
    """As a workbook, and as CSV with the rows of the first sheet, or ``lines``, the first of which are headings."""
    sheets = [Worksheet(one.name, one.headings, list(one.rows), one.widths) for one in sheets]
    yield PackedPart(f"{path}.xlsx", _bytes(lambda file: write_workbook(sheets, file)))
    headings, *rows = list(lines) if lines is not None else [sheets[0].headings, *sheets[0].rows]
    yield csv_table(path, [str(heading) for heading in headings], rows)


def csv_table(path: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> PackedPart:
    return PackedPart(f"{path}.csv", _bytes(lambda file: write_csv(headings, rows, file)))


def _bytes(write: Callable[[IO[bytes]], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def row_of(part: PackedPart) -> DossierFile:
    """The row of a part, not saved; one whose bytes are not what was filed has a copy of what there is."""
    content, expected = _content(part)
    sha256 = hashlib.sha256(content).hexdigest()
    is_sound = not expected or sha256 == expected
    is_kept_here = not is_sound or not expected
    return DossierFile(
        path=part.path,
        size=len(content),
        sha256=sha256,
        crc32=zlib.crc32(content),
        content=content if is_kept_here else None,
        scan_id=None if is_kept_here else part.scan,
        certificate_id=None if is_kept_here else part.certificate,
        expected_sha256="" if is_sound else expected,
    )


def _content(part: PackedPart) -> tuple[bytes, str]:
    """With the SHA-256 that was noted when it was filed or printed, where it was."""
    if part.scan is not None:
        return bytes_of(SheetScan, part.scan)
    if part.certificate is not None:
        return bytes_of(Certificate, part.certificate)
    return part.content, ""


def bytes_of(model: type[SheetScan] | type[Certificate], pk: int) -> tuple[bytes, str]:
    column = "content" if model is SheetScan else "pdf"
    content, sha256 = model._default_manager.filter(pk=pk).values_list(column, "sha256").get()
    return bytes(content or b""), sha256


def content_of(file: DossierFile) -> bytes:
    """Of a row that was read without bytes."""
    if file.scan_id is not None:
        return bytes_of(SheetScan, file.scan_id)[0]
    if file.certificate_id is not None:
        return bytes_of(Certificate, file.certificate_id)[0]
    content = DossierFile.objects.filter(pk=file.pk).values_list("content", flat=True).get()
    return bytes(content or b"")
