"""The PDF painter."""

from core.rendering.painters.pdf.document import paint_pdf
from core.rendering.painters.pdf.metadata import PdfMetadata

__all__ = ["PdfMetadata", "paint_pdf"]
