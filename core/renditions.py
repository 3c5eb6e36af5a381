"""A scene in the forms that were asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from core.artifacts import Rendition
from core.rendering.fonts import FontLibrary
from core.rendering.painters.encoding import ImageForm, encode_image
from core.rendering.painters.image import painted
from core.rendering.painters.pdf import PdfMetadata, paint_pdf
from core.rendering.painters.thumbnails import paint_thumbnail
from core.rendering.scene import Scene

_IMAGE_FORMS: Final[tuple[ImageForm, ...]] = ("png", "jpg", "webp")


@dataclass(frozen=True, slots=True)
class Painted:
    """The bytes of one rendition, and its `shape`: pages of a PDF, width and height in pixels of an image."""

    rendition: Rendition
    data: bytes
    shape: dict[str, int]


def paint(
    scene: Scene, wanted: Collection[Rendition], *, dpi: float, metadata: PdfMetadata, fonts: FontLibrary
) -> Iterator[Painted]:
    """Each wanted rendition. The PDF has every page; images show the first, which is painted once for all of them."""
    if "pdf" in wanted:
        yield Painted("pdf", paint_pdf(scene, fonts=fonts, metadata=metadata), {"pages": len(scene.pages)})
    if not any(rendition != "pdf" for rendition in wanted):
        return
    with painted(scene.pages[0], dpi=dpi, fonts=fonts) as painting:
        image, change = painting
        shape = {"width": image.width, "height": image.height}
        for form in _IMAGE_FORMS:
            if form in wanted:
                yield Painted(form, encode_image(image, form=form, dpi=dpi, change=change), shape)
        if "thumbnail" in wanted:
            yield Painted("thumbnail", paint_thumbnail(image, change=change), {})
