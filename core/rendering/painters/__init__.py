"""Painters read a scene and decide nothing: one makes images, the other PDF, and they agree but for antialiasing."""

from core.rendering.painters.encoding import (
    ImageForm,
    encode_image,
    paint_image,
)
from core.rendering.painters.image import paint_page
from core.rendering.painters.pdf.document import bound, imposed, paint_pdf
from core.rendering.painters.pdf.metadata import PdfMetadata
from core.rendering.painters.thumbnails import paint_thumbnail

__all__ = [
    "ImageForm",
    "PdfMetadata",
    "bound",
    "encode_image",
    "imposed",
    "paint_image",
    "paint_page",
    "paint_pdf",
    "paint_thumbnail",
]
