"""Makes the files of this folder from their upstream releases: `python fonts/build.py NOTO PACKAGES`.

NOTO is the folder with the TTFs of Debian's `fonts-noto-core`, PACKAGES one with the unpacked npm packages
`@expo-google-fonts/<family>` (whole static TTFs of Google Fonts), each in a folder named `<family>`.
Run again on the same sources, it writes the same bytes. It needs skia-pathops, which nothing else here does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.removeOverlaps import removeOverlaps

HERE = Path(__file__).parent

# What a document in a Latin, Greek or Cyrillic script may need; the rest of such a face is dropped.
EUROPEAN = [
    *((0x0020, 0x007E), (0x00A0, 0x0250), (0x02B0, 0x036F), (0x0370, 0x03FF), (0x0400, 0x045F)),
    *((0x0490, 0x0491), (0x1E00, 0x1EFF), (0x2000, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218F)),
    *((0x2190, 0x2199), (0x2200, 0x22FF), (0x25A0, 0x27BF), (0xFB00, 0xFB06)),
]
SYMBOLS = [(0x2190, 0x21FF), (0x2300, 0x23FF), (0x2500, 0x27BF), (0x2B00, 0x2BFF)]
EVERYTHING = [(0x0000, 0x10FFFF)]

FEATURES = [*subset.Options().layout_features, "smcp", "lnum", "onum", "pnum", "tnum"]

WEIGHTS = ["Regular", "Bold"]
INDIC = ["Devanagari", "Bengali", "Tamil", "Telugu", "Kannada", "Malayalam", "Gujarati", "Gurmukhi"]
NOTO = [
    *(f"Noto{kind}{script}-{weight}" for script in INDIC for kind in ("Sans", "Serif") for weight in WEIGHTS),
    *(f"NotoNaskhArabic-{weight}" for weight in WEIGHTS),
]

# The weights of Google Fonts and the names we give them.
STYLES = {
    "400Regular": "Regular",
    "400Regular_Italic": "Italic",
    "500Medium": "Medium",
    "500Medium_Italic": "MediumItalic",
    "700Bold": "Bold",
    "700Bold_Italic": "BoldItalic",
}
SIX = ["400Regular", "400Regular_Italic", "500Medium", "500Medium_Italic", "700Bold", "700Bold_Italic"]
PACKAGES = {
    "noto-sans": ("noto", "NotoSans", SIX),
    "noto-serif": ("noto", "NotoSerif", SIX),
    "eb-garamond": ("eb-garamond", "EBGaramond", SIX),
    "inter": ("inter", "Inter", SIX),
    "cinzel": ("cinzel", "Cinzel", ["400Regular", "500Medium", "700Bold"]),
    "great-vibes": ("great-vibes", "GreatVibes", ["400Regular"]),
    "whisper": ("whisper", "Whisper", ["400Regular"]),
}


# Families whose glyphs are made of contours that overlap. Rasterisers add up coverage there, and draw such edges darker.
OVERLAPPING = {"inter"}


def shrink(source: Path, target: Path, ranges: list[tuple[int, int]]) -> None:
    """Write `source` with only the characters of `ranges`, without hinting, glyph names and signatures."""
    options = subset.Options(
        layout_features=FEATURES,
        hinting=False,
        glyph_names=False,
        notdef_outline=True,
        recalc_timestamp=False,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17],
        name_languages=[0x409],
        drop_tables=[*subset.Options().drop_tables, "DSIG", "FFTM", "MERG", "STAT", "gasp", "meta"],
    )
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        unicodes=[code for code in font.getBestCmap() if any(low <= code <= high for low, high in ranges)]
    )
    subsetter.subset(font)
    if target.parent.name in OVERLAPPING:
        removeOverlaps(font)
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target, reorderTables=True)


def write_licence(folder: Path, licence: str) -> None:
    """One OFL.txt for a folder: the copyright line of every font in it, then the licence."""
    fonts = sorted(folder.glob("*.ttf"))
    copyrights = {str(TTFont(font)["name"].getDebugName(0)).strip(): None for font in fonts}
    terms = licence[licence.index("This Font Software is licensed") :]
    (folder / "OFL.txt").write_text("\n".join([*copyrights, "", terms]), "utf-8")


def main(noto: Path, packages: Path) -> None:
    for name in NOTO:
        shrink(noto / f"{name}.ttf", HERE / "noto" / f"{name}.ttf", EVERYTHING)
    shrink(noto / "NotoSansSymbols2-Regular.ttf", HERE / "noto" / "NotoSansSymbols2-Regular.ttf", SYMBOLS)
    for package, (folder, family, styles) in PACKAGES.items():
        for style in styles:
            [source] = (packages / package / style).glob("*.ttf")
            shrink(source, HERE / folder / f"{family}-{STYLES[style]}.ttf", EUROPEAN)
        write_licence(HERE / folder, (packages / package / "LICENSE_FONT").read_text("utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
