"""Glyphs as stamps: small masks by glyph id, unhinted, at quarters of a pixel, kept for the next time."""

from __future__ import annotations

import ctypes
import math
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import freetype
from freetype import raw
from PIL import Image

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.coverage import FREETYPE, Window, rasterised
from core.rendering.scene import GlyphRun


class Stamp(NamedTuple):
    """A glyph's mask and the pixels of its corners, counted from the pixel of the pen; no mask where it has no ink."""

    left: int
    top: int
    right: int
    bottom: int
    mask: Image.Image | None


class _Wanted(NamedTuple):
    """A glyph of a face: size in 1/64 pixel, and how many quarters of a pixel its pen stands to the right and down."""

    face: Face
    size: int
    glyph: int
    right: int
    down: int


class Placed(NamedTuple):
    """Where on the page a glyph's mask goes."""

    window: Window
    mask: Image.Image


def stamps(run: GlyphRun, face: Face, *, scale: float) -> list[Placed]:
    """The masks of a run's glyphs that have ink. `scale` is pixels per point.

    The pen is rounded to quarters of a pixel both ways, so that a glyph stands within 1/8 pixel of its place.
    """
    size, _, x, baseline = run[:4]
    wanted_size = round(size * scale * 64)
    quarters = 4 * scale
    placed: list[Placed] = []
    for start, word in run.words:
        origin = x + start
        for glyph, right, down, _ in word.glyphs:
            across = math.floor((origin + right * size) * quarters + 0.5)
            downwards = math.floor((baseline + down * size) * quarters + 0.5)
            wanted = _Wanted(face, wanted_size, glyph, across & 3, downwards & 3)
            x1, y1, x2, y2, mask = _STAMPS.get(wanted, _stamped)
            if mask is not None:
                pen_x, pen_y = across >> 2, downwards >> 2
                placed.append(Placed(Window(pen_x + x1, pen_y + y1, pen_x + x2, pen_y + y2), mask))
    return placed


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
    return Stamp(left, top, left + mask.width, top + mask.height, mask)


def _opened(face: Face) -> freetype.Face:
    opened = _FACES.get(face)
    if opened is None:
        opened = _FACES[face] = freetype.Face.from_bytes(face.data)
    return opened


def _weight(stamp: Stamp) -> int:
    return 1400 + (0 if stamp.mask is None else stamp.mask.width * stamp.mask.height)


_FACES: Final[WeakKeyDictionary[Face, freetype.Face]] = WeakKeyDictionary()
_STAMPS: Final[Kept[_Wanted, Stamp]] = Kept(14 << 20, _weight)
