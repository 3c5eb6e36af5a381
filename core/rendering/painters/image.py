"""The image painter: a page of a scene as pixels."""

from __future__ import annotations

from PIL import Image

from core.rendering.fonts import FontLibrary
from core.rendering.painters.canvas import Canvas
from core.rendering.scene import Fill, GlyphRun, Link, Picture, ScenePage, Stroke


def paint_page(page: ScenePage, *, dpi: float, fonts: FontLibrary) -> Image.Image:
    """A page as an RGB image of round(width × dpi / 72) by round(height × dpi / 72) pixels.

    Colours mix linearly in sRGB, as PDF readers mix them. Links have no picture.
    """
    canvas = Canvas(page, dpi=dpi)
    for mark in page.marks:
        match mark:
            case GlyphRun():
                canvas.write(mark, fonts.face(mark.face))
            case Fill():
                canvas.fill(mark)
            case Stroke():
                canvas.stroke(mark)
            case Picture():
                canvas.show(mark)
            case Link():
                pass
    return canvas.image
