"""Outlines of glyphs as paths, and paths bent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.rendering.fonts import Face
from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path, Segment

Bend = Callable[[float, float], tuple[float, float]]


def outline(face: Face, glyph: int) -> Path:
    """A glyph in font units. Its y runs up, as in the font."""
    pen = _Pen()
    face.hb_font.draw_glyph_with_pen(glyph, pen)
    return tuple(pen.path)


def bent(path: Path, bend: Bend, *, lines_too: bool) -> Path:
    """A path whose points are where `bend` puts them. With `lines_too`, lines become curves, as they would on a bent sheet."""
    segments: list[Segment] = []
    x0 = y0 = 0.0
    for segment in path:
        match segment:
            case MoveTo(x, y):
                segments.append(MoveTo(*bend(x, y)))
                x0, y0 = x, y
            case LineTo(x, y) if lines_too:
                dx, dy = (x - x0) / 3, (y - y0) / 3
                segments.append(CurveTo(*bend(x0 + dx, y0 + dy), *bend(x - dx, y - dy), *bend(x, y)))
                x0, y0 = x, y
            case LineTo(x, y):
                segments.append(LineTo(*bend(x, y)))
            case CurveTo(x1, y1, x2, y2, x, y):
                segments.append(CurveTo(*bend(x1, y1), *bend(x2, y2), *bend(x, y)))
                x0, y0 = x, y
            case Close():
                segments.append(segment)
    return tuple(segments)


class _Pen:
    """Draws a path. The names of its methods are those of fontTools' pens, which HarfBuzz calls."""

    def __init__(self) -> None:
        self.path: Final[list[Segment]] = []
        self._x = self._y = 0.0

    def moveTo(self, end: tuple[float, float]) -> None:  # noqa: N802
        self._x, self._y = end
        self.path.append(MoveTo(*end))

    def lineTo(self, end: tuple[float, float]) -> None:  # noqa: N802
        self._x, self._y = end
        self.path.append(LineTo(*end))

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        first, second, end = points
        self._x, self._y = end
        self.path.append(CurveTo(*first, *second, *end))

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        """A quadratic curve is the cubic one whose control points lie two thirds of the way to its own."""
        (cx, cy), (x, y) = points
        first = self._x + 2 / 3 * (cx - self._x), self._y + 2 / 3 * (cy - self._y)
        self.curveTo(first, (x + 2 / 3 * (cx - x), y + 2 / 3 * (cy - y)), (x, y))

    def closePath(self) -> None:  # noqa: N802
        self.path.append(Close())
