"""How large the faces that stand in for a family are set beside it, by measure: `python -m fonts.match` tells what fonts.yaml
says and what it should.

Noto's faces were drawn to stand at one size beside Noto Sans and Noto Serif. Beside another family they are set as much
smaller or larger as its letters are than Noto's, by the mean height of the letters of names. Naskh was drawn to stand alone:
it is set midway between the size at which an alef is as high as a `d` and that at which a dal is as high as an `x`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, NamedTuple

from core.rendering.fonts import Face, FontLibrary

TOLERANCE: Final = 0.015  # of the type size: what nobody sees

_NAMES: Final = (
    "Ananya Sharma Priya Nair Imran Qureshi Zarina Poonawala Percy Mistry Lakshmi Menon Harpreet Kaur Maria Fernandes "
    "Gurpreet Singh Kavitha Murugan Debjani Roy Fatima Shaikh Bhaskar Joshi Elizabeth Vaz Jignesh Patel Om Thakur"
)
_COMPANIONS: Final = frozenset({"NotoSans-Regular", "NotoSerif-Regular"})


class Match(NamedTuple):
    """A face that stands in for a family: the part of the type size that it is set at, and that it should be set at."""

    family: str
    face: str
    scale: float
    measured: float

    @property
    def is_near(self) -> bool:
        return abs(self.scale - self.measured) <= TOLERANCE


def matches(fonts: FontLibrary) -> list[Match]:
    """Of the regular style of every family."""
    found: list[Match] = []
    for family in fonts.families:
        first, *others = fonts.chain(family).faces
        companion = next(face for face, _ in (first, *others) if face.name in _COMPANIONS)
        size = letter_height(first.face) / letter_height(companion)
        for face, scale in others:
            beside = _beside(face, companion) if "Naskh" in face.name else 1.0
            found.append(Match(family, face.name, scale, size * beside))
    return found


def letter_height(face: Face) -> float:
    """How high the letters of names reach above the baseline, in ems, at the mean."""
    letters = _NAMES.replace(" ", "")
    return sum(top_of(face, letter) for letter in letters) / len(letters)


def top_of(face: Face, letter: str) -> float:
    """How high a letter reaches above the baseline, in ems."""
    extents = face.hb_font.get_glyph_extents(face.hb_font.get_nominal_glyph(ord(letter)))
    return float(extents.y_bearing / face.units_per_em)


def _beside(naskh: Face, latin: Face) -> float:
    tall, low = (top_of(latin, one) / top_of(naskh, other) for one, other in (("d", "ا"), ("x", "د")))
    return (tall + low) / 2


def main() -> None:
    for match in matches(FontLibrary.open(Path(__file__).parent)):
        verdict = "" if match.is_near else "  differs"
        sys.stdout.write(
            f"{match.family:8} {match.face:28} {match.scale:5.3f} {match.measured:5.3f}{verdict}\n"
        )


if __name__ == "__main__":
    main()
