"""Glyphs as stamps: small masks by glyph id, unhinted, at quarters of a pixel, kept for the next time."""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakKeyDictionary

import freetype
from freetype import raw

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.coverage import FREETYPE, rasterised
from core.rendering.scene import GlyphRun

if TYPE_CHECKING:
    from PIL._imaging import ImagingCore


_SMALL: Final = 18
"""Pixels per em below which a quarter of a pixel up or down is not seen, and glyphs come again and again."""


class Stamp(NamedTuple):
    """A glyph's mask and the pixels of its corners, counted from the pixel of the pen; no mask where it has no ink."""

    left: int
    top: int
    right: int
    bottom: int
    mask: ImagingCore | None


_Wanted = tuple[Face, int, int, int, int]
"""A glyph of a face: the face, size in 1/64 pixel, the glyph, and how many quarters of a pixel its pen stands right and down."""

Near = dict[tuple[Face, int], dict[int, Stamp]]
"""Stamps that a page has used, by face and size and then by glyph and quarters: it uses most of them again."""

Placed = tuple[tuple[int, int, int, int], "ImagingCore"]
"""Where on the page a glyph's mask goes, as a `Window` is, and the mask. Plain tuples, since a page has thousands."""


class Row(NamedTuple):
    """Where a run's pen stands from top to bottom: in which row of pixels, and how many quarters of a pixel into it."""

    pixel: int
    quarter: int


def row_of(run: GlyphRun, scale: float) -> Row:
    """The pen is rounded to quarters of a pixel; in small type to halves. `scale` is pixels per point."""
    coarse = _coarse(run.size * scale)
    quarters = math.floor(run.y * scale * 4 / coarse + 0.5) * coarse
    return Row(quarters >> 2, quarters & 3)


def stamps(run: GlyphRun, face: Face, *, scale: float, near: Near) -> list[Placed]:
    """The masks of a run's glyphs that have ink. `scale` is pixels per point; `near` grows.

    The pen is rounded to quarters of a pixel, so that a glyph stands within 1/8 pixel of its place; in small type to halves
    from top to bottom, within 1/4. Signs above and below their letters are rounded once more from there, so that they stand
    as far from them in every line.
    """
    points, _, x, _ = run[:4]
    size = points * scale
    wanted_size = round(size * 64)
    coarse = _coarse(size)
    quarters, ems, steps = 4 * scale, 4 * size, 4 * size / coarse
    pixel, quarter = row_of(run, scale)
    level = 4 * pixel + quarter
    floor = math.floor
    own = near.setdefault((face, wanted_size), {})
    placed: list[Placed] = []
    for start, word in run.words:
        pen = (x + start) * quarters + 0.5
        for glyph, right, below, _ in word.glyphs:
            across = floor(pen + right * ems)
            downwards = level + floor(below * steps + 0.5) * coarse if below else level
            key = glyph << 4 | (across & 3) << 2 | downwards & 3
            stamp = own.get(key)
            if stamp is None:
                wanted = (face, wanted_size, glyph, across & 3, downwards & 3)
                stamp = own[key] = _STAMPS.get(wanted, _stamped)
            x1, y1, x2, y2, mask = stamp
            if mask is not None:
                pen_x, pen_y = across >> 2, downwards >> 2
                placed.append(((pen_x + x1, pen_y + y1, pen_x + x2, pen_y + y2), mask))
    return placed


def _coarse(size: float) -> int:
    """How many quarters of a pixel type of so many pixels per em is moved by from top to bottom."""
    return 2 if size < _SMALL else 1


def _stamped(wanted: _Wanted) -> Stamp:
    face, size, glyph, right, down = wanted
    with FREETYPE:
        opened = _opened(face)
        opened.load_glyph(glyph, freetype.FT_LOAD_NO_SCALE)
        outline = opened.glyph._FT_GlyphSlot.contents.outline
        scale = round((size << 16) / face.units_per_em)
        matrix = raw.FT_Matrix(scale, 0, 0, scale)
        raw.FT_Outline_Transform(ctypes.byref(outline), ctypes.byref(matrix))
        raw.FT_Outline_Translate(ctypes.byref(outline), ctypes.c_long(right * 16), ctypes.c_long(-down * 16))
        coverage = rasterised(outline)
    if coverage is None:
        return Stamp(0, 0, 0, 0, None)
    left, top, mask = coverage
    return Stamp(left, top, left + mask.width, top + mask.height, mask.im)


def _opened(face: Face) -> freetype.Face:
    opened = _FACES.get(face)
    if opened is None:
        opened = _FACES[face] = freetype.Face.from_bytes(face.data)
    return opened


def _weight(stamp: Stamp) -> int:
    left, top, right, bottom, _ = stamp
    return 420 + (right - left + 7) * (bottom - top)  # 420: measured on tens of thousands


_FACES: Final[WeakKeyDictionary[Face, freetype.Face]] = WeakKeyDictionary()
_STAMPS: Final[Kept[_Wanted, Stamp]] = Kept(8 << 20, _weight, asked_twice=True)
