"""Pictures at the size they are drawn: decoded, cropped and resampled once, kept for the next page that shows them."""

from __future__ import annotations

import io
import math
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from core.kept import Kept
from core.rendering.painters.coverage import Window
from core.rendering.painters.paths import Box
from core.rendering.scene import ImageSource, Picture

_REDUCING_GAP: Final = 3.0
"""How many times larger than its goal a picture may stay before the fine resampling (Pillow's advice)."""

_STRETCH: Final = (
    0.25  # pixels of the page by which an edge may be off, before it is worth a copy of the picture
)


class _Wanted(NamedTuple):
    """All that the pixels depend on: a picture, the part of it to show in its own pixels, and in how many of the page's."""

    digest: str
    part: Box
    size: tuple[int, int]


def resampled(picture: Picture, place: Box, window: Window) -> Image.Image:
    """The picture as RGB or RGBA, one pixel for each of `window`.

    `place` is the picture's rectangle, `window` pixels it touches, both counted in pixels of the page.
    """
    left, top, right, bottom = picture.crop
    across = (right - left) / (place.right - place.left)
    down = (bottom - top) / (place.bottom - place.top)
    part = Box(
        left + (window.left - place.left) * across,
        top + (window.top - place.top) * down,
        left + (window.right - place.left) * across,
        top + (window.bottom - place.top) * down,
    )
    wanted = _Wanted(picture.image.digest, part, (window.right - window.left, window.bottom - window.top))
    return _PIXELS.get(wanted, lambda wanted: _made(picture.image, wanted))


def decoded(source: ImageSource, *, at_least: tuple[float, float] | None = None) -> Image.Image:
    """A picture as RGB or RGBA. A JPEG may come at 1/2, 1/4 or 1/8 of its size, but not smaller than `at_least`."""
    image: Image.Image = Image.open(io.BytesIO(source.data))
    if at_least is not None and image.format == "JPEG":
        image.draft(None, (math.ceil(at_least[0]), math.ceil(at_least[1])))
    transparent = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _made(source: ImageSource, wanted: _Wanted) -> Image.Image:
    _, part, (width, height) = wanted
    fineness = max(width / (part.right - part.left), height / (part.bottom - part.top)) * _REDUCING_GAP / 2
    image = decoded(source, at_least=(source.width * fineness, source.height * fineness))
    across, down = image.width / source.width, image.height / source.height
    part = Box(part.left * across, part.top * down, part.right * across, part.bottom * down)
    image, part = _reaching(image, part, slack=_STRETCH * (part.right - part.left) / width)
    return image.resize((width, height), Image.Resampling.LANCZOS, part, _REDUCING_GAP)


def _reaching(image: Image.Image, part: Box, *, slack: float) -> tuple[Image.Image, Box]:
    """An image that has all of `part`, and where that is in it. What lies outside repeats the picture's edge."""
    beyond = (-part.left, -part.top, part.right - image.width, part.bottom - image.height)
    left, top, right, bottom = (math.ceil(edge) if edge > slack else 0 for edge in beyond)
    if left or top or right or bottom:
        image = Image.fromarray(
            np.pad(np.asarray(image), ((top, bottom), (left, right), (0, 0)), mode="edge")
        )
    return image, Box(
        max(0.0, part.left + left),
        max(0.0, part.top + top),
        min(float(image.width), part.right + left),
        min(float(image.height), part.bottom + top),
    )


_PIXELS: Final[Kept[_Wanted, Image.Image]] = Kept(16 << 20, lambda image: 4 * image.width * image.height)
