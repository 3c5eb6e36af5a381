"""Hair behind and before the face, turbans and scarves."""

from __future__ import annotations

import math

from templates.samples.drawing import Mask, Painting, bezier, ellipse, mirrored, moved, smooth
from templates.samples.looks import AXIS, Look, points, shade, sided, symmetric

BEHIND = {
    "long": "0,84 64,98 96,160 100,240 98,310 108,380 88,452 40,470 0,440",
    "waves": "0,84 64,98 96,160 110,240 88,310 118,380 88,452 40,470 0,440",
    "bob": "0,84 66,98 98,160 104,236 106,300 84,344 44,346 0,330",
}
# How far down a woman's hair frames her face, and how far out.
STRANDS = {"bun": (196, 88), "braid": (200, 88), "long": (250, 96), "waves": (262, 96), "bob": (320, 96)}
SWEEPS = {"short": 0.0, "side": 14.0, "grey": 8.0, "curly": 0.0}
TURBAN = "-92,178 -104,120 -76,58 0,34 76,58 104,120 92,178 66,150 24,126 0,116 -24,126 -66,150"
SCARF = "0,62 66,78 104,144 106,230 104,320 128,400 90,470 0,500"
SCARF_OPENING = "0,122 42,132 68,168 73,216 66,262 44,306 0,328"


def paint_back_hair(picture: Painting, look: Look) -> None:
    """What falls behind the neck, or is tied up behind the head."""
    if look.hair in BEHIND:
        picture.lay(picture.mask().fill(symmetric(BEHIND[look.hair])), shade(look.hair_color, 0.8))
    elif look.hair == "braid":
        paint_braid(picture, look, from_y=0)
    elif look.hair == "bun":
        picture.lay(picture.mask().fill(ellipse(AXIS, 84, 50, 38)), look.hair_color)
        picture.lay(
            picture.mask().fill(ellipse(AXIS - 12, 72, 26, 12)), shade(look.hair_color, 1.14), 0.8, blur=7
        )


def paint_front_hair(picture: Painting, look: Look) -> None:
    if look.hair in STRANDS:
        hair = parted(picture.mask(), look)
    elif look.hair in SWEEPS:
        hair = cropped(picture.mask(), look)
    else:
        return
    picture.lay(hair, look.hair_color)
    for side, y in ((-1, 118), (1, 112)):
        start, first, second, end = sided(f"18,{y - 16} 46,{y - 12} 66,{y + 14} 76,{y + 44}", side)
        shine = picture.mask().stroke(bezier(start, first, second, end), 9)
        picture.lay(shine, shade(look.hair_color, 1.22), 0.6, blur=6, within=hair)
    if look.hair == "braid":
        paint_braid(picture, look, from_y=372)


def parted(hair: Mask, look: Look) -> Mask:
    """Hair parted over the forehead, framing the face."""
    low, edge = STRANDS[look.hair]
    parting = -14 if look.hair in ("waves", "bob") else 0
    for side in (-1, 1):
        strand = sided(
            f"{side * parting},128 {side * parting - 3},88 50,90 84,122 {edge},170 {edge},{low - 16} 84,{low + 4} "
            f"78,{low - 18} 74,190 58,158",
            side,
        )
        hair.fill(smooth(strand, closed=True))
    hair.fill(ellipse(AXIS, 108, 62, 22))
    forehead = points(f"{parting},126 34,140 66,176 70,206 0,214 -70,206 -66,176 -34,140")
    return hair.erase(smooth(forehead, closed=True))


def cropped(hair: Mask, look: Look) -> Mask:
    """Short hair, its fringe swept to one side or not."""
    sweep = SWEEPS[look.hair]
    crown = points(
        f"-80,212 -88,196 -92,160 -80,112 -36,{78 - sweep * 0.4} 20,{74 - sweep} 70,96 92,152 86,200 80,212 76,192 "
        f"70,160 40,{142 + sweep * 0.6} 0,{146 - sweep * 0.7} -42,{134 + sweep * 0.5} -68,160 -75,190"
    )
    hair.fill(smooth(crown, closed=True))
    if look.hair == "curly":
        for curl in range(15):
            turn = math.radians(196 + curl * 148 / 14)
            hair.fill(ellipse(AXIS + 74 * math.cos(turn), 142 + 56 * math.sin(turn) + curl * 5 % 4, 18, 17))
    return hair


def paint_braid(picture: Painting, look: Look, from_y: float) -> None:
    """A braid over the shoulder, of which only what lies below `from_y` is drawn."""
    spine = [
        point
        for point in smooth(points("290,236 296,320 284,420 276,560", 0), steps=40)
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
        paint_turban(picture, look)
    elif look.hair == "scarf":
        paint_scarf(picture, look)


def paint_turban(picture: Painting, look: Look) -> None:
    shell = smooth(points(TURBAN), closed=True)
    picture.lay(picture.mask().fill(moved(shell, 0, 6)), shade(look.skin, 0.4), 0.4, blur=6)
    cloth = picture.mask().fill(shell)
    picture.lay(cloth, look.trim)
    for number in range(5):
        up = number * 21
        start, first, second, end = points(
            f"-102,{170 - up * 1.05} -60,{128 - up} -20,{112 - up * 0.9} 34,{104 - up * 0.7}"
        )
        fold = bezier(start, first, second, end)
        for curve, opacity in ((fold, 0.6), (mirrored(fold, AXIS), 0.5)):
            crease = picture.mask().stroke(curve, 3)
            picture.lay(crease, shade(look.trim, 0.68), opacity, blur=1.6, within=cloth)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 40, 76, 34, 18)), shade(look.trim, 1.3), 0.4, blur=14, within=cloth
    )


def paint_scarf(picture: Painting, look: Look) -> None:
    opening = symmetric(SCARF_OPENING)
    cloth = picture.mask().fill(symmetric(SCARF)).erase(opening)
    picture.lay(cloth, look.trim)
    rim = picture.mask().stroke([*opening, opening[0]], 9)
    picture.lay(rim, shade(look.trim, 0.7), 0.5, blur=4, within=cloth)
    for written in (
        "-70,300 -60,360 20,400 60,430",
        "-84,330 -74,390 -10,440 30,470",
        "72,300 82,360 -70,380 -30,410",
    ):
        start, first, second, end = points(written)
        fold = picture.mask().stroke(bezier(start, first, second, end), 4)
        picture.lay(fold, shade(look.trim, 0.66), 0.55, blur=3, within=cloth)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 44, 100, 40, 20)),
        shade(look.trim, 1.3),
        0.4,
        blur=16,
        within=cloth,
    )
