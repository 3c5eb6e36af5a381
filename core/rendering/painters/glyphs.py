"""Glyphs as stamps: small masks by glyph id, unhinted, at quarters of a pixel, kept for the next time."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import freetype
from freetype import raw
from PIL import Image

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.coverage import FREETYPE, rasterised
from core.rendering.scene import GlyphRun


class Stamp(NamedTuple):
    """A glyph's mask and the pixel of its top left corner, counted from the pixel of the pen; no mask where it has no ink."""

    left: int
    top: int
    mask: Image.Image | None


class _Wanted(NamedTuple):
    """A glyph of a face: size in 1/64 pixel, and how many quarters of a pixel its pen stands to the right and down."""

    face: Face
    size: int
    glyph: int
    right: int
    down: int


def stamps(run: GlyphRun, face: Face, *, scale: float) -> Iterator[tuple[int, int, Image.Image]]:
    """Where each glyph's mask goes: left, top, mask. `scale` is pixels per point.

    The pen is rounded to quarters of a pixel both ways, so that a glyph stands within 1/8 pixel of its place.
    """
    size = round(run.size * scale * 64)
    quarters = 4 * scale
    for glyph in run.glyphs:
        across = math.floor(glyph.x * quarters + 0.5)
        down = math.floor(glyph.y * quarters + 0.5)
        left, top, mask = _STAMPS.get(_Wanted(face, size, glyph.id, across & 3, down & 3), _stamped)
        if mask is not None:
            yield (across >> 2) + left, (down >> 2) + top, mask


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
    return Stamp(0, 0, None) if coverage is None else Stamp(*coverage)


def _opened(face: Face) -> freetype.Face:
    opened = _FACES.get(face)
    if opened is None:
        opened = _FACES[face] = freetype.Face.from_bytes(face.data)
    return opened


def _weight(stamp: Stamp) -> int:
    return 400 + (0 if stamp.mask is None else stamp.mask.width * stamp.mask.height)


_FACES: Final[WeakKeyDictionary[Face, freetype.Face]] = WeakKeyDictionary()
_STAMPS: Final[Kept[_Wanted, Stamp]] = Kept(24 << 20, _weight)
