"""Portraits of nobody: passport photographs drawn from curves, 413 × 531 pixels (35 × 45 mm at 300 dpi)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from templates.samples.drawing import (
    Curve,
    Mask,
    Painting,
    Point,
    Rgb,
    bezier,
    ellipse,
    mirrored,
    moved,
    smooth,
)

WIDTH, HEIGHT = 413, 531
AXIS = WIDTH / 2

Hair = Literal["bun", "long", "braid", "waves", "bob", "short", "side", "curly", "grey", "turban", "scarf"]
Dress = Literal["saree", "kurta", "tunic", "shirt", "blazer", "suit"]


@dataclass(frozen=True, slots=True)
class Look:
    """What one portrait is made of. `face` widens the jaw (1 is even)."""

    hair: Hair
    dress: Dress
    skin: Rgb
    cloth: Rgb
    trim: Rgb
    backdrop: Rgb
    hair_color: Rgb = (0x1E, 0x18, 0x17)
    face: float = 1.0
    brow: float = 0.0
    bindi: Rgb | None = None
    earrings: Rgb | None = None
    glasses: bool = False
    beard: Literal["none", "moustache", "stubble", "full"] = "none"
    lips: Rgb | None = None


def shade(color: Rgb, factor: float) -> Rgb:
    """Darker below 1, lighter above."""
    if factor <= 1:
        red, green, blue = (round(part * factor) for part in color)
    else:
        red, green, blue = (round(255 - (255 - part) * (2 - factor)) for part in color)
    return red, green, blue


def blend(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def both_sides(half: list[Point]) -> list[Point]:
    """A closed outline from its right half, which starts and ends on the axis."""
    return half + mirrored(half[1:-1], AXIS)


def face_outline(look: Look) -> Curve:
    wide = look.face
    half = [
        (AXIS, 118.0), (AXIS + 44, 126.0), (AXIS + 73 * wide, 160.0), (AXIS + 79 * wide, 212.0), (AXIS + 74 * wide, 256.0),
        (AXIS + 58 * wide, 294.0), (AXIS + 32 * wide, 321.0), (AXIS, 330.0),
    ]  # fmt: skip
    return smooth(both_sides(half), closed=True)


def body_outline(top: float = 398) -> Curve:
    half = [
        (AXIS, top - 4), (AXIS + 44, top - 16), (AXIS + 84, top - 2), (AXIS + 136, top + 26), (AXIS + 176, top + 62),
        (AXIS + 200, top + 130), (AXIS + 206, top + 200), (AXIS, top + 220),
    ]  # fmt: skip
    return smooth(both_sides(half), closed=True)


def paint_back_hair(picture: Painting, look: Look) -> None:
    """What falls behind the neck."""
    if look.hair in ("long", "waves"):
        wave = 10 if look.hair == "waves" else 0
        half = [
            (AXIS, 84.0), (AXIS + 64, 98.0), (AXIS + 96, 160.0), (AXIS + 100 + wave, 240.0), (AXIS + 98 - wave, 310.0),
            (AXIS + 108 + wave, 380.0), (AXIS + 88, 452.0), (AXIS + 40, 470.0), (AXIS, 440.0),
        ]  # fmt: skip
        picture.lay(picture.mask().fill(smooth(both_sides(half), closed=True)), shade(look.hair_color, 0.8))
    elif look.hair == "bob":
        half = [
            (AXIS, 84.0), (AXIS + 66, 98.0), (AXIS + 98, 160.0), (AXIS + 104, 236.0), (AXIS + 106, 300.0),
            (AXIS + 84, 344.0), (AXIS + 44, 346.0), (AXIS, 330.0),
        ]  # fmt: skip
        picture.lay(picture.mask().fill(smooth(both_sides(half), closed=True)), shade(look.hair_color, 0.8))
    elif look.hair == "braid":
        paint_braid(picture, look, from_y=0)
    elif look.hair == "bun":
        picture.lay(picture.mask().fill(ellipse(AXIS, 84, 50, 38)), look.hair_color)
        picture.lay(
            picture.mask().fill(ellipse(AXIS - 12, 72, 26, 12)), shade(look.hair_color, 1.14), 0.8, blur=7
        )


def paint_neck(picture: Painting, look: Look) -> None:
    half = [
        (AXIS, 280.0), (AXIS + 42, 288.0), (AXIS + 45, 340.0), (AXIS + 48, 376.0), (AXIS + 66, 408.0), (AXIS + 56, 470.0),
        (AXIS, 500.0),
    ]  # fmt: skip
    neck = picture.mask().fill(smooth(both_sides(half), closed=True))
    picture.lay(neck, shade(look.skin, 0.93))
    under = picture.mask().fill(moved(face_outline(look), 3, 26))
    picture.lay(under, shade(look.skin, 0.62), 0.55, blur=9, within=neck)


def paint_dress(picture: Painting, look: Look) -> None:
    body = picture.mask().fill(body_outline())
    cut = picture.mask()
    if look.dress in ("saree", "kurta", "tunic"):
        depth = {"saree": 66, "kurta": 50, "tunic": 78}[look.dress]
        half = [
            (AXIS, 398.0 + depth),
            (AXIS + 30, 396.0 + depth * 0.72),
            (AXIS + 62, 392.0),
            (AXIS + 40, 360.0),
            (AXIS, 350.0),
        ]
        neckline = smooth(both_sides(half), closed=True)
        body.erase(neckline)
        picture.lay(body, look.cloth)
        shadow(picture, body)
        hem = picture.mask().stroke([*neckline, neckline[0]], 7)
        picture.lay(hem, look.trim, within=body)
        if look.dress == "saree":
            drape = [(118, 560), (150, 470), (210, 420), (262, 396), (330, 410), (382, 440), (420, 560)]
            cut.fill(
                smooth([*drape[:4], (272, 392), (345, 420), (400, 470), (430, 600), (200, 620)], closed=True)
            )
            picture.lay(cut, shade(look.cloth, 0.86), within=body)
            edge = bezier((130, 560), (156, 470), (206, 424), (276, 396))
            picture.lay(picture.mask().stroke(edge, 13), look.trim, within=body)
            picture.lay(picture.mask().stroke(moved(edge, 10, 8), 2), shade(look.trim, 0.7), 0.7, within=body)
            for step in (46, 82, 118):
                picture.lay(
                    picture.mask().stroke(moved(edge, step, 16), 3), shade(look.cloth, 0.62), 0.45, 2, body
                )
        elif look.dress == "kurta":
            placket = picture.mask().stroke([(AXIS, 440), (AXIS, 540)], 22)
            picture.lay(placket, shade(look.cloth, 0.92), within=body)
            for y in (466, 496, 526):
                picture.lay(picture.mask().fill(ellipse(AXIS, y, 3.4, 3.4)), look.trim)
        else:
            for side in (-1, 1):
                seam = bezier(
                    (AXIS + side * 60, 396),
                    (AXIS + side * 66, 440),
                    (AXIS + side * 74, 500),
                    (AXIS + side * 76, 540),
                )
                picture.lay(picture.mask().stroke(seam, 2.4), look.trim, 0.8, within=body)
        return
    opening = [(AXIS - 50, 372), (AXIS, 412), (AXIS + 50, 372), (AXIS, 340)]
    picture.lay(body, look.cloth)
    shadow(picture, body)
    if look.dress in ("blazer", "suit"):
        bib = picture.mask().fill(
            [(AXIS - 58, 384), (AXIS - 4, 545), (AXIS + 4, 545), (AXIS + 58, 384), (AXIS, 350)]
        )
        picture.lay(bib, look.trim)
        if look.dress == "suit":
            tie = [
                (AXIS - 11, 414),
                (AXIS + 11, 414),
                (AXIS + 7, 432),
                (AXIS + 17, 545),
                (AXIS - 17, 545),
                (AXIS - 7, 432),
            ]
            picture.lay(picture.mask().fill(tie), shade(look.cloth, 0.7))
    skin = picture.mask().fill(
        opening if look.dress != "suit" else [(AXIS - 48, 376), (AXIS, 416), (AXIS + 48, 376), (AXIS, 340)]
    )
    picture.lay(skin, shade(look.skin, 0.84))
    for side in (-1, 1):
        collar = [
            (AXIS + side * 46, 366),
            (AXIS + side * 62, 388),
            (AXIS + side * 38, 440),
            (AXIS + side * 3, 416),
        ]
        collar_color = shade(look.cloth, 1.12) if look.dress == "shirt" else look.trim
        picture.lay(picture.mask().fill(moved(collar, 0, 4)), shade(collar_color, 0.6), 0.4, blur=4)
        picture.lay(picture.mask().fill(collar), collar_color)
        if look.dress != "shirt":
            lapel = [
                (AXIS + side * 62, 384),
                (AXIS + side * 96, 410),
                (AXIS + side * 84, 452),
                (AXIS + side * 96, 462),
                (AXIS + side * 6, 560),
            ]
            picture.lay(picture.mask().fill(moved(lapel, 0, 4)), shade(look.cloth, 0.5), 0.5, blur=5)
            picture.lay(picture.mask().fill(lapel), shade(look.cloth, 1.08))
    if look.dress == "shirt":
        picture.lay(picture.mask().stroke([(AXIS, 432), (AXIS, 540)], 2), shade(look.cloth, 0.75), 0.8)
        for y in (462, 500):
            picture.lay(picture.mask().fill(ellipse(AXIS + 8, y, 3, 3)), shade(look.cloth, 0.7))


def shadow(picture: Painting, body: Mask) -> None:
    """Soft folds, so that cloth does not look cut out of paper."""
    for side in (-1, 1):
        fold = bezier(
            (AXIS + side * 150, 440),
            (AXIS + side * 120, 470),
            (AXIS + side * 128, 520),
            (AXIS + side * 122, 545),
        )
        picture.lay(picture.mask().stroke(fold, 14), (20, 16, 20), 0.22, blur=9, within=body)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 110, 424, 50, 18)), (255, 250, 240), 0.12, blur=14, within=body
    )


def paint_face(picture: Painting, look: Look) -> None:
    outline = face_outline(look)
    if look.hair != "scarf":
        for side in (-1, 1):
            ear = smooth([(AXIS + side * (76 * look.face), 204), (AXIS + side * (90 * look.face), 206),
                          (AXIS + side * (88 * look.face), 236), (AXIS + side * (74 * look.face), 252)], closed=True)  # fmt: skip
            picture.lay(picture.mask().fill(ear), shade(look.skin, 0.88))
    face = picture.mask().fill(outline)
    picture.lay(face, look.skin)
    side = picture.mask().fill(outline).erase(moved(outline, -20, -6))
    picture.lay(side, shade(look.skin, 0.72), 0.55, blur=12, within=face)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 24, 160, 34, 20)),
        shade(look.skin, 1.25),
        0.5,
        blur=16,
        within=face,
    )
    for x in (-44, 44):
        picture.lay(
            picture.mask().fill(ellipse(AXIS + x, 256, 20, 13)), (0xC8, 0x5A, 0x50), 0.2, blur=10, within=face
        )
    nose = bezier((AXIS + 3, 214), (AXIS + 8, 236), (AXIS + 14, 250), (AXIS + 12, 258)) + bezier(
        (AXIS + 12, 258), (AXIS + 6, 265), (AXIS - 5, 265), (AXIS - 10, 259)
    )
    picture.lay(
        picture.mask().fill(ellipse(AXIS + 8, 246, 9, 22)), shade(look.skin, 0.7), 0.4, blur=7, within=face
    )
    picture.lay(
        picture.mask().stroke(nose[-42:], lambda way: 0.8 + 2.2 * way * (1.4 - way)),
        shade(look.skin, 0.6),
        0.75,
    )
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 2, 236, 4, 16)), shade(look.skin, 1.3), 0.4, blur=5, within=face
    )


def paint_features(picture: Painting, look: Look) -> None:
    dark = shade(look.hair_color, 0.8) if look.hair != "grey" else (0x4A, 0x44, 0x42)
    for side in (-1, 1):
        x = AXIS + side * 33 * look.face
        white = smooth(
            [(x - 17, 213), (x - 8, 205.5), (x + 4, 204.5), (x + 17, 212), (x + 6, 218), (x - 8, 218)],
            closed=True,
        )
        eye = picture.mask().fill(white)
        picture.lay(eye, (0xF6, 0xF1, 0xEC))
        picture.lay(picture.mask().fill(ellipse(x, 211, 7.6, 7.6)), (0x3A, 0x22, 0x18), within=eye)
        picture.lay(picture.mask().fill(ellipse(x, 211, 3.6, 3.6)), (0x12, 0x0C, 0x0A), within=eye)
        picture.lay(picture.mask().fill(ellipse(x - 2.6, 208, 1.8, 1.8)), (255, 255, 255), 0.95)
        lid = bezier((x - 18, 213), (x - 9, 202.5), (x + 8, 202.5), (x + 18, 211.5))
        picture.lay(picture.mask().stroke(lid, lambda way: 1.4 + 5.2 * way * (1 - way)), dark)
        crease = bezier((x - 16, 205), (x - 8, 197.5), (x + 8, 197.5), (x + 17, 204))
        picture.lay(picture.mask().stroke(crease, 1.3), shade(look.skin, 0.62), 0.6)
        inner, outer = (x - side * 20, x + side * 22)
        brow = bezier(
            (inner, 187),
            (inner + side * 12, 181 - look.brow),
            (outer - side * 10, 179 - look.brow),
            (outer, 189),
        )
        weight = 5.2 if look.lips else 7.4
        picture.lay(
            picture.mask().stroke(brow, lambda way, weight=weight: weight * (1 - 0.62 * way)),
            dark,
            0.9,
            blur=0.7,
        )  # type: ignore[misc]
    lips = look.lips or blend(shade(look.skin, 0.8), (0x9A, 0x4C, 0x46), 0.4)
    upper = smooth(
        [
            (AXIS - 25, 286),
            (AXIS - 9, 280.5),
            (AXIS, 282.5),
            (AXIS + 9, 280.5),
            (AXIS + 25, 286),
            (AXIS, 290),
        ],
        closed=True,
    )
    lower = smooth(
        [(AXIS - 25, 286), (AXIS, 289), (AXIS + 25, 286), (AXIS + 13, 296), (AXIS, 299), (AXIS - 13, 296)],
        closed=True,
    )
    picture.lay(picture.mask().fill(upper), shade(lips, 0.88), blur=0.6)
    picture.lay(picture.mask().fill(lower), lips, blur=0.6)
    smile = bezier((AXIS - 28, 284.5), (AXIS - 12, 291), (AXIS + 12, 291), (AXIS + 28, 284.5))
    picture.lay(picture.mask().stroke(smile, lambda way: 1.1 + 3 * way * (1 - way)), shade(lips, 0.5), 0.85)
    picture.lay(picture.mask().fill(ellipse(AXIS - 3, 294, 9, 2.2)), shade(lips, 1.4), 0.4, blur=2)
    if look.bindi:
        picture.lay(picture.mask().fill(ellipse(AXIS, 176, 4.4, 4.4)), look.bindi)


def paint_beard(picture: Painting, look: Look) -> None:
    if look.beard == "none":
        return
    color = look.hair_color
    face = picture.mask().fill(face_outline(look))
    if look.beard in ("stubble", "full"):
        jaw = picture.mask().fill(moved(face_outline(look), 0, 3))
        wide = look.face
        inside = smooth(
            both_sides(
                [
                    (AXIS, 60.0),
                    (AXIS + 120, 80.0),
                    (AXIS + 84 * wide, 222.0),
                    (AXIS + 64 * wide, 262.0),
                    (AXIS + 42, 274.0),
                    (AXIS, 270.0),
                ]
            ),
            closed=True,
        )
        jaw.erase(inside).erase(ellipse(AXIS, 289, 29, 11.5))
        full = look.beard == "full"
        picture.lay(jaw, color, 0.95 if full else 0.3, blur=2.5 if full else 6, within=None if full else face)
    if look.beard in ("moustache", "full"):
        half = [
            (AXIS, 270.0),
            (AXIS + 12, 268.0),
            (AXIS + 30, 275.0),
            (AXIS + 38, 281.0),
            (AXIS + 20, 281.5),
            (AXIS, 280.0),
        ]
        picture.lay(picture.mask().fill(smooth(both_sides(half), closed=True)), color, 0.95, blur=1.1)


def paint_front_hair(picture: Painting, look: Look) -> None:
    color = look.hair_color
    hair = picture.mask()
    if look.hair in ("bun", "long", "braid", "waves", "bob"):
        low = {"bun": 196.0, "braid": 200.0, "long": 250.0, "waves": 262.0, "bob": 320.0}[look.hair]
        parting = AXIS - 14 if look.hair in ("waves", "bob") else AXIS
        for side in (-1, 1):
            edge = AXIS + side * (88 if look.hair in ("bun", "braid") else 96)
            strand = [
                (parting, 128), (parting - side * 3, 88), (AXIS + side * 50, 90), (AXIS + side * 84, 122), (edge, 170), (edge, low - 16),
                (AXIS + side * 84, low + 4), (AXIS + side * 78, low - 18), (AXIS + side * 74, 190), (AXIS + side * 58, 158),
            ]  # fmt: skip
            hair.fill(smooth(strand, closed=True))
        hair.fill(ellipse(AXIS, 108, 62, 22))
        hair.erase(
            smooth(
                [
                    (parting, 126),
                    (AXIS + 34, 140),
                    (AXIS + 66, 176),
                    (AXIS + 70, 206),
                    (AXIS, 214),
                    (AXIS - 70, 206),
                    (AXIS - 66, 176),
                    (AXIS - 34, 140),
                ],
                closed=True,
            )
        )
    elif look.hair in ("short", "side", "grey", "curly"):
        sweep = {"short": 0, "side": 14, "grey": 8, "curly": 0}[look.hair]
        crown = [
            (AXIS - 80, 212), (AXIS - 88, 196), (AXIS - 92, 160), (AXIS - 80, 112), (AXIS - 36, 78 - sweep * 0.4), (AXIS + 20, 74 - sweep), (AXIS + 70, 96), (AXIS + 92, 152),
            (AXIS + 86, 200), (AXIS + 80, 212), (AXIS + 76, 192), (AXIS + 70, 160), (AXIS + 40, 142 + sweep * 0.6), (AXIS, 146 - sweep * 0.7), (AXIS - 42, 134 + sweep * 0.5), (AXIS - 68, 160), (AXIS - 75, 190),
        ]  # fmt: skip
        hair.fill(smooth(crown, closed=True))
        if look.hair == "curly":
            for number in range(15):
                turn = math.radians(196 + number * 148 / 14)
                hair.fill(
                    ellipse(AXIS + 74 * math.cos(turn), 142 + 56 * math.sin(turn) + number * 5 % 4, 18, 17)
                )
    if look.hair in ("turban", "scarf"):
        return
    picture.lay(hair, color)
    for side, y in ((-1, 118), (1, 112)):
        shine = bezier(
            (AXIS + side * 18, y - 16),
            (AXIS + side * 46, y - 12),
            (AXIS + side * 66, y + 14),
            (AXIS + side * 76, y + 44),
        )
        picture.lay(picture.mask().stroke(shine, 9), shade(color, 1.22), 0.6, blur=6, within=hair)
    if look.hair == "braid":
        paint_braid(picture, look, from_y=372)


def paint_braid(picture: Painting, look: Look, from_y: float) -> None:
    """A braid over the shoulder, of which only what lies below `from_y` is drawn."""
    spine = [
        point
        for point in smooth([(290, 236), (296, 320), (284, 420), (276, 560)], steps=40)
        if point[1] >= from_y
    ]
    strand = picture.mask().stroke(spine, lambda way: 42 - 8 * way)
    picture.lay(picture.mask().stroke(moved(spine, 5, 4), 40), (20, 10, 10), 0.25, blur=6)
    picture.lay(strand, look.hair_color)
    for number, (x, y) in enumerate(spine[::10]):
        side = 1 if number % 2 else -1
        weave = bezier(
            (x - side * 24, y - 16), (x - side * 6, y - 12), (x + side * 4, y), (x + side * 8, y + 16)
        )
        picture.lay(
            picture.mask().stroke(weave, 3), shade(look.hair_color, 1.3), 0.6, blur=1.4, within=strand
        )


def paint_headwear(picture: Painting, look: Look) -> None:
    if look.hair == "turban":
        shell = [
            (AXIS - 92, 178), (AXIS - 104, 120), (AXIS - 76, 58), (AXIS, 34), (AXIS + 76, 58), (AXIS + 104, 120), (AXIS + 92, 178),
            (AXIS + 66, 150), (AXIS + 24, 126), (AXIS, 116), (AXIS - 24, 126), (AXIS - 66, 150),
        ]  # fmt: skip
        cloth = picture.mask().fill(smooth(shell, closed=True))
        picture.lay(
            picture.mask().fill(moved(smooth(shell, closed=True), 0, 6)), shade(look.skin, 0.4), 0.4, blur=6
        )
        picture.lay(cloth, look.trim)
        for number in range(5):
            up = number * 21
            left = bezier(
                (AXIS - 102, 170 - up * 1.05),
                (AXIS - 60, 128 - up),
                (AXIS - 20, 112 - up * 0.9),
                (AXIS + 34, 104 - up * 0.7),
            )
            picture.lay(picture.mask().stroke(left, 3), shade(look.trim, 0.68), 0.6, 1.6, cloth)
            right = mirrored(left, AXIS)[:70]
            picture.lay(picture.mask().stroke(right, 3), shade(look.trim, 0.68), 0.5, 1.6, cloth)
        picture.lay(
            picture.mask().fill(ellipse(AXIS - 40, 76, 34, 18)), shade(look.trim, 1.3), 0.4, 14, cloth
        )
    elif look.hair == "scarf":
        outside = smooth(
            both_sides(
                [
                    (AXIS, 62.0),
                    (AXIS + 66, 78.0),
                    (AXIS + 104, 144.0),
                    (AXIS + 106, 230.0),
                    (AXIS + 104, 320.0),
                    (AXIS + 128, 400.0),
                    (AXIS + 90, 470.0),
                    (AXIS, 500.0),
                ]
            ),
            closed=True,
        )
        opening = smooth(
            both_sides(
                [
                    (AXIS, 122.0),
                    (AXIS + 42, 132.0),
                    (AXIS + 68, 168.0),
                    (AXIS + 73, 216.0),
                    (AXIS + 66, 262.0),
                    (AXIS + 44, 306.0),
                    (AXIS, 328.0),
                ]
            ),
            closed=True,
        )
        cloth = picture.mask().fill(outside).erase(opening)
        picture.lay(cloth, look.trim)
        rim = picture.mask().stroke([*opening, opening[0]], 9)
        picture.lay(rim, shade(look.trim, 0.7), 0.5, 4, cloth)
        for start, end in (
            ((AXIS - 70, 300), (AXIS + 60, 430)),
            ((AXIS - 84, 330), (AXIS + 30, 470)),
            ((AXIS + 72, 300), (AXIS - 30, 410)),
        ):
            fold = bezier(start, (start[0] + 10, start[1] + 60), (end[0] - 40, end[1] - 30), end)
            picture.lay(picture.mask().stroke(fold, 4), shade(look.trim, 0.66), 0.55, 3, cloth)
        picture.lay(
            picture.mask().fill(ellipse(AXIS - 44, 100, 40, 20)), shade(look.trim, 1.3), 0.4, 16, cloth
        )


def paint_jewels(picture: Painting, look: Look) -> None:
    if look.earrings and look.hair != "scarf":
        for side in (-1, 1):
            x = AXIS + side * 84 * look.face
            picture.lay(picture.mask().fill(ellipse(x, 256, 5.2, 5.2)), look.earrings)
            picture.lay(picture.mask().fill(ellipse(x - 1.4, 254.4, 1.6, 1.6)), (255, 255, 255), 0.7)
            picture.lay(picture.mask().fill(ellipse(x, 269, 3.4, 6)), shade(look.earrings, 0.85))
    if look.glasses:
        for side in (-1, 1):
            x = AXIS + side * 34 * look.face
            rim = smooth(
                [(x - 26, 203), (x, 194), (x + 26, 203), (x + 24, 222), (x, 233), (x - 24, 222)], closed=True
            )
            picture.lay(picture.mask().fill(rim), (255, 255, 255), 0.1)
            picture.lay(picture.mask().stroke([*rim, rim[0]], 3), (0x2A, 0x22, 0x20), 0.92)
            picture.lay(
                picture.mask().stroke([(x + side * 26, 204), (AXIS + side * 84 * look.face, 208)], 3),
                (0x2A, 0x22, 0x20),
                0.92,
            )
        bridge = bezier((AXIS - 9, 206), (AXIS - 4, 200), (AXIS + 4, 200), (AXIS + 9, 206))
        picture.lay(picture.mask().stroke(bridge, 3), (0x2A, 0x22, 0x20), 0.92)


FAIR, WHEAT, TAWNY, BROWN, DEEP = (
    (0xEC, 0xC4, 0xA0),
    (0xDD, 0xAC, 0x82),
    (0xC9, 0x93, 0x68),
    (0xAE, 0x77, 0x4F),
    (0x8A, 0x5A, 0x3C),
)
GOLD, PEARL = (0xD3, 0xA6, 0x3F), (0xF1, 0xEA, 0xDD)
SKY, CREAM, SAGE, STONE = (0xCF, 0xDD, 0xE6), (0xEC, 0xE4, 0xD4), (0xD5, 0xDF, 0xD2), (0xDD, 0xDB, 0xD8)
MAROON: Rgb = (0x8E, 0x1F, 0x2C)
ROSE: Rgb = (0xB4, 0x56, 0x55)

LOOKS = (
    Look(
        "bun", "saree", WHEAT, (0x8B, 0x2E, 0x48), GOLD, CREAM, bindi=MAROON, earrings=GOLD, lips=ROSE, brow=2
    ),
    Look("side", "shirt", TAWNY, (0x9D, 0xB4, 0xCB), PEARL, SKY, face=1.04),
    Look(
        "braid",
        "kurta",
        BROWN,
        (0x2E, 0x6A, 0x66),
        GOLD,
        SAGE,
        bindi=(0x30, 0x10, 0x10),
        earrings=GOLD,
        lips=(0x94, 0x44, 0x40),
    ),
    Look(
        "short", "kurta", BROWN, (0xE6, 0xDE, 0xCC), (0x8A, 0x6E, 0x3A), STONE, beard="moustache", face=1.03
    ),
    Look(
        "long",
        "tunic",
        FAIR,
        (0x4E, 0x6E, 0x5B),
        PEARL,
        STONE,
        hair_color=(0x2E, 0x1E, 0x18),
        lips=(0xB9, 0x5C, 0x5A),
        face=0.97,
    ),
    Look("turban", "shirt", WHEAT, (0xF0, 0xEE, 0xE8), (0x27, 0x3F, 0x73), SKY, beard="full", face=1.05),
    Look(
        "scarf",
        "tunic",
        FAIR,
        (0x5C, 0x4E, 0x6E),
        (0x6E, 0x86, 0x9B),
        CREAM,
        lips=(0xB4, 0x5A, 0x58),
        face=0.98,
    ),
    Look("curly", "blazer", DEEP, (0x2D, 0x37, 0x46), PEARL, SAGE, beard="stubble", face=1.02),
    Look(
        "waves",
        "blazer",
        TAWNY,
        (0x3B, 0x2C, 0x46),
        PEARL,
        SKY,
        hair_color=(0x35, 0x22, 0x1A),
        earrings=PEARL,
        lips=(0xA8, 0x4A, 0x4C),
    ),
    Look(
        "grey",
        "suit",
        WHEAT,
        (0x3A, 0x3E, 0x48),
        PEARL,
        CREAM,
        hair_color=(0x9A, 0x96, 0x92),
        glasses=True,
        beard="moustache",
        face=1.04,
    ),
    Look(
        "bob",
        "kurta",
        DEEP,
        (0xC2, 0x7B, 0x3B),
        (0x6B, 0x33, 0x1F),
        STONE,
        earrings=PEARL,
        lips=(0x84, 0x38, 0x38),
        face=0.99,
    ),
    Look("short", "suit", FAIR, (0x24, 0x30, 0x4A), PEARL, STONE, hair_color=(0x2B, 0x1F, 0x1A), face=1.0),
    Look(
        "bun",
        "saree",
        DEEP,
        (0x1F, 0x5B, 0x6B),
        GOLD,
        SAGE,
        bindi=MAROON,
        earrings=GOLD,
        lips=(0x88, 0x38, 0x3A),
        glasses=True,
    ),
    Look("side", "kurta", TAWNY, (0x6E, 0x2B, 0x34), GOLD, CREAM, beard="full", face=1.03),
    Look(
        "long",
        "saree",
        TAWNY,
        (0xD9, 0x9A, 0x2B),
        (0x9A, 0x2E, 0x3E),
        SKY,
        bindi=MAROON,
        earrings=GOLD,
        lips=(0xA4, 0x48, 0x48),
    ),
    Look("curly", "shirt", BROWN, (0x5F, 0x78, 0x67), PEARL, CREAM, glasses=True, beard="stubble"),
)


def draw(folder: Path) -> None:
    """Write `photo-01.jpg` and its neighbours: women have odd numbers, men even ones."""
    for number, look in enumerate(LOOKS, start=1):
        picture = Painting(WIDTH, HEIGHT, shade(look.backdrop, 1.2), shade(look.backdrop, 0.93))
        for paint in (
            paint_back_hair,
            paint_neck,
            paint_dress,
            paint_face,
            paint_beard,
            paint_features,
            paint_front_hair,
            paint_headwear,
            paint_jewels,
        ):
            paint(picture, look)
        picture.image.save(folder / f"photo-{number:02}.jpg", quality=90, optimize=True, dpi=(300, 300))
