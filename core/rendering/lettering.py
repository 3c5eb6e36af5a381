"""Text on a circle, as outlines: what stands on a seal is part of its drawing, not of the text that readers select."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from fontTools import unicodedata as scripts

from core.rendering.curves import simplified
from core.rendering.fonts import Face, FontLibrary
from core.rendering.outlines import Bend, bent, outline
from core.rendering.scene import GlyphRun, Path
from core.rendering.shapes import MM

_DIGITS: Final = 3
_TOLERANCE: Final = 0.01 * MM  # by which a letter may be simpler than its font draws it
# Letters of these scripts hang together by strokes or by their headline, which would break if each were only turned.
_JOINED: Final = frozenset({"Arab", "Deva", "Beng", "Guru"})


def on_circle(
    runs: Iterable[GlyphRun], fonts: FontLibrary, *, x: float, y: float, radius: float, inward: bool
) -> Path:
    """A line of text whose middle is at 0 and whose baseline is 0, laid on a circle about (x, y), its middle at the top.

    With `inward` its middle is at the bottom, and its feet point outwards. Letters are turned, each as it is; those that hang
    together are bent with the circle.
    """
    return tuple(
        segment
        for run in runs
        for glyph in _outlines(run, fonts, _Circle(x, y, radius, -1 if inward else 1))
        for segment in glyph
    )


def _outlines(run: GlyphRun, fonts: FontLibrary, circle: _Circle) -> Iterator[Path]:
    face = fonts.face(run.face)
    em = run.size / face.units_per_em
    bends = any(scripts.script(character) in _JOINED for character in run.text)
    for glyph in run.glyphs:
        shape = _simple(face, glyph.id, _TOLERANCE / em)
        if bends:
            yield bent(shape, circle.bending(glyph.x, glyph.y, em), lines_too=True)
        else:
            yield bent(shape, circle.turning(glyph.x, glyph.y, glyph.advance, em), lines_too=False)


@lru_cache(maxsize=256)
def _simple(face: Face, glyph: int, tolerance: float) -> Path:
    return simplified(outline(face, glyph), tolerance)


class _Circle:
    """Where points of a straight line of text go. Glyphs come in font units with y up, at a pen position with y down."""

    def __init__(self, x: float, y: float, radius: float, side: int) -> None:
        self._x, self._y, self._radius, self._side = x, y, radius, side

    def bending(self, pen_x: float, pen_y: float, em: float) -> Bend:
        def bend(x: float, y: float) -> tuple[float, float]:
            return self._at((pen_x + x * em) / self._radius, y * em - pen_y)

        return bend

    def turning(self, pen_x: float, pen_y: float, advance: float, em: float) -> Bend:
        middle = pen_x + advance / 2
        angle = middle / self._radius
        cos, sin = math.cos(angle), math.sin(angle)
        foot_x, foot_y = self._radius * sin, self._radius * cos

        def bend(x: float, y: float) -> tuple[float, float]:
            across, up = pen_x + x * em - middle, y * em - pen_y
            return self._placed(
                foot_x + across * cos + self._side * up * sin, foot_y - across * sin + self._side * up * cos
            )

        return bend

    def _at(self, angle: float, up: float) -> tuple[float, float]:
        reach = self._radius + self._side * up
        return self._placed(reach * math.sin(angle), reach * math.cos(angle))

    def _placed(self, right: float, out: float) -> tuple[float, float]:
        """`out` is away from the middle: up where text stands on the circle, down where it hangs inside."""
        return round(self._x + right, _DIGITS), round(self._y - self._side * out, _DIGITS)
