"""Is every letter of the typeface in one of the files it was split into, and the usual ones in one small file?"""

import re

import pytest
from fontTools.ttLib import TTFont

from deploy.release import fonts

STYLES = (fonts.SPLIT / "fira-sans.css").read_text(encoding="utf-8")


def said(file: str) -> set[int]:
    """The characters for which browsers load the file."""
    [ranges] = re.findall(rf'url\("{re.escape(file)}"\)[^}}]*unicode-range: ([^;]+);', STYLES)
    pairs = [each.removeprefix("U+").split("-") for each in ranges.split(", ")]
    return {code for pair in pairs for code in range(int(pair[0], 16), int(pair[-1], 16) + 1)}


@pytest.mark.parametrize("weight", fonts.WEIGHTS)
def test_no_character_is_lost(weight):
    whole = set(TTFont(fonts.ORIGINALS / f"FiraSans-{weight}.woff2").getBestCmap())
    parts = {name: set(TTFont(fonts.SPLIT / f"{weight}-{name}.woff2").getBestCmap()) for name in fonts.RANGES}
    assert set().union(*parts.values()) == whole
    assert sum(map(len, parts.values())) == len(whole), "none is in two"
    for name, codes in parts.items():
        assert said(f"{weight}-{name}.woff2") == codes == fonts.characters(name, whole)


def test_what_german_and_english_pages_show_needs_one_file_a_weight():
    letters = "aäößÄÖÜẞzZ09 „“‚‘–—…·•→←✓€§&@#*/()[]%‰×−≤≥“”’°²½éèàçñøå"
    latin = said("Regular-latin.woff2")
    whole = set(TTFont(fonts.ORIGINALS / "FiraSans-Regular.woff2").getBestCmap())
    assert {char for char in letters if ord(char) in whole and ord(char) not in latin} == set()
    assert sum((fonts.SPLIT / f"{weight}-latin.woff2").stat().st_size for weight in fonts.WEIGHTS) < 60_000


def test_every_page_that_has_our_styles_has_the_typeface():
    pages = [path for path in (fonts.ROOT / "templates").rglob("*.html") if "css/app.css" in path.read_text("utf-8")]
    assert len(pages) >= 3
    assert [path.name for path in pages if "fira-sans-split/fira-sans.css" not in path.read_text("utf-8")] == []
