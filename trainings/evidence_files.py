"""May this file be kept as evidence? A PDF, JPEG or PNG by its content, whole, and clean as far as one can say.

Signed lists and signed agreements are such files. They are kept byte for byte as they were handed in, with their
SHA-256, and served as no other type than those named here.
"""

import hashlib
import io
import logging
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image

from trainings import virus_scanner
from trainings.refusals import Reason, Refused

logger = logging.getLogger(__name__)

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 80_000_000  # two A4 pages at 600 dpi; nothing here unpacks so many
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png"}
# The types such a file is served as, and how its name ends then.
EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
# What iPhones write unless a page asks for JPEG. Not converted: it takes a decoder of native code for files of
# strangers, and what is kept is the file as it was handed in.
HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif"}


@dataclass(frozen=True)
class EvidenceFile:
    """Checked bytes; what is stored of them beside them."""

    content: bytes
    content_type: str

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def checked(content: bytes) -> EvidenceFile:
    """Raises Refused, beside the field ``file``. Not before the scanner has seen it, where there is one."""
    file = EvidenceFile(content, content_type_of(content))
    must_be_clean(content)
    return file


def content_type_of(content: bytes, place: str = "") -> str:
    """What the file is, whatever its name says. ``place`` names it in a sentence. Raises Refused."""
    if len(content) > MAX_BYTES:
        raise unfit(_("Die Datei ist größer als 10 MB. Bitte scannen Sie mit geringerer Auflösung."), place)
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise unfit(_("Diese PDF-Datei ist unvollständig."), place)
        return "application/pdf"
    if content[4:8] == b"ftyp" and content[8:12] in HEIF:
        raise unfit(
            _(
                "Das ist ein Foto im Format HEIC. Öffnen Sie diese Seite auf dem iPhone und wählen Sie es dort aus:"
                " Dann wandelt das Gerät es selbst in JPEG um. Oder speichern Sie es als JPEG oder PDF."
            ),
            place,
        )
    try:
        with Image.open(io.BytesIO(content), formats=list(PICTURES)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise unfit(_("Das Bild ist zu groß. Bitte scannen Sie mit geringerer Auflösung."), place)
            content_type = PICTURES[str(picture.format)]
            if not _is_whole(content, content_type):
                raise unfit(_("Dieses Bild ist unvollständig."), place)
            if content_type == "image/png":
                picture.verify()  # its checksums, without unpacking
            else:
                picture.draft("L", (picture.width // 8, picture.height // 8))  # a sixty-fourth of the memory
                picture.load()
    except Refused:
        raise
    except Exception as error:  # Pillow raises many kinds for a broken file
        raise unfit(_("Bitte wählen Sie eine PDF-Datei oder ein Foto (JPEG, PNG)."), place) from error
    return content_type


def must_be_clean(content: bytes, place: str = "") -> None:
    """Raises Refused where the virus scanner finds something, or does not answer."""
    try:
        found = virus_scanner.found_in(content)
    except virus_scanner.NoAnswer as problem:
        logger.error("The virus scanner does not answer, so an upload was refused: %s", problem)
        raise unfit(
            _("Die Datei konnte nicht auf Viren geprüft werden und ist nicht abgelegt. Bitte versuchen Sie es später."),
            place,
        ) from problem
    if found:
        logger.warning("An upload was refused: the virus scanner found %s", found)
        raise unfit(
            _("Der Virenscanner hat in dieser Datei „%(name)s“ gefunden. Sie ist nicht abgelegt.") % {"name": found},
            place,
        )


def unfit(why: str, place: str = "") -> Refused:
    return Refused(Reason("unfit", place + why, field="file"))


def _is_whole(content: bytes, content_type: str) -> bool:
    """Whether the picture's last chunk is there; once WeasyPrint is loaded, Pillow forgives that it is not."""
    return (b"IEND" in content[-64:]) if content_type == "image/png" else (b"\xff\xd9" in content[-4096:])
