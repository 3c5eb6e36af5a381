"""The image painter: a page of a scene as pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from PIL import Image

from core.kept import Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.canvas import Canvas
from core.rendering.painters.coverage import Window
from core.rendering.painters.grounds import (
    GROUNDS,
    MOST_STILLS,
    PATCHES,
    Change,
    Ground,
    Patch,
    Sheet,
    meet,
    outermost,
)
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
    stills = [part for part in page.parts if isinstance(part, Still)]
    if not stills:
        yield Painting(_alone(page, dpi, fonts), None)
        return
    place = _sheet(page, stills[:1], dpi, fonts)
    ground = GROUNDS.get(place, lambda _: _ground(page, stills[:MOST_STILLS], dpi, fonts))
    while True:
        common = _common(ground, stills)
        if len(common) < len(ground.sheet.stills):
            ground = _ground(page, common, dpi, fonts)
            GROUNDS.put(place, ground)
        with ground.lent() as image:
            if image is None:
                # All over again takes longer and looks the same.
                yield Painting(_alone(page, dpi, fonts), None)
                return
            canvas = Canvas(page, dpi=dpi, ground=ground, image=image)
            try:
                misplaced = _paint_upon(ground, page, canvas, fonts)
                if not misplaced:
                    yield Painting(canvas.image, Change(ground, tuple(outermost(canvas.touched))))
                    return
            finally:
                canvas.restore()
        stills = [still for number, still in enumerate(common) if number not in misplaced]


def _alone(page: ScenePage, dpi: float, fonts: FontLibrary) -> Image.Image:
    canvas = Canvas(page, dpi=dpi)
    _paint(page.marks, canvas, fonts)
    return canvas.image


def _sheet(page: ScenePage, stills: Sequence[Still], dpi: float, fonts: FontLibrary) -> Sheet:
    return Sheet(tuple(map(Same, stills)), Same(fonts), page.width, page.height, page.paper, dpi)


def _ground(page: ScenePage, stills: Sequence[Still], dpi: float, fonts: FontLibrary) -> Ground:
    canvas = Canvas(page, dpi=dpi)
    touched: list[list[Window]] = []
    for still in stills:
        before = len(canvas.touched)
        _paint(still.marks, canvas, fonts)
        touched.append(canvas.touched[before:])
    return Ground(_sheet(page, stills, dpi, fonts), canvas.image, touched)


def _common(ground: Ground, stills: Sequence[Still]) -> list[Still]:
    """The ground's stills that are among `stills`, in the same order."""
    common: list[Still] = []
    start = 0
    for known in ground.sheet.stills:
        place = next((n for n in range(start, len(stills)) if stills[n] is known.value), None)
        if place is not None:
            common.append(known.value)
            start = place + 1
    return common


def _paint_upon(ground: Ground, page: ScenePage, canvas: Canvas, fonts: FontLibrary) -> set[int]:
    """Paint what the ground does not have. If some of its stills belong above that, the result is not the page: which?"""
    misplaced: set[int] = set()
    known = [same.value for same in ground.sheet.stills]
    passed = 0
    for part in page.parts:
        if passed < len(known) and part is known[passed]:
            passed += 1
            continue
        before = len(canvas.touched)
        if isinstance(part, Still):
            _paint_still(part, ground, canvas, fonts)
        else:
            _paint((part,), canvas, fonts)
        if passed < len(known):
            misplaced |= ground.above(canvas.touched[before:], passed)
    return misplaced


def _paint_still(still: Still, ground: Ground, canvas: Canvas, fonts: FontLibrary) -> None:
    """Paint what some pages have beyond their ground, or lay down what it became before where nothing has come beneath it."""
    before = canvas.touched[:]
    key = ground.sheet, Same(still)
    patch = PATCHES.get(key, lambda _: None)
    if patch is not None and not meet(patch.windows, before):
        for window, pixels in zip(*patch, strict=True):
            canvas.lay(pixels, window)
        return
    _paint(still.marks, canvas, fonts)
    windows = canvas.touched[len(before) :]
    if patch is None and not meet(windows, before):
        PATCHES.put(key, Patch(windows, [canvas.image.crop(window) for window in windows]))


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
                canvas.encode(mark)
            case Link():
                pass
