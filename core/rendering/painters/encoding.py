"""Painted pages as files: PNG, JPEG, WebP."""

from __future__ import annotations

import io
from typing import Literal, assert_never

from PIL import Image

from core.rendering.fonts import FontLibrary
from core.rendering.painters.grounds import Change
from core.rendering.painters.image import painted
from core.rendering.painters.jpeg import encode_jpeg
from core.rendering.painters.png import encode_png
from core.rendering.scene import ScenePage

ImageForm = Literal["png", "jpg", "webp"]


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
            return encode_jpeg(image, quality=90, dpi=dpi, change=change)
        case "webp":
            return _saved(image, "WEBP", quality=88, method=2)
        case _:
            assert_never(form)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
