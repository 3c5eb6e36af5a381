"""The image painter: a page of a scene as pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import NamedTuple

from PIL import Image

from core.kept import Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.canvas import Canvas
from core.rendering.painters.grounds import GROUNDS, Change, Ground, Sheet
from core.rendering.painters.modules import path_of
from core.rendering.scene import Fill, GlyphRun, Link, Mark, Modules, Picture, ScenePage, Still, Stroke


class Painting(NamedTuple):
    """A painted page, and where it differs from its ground, if it has one."""

    image: Image.Image
    change: Change | None


def paint_page(page: ScenePage, *, dpi: float, fonts: FontLibrary) -> Image.Image:
    """A page as an RGB image of round(width × dpi / 72) by round(height × dpi / 72) pixels.

    Colours mix linearly in sRGB, as PDF readers mix them. Links have no picture.
    """
    with painted(page, dpi=dpi, fonts=fonts) as painting:
        return painting.image if painting.change is None else painting.image.copy()


@contextmanager
def painted(page: ScenePage, *, dpi: float, fonts: FontLibrary) -> Iterator[Painting]:
    """A page as `paint_page` paints it, without a copy: what is yielded is lent, and only until the end of `with`."""
    first = page.parts[0] if page.parts else None
    if not isinstance(first, Still):
        yield Painting(_alone(page, dpi, fonts), None)
        return
    sheet = Sheet(Same(first), Same(fonts), page.width, page.height, page.paper, dpi)
    ground = GROUNDS.get(sheet, lambda _: _ground(page, first, dpi, fonts))
    if not ground.lock.acquire(blocking=False):
        # Somebody else is drawing on it. All over again takes longer and looks the same.
        yield Painting(_alone(page, dpi, fonts), None)
        return
    canvas = Canvas(page, dpi=dpi, ground=ground.image)
    try:
        _paint(page.marks[len(first.marks) :], canvas, fonts)
        yield Painting(canvas.image, Change(sheet, tuple(canvas.touched)))
    finally:
        canvas.restore()
        ground.lock.release()


def _alone(page: ScenePage, dpi: float, fonts: FontLibrary) -> Image.Image:
    canvas = Canvas(page, dpi=dpi)
    _paint(page.marks, canvas, fonts)
    return canvas.image


def _ground(page: ScenePage, still: Still, dpi: float, fonts: FontLibrary) -> Ground:
    canvas = Canvas(page, dpi=dpi)
    _paint(still.marks, canvas, fonts)
    return Ground(still, canvas.image, Lock())


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
