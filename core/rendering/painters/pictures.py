"""Pictures at the size they are drawn: decoded, cropped and resampled once, kept for the next page that shows them."""

from __future__ import annotations

import io
import math
from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept
from core.rendering.painters.coverage import Window
from core.rendering.painters.paths import Box
from core.rendering.scene import ImageSource, Picture

_GAP: Final = 1.5
"""How many times larger than its goal a picture stays before the fine resampling: less would be seen."""
_STEPS: Final = (8, 4, 2)
"""By which pictures are made smaller before, as JPEG's decoder can."""
_RIM: Final = 8
"""Pixels of the picture's edge that are repeated around it: a pixel of the page may reach beyond."""


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
    """A picture as RGB or RGBA, not to be changed. A JPEG may come at 1/2, 1/4 or 1/8 of its size, but not smaller than
    `at_least`."""
    if source.media_type == "image/jpeg":  # decoded soon, and mostly a photo that no other document shows
        return _opened(source, at_least)
    return _DECODED.get(source.digest, lambda _: _opened(source))


def _opened(source: ImageSource, at_least: tuple[float, float] | None = None) -> Image.Image:
    image: Image.Image = Image.open(io.BytesIO(source.data))
    if at_least is not None:
        # Pillow divides the size by what it is asked for and drops the rest, where libjpeg rounds up what it makes.
        image.draft(None, (math.floor(at_least[0]), math.floor(at_least[1])))
    transparent = "A" in image.getbands() or "transparency" in image.info
    image.load()
    return in_mode(image, "RGBA" if transparent else "RGB")


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    """The picture itself where it has that mode, of which `convert` would make a copy."""
    return image if image.mode == mode else image.convert(mode)


def _made(source: ImageSource, wanted: _Wanted) -> Image.Image:
    _, part, (width, height) = wanted
    if (width, height) == (source.width, source.height) and part == Box(0.0, 0.0, width, height):
        return decoded(source)  # it has the very pixels that the page has there
    gap = min((part.right - part.left) / width, (part.bottom - part.top) / height)
    step = next((step for step in _STEPS if gap / step >= _GAP), 1)
    if source.media_type == "image/jpeg":  # a photo mostly, and mostly of one document
        image = _near(source, step)
    else:
        image = _NEAR.get((source.digest, step), lambda _: _near(source, step))
    across, down = (image.width - 2 * _RIM) / source.width, (image.height - 2 * _RIM) / source.height
    box = (
        max(0.0, part.left * across + _RIM),
        max(0.0, part.top * down + _RIM),
        min(float(image.width), part.right * across + _RIM),
        min(float(image.height), part.bottom * down + _RIM),
    )
    pixels = image.resize((width, height), Image.Resampling.BICUBIC, box)
    return pixels.convert("RGBA") if pixels.mode == "RGBa" else pixels


def _near(source: ImageSource, step: int) -> Image.Image:
    """A picture made smaller by a whole step, its edge repeated around it: RGB, or RGBa (colours times alpha)."""
    image = decoded(source, at_least=(source.width / step, source.height / step))
    if image.mode == "RGBA":
        image = image.convert("RGBa")
    if source.media_type != "image/jpeg" and step > 1:
        image = image.reduce(step)
    width, height = image.size
    wide, high = width + 2 * _RIM, height + 2 * _RIM
    near = Image.new(image.mode, (wide, high))
    near.paste(image, (_RIM, _RIM))
    near.paste(image.crop((0, 0, 1, height)).resize((_RIM, height)), (0, _RIM))
    near.paste(image.crop((width - 1, 0, width, height)).resize((_RIM, height)), (width + _RIM, _RIM))
    near.paste(near.crop((0, _RIM, wide, _RIM + 1)).resize((wide, _RIM)), (0, 0))
    near.paste(
        near.crop((0, height + _RIM - 1, wide, height + _RIM)).resize((wide, _RIM)), (0, height + _RIM)
    )
    return near


def _weight(image: Image.Image) -> int:
    return 500 + 4 * image.width * image.height


_DECODED: Final[Kept[str, Image.Image]] = Kept(2 << 20, _weight)
"""For the other painter, who is about to ask for the same."""
_NEAR: Final[Kept[tuple[str, int], Image.Image]] = Kept(3 << 20, _weight)
_PIXELS: Final[Kept[_Wanted, Image.Image]] = Kept(3 << 20, _weight, asked_twice=True)
