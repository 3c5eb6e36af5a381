"""How much of each pixel a shape covers: FreeType's rasteriser, which computes exact areas.

Device units: 1/64 pixel in outlines, whole pixels in results. Outlines run upwards in y, as FreeType wants them; results
are counted from the top left corner of the page.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Final, NamedTuple

import freetype
import numpy as np
import numpy.typing as npt
from freetype import raw
from PIL import Image

from core.rendering.painters.paths import Subpath
from core.rendering.scene import CurveTo, LineTo

FREETYPE: Final = threading.Lock()
"""To be held around every call of FreeType: its library and faces are not safe between threads."""

MOST_POINTS: Final = 32_767  # FreeType counts an outline's points in 16 bits, signed
_ON, _CUBIC = 1, 2
_EVEN_ODD, _HIGH_PRECISION = 0x2, 0x100
_OVERFLOW = 0x62  # FreeType's, on fine work of many lines in few rows; half of the width it can do
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"round": 0, "bevel": 1, "miter": 2}  # 2: PostScript's miter, bevelled past its limit
_MITER_LIMIT = 10 << 16  # PDF's default, in 16.16


class Window(NamedTuple):
    """A rectangle of pixels; right and bottom are the first that are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def holds(self, other: Window) -> bool:
        """Whether all of the other is inside."""
        left, top, right, bottom = other
        return self.left <= left and self.top <= top and right <= self.right and bottom <= self.bottom


class Coverage(NamedTuple):
    """Shares of pixels covered, 0 to 255, from (left, top) on."""

    left: int
    top: int
    mask: Image.Image


class Shape(NamedTuple):
    """Closed contours, as FreeType's arrays: points (n × 2), a tag for each, the last point of each contour."""

    points: npt.NDArray[np.long]
    tags: bytes
    ends: tuple[int, ...]


def filled(subpath: Subpath, scale: float) -> Shape:
    """The inside of a subpath, closed if it is not. `scale` is pixels for one unit of the path."""
    numbers = [*subpath.start]
    tags = bytearray((_ON,))
    for segment in subpath.segments:
        numbers.extend(segment)
        match segment:
            case LineTo():
                tags.append(_ON)
            case CurveTo():
                tags += bytes((_CUBIC, _CUBIC, _ON))
    points = np.array(numbers).reshape(-1, 2) * (scale * 64, -scale * 64)
    return Shape(np.rint(points).astype(np.long), bytes(tags), (len(tags) - 1,))


class Pen:
    """FreeType's stroker, set to a width, an end and a corner. Lengths come in units of the path."""

    def __init__(self, *, width: float, cap: str, join: str, scale: float) -> None:
        self._scale = scale * 64
        self._dots = cap == "round"
        with FREETYPE:
            self._stroker = freetype.Stroker()
            self._stroker.set(max(1, round(width * self._scale / 2)), _CAPS[cap], _JOINS[join], _MITER_LIMIT)

    def draw(self, subpath: Subpath) -> Shape | None:
        """The outline of a line drawn along a subpath.

        One without any length draws nothing or, if its ends are round, a dot, as in PDF; FreeType would crash.
        """
        if self._is_a_point(subpath):
            if not self._dots:
                return None
            x, y = subpath.start
            subpath = Subpath(subpath.start, (LineTo(x + 1 / self._scale, y),), closed=False)
        stroker = self._stroker
        with FREETYPE:
            stroker.rewind()
            stroker.begin_subpath(self._vector(*subpath.start), not subpath.closed)
            for segment in subpath.segments:
                match segment:
                    case LineTo(x, y):
                        stroker.line_to(self._vector(x, y))
                    case CurveTo(x1, y1, x2, y2, x, y):
                        stroker.cubic_to(self._vector(x1, y1), self._vector(x2, y2), self._vector(x, y))
            stroker.end_subpath()
            return _exported(stroker)

    def _is_a_point(self, subpath: Subpath) -> bool:
        numbers = np.array([*subpath.start, *(number for segment in subpath.segments for number in segment)])
        points = np.rint(numbers.reshape(-1, 2) * self._scale)
        return bool((points == points[0]).all())

    def _vector(self, x: float, y: float) -> ctypes._CArgObject:
        return ctypes.byref(raw.FT_Vector(round(x * self._scale), round(-y * self._scale)))


def _exported(stroker: freetype.Stroker) -> Shape:
    points, contours = stroker.get_counts()
    if points > MOST_POINTS:
        raise ValueError(f"a stroked subpath has {points} points; FreeType counts to {MOST_POINTS}")
    xy = np.zeros((points, 2), np.long)
    tags = (ctypes.c_ubyte * points)()
    ends = (ctypes.c_short * contours)()
    outline = raw.FT_Outline(0, 0, _vectors(xy), tags, ends, 0)
    raw.FT_Stroker_Export(stroker._FT_Stroker, ctypes.byref(outline))
    return Shape(xy, bytes(tags), tuple(ends))


def covered(shapes: Sequence[Shape], window: Window, *, even_odd: bool = False) -> Coverage | None:
    """What the shapes cover together within `window`; None if nothing. Overlaps count once (or, if `even_odd`, cancel out)."""
    shapes = [shape for shape in shapes if _reaches(shape, window)]
    if not shapes:
        return None
    if max(len(shape.tags) for shape in shapes) > MOST_POINTS:
        raise ValueError(f"a subpath has more than {MOST_POINTS} points, which FreeType cannot count")
    if sum(len(shape.tags) for shape in shapes) > MOST_POINTS:
        return _covered_by_halves(shapes, window, even_odd)
    xy = np.concatenate([shape.points for shape in shapes])
    tags = (ctypes.c_ubyte * len(xy)).from_buffer_copy(b"".join(shape.tags for shape in shapes))
    ends: list[int] = []
    for shape in shapes:
        before = ends[-1] + 1 if ends else 0
        ends.extend(before + end for end in shape.ends)
    flags = _HIGH_PRECISION | (_EVEN_ODD if even_odd else 0)
    contours = (ctypes.c_short * len(ends))(*ends)
    try:
        with FREETYPE:
            return rasterised(raw.FT_Outline(len(ends), len(xy), _vectors(xy), tags, contours, flags), window)
    except freetype.FT_Exception as error:
        if error.errcode != _OVERFLOW:
            raise
        return _covered_by_halves(shapes, window, even_odd)


def rasterised(outline: raw.FT_Outline, window: Window | None = None) -> Coverage | None:
    """An outline's coverage, and the outline moved. The caller holds `FREETYPE`."""
    box = raw.FT_BBox()
    raw.FT_Outline_Get_CBox(ctypes.byref(outline), ctypes.byref(box))
    left, top = box.xMin >> 6, -((box.yMax + 63) >> 6)
    right, bottom = (box.xMax + 63) >> 6, -(box.yMin >> 6)
    if window is not None:
        left, top = max(left, window.left), max(top, window.top)
        right, bottom = min(right, window.right), min(bottom, window.bottom)
    width, height = right - left, bottom - top
    if width <= 0 or height <= 0:
        return None
    raw.FT_Outline_Translate(ctypes.byref(outline), ctypes.c_long(-left << 6), ctypes.c_long(bottom << 6))
    stride = (width + 7) & ~7
    pixels = bytearray(stride * height)
    buffer = (ctypes.c_ubyte * len(pixels)).from_buffer(pixels)
    bitmap = raw.FT_Bitmap(height, width, stride, buffer, 256, freetype.FT_PIXEL_MODE_GRAY, 0, None)
    error = raw.FT_Outline_Get_Bitmap(freetype.get_handle(), ctypes.byref(outline), ctypes.byref(bitmap))
    if error:
        raise freetype.FT_Exception(error)
    mask = Image.frombuffer("L", (width, height), pixels, "raw", "L", stride, 1)
    return Coverage(left, top, mask)


def _covered_by_halves(shapes: Sequence[Shape], window: Window, even_odd: bool) -> Coverage:
    """A closed contour covers nothing beyond its own bounds, so each half of the window needs only what reaches into it."""
    left, top, right, bottom = window
    across, down = (left + right) // 2, (top + bottom) // 2
    if right - left >= bottom - top:
        halves = (Window(left, top, across, bottom), Window(across, top, right, bottom))
    else:
        halves = (Window(left, top, right, down), Window(left, down, right, bottom))
    if halves[0] == window or halves[1] == window:
        raise ValueError(f"more than {MOST_POINTS} points of a path meet in one pixel")
    whole = Image.new("L", (right - left, bottom - top))
    for half in halves:
        part = covered(shapes, half, even_odd=even_odd)
        if part is not None:
            whole.paste(part.mask, (part.left - left, part.top - top))
    return Coverage(left, top, whole)


def _reaches(shape: Shape, window: Window) -> bool:
    (left, low), (right, high) = shape.points.min(axis=0), shape.points.max(axis=0)
    across = left < window.right << 6 and right > window.left << 6
    return bool(across and -high < window.bottom << 6 and -low > window.top << 6)


def _vectors(points: npt.NDArray[np.long]) -> ctypes._Pointer[raw.FT_Vector]:
    return points.ctypes.data_as(ctypes.POINTER(raw.FT_Vector))
