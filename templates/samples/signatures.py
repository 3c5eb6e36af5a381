"""Signatures of nobody: names in the signing hand of fonts/, written in haste, with a flourish of the pen.

Ink on nothing, and nothing around the ink but some room above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from PIL import Image, ImageChops

from templates.samples.drawing import Curve, Mask, Point, Rgb, bezier

HAND = Path(__file__).parents[2] / "fonts/whisper/Whisper-Regular.ttf"
WIDTH, HEIGHT = 1000, 420
LEAST_HEIGHT = 270
BLUE_BLACK: Rgb = (0x1C, 0x2B, 0x52)
BLACK: Rgb = (0x22, 0x22, 0x28)
BLUE: Rgb = (0x1F, 0x3F, 0x8F)


@dataclass(frozen=True, slots=True)
class Signature:
    """`haste` flattens the letters towards the end, `rise` lifts the line (degrees), `slant` shears (1: 45°).

    `flourishes` are Bézier curves of the pen after the name: shares of its width, pixels below its baseline.
    """

    name: str
    ink: Rgb = BLUE_BLACK
    size: float = 200
    haste: float = 0.35
    rise: float = 4
    slant: float = 0.0
    spread: float = 1.0
    weight: float = 2.2
    flourishes: tuple[tuple[Point, Point, Point, Point], ...] = ()


def contours(font: TTFont, glyph: str) -> list[Curve]:
    """The outline of a glyph as polylines, in font units."""
    glyphs = font.getGlyphSet()
    pen = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(pen)
    curves: list[Curve] = []
    for operation, points in pen.value:
        if operation == "moveTo":
            curves.append([points[0]])
        elif operation == "lineTo":
            curves[-1].append(points[0])
        elif operation == "qCurveTo":
            for control, end in decomposeQuadraticSegment(points):
                start = curves[-1][-1]
                first = (
                    start[0] + (control[0] - start[0]) * 2 / 3,
                    start[1] + (control[1] - start[1]) * 2 / 3,
                )
                second = (end[0] + (control[0] - end[0]) * 2 / 3, end[1] + (control[1] - end[1]) * 2 / 3)
                curves[-1] += bezier(start, first, second, end, 10)[1:]
    return curves


def is_hole(curve: Curve) -> bool:
    """TrueType draws outlines clockwise and holes the other way."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(curve, curve[1:] + curve[:1], strict=True)) > 0


def write(signature: Signature, font: TTFont) -> Image.Image:
    """The signature as ink on nothing."""
    em = font["head"].unitsPerEm
    names, advances = font.getBestCmap(), font["hmtx"]
    glyphs = [names[ord(letter)] for letter in signature.name]
    length = sum(advances[glyph][0] for glyph in glyphs) * signature.spread
    scale = min(signature.size / em, 860 / length)
    left, baseline = 60.0, 240.0

    def placed(x: float, y: float) -> Point:
        """Where a point of the line (font units, y up) comes to lie: a hand grows hasty, wavers and rises."""
        way = x / length
        y *= 1 - signature.haste * min(1.0, max(0.0, way)) ** 0.8
        right = left + (x + y * signature.slant) * scale
        waver = 3.2 * math.sin(way * 9.4 + len(signature.name)) + 1.6 * math.sin(way * 23)
        return right, baseline - y * scale + waver - (right - left) * math.tan(math.radians(signature.rise))

    ink = Image.new("L", (WIDTH, HEIGHT), 0)
    pen = 0.0
    for glyph in glyphs:
        mask = Mask(WIDTH, HEIGHT)
        outline = contours(font, glyph)
        for curve in sorted(outline, key=is_hole):
            shape = [placed((x + pen) * signature.spread, y) for x, y in curve]
            mask.fill(shape, 0 if is_hole(curve) else 255)
            if not is_hole(curve):
                mask.stroke([*shape, shape[0]], signature.weight)
        ink = ImageChops.lighter(ink, mask.reduced())
        pen += advances[glyph][0]
    strokes = Mask(WIDTH, HEIGHT)
    for flourish in signature.flourishes:
        corners = [placed(x * length, -y / scale) for x, y in flourish]
        strokes.stroke(bezier(corners[0], corners[1], corners[2], corners[3], 90), pressure(signature.weight))
    ink = ImageChops.lighter(ink, strokes.reduced())
    picture = Image.new("RGBA", (WIDTH, HEIGHT), (*signature.ink, 0))
    picture.putalpha(ink)
    left_edge, top, right_edge, bottom = ink.getbbox() or (0, 0, WIDTH, HEIGHT)
    # Room above low ones, so that in boxes of one height all come out in letters of one size.
    return picture.crop((left_edge, min(top, bottom - LEAST_HEIGHT), right_edge, bottom))


def pressure(weight: float) -> Callable[[float], float]:
    """A pen that lands softly, presses, and is lifted while it still moves."""
    return lambda way: (
        weight * (0.9 + 1.5 * math.sin(math.pi * min(1.0, way * 1.15)) ** 2) * (1 - 0.65 * way**3)
    )


SIGNATURES = (
    Signature(
        "K Ramaswamy",
        flourishes=(
            ((0.96, 20), (0.7, 84), (0.3, 74), (0.12, 66)),
            ((0.12, 66), (0.4, 50), (0.8, 52), (1.06, 30)),
        ),
    ),
    Signature(
        "R Daruwala",
        BLACK,
        haste=0.45,
        rise=6,
        flourishes=(((0.99, -4), (1.12, -20), (1.1, 60), (0.55, 58)),),
    ),
    Signature(
        "Meher K", BLUE_BLACK, 210, slant=0.12, flourishes=(((1.0, 4), (1.16, -30), (1.3, -8), (1.42, -24)),)
    ),
    Signature(
        "S Meenakshi",
        BLUE,
        190,
        haste=0.5,
        rise=3,
        flourishes=(((-0.02, 58), (0.3, 44), (0.7, 40), (1.04, 48)),),
    ),
    Signature(
        "Ananya B",
        BLUE_BLACK,
        205,
        slant=-0.06,
        haste=0.25,
        flourishes=(((0.97, 8), (1.2, 70), (0.4, 92), (0.2, 60)),),
    ),
    Signature(
        "V R Rao",
        BLACK,
        215,
        haste=0.3,
        rise=7,
        flourishes=(
            ((0.98, 2), (1.14, -30), (1.36, 26), (1.5, -18)),
            ((0.3, 70), (0.6, 56), (1.0, 58), (1.4, 48)),
        ),
    ),
    Signature("Lakshmi Varma", BLUE, 185, haste=0.4, slant=0.08),
    Signature(
        "Hetal Mehta",
        BLUE_BLACK,
        195,
        haste=0.55,
        rise=5,
        flourishes=(
            ((0.99, -2), (1.1, -16), (1.16, 44), (0.76, 52)),
            ((0.76, 52), (0.5, 56), (0.4, 30), (0.7, 34)),
        ),
    ),
    Signature(
        "Harpreet Gill",
        BLACK,
        190,
        haste=0.42,
        slant=0.1,
        rise=2,
        flourishes=(((0.4, 72), (0.62, 52), (0.86, 46), (1.08, 56)),),
    ),
    Signature(
        "Mohsin Rizvi",
        BLUE_BLACK,
        190,
        haste=0.3,
        rise=5,
        flourishes=(((0.98, 6), (1.06, -10), (1.18, -12), (1.26, -30)),),
    ),
    Signature(
        "M L Fernandes",
        BLUE,
        185,
        haste=0.5,
        slant=-0.08,
        rise=3,
        flourishes=(((1.0, 2), (1.14, -6), (1.12, 72), (0.5, 70)),),
    ),
    Signature(
        "Digvijay S",
        BLACK,
        205,
        haste=0.35,
        rise=6,
        flourishes=(
            ((0.1, 74), (0.4, 52), (0.9, 44), (1.16, 34)),
            ((0.24, 88), (0.5, 70), (0.8, 62), (1.02, 56)),
        ),
    ),
    Signature("Ananya Sharma", BLUE, 180, haste=0.1, rise=2, weight=1.8),
    Signature("P Murugan", BLUE_BLACK, 195, haste=0.2, rise=3, weight=1.9),
    Signature("Fatima Sheikh", BLACK, 185, haste=0.15, rise=1, weight=1.8, slant=-0.1),
    Signature(
        "D Thomas",
        BLUE,
        205,
        haste=0.25,
        rise=4,
        flourishes=(((0.98, 4), (1.1, -12), (1.2, 10), (1.32, -8)),),
    ),
    Signature(
        "Sunita",
        BLUE_BLACK,
        215,
        haste=0.1,
        rise=3,
        flourishes=(((0.04, 52), (0.4, 42), (0.8, 40), (1.1, 44)),),
    ),
    Signature("Arjun Reddy", BLACK, 190, haste=0.35, rise=5, slant=0.1),
    Signature("Priya Nair", BLUE, 195, haste=0.2, rise=4),
    Signature("Kavitha M", BLACK, 195, haste=0.25, rise=3),
    Signature("Lakshmi Menon", BLUE_BLACK, 180, haste=0.2, rise=2, weight=1.9),
    Signature("Mousumi", BLUE, 210, haste=0.3, rise=5),
    Signature("H Kaur", BLACK, 215, haste=0.15, rise=4),
    Signature("Gurvinder S", BLUE_BLACK, 190, haste=0.35, rise=4),
    Signature("Tenzin Dolma", BLUE, 180, haste=0.1, rise=1, weight=1.8),
    Signature("V S Krishnamurthy", BLACK, 180, haste=0.4, rise=3),
)


def draw(folder: Path) -> None:
    """Write `signature-01.png` and its neighbours."""
    font = TTFont(HAND)
    for number, signature in enumerate(SIGNATURES, start=1):
        write(signature, font).save(folder / f"signature-{number:02}.png", optimize=True)
