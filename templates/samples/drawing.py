"""Curves and masks that the sample pictures are drawn with.

Points are pixels of the finished picture, x right and y down. A mask draws larger than it is and is reduced at the
end, which is what smooths its edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Curve = list[Point]
Rgb = tuple[int, int, int]


def bezier(start: Point, first: Point, second: Point, end: Point, steps: int = 40) -> Curve:
    """A cubic Bézier curve as a polyline, both ends included."""
    points = []
    for step in range(steps + 1):
        t = step / steps
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        points.append(
            (
                a * start[0] + b * first[0] + c * second[0] + d * end[0],
                a * start[1] + b * first[1] + c * second[1] + d * end[1],
            )
        )
    return points


def smooth(points: Sequence[Point], closed: bool = False, steps: int = 16) -> Curve:
    """A curve through `points` (Catmull-Rom)."""
    ends = ([points[-1]], [points[0], points[1]]) if closed else ([points[0]], [points[-1]])
    around = [*ends[0], *points, *ends[1]]
    curve: Curve = []
    for before, start, end, after in zip(around, around[1:], around[2:], around[3:], strict=False):
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        curve += bezier(start, first, second, end, steps)
    return curve


def ellipse(x: float, y: float, across: float, down: float, steps: int = 120) -> Curve:
    """An ellipse about (x, y) with the radii `across` and `down`."""
    turns = (2 * math.pi * step / steps for step in range(steps + 1))
    return [(x + across * math.cos(turn), y + down * math.sin(turn)) for turn in turns]


def mirrored(curve: Sequence[Point], axis: float) -> Curve:
    """`curve` seen in a mirror that stands upright at x = `axis`, walked the other way."""
    return [(2 * axis - x, y) for x, y in reversed(curve)]


def turned(curve: Sequence[Point], degrees: float, about: Point) -> Curve:
    """`curve` turned clockwise."""
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    x, y = about
    return [(x + (a - x) * cosine - (b - y) * sine, y + (a - x) * sine + (b - y) * cosine) for a, b in curve]


def moved(curve: Sequence[Point], right: float, down: float) -> Curve:
    return [(x + right, y + down) for x, y in curve]


class Mask:
    """How much of each pixel is covered: what shapes are drawn on before they have a colour."""

    def __init__(self, width: int, height: int, scale: int = 4) -> None:
        self.width, self.height, self.scale = width, height, scale
        self._image = Image.new("L", (width * scale, height * scale), 0)
        self._draw = ImageDraw.Draw(self._image)

    def fill(self, curve: Sequence[Point], value: int = 255) -> Mask:
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in curve], fill=value)
        return self

    def stroke(
        self, curve: Sequence[Point], width: float | Callable[[float], float], value: int = 255
    ) -> Mask:
        """Draw along `curve` with a round pen. `width` is one, or a function of the way walked (0 to 1)."""
        lengths = [0.0]
        for (x1, y1), (x2, y2) in pairwise(curve):
            lengths.append(lengths[-1] + math.hypot(x2 - x1, y2 - y1))
        total = lengths[-1] or 1.0
        for (start, end), (way1, way2) in zip(pairwise(curve), pairwise(lengths), strict=True):
            dots = max(1, math.ceil((way2 - way1) * self.scale / 1.2))
            for dot in range(dots + 1):
                t = dot / dots
                way = (way1 + (way2 - way1) * t) / total
                radius = (width(way) if callable(width) else width) * self.scale / 2
                x = (start[0] + (end[0] - start[0]) * t) * self.scale
                y = (start[1] + (end[1] - start[1]) * t) * self.scale
                self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=value)
        return self

    def erase(self, curve: Sequence[Point]) -> Mask:
        return self.fill(curve, 0)

    def reduced(self, blur: float = 0) -> Image.Image:
        """The finished mask, its edge softened over `blur` pixels."""
        image = self._image.reduce(self.scale)
        return image.filter(ImageFilter.GaussianBlur(blur)) if blur else image


class Painting:
    """A picture built of layers of flat colour."""

    def __init__(self, width: int, height: int, top: Rgb, bottom: Rgb) -> None:
        self.width, self.height = width, height
        fade = Image.linear_gradient("L").resize((width, height), Image.Resampling.BICUBIC)
        self.image = Image.composite(
            Image.new("RGB", (width, height), bottom), Image.new("RGB", (width, height), top), fade
        )

    def mask(self) -> Mask:
        return Mask(self.width, self.height, 3)

    def lay(
        self, mask: Mask, color: Rgb, opacity: float = 1.0, blur: float = 0, within: Mask | None = None
    ) -> None:
        """Put `color` where `mask` is, softened, and only where `within` is too."""
        cover = mask.reduced(blur)
        if within is not None:
            cover = ImageChops.multiply(cover, within.reduced())
        if opacity < 1:
            cover = cover.point([round(value * opacity) for value in range(256)])
        self.image.paste(color, (0, 0), cover)
