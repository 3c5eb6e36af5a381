"""The PDF painter."""

from core.rendering.painters.pdf.document import bound, imposed, paint_pdf
from core.rendering.painters.pdf.metadata import PdfMetadata

__all__ = ["PdfMetadata", "bound", "imposed", "paint_pdf"]
