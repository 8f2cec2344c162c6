"""How are the typefaces of the pages split, so that a first visit loads the letters it shows?

python -m deploy.release.fonts      after a new version of the files in static/vendor/kern

Each file holds the characters of one range, with all features of the typeface; browsers load those they need. All
ranges together have every character of the original, which names of people need.
"""

from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from deploy.release.sbom import ROOT

ORIGINALS = ROOT / "static/vendor/kern/fonts/fira-sans"
SPLIT = ROOT / "static/vendor/fira-sans-split"
WEIGHTS = {"Regular": 400, "SemiBold": 600}
# In the order in which they are served; what is in none of the first is in the last.
RANGES = {
    "latin": "0-ff 131 152-153 178 192 2bb-2bc 2c6 2d8-2dd 300-304 306-308 30a-30c 327-328 1e9e 2010-2015 2018-2022 "
    "2026 202f 2030 2032-2033 2039-203a 2044 20ac 2122 2190-2193 2212 2264-2265",
    "latin-extended": "100-17f 218-21b",
    "latin-rare": "180-2ff 300-36f 1e00-1eff 2c60-2c7f a720-a7ff",
    "greek": "370-3ff 1f00-1fff",
    "cyrillic": "400-52f 1c80-1c8f 2de0-2dff a640-a69f",
    "symbols": "0-10ffff",
}


def characters(name: str, of: set[int]) -> set[int]:
    """Those of the typeface that belong to this range and to none before it."""
    left = set(of)
    for other, words in RANGES.items():
        found = {code for code in left if any(first <= code <= last for first, last in _bounds(words))}
        if other == name:
            return found
        left -= found
    raise KeyError(name)


def in_css(codes: set[int]) -> str:
    """As ``unicode-range`` has them."""
    parts: list[list[int]] = []
    for code in sorted(codes):
        if parts and code == parts[-1][1] + 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return ", ".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in parts)


def _bounds(words: str) -> list[tuple[int, int]]:
    pairs = [word.split("-") for word in words.split()]
    return [(int(pair[0], 16), int(pair[-1], 16)) for pair in pairs]


def main() -> None:
    SPLIT.mkdir(exist_ok=True)
    rules = ["/* Made by deploy/release/fonts.py; do not edit. */\n"]
    for weight, number in WEIGHTS.items():
        original = ORIGINALS / f"FiraSans-{weight}.woff2"
        everything = set(TTFont(original).getBestCmap())
        for name in RANGES:
            codes = characters(name, everything)
            target = SPLIT / f"{weight}-{name}.woff2"
            options = subset.Options(layout_features=["*"], flavor="woff2", name_IDs=["*"], notdef_outline=True)
            font = subset.load_font(str(original), options)
            splitter = subset.Subsetter(options)
            splitter.populate(unicodes=codes)
            splitter.subset(font)
            font["head"].modified = font["head"].created  # the same bytes whenever it is run
            font.recalcTimestamp = False
            subset.save_font(font, str(target), options)
            rules.append(
                f'@font-face {{\n  font-family: "Fira Sans";\n  src: url("{target.name}") format("woff2");\n'
                f"  font-weight: {number};\n  font-display: swap;\n  unicode-range: {in_css(codes)};\n}}\n"
            )
            print(f"{target.name}: {len(codes)} characters, {Path(target).stat().st_size} bytes")
    (SPLIT / "fira-sans.css").write_text("\n".join(rules), encoding="utf-8")


if __name__ == "__main__":
    main()
