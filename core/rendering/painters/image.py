"""The image painter: a page of a scene as pixels."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from core.kept import Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.canvas import Canvas
from core.rendering.painters.grounds import Ground, Sheet, ground_of, keep_ground
from core.rendering.scene import Fill, GlyphRun, Link, Mark, Picture, ScenePage, Stroke


def paint_page(page: ScenePage, *, dpi: float, fonts: FontLibrary) -> Image.Image:
    """A page as an RGB image of round(width × dpi / 72) by round(height × dpi / 72) pixels.

    Colours mix linearly in sRGB, as PDF readers mix them. Links have no picture.
    """
    if not page.marks:
        return Canvas(page, dpi=dpi).image
    sheet = Sheet(Same(page.marks[0]), Same(fonts), page.width, page.height, page.paper, dpi)
    ground = ground_of(sheet, page.marks)
    canvas = Canvas(page, dpi=dpi, ground=ground.image)
    if ground.image is None and ground.marks:
        _paint(ground.marks, canvas, fonts)
        keep_ground(sheet, Ground(ground.marks, canvas.image.copy()))
    _paint(page.marks[len(ground.marks) :], canvas, fonts)
    return canvas.image


def _paint(marks: Iterable[Mark], canvas: Canvas, fonts: FontLibrary) -> None:
    for mark in marks:
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
