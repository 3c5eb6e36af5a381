"""PREVIEW, written across a page: faint enough to read what is below, and too large to overlook."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import uharfbuzz as hb

from core.rendering.compose import compose
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.scene import Close, Color, CurveTo, Fill, GlyphRun, LineTo, Mark, MoveTo, Scene, Segment
from core.rendering.shapes import Matrix, placed, transformed

_WORD: Final = "PREVIEW"
_SIZE: Final = 100.0  # points, of the letters before they are scaled to the page
_SHARE: Final = 0.55  # of the page's diagonal that the word is long
_CAP_HEIGHT: Final = 0.72
_INK: Final = Color(32, 40, 43)
_OPACITY: Final = 0.06


def marked(scene: Scene, fonts: FontLibrary) -> Scene:
    """The scene with the word over each of its pages."""
    pages = (
        replace(page, parts=(*page.parts, _mark(page.width, page.height, fonts))) for page in scene.pages
    )
    return Scene(tuple(pages))


@lru_cache(maxsize=64)
def _mark(width: float, height: float, fonts: FontLibrary) -> Mark:
    """From the lower left towards the upper right corner, in the middle of the page."""
    letters, length = _letters(fonts)
    scale = math.hypot(width, height) * _SHARE / length
    middle = Matrix(e=-length / 2, f=_SIZE * _CAP_HEIGHT / 2)
    turned = placed(
        x=width / 2,
        y=height / 2,
        scale_x=scale,
        scale_y=scale,
        degrees=-math.degrees(math.atan2(height, width)),
    )
    return Fill(transformed(transformed(letters, middle), turned), _INK, _OPACITY)


@lru_cache(maxsize=4)
def _letters(fonts: FontLibrary) -> tuple[tuple[Segment, ...], float]:
    """The outlines of the word, its baseline beginning at the origin, and its length."""
    style = {"face": "sans", "weight": "medium", "size": _SIZE, "tracking": 12}
    words = {"type": "text", "text": _WORD, "style": "mark", "x": 0, "y": 0, "width": 1000, "height": 100}
    page = {"width": 1000, "height": 100}
    layout = Layout.model_validate(
        {"page": page, "styles": {"mark": style}, "sides": [{"elements": [words]}]}
    )
    (run,) = compose(layout, {}, fonts=fonts, assets={}).pages[0].marks
    assert isinstance(run, GlyphRun)
    face = fonts.face(run.face)
    scale = run.size / face.units_per_em
    segments: list[Segment] = []
    for glyph in run.glyphs:
        outline: list[Segment] = []
        face.hb_font.draw_glyph(glyph.id, _PEN, outline)
        # Fonts count upwards, pages downwards.
        segments += transformed(outline, Matrix(a=scale, d=-scale, e=glyph.x - run.glyphs[0].x))
    last = run.glyphs[-1]
    return tuple(segments), last.x + last.advance - run.glyphs[0].x


def _make_pen() -> Any:
    pen = hb.DrawFuncs()
    pen.set_move_to_func(lambda x, y, path: path.append(MoveTo(x, y)))
    pen.set_line_to_func(lambda x, y, path: path.append(LineTo(x, y)))
    pen.set_quadratic_to_func(_add_quadratic)
    pen.set_cubic_to_func(lambda x1, y1, x2, y2, x, y, path: path.append(CurveTo(x1, y1, x2, y2, x, y)))
    pen.set_close_path_func(lambda path: path.append(Close()))
    return pen


def _add_quadratic(cx: float, cy: float, x: float, y: float, path: list[Segment]) -> None:
    """The same curve as a cubic: its control points lie two thirds of the way to the quadratic's."""
    last = path[-1]
    assert not isinstance(last, Close), "a curve begins where something was drawn to"
    x0, y0 = last[-2:]
    third = 2 / 3
    path.append(
        CurveTo(
            x0 + third * (cx - x0), y0 + third * (cy - y0), x + third * (cx - x), y + third * (cy - y), x, y
        )
    )


_PEN: Final = _make_pen()
