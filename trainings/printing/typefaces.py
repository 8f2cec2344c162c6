"""Which typefaces is paper set in? Noto Sans for the scripts we bring, and those of a folder the operator names.

Latin, Greek, Cyrillic, Arabic and Georgian lie in static/vendor/fonts. For others ``PRINT_FONTS_DIR`` names a folder
with files of the same family, as Debian's package fonts-noto-core brings them; only the scripts named here are looked
for, since each costs time when a process prints for the first time.
"""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

OURS = ("", "Arabic", "Georgian")
MORE = (
    "Hebrew", "Armenian", "Ethiopic", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Tamil", "Telugu", "Kannada",
    "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Tifinagh", "Thaana", "SC", "TC", "JP", "KR",
)  # fmt: skip


@dataclass(frozen=True)
class Typeface:
    """``address``: what rules of style say before the weight, ``static:…`` or ``fonts:…``."""

    family: str
    address: str
    ending: str

    @property
    def regular(self) -> str:
        return f"{self.address}-Regular{self.ending}"

    @property
    def bold(self) -> str:
        return f"{self.address}-Bold{self.ending}"


def typefaces() -> list[Typeface]:
    """In the order in which a letter is looked for."""
    found = [Typeface(_family(script), f"static:vendor/fonts/NotoSans{script}", ".ttf") for script in OURS]
    folder = settings.PRINT_FONTS_DIR
    for script in MORE if folder else ():
        for ending in (".ttf", ".otf"):
            files = [Path(folder, f"NotoSans{script}-{weight}{ending}") for weight in ("Regular", "Bold")]
            if all(file.is_file() for file in files):
                found.append(Typeface(_family(script), f"fonts:NotoSans{script}", ending))
                break
    return found


def families() -> str:
    """As rules of style name them."""
    return ", ".join(f'"{typeface.family}"' for typeface in typefaces())


def file_of(address: str) -> str | None:
    """Where the typeface of this address lies; None for what is none of them."""
    scheme, _colon, name = address.partition(":")
    if scheme == "static":
        return finders.find(name)
    known = {each for typeface in typefaces() for each in (typeface.regular, typeface.bold)}
    return str(Path(settings.PRINT_FONTS_DIR, name)) if address in known else None


def _family(script: str) -> str:
    return f"Noto Sans {script}".strip()
