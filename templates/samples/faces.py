"""Faces, and what is worn on them."""

from __future__ import annotations

from templates.samples.drawing import Painting, Rgb, bezier, ellipse, moved, smooth
from templates.samples.looks import AXIS, Look, blend, points, shade, sided, symmetric

OVAL = "0,118 44,126 73,160 79,212 74,256 58,294 32,321 0,330"
IRIS: Rgb = (0x3A, 0x22, 0x18)
PUPIL: Rgb = (0x12, 0x0C, 0x0A)
FRAME: Rgb = (0x2A, 0x22, 0x20)


def paint_face(picture: Painting, look: Look) -> None:
    """The head and its light, which comes from the upper left."""
    outline = symmetric(OVAL, look.face)
    if look.hair != "scarf":
        for side in (-1, 1):
            ear = smooth(
                sided(
                    f"{76 * look.face},204 {90 * look.face},206 {88 * look.face},236 {74 * look.face},252",
                    side,
                ),
                closed=True,
            )
            picture.lay(picture.mask().fill(ear), shade(look.skin, 0.88))
    face = picture.mask().fill(outline)
    picture.lay(face, look.skin)
    dark_side = picture.mask().fill(outline).erase(moved(outline, -20, -6))
    picture.lay(dark_side, shade(look.skin, 0.72), 0.55, blur=12, within=face)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 24, 160, 34, 20)),
        shade(look.skin, 1.25),
        0.5,
        blur=16,
        within=face,
    )
    for x in (-44, 44):
        picture.lay(
            picture.mask().fill(ellipse(AXIS + x, 256, 20, 13)), (200, 90, 80), 0.2, blur=10, within=face
        )
    picture.lay(
        picture.mask().fill(ellipse(AXIS + 8, 246, 9, 22)), shade(look.skin, 0.7), 0.4, blur=7, within=face
    )
    start, first, second, end = points("12,258 6,265 -5,265 -10,259")
    nose = picture.mask().stroke(bezier(start, first, second, end), lambda way: 0.8 + 2.2 * way * (1.4 - way))
    picture.lay(nose, shade(look.skin, 0.6), 0.75)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 2, 236, 4, 16)), shade(look.skin, 1.3), 0.4, blur=5, within=face
    )


def paint_features(picture: Painting, look: Look) -> None:
    for side in (-1, 1):
        paint_eye(picture, look, side)
    paint_mouth(picture, look)
    if look.bindi:
        picture.lay(picture.mask().fill(ellipse(AXIS, 176, 4.4, 4.4)), look.bindi)


def paint_eye(picture: Painting, look: Look, side: int) -> None:
    dark = shade(look.hair_color, 0.8) if look.hair != "grey" else (0x4A, 0x44, 0x42)
    x = AXIS + side * 33 * look.face
    eye = picture.mask().fill(smooth(points("-17,213 -8,205.5 4,204.5 17,212 6,218 -8,218", x), closed=True))
    picture.lay(eye, (0xF6, 0xF1, 0xEC))
    picture.lay(picture.mask().fill(ellipse(x, 211, 7.6, 7.6)), IRIS, within=eye)
    picture.lay(picture.mask().fill(ellipse(x, 211, 3.6, 3.6)), PUPIL, within=eye)
    picture.lay(picture.mask().fill(ellipse(x - 2.6, 208, 1.8, 1.8)), (255, 255, 255), 0.95)
    lid = bezier((x - 18, 213), (x - 9, 202.5), (x + 8, 202.5), (x + 18, 211.5))
    picture.lay(picture.mask().stroke(lid, lambda way: 1.4 + 5.2 * way * (1 - way)), dark)
    crease = bezier((x - 16, 205), (x - 8, 197.5), (x + 8, 197.5), (x + 17, 204))
    picture.lay(picture.mask().stroke(crease, 1.3), shade(look.skin, 0.62), 0.6)
    inner, outer, up = x - side * 20, x + side * 22, look.brow
    brow = bezier((inner, 187), (inner + side * 12, 181 - up), (outer - side * 10, 179 - up), (outer, 189))
    weight = 5.2 if look.lips else 7.4
    picture.lay(picture.mask().stroke(brow, lambda way: weight * (1 - 0.62 * way)), dark, 0.9, blur=0.7)


def paint_mouth(picture: Painting, look: Look) -> None:
    lips = look.lips or blend(shade(look.skin, 0.8), (0x9A, 0x4C, 0x46), 0.4)
    upper = smooth(points("-25,286 -9,280.5 0,282.5 9,280.5 25,286 0,290"), closed=True)
    lower = smooth(points("-25,286 0,289 25,286 13,296 0,299 -13,296"), closed=True)
    picture.lay(picture.mask().fill(upper), shade(lips, 0.88), blur=0.6)
    picture.lay(picture.mask().fill(lower), lips, blur=0.6)
    start, first, second, end = points("-28,284.5 -12,291 12,291 28,284.5")
    smile = picture.mask().stroke(bezier(start, first, second, end), lambda way: 1.1 + 3 * way * (1 - way))
    picture.lay(smile, shade(lips, 0.5), 0.85)
    picture.lay(picture.mask().fill(ellipse(AXIS - 3, 294, 9, 2.2)), shade(lips, 1.4), 0.4, blur=2)


def paint_beard(picture: Painting, look: Look) -> None:
    if look.beard in ("stubble", "full"):
        outline = symmetric(OVAL, look.face)
        jaw = picture.mask().fill(moved(outline, 0, 3))
        jaw.erase(symmetric("0,60 120,80 84,222 64,262 42,274 0,270", look.face)).erase(
            ellipse(AXIS, 289, 29, 11.5)
        )
        if look.beard == "full":
            picture.lay(jaw, look.hair_color, 0.95, blur=2.5)
        else:
            picture.lay(jaw, look.hair_color, 0.3, blur=6, within=picture.mask().fill(outline))
    if look.beard in ("moustache", "full"):
        moustache = picture.mask().fill(symmetric("0,270 12,268 30,275 38,281 20,281.5 0,280"))
        picture.lay(moustache, look.hair_color, 0.95, blur=1.1)


def paint_jewels(picture: Painting, look: Look) -> None:
    """Earrings and glasses."""
    for side in (-1, 1):
        x = AXIS + side * 84 * look.face
        if look.earrings:
            picture.lay(picture.mask().fill(ellipse(x, 256, 5.2, 5.2)), look.earrings)
            picture.lay(picture.mask().fill(ellipse(x - 1.4, 254.4, 1.6, 1.6)), (255, 255, 255), 0.7)
            picture.lay(picture.mask().fill(ellipse(x, 269, 3.4, 6)), shade(look.earrings, 0.85))
        if look.glasses:
            middle = AXIS + side * 34 * look.face
            rim = smooth(points("-26,203 0,194 26,203 24,222 0,233 -24,222", middle), closed=True)
            picture.lay(picture.mask().fill(rim), (255, 255, 255), 0.1)
            picture.lay(picture.mask().stroke([*rim, rim[0]], 3), FRAME, 0.92)
            picture.lay(picture.mask().stroke([(middle + side * 26, 204), (x, 208)], 3), FRAME, 0.92)
    if look.glasses:
        start, first, second, end = points("-9,206 -4,200 4,200 9,206")
        picture.lay(picture.mask().stroke(bezier(start, first, second, end), 3), FRAME, 0.92)
