"""Painted pages as files: PNG, JPEG, WebP, and thumbnails."""

from __future__ import annotations

import io
from typing import Literal, assert_never

from PIL import Image

from core.rendering.fonts import FontLibrary
from core.rendering.painters.grounds import Change
from core.rendering.painters.image import painted
from core.rendering.painters.png import encode_png
from core.rendering.scene import ScenePage

ImageForm = Literal["png", "jpg", "webp"]
THUMBNAIL_WIDTH = 480


def paint_image(page: ScenePage, *, form: ImageForm, dpi: float, fonts: FontLibrary) -> bytes:
    """A page as an image file."""
    with painted(page, dpi=dpi, fonts=fonts) as painting:
        return encode_image(painting.image, form=form, dpi=dpi, change=painting.change)


def encode_image(image: Image.Image, *, form: ImageForm, dpi: float, change: Change | None = None) -> bytes:
    """A painted page as a file. The same pixels make the same bytes, sooner where `change` tells what is known of them."""
    match form:
        case "png":
            return encode_png(image, dpi=dpi, change=change)
        case "jpg":
            return _saved(image, "JPEG", quality=90, subsampling="4:4:4", dpi=(round(dpi), round(dpi)))
        case "webp":
            return _saved(image, "WEBP", quality=88, method=2)
        case _:
            assert_never(form)


def paint_thumbnail(image: Image.Image, *, width: int = THUMBNAIL_WIDTH) -> bytes:
    """A painted page made small, as a JPEG at most `width` pixels wide."""
    width = min(width, image.width)
    size = width, max(1, round(image.height * width / image.width))
    # Whole steps first, as they cost next to nothing; what is left is less than half, for which a short filter will do.
    small = image.reduce(image.width // width).resize(size, Image.Resampling.HAMMING)
    return _saved(small, "JPEG", quality=82)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
