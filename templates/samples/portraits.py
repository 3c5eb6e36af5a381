"""Portraits of nobody: passport photographs drawn from curves."""

from __future__ import annotations

from pathlib import Path

from templates.samples.drawing import Painting
from templates.samples.dresses import paint_dress, paint_neck
from templates.samples.faces import paint_beard, paint_face, paint_features, paint_jewels
from templates.samples.hair import paint_back_hair, paint_front_hair, paint_headwear
from templates.samples.looks import HEIGHT, LOOKS, WIDTH, shade

# What comes later covers what comes earlier.
LAYERS = (
    paint_back_hair,
    paint_neck,
    paint_dress,
    paint_face,
    paint_beard,
    paint_features,
    paint_front_hair,
    paint_headwear,
    paint_jewels,
)


def draw(folder: Path) -> None:
    """Write `photo-01.jpg` and its neighbours."""
    for number, look in enumerate(LOOKS, start=1):
        picture = Painting(WIDTH, HEIGHT, shade(look.backdrop, 1.2), shade(look.backdrop, 0.93))
        for paint in LAYERS:
            paint(picture, look)
        picture.image.save(folder / f"photo-{number:02}.jpg", quality=90, optimize=True, dpi=(300, 300))
