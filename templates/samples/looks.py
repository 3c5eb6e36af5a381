"""Who is portrayed: what each portrait is made of, and the measures that all share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from templates.samples.drawing import Curve, Point, Rgb, mirrored, smooth

WIDTH, HEIGHT = 413, 531  # 35 × 45 mm at 300 dpi
AXIS = WIDTH / 2

Hair = Literal["bun", "long", "braid", "waves", "bob", "short", "side", "curly", "grey", "turban", "scarf"]
Dress = Literal["saree", "kurta", "tunic", "shirt", "blazer", "suit"]

FAIR: Rgb = (0xEC, 0xC4, 0xA0)
WHEAT: Rgb = (0xDD, 0xAC, 0x82)
TAWNY: Rgb = (0xC9, 0x93, 0x68)
BROWN: Rgb = (0xAE, 0x77, 0x4F)
DEEP: Rgb = (0x8A, 0x5A, 0x3C)
GOLD: Rgb = (0xD3, 0xA6, 0x3F)
PEARL: Rgb = (0xF1, 0xEA, 0xDD)
SKY: Rgb = (0xCF, 0xDD, 0xE6)
CREAM: Rgb = (0xEC, 0xE4, 0xD4)
SAGE: Rgb = (0xD5, 0xDF, 0xD2)
STONE: Rgb = (0xDD, 0xDB, 0xD8)
MAROON: Rgb = (0x8E, 0x1F, 0x2C)
ROSE: Rgb = (0xB4, 0x56, 0x55)
PLUM: Rgb = (0x88, 0x38, 0x3A)
EBONY: Rgb = (0x1E, 0x18, 0x17)
CHESTNUT: Rgb = (0x30, 0x20, 0x19)
SILVER: Rgb = (0x9A, 0x96, 0x92)


@dataclass(frozen=True, slots=True)
class Look:
    """What one portrait is made of. `face` widens the jaw (1 is even); `trim` also colours a turban or a scarf."""

    hair: Hair
    dress: Dress
    skin: Rgb
    cloth: Rgb
    trim: Rgb
    backdrop: Rgb
    hair_color: Rgb = EBONY
    face: float = 1.0
    brow: float = 0.0
    bindi: Rgb | None = None
    earrings: Rgb | None = None
    glasses: bool = False
    beard: Literal["none", "moustache", "stubble", "full"] = "none"
    lips: Rgb | None = None


# Women have odd numbers, men even ones.
LOOKS = (
    Look("bun", "saree", WHEAT, (139, 46, 72), GOLD, CREAM, bindi=MAROON, earrings=GOLD, lips=ROSE, brow=2),
    Look("side", "shirt", TAWNY, (157, 180, 203), PEARL, SKY, face=1.04),
    Look("braid", "kurta", BROWN, (46, 106, 102), GOLD, SAGE, bindi=EBONY, earrings=GOLD, lips=PLUM),
    Look("short", "kurta", BROWN, (230, 222, 204), (138, 110, 58), STONE, beard="moustache", face=1.03),
    Look("long", "tunic", FAIR, (78, 110, 91), PEARL, STONE, hair_color=CHESTNUT, lips=ROSE, face=0.97),
    Look("turban", "shirt", WHEAT, (240, 238, 232), (39, 63, 115), SKY, beard="full", face=1.05),
    Look("scarf", "tunic", FAIR, (92, 78, 110), (110, 134, 155), CREAM, lips=ROSE, face=0.98),
    Look("curly", "blazer", DEEP, (45, 55, 70), PEARL, SAGE, beard="stubble", face=1.02),
    Look("waves", "blazer", TAWNY, (59, 44, 70), PEARL, SKY, hair_color=CHESTNUT, earrings=PEARL, lips=ROSE),
    Look("grey", "suit", WHEAT, (58, 62, 72), PEARL, CREAM, SILVER, 1.04, glasses=True, beard="moustache"),
    Look("bob", "kurta", DEEP, (194, 123, 59), (107, 51, 31), STONE, earrings=PEARL, lips=PLUM, face=0.99),
    Look("short", "suit", FAIR, (36, 48, 74), PEARL, STONE, hair_color=CHESTNUT),
    Look(
        "bun", "saree", DEEP, (31, 91, 107), GOLD, SAGE, bindi=MAROON, earrings=GOLD, lips=PLUM, glasses=True
    ),
    Look("side", "kurta", TAWNY, (110, 43, 52), GOLD, CREAM, beard="full", face=1.03),
    Look("long", "saree", TAWNY, (217, 154, 43), (154, 46, 62), SKY, bindi=MAROON, earrings=GOLD, lips=ROSE),
    Look("curly", "shirt", BROWN, (95, 120, 103), PEARL, CREAM, glasses=True, beard="stubble"),
)


def shade(color: Rgb, factor: float) -> Rgb:
    """Darker below 1, lighter above."""
    other = (0, 0, 0) if factor <= 1 else (255, 255, 255)
    return blend(color, other, abs(1 - factor))


def blend(color: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(color, other, strict=True))
    return red, green, blue


def points(written: str, right: float = AXIS) -> list[Point]:
    """The points of "x,y x,y …", with x counted from `right`."""
    pairs = (pair.split(",") for pair in written.split())
    return [(right + float(x), float(y)) for x, y in pairs]


def symmetric(half: str, wide: float = 1.0) -> Curve:
    """A closed smooth outline from its right half, which starts and ends on the axis; `wide` stretches it."""
    right = [(AXIS + (x - AXIS) * wide, y) for x, y in points(half)]
    return smooth(right + mirrored(right[1:-1], AXIS), closed=True)


def sided(written: str, side: int) -> list[Point]:
    """The points of a right half (`side` 1), or the same at the left (−1)."""
    return [(AXIS + side * (x - AXIS), y) for x, y in points(written)]
