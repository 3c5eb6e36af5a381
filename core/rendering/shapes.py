"""Paths of simple shapes, and paths moved about."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from core.rendering.scene import Close, CurveTo, LineTo, MoveTo, Path, Segment

MM: Final = 72 / 25.4  # points in a millimetre

# A quarter of a circle as one cubic: its control points lie this share of the radius along the tangents.
_QUARTER: Final = 4 / 3 * (math.sqrt(2) - 1)


class Matrix(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def of(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def placed(*, x: float, y: float, scale_x: float, scale_y: float, degrees: float) -> Matrix:
    """Scaled, then turned clockwise as seen (y runs down), then moved."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Matrix(cos * scale_x, sin * scale_x, -sin * scale_y, cos * scale_y, x, y)


def transformed(path: Iterable[Segment], matrix: Matrix) -> Path:
    segments: list[Segment] = []
    for segment in path:
        match segment:
            case MoveTo(x, y):
                segments.append(MoveTo(*matrix.of(x, y)))
            case LineTo(x, y):
                segments.append(LineTo(*matrix.of(x, y)))
            case CurveTo(x1, y1, x2, y2, x, y):
                segments.append(CurveTo(*matrix.of(x1, y1), *matrix.of(x2, y2), *matrix.of(x, y)))
            case Close():
                segments.append(segment)
    return tuple(segments)


def line(x1: float, y1: float, x2: float, y2: float) -> Path:
    return (MoveTo(x1, y1), LineTo(x2, y2))


@lru_cache(maxsize=512)
def rectangle(x: float, y: float, width: float, height: float, radius: float = 0.0) -> Path:
    """A rectangle, its corners rounded by at most half of its shorter side. Those of a template come again and again."""
    right, bottom = x + width, y + height
    radius = min(radius, width / 2, height / 2)
    if radius <= 0:
        return (MoveTo(x, y), LineTo(right, y), LineTo(right, bottom), LineTo(x, bottom), Close())
    return _rounded(x, y, right, bottom, radius, radius)


def ellipse(x: float, y: float, width: float, height: float) -> Path:
    """The ellipse in a box."""
    return _rounded(x, y, x + width, y + height, width / 2, height / 2)


def _rounded(x: float, y: float, right: float, bottom: float, across: float, down: float) -> Path:
    near_x, near_y = across * (1 - _QUARTER), down * (1 - _QUARTER)
    return (
        MoveTo(x + across, y),
        LineTo(right - across, y),
        CurveTo(right - near_x, y, right, y + near_y, right, y + down),
        LineTo(right, bottom - down),
        CurveTo(right, bottom - near_y, right - near_x, bottom, right - across, bottom),
        LineTo(x + across, bottom),
        CurveTo(x + near_x, bottom, x, bottom - near_y, x, bottom - down),
        LineTo(x, y + down),
        CurveTo(x, y + near_y, x + near_x, y, x + across, y),
        Close(),
    )
