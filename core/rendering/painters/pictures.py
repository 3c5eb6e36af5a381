"""Pictures at the size they are drawn: decoded, cropped and resampled once, kept for the next page that shows them."""

from __future__ import annotations

import io
from typing import Final, NamedTuple

from PIL import Image

from core.rendering.painters.coverage import Window
from core.rendering.painters.kept import Kept
from core.rendering.painters.paths import Box
from core.rendering.scene import ImageSource, Picture

_REDUCING_GAP: Final = (
    3.0  # how much larger than its goal a picture stays before the fine resampling (Pillow's advice)
)


class _Wanted(NamedTuple):
    """Everything that the pixels depend on: a picture, the part of it to show, and in how many pixels."""

    digest: str
    box: tuple[float, float, float, float]
    size: tuple[int, int]


def resampled(picture: Picture, place: Box, window: Window) -> Image.Image:
    """The picture as RGB or RGBA, one pixel for each of `window`.

    `place` is the picture's rectangle and `window` the whole pixels around it, both in pixels of the page. At most the outermost
    pixels stretch a little, where the window asks for more than the picture has.
    """
    left, top, right, bottom = picture.crop
    across = (right - left) / (place.right - place.left)
    down = (bottom - top) / (place.bottom - place.top)
    box = (
        max(float(left), left + (window.left - place.left) * across),
        max(float(top), top + (window.top - place.top) * down),
        min(float(right), left + (window.right - place.left) * across),
        min(float(bottom), top + (window.bottom - place.top) * down),
    )
    wanted = _Wanted(picture.image.digest, box, (window.right - window.left, window.bottom - window.top))
    return _PIXELS.get(wanted, lambda wanted: _made(picture.image, wanted))


def decoded(source: ImageSource, *, at_least: tuple[float, float] | None = None) -> Image.Image:
    """A picture as RGB or RGBA. A JPEG may come at 1/2, 1/4 or 1/8, but not smaller than `at_least`."""
    image: Image.Image = Image.open(io.BytesIO(source.data))
    if at_least is not None and image.format == "JPEG":
        image.draft(None, (int(at_least[0]) + 1, int(at_least[1]) + 1))
    transparent = "A" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _made(source: ImageSource, wanted: _Wanted) -> Image.Image:
    left, top, right, bottom = wanted.box
    width, height = wanted.size
    share = max(width / (right - left), height / (bottom - top)) * _REDUCING_GAP / 2
    image = decoded(source, at_least=(source.width * share, source.height * share))
    across, down = image.width / source.width, image.height / source.height
    box = (left * across, top * down, min(right * across, image.width), min(bottom * down, image.height))
    return image.resize(wanted.size, Image.Resampling.LANCZOS, box, _REDUCING_GAP)


_PIXELS: Final[Kept[_Wanted, Image.Image]] = Kept(96 << 20, lambda image: 4 * image.width * image.height)
