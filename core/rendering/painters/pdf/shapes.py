"""Glyphs as paths, where a glyph is to be seen and not to be read."""

from __future__ import annotations

from core.rendering.fonts import Face
from core.rendering.scene import Close, CurveTo, Glyph, LineTo, MoveTo, Path, Segment


def glyph_path(glyph: Glyph, face: Face, *, size: float) -> Path:
    """A glyph's outline where the glyph stands."""
    pen = _Pen(glyph, size / face.units_per_em)
    face.hb_font.draw_glyph_with_pen(glyph.id, pen)
    return tuple(pen.path)


class _Pen:
    """Draws a path of a scene. The names of its methods are those of fontTools' pens, which HarfBuzz calls."""

    def __init__(self, glyph: Glyph, scale: float) -> None:
        self.path: list[Segment] = []
        self._glyph = glyph
        self._scale = scale
        self._x = self._y = 0.0

    def moveTo(self, end: tuple[float, float]) -> None:  # noqa: N802
        self.path.append(MoveTo(*self._move(*end)))

    def lineTo(self, end: tuple[float, float]) -> None:  # noqa: N802
        self.path.append(LineTo(*self._move(*end)))

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        (x1, y1), (x2, y2), end = points
        self.path.append(CurveTo(*self._placed(x1, y1), *self._placed(x2, y2), *self._move(*end)))

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        """A quadratic curve is the cubic one whose control points lie two thirds of the way to its own."""
        (cx, cy), (x, y) = points
        first = self._x + 2 / 3 * (cx - self._x), self._y + 2 / 3 * (cy - self._y)
        self.curveTo(first, (x + 2 / 3 * (cx - x), y + 2 / 3 * (cy - y)), (x, y))

    def closePath(self) -> None:  # noqa: N802
        self.path.append(Close())

    def _move(self, x: float, y: float) -> tuple[float, float]:
        self._x, self._y = x, y
        return self._placed(x, y)

    def _placed(self, x: float, y: float) -> tuple[float, float]:
        return self._glyph.x + x * self._scale, self._glyph.y - y * self._scale
