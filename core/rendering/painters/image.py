"""The image painter: a page of a scene as pixels."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from core.kept import Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.canvas import Canvas
from core.rendering.painters.grounds import GROUNDS, Ground, Sheet
from core.rendering.painters.modules import path_of
from core.rendering.scene import Fill, GlyphRun, Link, Mark, Modules, Picture, ScenePage, Still, Stroke


def paint_page(page: ScenePage, *, dpi: float, fonts: FontLibrary) -> Image.Image:
    """A page as an RGB image of round(width × dpi / 72) by round(height × dpi / 72) pixels.

    Colours mix linearly in sRGB, as PDF readers mix them. Links have no picture.
    """
    first = page.parts[0] if page.parts else None
    if not isinstance(first, Still):
        canvas = Canvas(page, dpi=dpi)
        _paint(page.marks, canvas, fonts)
        return canvas.image

    def painted(sheet: Sheet) -> Ground:
        canvas = Canvas(page, dpi=dpi)
        _paint(first.marks, canvas, fonts)
        return Ground(first, canvas.image)

    ground = GROUNDS.get(Sheet(Same(first), Same(fonts), page.width, page.height, page.paper, dpi), painted)
    canvas = Canvas(page, dpi=dpi, ground=ground.image)
    _paint(page.marks[len(first.marks) :], canvas, fonts)
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
            case Modules():
                canvas.fill(Fill(path_of(mark), mark.color))
            case Link():
                pass
