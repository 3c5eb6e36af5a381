"""Runs of text as they look on bare paper: painted once, laid down again where the same comes.

Columns are full of the same words and letters of the same sentences. Glyph by glyph, a line of them takes thirty times as long
as its pixels do.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.glyphs import Row, row_of
from core.rendering.scene import Color, GlyphRun, Word

_LONG: Final = 8
"""Glyphs from which that pays."""


class Look(NamedTuple):
    """All that the pixels of a run depend on, whichever row its pen stands in."""

    words: tuple[tuple[float, Word], ...]
    face: Face
    size: float
    color: Color
    x: float
    quarter: int
    scale: float
    paper: Color


class Printed(NamedTuple):
    """The pixels, and how far from the left of the page and below the row of the pen they begin."""

    left: int
    below: int
    pixels: Image.Image


def look_of(run: GlyphRun, face: Face, scale: float, paper: Color) -> tuple[Look, Row] | None:
    """None where glyph by glyph is as well: of a short run, or of one that lets the page shine through."""
    size, color, x, _, words, opacity, _ = run
    if opacity < 1 or (len(words) == 1 and len(words[0][1].glyphs) < _LONG):
        return None
    row = row_of(run, scale)
    return Look(words, face, size, color, x, row.quarter, scale, paper), row


def _weight(printed: Printed) -> int:
    return 1500 + 4 * printed.pixels.width * printed.pixels.height


PRINTED: Final[Kept[Look, Printed]] = Kept(5 << 20, _weight, asked_twice=True)
