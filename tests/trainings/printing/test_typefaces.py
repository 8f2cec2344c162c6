"""Can names be printed whose script we bring no typeface for, once the operator has added one?"""

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tests.certificates.paper.test_wording import build_snapshot
from trainings.printing import typefaces

HEBREW = "אבג"


def build_typeface(path, letters: str, family: str) -> None:
    """A box for each letter."""
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, 700), (450, 700), (450, 0)):
        pen.lineTo(point)
    pen.closePath()
    box, names = pen.glyph(), [".notdef", *(f"g{ord(letter):x}" for letter in letters)]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(letter): f"g{ord(letter):x}" for letter in letters})
    font.setupGlyf(dict.fromkeys(names, box))
    font.setupHorizontalMetrics(dict.fromkeys(names, (500, 50)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    font.save(path)


@pytest.fixture
def folder(tmp_path, settings):
    from trainings.printing import pdf  # noqa: PLC0415

    for weight in ("Regular", "Bold"):
        build_typeface(tmp_path / f"NotoSansHebrew-{weight}.ttf", HEBREW, "Noto Sans Hebrew")
        build_typeface(tmp_path / f"NotoSansKlingon-{weight}.ttf", "x", "Noto Sans Klingon")
    build_typeface(tmp_path / "NotoSansThai-Regular.ttf", "ก", "Noto Sans Thai")  # bold is missing
    settings.PRINT_FONTS_DIR = str(tmp_path)
    pdf._kits.made.clear()
    yield tmp_path
    pdf._kits.made.clear()


def test_without_a_folder_there_are_ours(settings):
    settings.PRINT_FONTS_DIR = ""
    assert typefaces.families() == '"Noto Sans", "Noto Sans Arabic", "Noto Sans Georgian"'


def test_a_folder_adds_what_it_has_whole(folder):
    assert typefaces.families() == '"Noto Sans", "Noto Sans Arabic", "Noto Sans Georgian", "Noto Sans Hebrew"'
    assert typefaces.file_of("fonts:NotoSansHebrew-Bold.ttf") == str(folder / "NotoSansHebrew-Bold.ttf")


@pytest.mark.parametrize("name", ["NotoSansKlingon-Bold.ttf", "../etc/passwd", "NotoSansThai-Regular.ttf", ""])
def test_nothing_else_of_the_folder_is_read(folder, name):
    assert typefaces.file_of(f"fonts:{name}") is None


def test_a_name_in_that_script_is_printed(folder, settings):
    from certificates.paper import page  # noqa: PLC0415
    from trainings.printing import pdf  # noqa: PLC0415

    snapshot = {**build_snapshot(), "name": HEBREW}
    assert pdf.missing_characters(HEBREW) == ""
    assert page.pdf(snapshot).startswith(b"%PDF")
    pdf._kits.made.clear()
    settings.PRINT_FONTS_DIR = ""
    with pytest.raises(pdf.NotPrintable):
        page.pdf(snapshot)
