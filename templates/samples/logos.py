"""The marks of the sample spas: line drawings in one dark tone on nothing, at most 600 × 600 pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from templates.samples.drawing import Curve, Mask, Rgb, bezier, ellipse, mirrored, moved, smooth, turned

SIZE = 600
MIDDLE = SIZE / 2
LINE = 9.0
FINE = 6.0


def petal(x: float, foot: float, tip: float, half: float, belly: float = 0.5) -> Curve:
    """An upright pointed petal, `half` its half breadth, `belly` where it is broadest (0 foot, 1 tip)."""
    height = foot - tip
    swell = half * 1.36
    right = bezier(
        (x, foot),
        (x + swell, foot - height * belly * 0.55),
        (x + swell, foot - height * belly * 1.5),
        (x, tip),
    )
    return right + mirrored(right, x)


def outlined(mask: Mask, curve: Curve, width: float = LINE) -> None:
    """Draw `curve` as a line that hides what lies behind it."""
    mask.erase(curve).stroke(curve, width)


def lotus(mask: Mask) -> None:
    foot = (MIDDLE, 418)
    for turn, tip, half in ((74, 208, 40), (50, 176, 50), (26, 150, 56)):
        leaf = petal(MIDDLE, foot[1], tip, half)
        outlined(mask, turned(leaf, turn, foot))
        outlined(mask, turned(leaf, -turn, foot))
    outlined(mask, petal(MIDDLE, foot[1], 128, 60))
    mask.stroke(
        bezier((MIDDLE, 392), (MIDDLE, 340), (MIDDLE, 280), (MIDDLE, 222)), lambda way: FINE * (1 - 0.7 * way)
    )
    for turn in (-15, 15):
        vein = bezier((MIDDLE, 392), (MIDDLE, 350), (MIDDLE, 310), (MIDDLE, 268))
        mask.stroke(turned(vein, turn, (MIDDLE, 400)), lambda way: FINE * (1 - 0.7 * way))
    for y, half in ((454, 150), (484, 92), (512, 40)):
        mask.stroke(
            bezier(
                (MIDDLE - half, y),
                (MIDDLE - half / 3, y + 16),
                (MIDDLE + half / 3, y + 16),
                (MIDDLE + half, y),
            ),
            lambda way: LINE * (0.25 + 3 * way * (1 - way)),
        )


def moon(mask: Mask) -> None:
    mask.fill(ellipse(MIDDLE, MIDDLE, 205, 205)).erase(ellipse(MIDDLE + 62, MIDDLE - 42, 188, 188))
    star = [(0, -74), (11, -11), (74, 0), (11, 11), (0, 74), (-11, 11), (-74, 0), (-11, -11)]
    curve: Curve = []
    for tip, (x, y) in enumerate(star):
        if tip % 2 == 0:
            after = star[(tip + 2) % 8]
            curve += bezier((x, y), (x * 0.12, y * 0.12), (after[0] * 0.12, after[1] * 0.12), after)
    mask.fill(moved(curve, MIDDLE + 58, MIDDLE - 40))
    mask.fill(moved([(x * 0.34, y * 0.34) for x, y in curve], MIDDLE + 150, MIDDLE + 58))
    mask.fill(moved([(x * 0.26, y * 0.26) for x, y in curve], MIDDLE - 4, MIDDLE + 70))


def leaf(mask: Mask) -> None:
    stem = bezier((MIDDLE - 12, 545), (MIDDLE - 20, 420), (MIDDLE + 14, 250), (MIDDLE, 70))
    pairs = ((470, 66), (385, 58), (300, 49), (222, 39))
    for y, turn in pairs:
        size = (y - 60) / 410
        blade = petal(MIDDLE, y, y - 118 - 52 * size, 25 + 12 * size)
        outlined(mask, turned(blade, turn, (MIDDLE, y)))
        outlined(mask, turned(blade, -turn, (MIDDLE, y)))
    outlined(mask, petal(MIDDLE + 2, 172, 52, 26))
    mask.stroke([point for point in stem if point[1] > 168], lambda way: LINE * (1.25 - 0.6 * way))


def wave(mask: Mask) -> None:
    mask.stroke(ellipse(MIDDLE, MIDDLE, 246, 246), FINE)
    for row, y in enumerate((352, 402, 452)):
        half = (205, 172, 118)[row]
        swell = 26 - 5 * row
        line = smooth(
            [
                (MIDDLE - half, y),
                (MIDDLE - half / 2, y - swell),
                (MIDDLE, y),
                (MIDDLE + half / 2, y + swell),
                (MIDDLE + half, y),
            ]
        )
        mask.stroke(line, lambda way: LINE * (0.3 + 2.9 * way * (1 - way)))
    breeze = bezier((112, 296), (230, 216), (330, 330), (412, 262)) + bezier(
        (412, 262), (468, 214), (430, 138), (374, 158)
    )
    curl = bezier((374, 158), (330, 176), (342, 234), (386, 224))
    mask.stroke(breeze + curl, lambda way: LINE * (0.35 + 3.0 * way * (1 - way)))
    second = bezier((150, 226), (214, 182), (262, 232), (300, 190)) + bezier(
        (300, 190), (326, 156), (298, 116), (266, 132)
    )
    mask.stroke(
        second + bezier((266, 132), (244, 146), (256, 176), (278, 168)),
        lambda way: LINE * (0.3 + 2.6 * way * (1 - way)),
    )


def blossom(mask: Mask) -> None:
    heart = (MIDDLE, MIDDLE)
    for turn in range(0, 360, 60):
        right = bezier((MIDDLE, 272), (MIDDLE + 92, 214), (MIDDLE + 108, 96), (MIDDLE + 26, 60))
        notch = bezier((MIDDLE + 26, 60), (MIDDLE + 6, 74), (MIDDLE - 4, 84), (MIDDLE - 6, 96))
        left = bezier((MIDDLE - 6, 96), (MIDDLE - 48, 92), (MIDDLE - 70, 190), (MIDDLE, 272))
        outlined(mask, turned(right + notch + left, turn, heart))
        vein = bezier((MIDDLE + 4, 236), (MIDDLE + 18, 200), (MIDDLE + 26, 168), (MIDDLE + 24, 132))
        mask.stroke(turned(vein, turn, heart), lambda way: FINE * (1.1 - 0.9 * way))
    outlined(mask, ellipse(MIDDLE, MIDDLE, 40, 40))
    mask.fill(ellipse(MIDDLE, MIDDLE, 17, 17))


def peacock(mask: Mask) -> None:
    foot = (MIDDLE, 560)
    for turn in range(-40, 41, 8):
        barb = bezier(foot, (MIDDLE, 430), (MIDDLE, 300), (MIDDLE, 128 + abs(turn) * 2.7))
        bent = turned(barb, turn * 0.95, foot)
        mask.stroke(bent, lambda way: FINE * (0.25 + 0.95 * way))
        x, y = bent[-1]
        mask.fill(ellipse(x, y, 10, 10))
    eye = petal(MIDDLE, 470, 66, 108, 0.62)
    outlined(mask, eye)
    outlined(mask, petal(MIDDLE, 428, 126, 78, 0.62), FINE)
    iris = petal(MIDDLE, 384, 196, 50, 0.62)
    mask.fill(iris)
    mask.erase(petal(MIDDLE, 352, 268, 20, 0.62))
    mask.stroke([(MIDDLE, 470), (MIDDLE, 560)], LINE)


def palm(mask: Mask) -> None:
    foot = (MIDDLE, 380)
    for turn, length in ((84, 190), (62, 226), (40, 252), (20, 268)):
        blade = petal(MIDDLE, foot[1], foot[1] - length, 22, 0.42)
        outlined(mask, turned(blade, turn, foot), FINE + 1)
        outlined(mask, turned(blade, -turn, foot), FINE + 1)
    outlined(mask, petal(MIDDLE, foot[1], 104, 24, 0.42), FINE + 1)
    mask.fill(ellipse(foot[0], foot[1], 13, 13))
    mask.stroke(
        bezier(foot, (MIDDLE + 2, 410), (MIDDLE + 4, 430), (MIDDLE - 4, 462)),
        lambda way: LINE * (1 + 0.5 * way),
    )
    for y, half in ((474, 196), (508, 136), (540, 70)):
        line = smooth(
            [
                (MIDDLE - half, y),
                (MIDDLE - half / 2, y - 11),
                (MIDDLE, y),
                (MIDDLE + half / 2, y + 11),
                (MIDDLE + half, y),
            ]
        )
        mask.stroke(line, lambda way: LINE * (0.25 + 3 * way * (1 - way)))


def stones(mask: Mask) -> None:
    for x, y, across, down in ((300, 462, 196, 58), (288, 358, 142, 50), (308, 272, 92, 40)):
        rim = [(-1, 6 / down), (-0.6, -0.86), (0.2, -1), (0.92, -0.3), (0.9, 0.5), (0.3, 1), (-0.7, 0.9)]
        pebble = smooth([(x + a * across, y + b * down) for a, b in rim], closed=True)
        outlined(mask, pebble)
        shine = bezier(
            (x - across * 0.66, y - down * 0.2),
            (x - across * 0.5, y - down * 0.52),
            (x - across * 0.2, y - down * 0.64),
            (x + across * 0.06, y - down * 0.66),
        )
        mask.stroke(shine, lambda way: FINE * (0.25 + 3 * way * (1 - way)))
    stem = bezier((308, 230), (304, 190), (312, 150), (300, 96))
    mask.stroke(stem, lambda way: LINE * (1 - 0.5 * way))
    for y, turn, length in ((206, 58, 92), (198, -56, 88), (152, 44, 70), (146, -46, 66)):
        outlined(mask, turned(petal(306, y, y - length, 21), turn, (306, y)), FINE)
    outlined(mask, petal(300, 124, 52, 18), FINE)
    mask.stroke(
        bezier((70, 548), (200, 566), (400, 566), (530, 548)), lambda way: LINE * (0.2 + 3 * way * (1 - way))
    )


def drop(mask: Mask) -> None:
    side = [(300, 60), (352, 156), (418, 262), (452, 366), (420, 464)]
    skin = [*side, (300, 520), *mirrored(side[1:], MIDDLE)]
    outlined(mask, smooth(skin, closed=True))
    foot = (MIDDLE, 470)
    for turn, tip, half in ((44, 300, 30), (0, 190, 44)):
        outlined(mask, turned(petal(MIDDLE, foot[1], tip, half), turn, foot), FINE + 1)
        if turn:
            outlined(mask, turned(petal(MIDDLE, foot[1], tip, half), -turn, foot), FINE + 1)
    mask.stroke(
        bezier((MIDDLE, 446), (MIDDLE, 390), (MIDDLE, 330), (MIDDLE, 262)),
        lambda way: FINE * (1.1 - 0.8 * way),
    )
    mask.stroke(
        bezier((192, 556), (260, 570), (340, 570), (408, 556)), lambda way: LINE * (0.2 + 3 * way * (1 - way))
    )


def star(mask: Mask) -> None:
    corner = 236.0
    square = [
        (MIDDLE, MIDDLE - corner),
        (MIDDLE + corner, MIDDLE),
        (MIDDLE, MIDDLE + corner),
        (MIDDLE - corner, MIDDLE),
        (MIDDLE, MIDDLE - corner),
    ]
    for turn in (0, 45):
        mask.stroke(turned(square, turn, (MIDDLE, MIDDLE)), LINE)
        inner = [(MIDDLE + (x - MIDDLE) * 0.86, MIDDLE + (y - MIDDLE) * 0.86) for x, y in square]
        mask.stroke(turned(inner, turn, (MIDDLE, MIDDLE)), FINE * 0.7)
    for turn in range(0, 360, 45):
        outlined(
            mask, turned(petal(MIDDLE, MIDDLE - 26, MIDDLE - 128, 30), turn + 22.5, (MIDDLE, MIDDLE)), FINE
        )
    for turn in range(0, 360, 45):
        outlined(mask, turned(petal(MIDDLE, MIDDLE - 18, MIDDLE - 92, 22), turn, (MIDDLE, MIDDLE)), FINE)
    outlined(mask, ellipse(MIDDLE, MIDDLE, 24, 24), FINE)
    mask.fill(ellipse(MIDDLE, MIDDLE, 9, 9))


MARKS: dict[str, tuple[Callable[[Mask], None], Rgb]] = {
    "lotus": (lotus, (0x7A, 0x57, 0x2A)),
    "moon": (moon, (0x4A, 0x35, 0x55)),
    "leaf": (leaf, (0x4C, 0x5E, 0x35)),
    "wave": (wave, (0x1F, 0x55, 0x5F)),
    "blossom": (blossom, (0x8C, 0x45, 0x3B)),
    "peacock": (peacock, (0x1D, 0x4C, 0x66)),
    "palm": (palm, (0x2B, 0x57, 0x45)),
    "stones": (stones, (0x4B, 0x50, 0x55)),
    "drop": (drop, (0x2E, 0x4D, 0x7A)),
    "star": (star, (0x6F, 0x2C, 0x3C)),
}


def draw(folder: Path) -> None:
    """Write `logo-<name>.png` for every mark."""
    for name, (mark, color) in MARKS.items():
        mask = Mask(SIZE, SIZE)
        mark(mask)
        picture = Image.new("RGBA", (SIZE, SIZE), (*color, 0))
        picture.putalpha(mask.reduced())
        edges = picture.getbbox()  # nothing around the mark, so that layouts can align it by its edges
        picture.crop(edges).save(folder / f"logo-{name}.png", optimize=True)
