"""Path data for ornaments as an engraver's lathe would cut them, in millimetres.

A layout holds the path itself (`d` of a `path` element), so that it needs nothing but itself. This is where those paths
came from, and where the next ones can come from:

    python -m templates.engraving rose 58 43 9
    python -m templates.engraving lettering "CERTIFIED SPA THERAPIST" 13.55 2.35
"""

from __future__ import annotations

import ast
import math
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont

Point = tuple[float, float]
Way = Callable[[float], Point]

CAPITALS = Path(__file__).parents[1] / "fonts/cinzel/Cinzel-Bold.ttf"


def number(value: float) -> str:
    """A length to a hundredth of a millimetre, which is finer than any printer."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if round(value, 2) else "0"


def pair(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def traced(way: Way, start: float, end: float, pieces: int, closed: bool = False) -> str:
    """The curve `way` as cubic Béziers that meet it in `pieces` + 1 points with its own direction there."""
    step = (end - start) / pieces
    tiny = step * 1e-4

    def direction(t: float) -> Point:
        (x1, y1), (x2, y2) = way(t - tiny), way(t + tiny)
        return (x2 - x1) / (2 * tiny), (y2 - y1) / (2 * tiny)

    parts = [f"M{pair(way(start))}"]
    for piece in range(pieces):
        t1, t2 = start + piece * step, start + (piece + 1) * step
        (x1, y1), (x2, y2) = way(t1), way(t2)
        (dx1, dy1), (dx2, dy2) = direction(t1), direction(t2)
        first = (x1 + dx1 * step / 3, y1 + dy1 * step / 3)
        second = (x2 - dx2 * step / 3, y2 - dy2 * step / 3)
        parts.append(f"C{pair(first)} {pair(second)} {pair((x2, y2))}")
    return " ".join(parts) + (" Z" if closed else "")


def braid(period: float, height: float, swing: float, cycles: int, count: int) -> str:
    """One period of two bands of `count` waves that swing about each other: set end to end, a guilloche border."""

    def wave(side: int, shift: float) -> Way:
        def at(x: float) -> Point:
            turn = 2 * math.pi * x / period
            return x, side * swing * math.sin(turn) + (height / 2 - swing) * math.sin(
                cycles * turn + 2 * math.pi * shift
            )

        return at

    return " ".join(
        traced(wave(side, strand / count), 0, period, cycles * 3)
        for side in (1, -1)
        for strand in range(count)
    )


def ripple(period: float, height: float, count: int) -> str:
    """One period of `count` sine waves, each a little later than the one before: a finer band."""

    def wave(shift: float) -> Way:
        return lambda x: (x, height / 2 * math.sin(2 * math.pi * (x / period + shift)))

    return " ".join(traced(wave(strand / count), 0, period, 4) for strand in range(count))


def rose(radius: float, depth: float, petals: int) -> str:
    """A closed curve of so many petals, `radius` to their tips and `depth` deep. Turned a little, again and again, a rosette."""

    def way(turn: float) -> Point:
        reach = radius - depth / 2 + depth / 2 * math.cos(petals * turn)
        return reach * math.cos(turn), reach * math.sin(turn)

    return traced(way, 0, 2 * math.pi, petals * 4, closed=True)


def scallops(radius: float, depth: float, count: int) -> str:
    """A disc whose edge is milled like a coin's."""
    points = [
        (radius * math.cos(turn), radius * math.sin(turn))
        for turn in (2 * math.pi * n / count for n in range(count + 1))
    ]
    bulge = depth * 2
    parts = [f"M{pair(points[0])}"]
    for step in range(count):
        turn = 2 * math.pi * (step + 0.5) / count
        control = ((radius + bulge) * math.cos(turn), (radius + bulge) * math.sin(turn))
        (x1, y1), (x2, y2) = points[step], points[step + 1]
        first = (x1 + (control[0] - x1) * 2 / 3, y1 + (control[1] - y1) * 2 / 3)
        second = (x2 + (control[0] - x2) * 2 / 3, y2 + (control[1] - y2) * 2 / 3)
        parts.append(f"C{pair(first)} {pair(second)} {pair((x2, y2))}")
    return " ".join(parts) + " Z"


def outlines(font: TTFont, glyph: str) -> Iterator[tuple[str, list[Point]]]:
    """The drawing of a glyph as M, L, C and Z with their points, in font units."""
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(pen)
    here: Point = (0, 0)
    for operation, points in pen.value:
        if operation == "closePath":
            yield "Z", []
        elif operation == "qCurveTo":
            for control, end in decomposeQuadraticSegment(points):
                first = (here[0] + (control[0] - here[0]) * 2 / 3, here[1] + (control[1] - here[1]) * 2 / 3)
                second = (end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3)
                yield "C", [first, second, end]
                here = end
        else:
            yield {"moveTo": "M", "lineTo": "L", "curveTo": "C"}[operation], list(points)
            here = points[-1]


def lettering(
    text: str, radius: float, size: float, middle: float = -90, tracking: float = 0.12, inward: bool = False
) -> str:
    """Engraved capitals on a circle about the origin, `size` mm of em, centred on the angle `middle`.

    `inward` letters stand with their feet outward, to be read along the bottom of a seal.
    """
    font = TTFont(CAPITALS)
    scale = size / font["head"].unitsPerEm
    names, advances = font.getBestCmap(), font["hmtx"]
    glyphs = [names[ord(letter)] for letter in text]
    widths = [advances[glyph][0] * scale + tracking * size for glyph in glyphs]
    turn_of = (-1 if inward else 1) / radius
    turn = math.radians(middle) - (sum(widths) - tracking * size) / 2 * turn_of
    parts = []
    for glyph, width in zip(glyphs, widths, strict=True):
        at = turn + (width - tracking * size) / 2 * turn_of
        lean = at + (math.pi / 2 if not inward else -math.pi / 2)
        x0, y0 = radius * math.cos(at), radius * math.sin(at)
        half = advances[glyph][0] * scale / 2

        def placed(
            point: Point, lean: float = lean, x0: float = x0, y0: float = y0, half: float = half
        ) -> Point:
            x, y = point[0] * scale - half, -point[1] * scale
            return x0 + x * math.cos(lean) - y * math.sin(lean), y0 + x * math.sin(lean) + y * math.cos(lean)

        for operation, points in outlines(font, glyph):
            parts.append(operation + " ".join(pair(placed(point)) for point in points))
        turn += width * turn_of
    return " ".join(parts)


CUTS: Mapping[str, Callable[..., str]] = {
    "braid": braid,
    "ripple": ripple,
    "rose": rose,
    "scallops": scallops,
    "lettering": lettering,
}


def main(arguments: list[str]) -> int:
    """Print one ornament's path, folded for YAML. Numbers are taken as numbers, the rest as text."""
    if not arguments or arguments[0] not in CUTS:
        sys.stderr.write(f"Name an ornament: {', '.join(CUTS)}; then its measures (see their functions).\n")
        return 2
    cut = CUTS[arguments[0]]
    measures = [
        word if cut is lettering and place == 0 else ast.literal_eval(word)
        for place, word in enumerate(arguments[1:])
    ]
    path = cut(*measures)
    sys.stdout.write("\n".join(textwrap.wrap(path, 110, break_on_hyphens=False)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
