"""Neck, shoulders and what is worn on them."""

from __future__ import annotations

from templates.samples.drawing import Mask, Painting, bezier, ellipse, moved, smooth
from templates.samples.looks import AXIS, Look, points, shade, sided, symmetric

SHOULDERS = "0,394 44,382 84,396 136,424 176,460 200,528 206,598 0,618"
NECK = "0,280 42,288 45,340 48,376 66,408 56,470 0,500"
CHIN = "0,144 44,152 73,186 79,238 74,282 58,320 32,347 0,356"
NECKLINES = {"saree": 66, "kurta": 50, "tunic": 78}


def paint_neck(picture: Painting, look: Look) -> None:
    neck = picture.mask().fill(symmetric(NECK))
    picture.lay(neck, shade(look.skin, 0.93))
    under = picture.mask().fill(moved(symmetric(CHIN, look.face), 3, 0))
    picture.lay(under, shade(look.skin, 0.62), 0.55, blur=9, within=neck)


def paint_dress(picture: Painting, look: Look) -> None:
    if look.dress in NECKLINES:
        paint_round_neck(picture, look)
    else:
        paint_collar(picture, look)


def paint_round_neck(picture: Painting, look: Look) -> None:
    depth = NECKLINES[look.dress]
    neckline = symmetric(f"0,{398 + depth} 30,{396 + depth * 0.72} 62,392 40,360 0,350")
    body = picture.mask().fill(symmetric(SHOULDERS)).erase(neckline)
    picture.lay(body, look.cloth)
    paint_folds(picture, body)
    picture.lay(picture.mask().stroke([*neckline, neckline[0]], 7), look.trim, within=body)
    if look.dress == "saree":
        paint_drape(picture, look, body)
    elif look.dress == "kurta":
        picture.lay(
            picture.mask().stroke([(AXIS, 440), (AXIS, 540)], 22), shade(look.cloth, 0.92), within=body
        )
        for y in (466, 496, 526):
            picture.lay(picture.mask().fill(ellipse(AXIS, y, 3.4, 3.4)), look.trim)
    else:
        for side in (-1, 1):
            start, first, second, end = sided("60,396 66,440 74,500 76,540", side)
            picture.lay(
                picture.mask().stroke(bezier(start, first, second, end), 2.4), look.trim, 0.8, within=body
            )


def paint_drape(picture: Painting, look: Look, body: Mask) -> None:
    """The loose end of a saree, over the left shoulder."""
    drape = smooth(
        points("118,560 150,470 210,420 262,396 272,392 345,420 400,470 430,600 200,620", 0), closed=True
    )
    picture.lay(picture.mask().fill(drape), shade(look.cloth, 0.86), within=body)
    edge = bezier((130, 560), (156, 470), (206, 424), (276, 396))
    picture.lay(picture.mask().stroke(edge, 13), look.trim, within=body)
    picture.lay(picture.mask().stroke(moved(edge, 10, 8), 2), shade(look.trim, 0.7), 0.7, within=body)
    for step in (46, 82, 118):
        fold = picture.mask().stroke(moved(edge, step, 16), 3)
        picture.lay(fold, shade(look.cloth, 0.62), 0.45, blur=2, within=body)


def paint_collar(picture: Painting, look: Look) -> None:
    body = picture.mask().fill(symmetric(SHOULDERS))
    picture.lay(body, look.cloth)
    paint_folds(picture, body)
    if look.dress != "shirt":
        picture.lay(picture.mask().fill(points("-58,384 -4,545 4,545 58,384 0,350")), look.trim)
    if look.dress == "suit":
        tie = picture.mask().fill(points("-11,414 11,414 7,432 17,545 -17,545 -7,432"))
        picture.lay(tie, shade(look.cloth, 0.7))
    picture.lay(picture.mask().fill(points("-50,372 0,412 50,372 0,340")), shade(look.skin, 0.84))
    for side in (-1, 1):
        collar = sided("46,366 62,388 38,440 3,416", side)
        color = shade(look.cloth, 1.12) if look.dress == "shirt" else look.trim
        picture.lay(picture.mask().fill(moved(collar, 0, 4)), shade(color, 0.6), 0.4, blur=4)
        picture.lay(picture.mask().fill(collar), color)
        if look.dress != "shirt":
            lapel = sided("62,384 96,410 84,452 96,462 6,560", side)
            picture.lay(picture.mask().fill(moved(lapel, 0, 4)), shade(look.cloth, 0.5), 0.5, blur=5)
            picture.lay(picture.mask().fill(lapel), shade(look.cloth, 1.08))
    if look.dress == "shirt":
        picture.lay(picture.mask().stroke([(AXIS, 432), (AXIS, 540)], 2), shade(look.cloth, 0.75), 0.8)
        for y in (462, 500):
            picture.lay(picture.mask().fill(ellipse(AXIS + 8, y, 3, 3)), shade(look.cloth, 0.7))


def paint_folds(picture: Painting, body: Mask) -> None:
    """Soft shadows, so that cloth does not look cut out of paper."""
    for side in (-1, 1):
        start, first, second, end = sided("150,440 120,470 128,520 122,545", side)
        fold = picture.mask().stroke(bezier(start, first, second, end), 14)
        picture.lay(fold, (20, 16, 20), 0.22, blur=9, within=body)
    picture.lay(
        picture.mask().fill(ellipse(AXIS - 110, 424, 50, 18)), (255, 250, 240), 0.12, blur=14, within=body
    )
