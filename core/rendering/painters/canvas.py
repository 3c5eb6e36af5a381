"""A page's pixels under the brush."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache, reduce
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, _imaging

from core.kept import Kept
from core.rendering.fonts import Face
from core.rendering.painters.coverage import Coverage, Pen, Shape, Window, covered, filled
from core.rendering.painters.glyphs import Near, Placed, Row, stamps
from core.rendering.painters.grounds import Ground, all_squares, squares
from core.rendering.painters.paths import Box, dashed, rule, shortened, subpaths, upright_box
from core.rendering.painters.pictures import in_mode, resampled
from core.rendering.painters.printed import PRINTED, Printed, look_of
from core.rendering.scene import Color, Fill, GlyphRun, Modules, Path, Picture, ScenePage, Stroke

_FLATNESS: Final = 0.02  # pixels that a dashed curve may stray from its true course
_GRID: Final = 1 / 16  # an edge this near to the pixel grid stands on it
_QUARTERS: Final = 4
_EDGE: Final = 0.01  # points from the page's edge that count as the edge
_FINE: Final = 64  # segments from which a stroke counts as engraved
_FINER: Final = 4
_STRIP: Final = 64  # rows of pixels engraved at a time
_BITS: Final = 8
_PARTS: Final = 1 << _BITS  # parts of a pixel in which the edges of modules are counted
_TILE: Final = 64
_MANY: Final = 1000  # pixels of a mask from which it pays to make as many of the colour
_LARGE: Final = 128 * 128  # pixels from which it pays to look for empty tiles

if TYPE_CHECKING:
    from PIL._imaging import ImagingCore


class Canvas:
    """An RGB image of a page, painted mark after mark. `touched` says where."""

    def __init__(
        self, page: ScenePage, *, dpi: float, ground: Ground | None = None, image: Image.Image | None = None
    ) -> None:
        """`image`, where given, is the `ground` as the page looks already. It is painted upon until `restore` is called.

        Of a ground that is paper, bare paper comes back, for who lent it brings back the rest.
        """
        self._scale: Final = dpi / 72
        self._page: Final = Box(0.0, 0.0, page.width, page.height)
        width, height = max(1, round(page.width * self._scale)), max(1, round(page.height * self._scale))
        self._window: Final = Window(0, 0, width, height)
        self.image: Final = Image.new("RGB", (width, height), page.paper) if image is None else image
        self.touched: Final[list[Window]] = []
        self._paper: Final = page.paper
        self._near: Final[Near] = {}
        self._before: Final[list[ImagingCore | None]] = []
        self._keeps_before: Final = ground is not None and not ground.is_paper
        self._bare: Final = np.ones(all_squares((width, height)), bool) if ground is None else ground.bare()
        """Which squares show nothing but paper. None where none does."""

    def restore(self) -> None:
        """Bring the ground back as it was, or bare paper."""
        paste = self.image.im.paste
        while self.touched:
            window = self.touched.pop()
            before = self._before.pop() if self._keeps_before else self._paper
            if before is not None:
                paste(before, window)

    def write(self, run: GlyphRun, face: Face) -> None:
        """Glyphs that overlap within a thin run count once."""
        found = None if self._bare is None else look_of(run, face, self._scale, self._paper)
        if found is None:
            self._write(run, face)
            return
        look, row = found
        printed = PRINTED.seek(look)
        if printed is not None and self._print(printed, row):
            return
        window = self._write(run, face, PRINTED.wants(look))
        if window is not None:
            pixels = self.image.crop(window)
            PRINTED.put(look, Printed(window.left, window.top - row.pixel, pixels))

    def _print(self, printed: Printed, row: Row) -> bool:
        """Lay a run down as it looks on bare paper, if it stands there."""
        left, below, pixels = printed
        top = row.pixel + below
        window = Window(left, top, left + pixels.width, top + pixels.height)
        if top < 0 or window.bottom > self._window.bottom or not self._is_bare(window):
            return False
        self._touch(window)
        self.image.im.paste(pixels.im, window)
        return True

    def _write(self, run: GlyphRun, face: Face, is_asked: bool = False) -> Window | None:
        """Glyph by glyph. If `is_asked`, where that changed nothing but bare paper."""
        placed = stamps(run, face, scale=self._scale, near=self._near)
        if not placed:
            return None
        bounds = _bounds(placed)
        was_bare = is_asked and self._is_bare(bounds)
        window = self._touch(bounds)
        if window is None:
            return None
        if run.opacity < 1:
            layer = Image.new("L", (window.right - window.left, window.bottom - window.top))
            for (left, top, right, bottom), mask in placed:
                x, y = window.left, window.top
                layer.im.paste(255, (left - x, top - y, right - x, bottom - y), mask)
            self._lay_ink(run.color, window, _thinned(layer, run.opacity).im)
            return None
        # What Image.paste does, less what it asks about each glyph anew: most of its time.
        paste, color = self.image.im.paste, run.color
        may_be_large = (run.size * self._scale) ** 2 >= _MANY
        for place, mask in placed:
            paste(_ink(color, mask) if may_be_large else color, place, mask)
        return window if was_bare and window == bounds else None

    def fill(self, fill: Fill) -> None:
        box = upright_box(fill.path)
        if box is not None:
            self._cover_box(self._in_pixels(box), fill.color, fill.opacity)
            return
        self._cover(self._inside(fill.path, self._window, even_odd=fill.even_odd), fill.color, fill.opacity)

    def stroke(self, stroke: Stroke) -> None:
        """A stroke without width draws nothing (PDF's hairline would depend on the device)."""
        if stroke.width <= 0:
            return
        if stroke.cap == "butt" and stroke.opacity == 1 and not stroke.dash:
            rules = [rule(subpath, stroke.width) for subpath in subpaths(stroke.path)]
            if None not in rules:
                for box in filter(None, rules):
                    self._rule(box, stroke.color)
                return
        if len(stroke.path) >= _FINE:
            self._engrave(stroke)
            return
        self._cover(covered(_drawn(stroke, self._scale), self._window), stroke.color, stroke.opacity)

    def _rule(self, rule: Box, color: Color) -> None:
        """A line of a table, which would be lost in the bounds of all of them."""
        place = Box(*[edge * self._scale for edge in rule])
        window = _seen(place, self._window)
        if window is not None:
            self.lay(color, window, _RULES.get((place, window), lambda wanted: _mask(*wanted)))

    def _engrave(self, stroke: Stroke) -> None:
        """Many lines that cross: in four times the resolution, strip by strip.

        Where lines cross inside a pixel, FreeType adds up their shares of it, which makes fine work too dark.
        """
        shapes = _drawn(stroke, self._scale * _FINER)
        _, _, width, height = self._window
        for top in range(0, height, _STRIP):
            bottom = min(top + _STRIP, height)
            fine = Window(0, top * _FINER, width * _FINER, bottom * _FINER)
            coverage = covered(shapes, fine)
            if coverage is not None:
                left, right = coverage.left // _FINER, -(-(coverage.left + coverage.mask.width) // _FINER)
                around = Window(left * _FINER, fine.top, right * _FINER, fine.bottom)
                mask = _framed(coverage, around).reduce(_FINER)
                self._cover(Coverage(left, top, mask), stroke.color, stroke.opacity)

    def encode(self, modules: Modules) -> None:
        """Modules are rectangles that share their edges: what they cover of a pixel is a product of shares."""
        module, side = modules.module, modules.side
        across = _shares(modules.x, module, side, self._scale, self._window.right)
        down = _shares(modules.y, module, side, self._scale, self._window.bottom)
        if across is None or down is None:
            return
        rows = np.frombuffer(modules.dark, np.uint8).reshape(side, -1)
        dark = np.unpackbits(rows, axis=1, count=side).astype(np.float32)
        # Whole numbers up to 2**16, of which float32 has all.
        shares = (down.shares @ dark @ across.shares.T).astype(np.int32)
        mask = ((shares * 255 + _PARTS**2 // 2) >> 2 * _BITS).astype(np.uint8)
        window = Window(across.start, down.start, across.end, down.end)
        self.lay(modules.color, window, Image.fromarray(mask[down.kinds].take(across.kinds, axis=1)))

    def show(self, picture: Picture) -> None:
        """Its edges are rounded to quarters of a pixel, as pens of glyphs are: a signature below a letter stands a little higher
        or lower on each, and so has few ways to fall between pixels."""
        right, bottom = picture.x + picture.width, picture.y + picture.height
        inside = self._in_pixels(Box(picture.x, picture.y, right, bottom))
        place = Box(*[round(edge * _QUARTERS) / _QUARTERS for edge in inside])
        window = _seen(place, self._window)
        if window is None or place.left == place.right or place.top == place.bottom:
            return
        pixels = resampled(picture, place, window)
        masks = []
        if pixels.mode == "RGBA":
            masks.append(pixels.getchannel("A"))
        if picture.opacity < 1 or place != Box(*_around(place)):
            masks.append(_mask(place, window, picture.opacity))
        if picture.clip is not None:
            masks.append(_framed(self._inside(picture.clip, window), window))
        mask = reduce(ImageChops.multiply, masks) if masks else None
        self.lay(in_mode(pixels, "RGB"), window, mask)

    def _inside(self, path: Path, window: Window, *, even_odd: bool = False) -> Coverage | None:
        shapes = [filled(subpath, self._scale) for subpath in subpaths(path)]
        return covered(shapes, window, even_odd=even_odd)

    def _in_pixels(self, box: Box) -> Box:
        """A rectangle of the page in pixels. One that reaches the page's edge reaches the image's."""
        left, top, right, bottom = (_snapped(edge * self._scale) for edge in box)
        if abs(box.right - self._page.right) < _EDGE:
            right = float(self._window.right)
        if abs(box.bottom - self._page.bottom) < _EDGE:
            bottom = float(self._window.bottom)
        return Box(left, top, right, bottom)

    def _cover_box(self, box: Box, color: Color, opacity: float) -> None:
        """A rectangle: its pixels that are wholly inside without a mask, the rest by exact shares."""
        window = _seen(box, self._window)
        if window is None:
            return
        for part in _parts(box, window):
            is_whole = part.left >= box.left and part.top >= box.top
            is_whole = is_whole and part.right <= box.right and part.bottom <= box.bottom
            self.lay(color, part, None if opacity == 1 and is_whole else _mask(box, part, opacity))

    def _cover(self, coverage: Coverage | None, color: Color, opacity: float) -> None:
        if coverage is None:
            return
        left, top, mask = coverage
        if opacity < 1:
            mask = _thinned(mask, opacity)
        for x1, y1, x2, y2 in _inked(mask):
            part = mask.crop((x1, y1, x2, y2))
            self.lay(color, Window(left + x1, top + y1, left + x2, top + y2), part)

    def lay(self, ink: Color | Image.Image, window: Window, mask: Image.Image | None = None) -> None:
        """Cover pixels, which must be the page's, as far as the mask says."""
        self._touch(window)
        if mask is None or isinstance(ink, Image.Image):
            self.image.paste(ink, window, mask)
        else:
            self._lay_ink(ink, window, mask.im)

    def _lay_ink(self, color: Color, window: Window, mask: ImagingCore) -> None:
        self.image.im.paste(_ink(color, mask), window, mask)

    def _touch(self, window: Window) -> Window | None:
        """What of the page a mark is going to change. To be called before it does."""
        left, top, right, bottom = seen = window
        _, _, width, height = self._window
        if left < 0 or top < 0 or right > width or bottom > height:
            seen = Window(max(left, 0), max(top, 0), min(right, width), min(bottom, height))
        if seen.left >= seen.right or seen.top >= seen.bottom:
            return None
        if self._keeps_before:
            # What stood inside the last window is brought back with it.
            is_known = bool(self.touched) and self.touched[-1].holds(seen)
            self._before.append(None if is_known else self.image.im.crop(seen))
        self.touched.append(seen)
        if self._bare is not None:
            self._bare[squares(seen.top, seen.bottom), squares(seen.left, seen.right)] = False
        return seen

    def _is_bare(self, window: Window) -> bool:
        """Whether nothing but paper is seen there, as far as is known. To be called before that changes."""
        left, top, right, bottom = window
        if self._bare is None or left < 0 or top < 0:
            return False
        return bool(self._bare[squares(top, bottom), squares(left, right)].all())


def _bounds(placed: list[Placed]) -> Window:
    lefts, tops, rights, bottoms = zip(*[place for place, _ in placed], strict=True)
    return Window(min(lefts), min(tops), max(rights), max(bottoms))


def _drawn(stroke: Stroke, scale: float) -> list[Shape]:
    pen = Pen(width=stroke.width, cap=stroke.cap, join=stroke.join, scale=scale)
    shapes: list[Shape] = []
    for subpath in subpaths(stroke.path):
        for dash in dashed(subpath, stroke.dash, tolerance=_FLATNESS / scale):
            shapes.extend(shape for shape in map(pen.draw, shortened(dash)) if shape is not None)
    return shapes


def _snapped(edge: float) -> float:
    nearest = round(edge)
    return float(nearest) if abs(edge - nearest) < _GRID else edge


def _around(box: Box) -> Window:
    return Window(math.floor(box.left), math.floor(box.top), math.ceil(box.right), math.ceil(box.bottom))


def _seen(box: Box, page: Window) -> Window | None:
    """The pixels of the page that a box touches."""
    around = _around(box)
    left, top = max(around.left, page.left), max(around.top, page.top)
    right, bottom = min(around.right, page.right), min(around.bottom, page.bottom)
    return Window(left, top, right, bottom) if left < right and top < bottom else None


class _Shares(NamedTuple):
    """What pixels from `start` to before `end` have of the modules of a code, across or down."""

    start: int
    end: int
    shares: npt.NDArray[np.float32]
    """For each kind of pixel, how many of its _PARTS each module has."""
    kinds: npt.NDArray[np.intp]
    """Of which kind each pixel is. Most are of the kind before: they have all of theirs from one module."""


@lru_cache(maxsize=64)  # the codes of a template stand in one place
def _shares(place: float, module: float, side: int, scale: float, size: int) -> _Shares | None:
    """Of `side` modules from a place on, each `module` points wide. None beyond the page, which has `size` pixels."""
    bounds = np.array(
        [round(_PARTS * _snapped((place + number * module) * scale)) for number in range(side + 1)]
    )
    start, end = max(0, int(bounds[0]) // _PARTS), min(size, -(-int(bounds[-1]) // _PARTS))
    if start >= end:
        return None
    places = np.arange(start, end + 1) * _PARTS
    first, last = np.searchsorted(bounds, places[:-1], "right"), np.searchsorted(bounds, places[1:], "left")
    is_new = np.ones(end - start, bool)
    is_new[1:] = (first[1:] != last[1:]) | (first[1:] != first[:-1])
    kinds = np.flatnonzero(is_new)
    ends = np.minimum(places[kinds + 1, None], bounds[1:])
    starts = np.maximum(places[kinds, None], bounds[:-1])
    shares = np.maximum(ends - starts, 0).astype(np.float32)
    return _Shares(start, end, shares, np.cumsum(is_new) - 1)


def _parts(box: Box, window: Window) -> Iterator[Window]:
    """`window` taken apart into its pixels wholly within the box and the rims around them."""
    left, right = max(window.left, math.ceil(box.left)), min(window.right, math.floor(box.right))
    top, bottom = max(window.top, math.ceil(box.top)), min(window.bottom, math.floor(box.bottom))
    if left >= right or top >= bottom:
        yield window
        return
    rims = (
        Window(left, top, right, bottom),
        Window(window.left, window.top, window.right, top),
        Window(window.left, bottom, window.right, window.bottom),
        Window(window.left, top, left, bottom),
        Window(right, top, window.right, bottom),
    )
    for part in rims:
        if part.left < part.right and part.top < part.bottom:
            yield part


def _mask(box: Box, window: Window, opacity: float = 1.0) -> Image.Image:
    """How much of each pixel of `window` lies in a box that touches all of them: 255 where all of it does."""
    width, height = window.right - window.left, window.bottom - window.top
    left, right = _ends(box.left, box.right, window.left, window.right)
    top, bottom = _ends(box.top, box.bottom, window.top, window.bottom)

    def row(share: float) -> bytes:
        first, between, last = (round(share * (part * (255 * opacity))) for part in (left, 1.0, right))
        return (bytes((first,)) + bytes((between,)) * (width - 2) + bytes((last,)))[:width]

    rows = (row(top) + row(1.0) * (height - 2) + row(bottom))[: width * height]
    return Image.frombytes("L", (width, height), rows)


def _weight(mask: Image.Image) -> int:
    return 800 + mask.width * mask.height


_RULES: Final[Kept[tuple[Box, Window], Image.Image]] = Kept(1 << 18, _weight, asked_twice=True)
"""Those of a template stand in the same places in many documents."""


def _ends(start: float, end: float, first: int, after: int) -> tuple[float, float]:
    """How much of the first and of the last of some pixels lies between two places. Of those between them all does."""
    return min(first + 1, end) - max(first, start), min(after, end) - max(after - 1, start)


def _thinned(mask: Image.Image, opacity: float) -> Image.Image:
    return mask.point([round(share * opacity) for share in range(256)])


def _framed(coverage: Coverage | None, window: Window) -> Image.Image:
    """A mask of exactly `window`."""
    mask = Image.new("L", (window.right - window.left, window.bottom - window.top))
    if coverage is not None:
        mask.paste(coverage.mask, (coverage.left - window.left, coverage.top - window.top))
    return mask


def _inked(mask: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """Rectangles outside which a mask is empty. A frame around a page covers little of its bounds."""
    width, height = mask.size
    if width * height < _LARGE:
        yield 0, 0, width, height
        return
    shares = np.asarray(mask)
    starts = np.arange(0, width, _TILE)
    for top in range(0, height, _TILE):
        bottom = min(top + _TILE, height)
        inked = np.maximum.reduceat(shares[top:bottom].max(axis=0), starts) > 0
        for full, tiles in groupby(range(len(starts)), key=inked.__getitem__):
            if full:
                numbers = list(tiles)
                yield numbers[0] * _TILE, top, min((numbers[-1] + 1) * _TILE, width), bottom


def _ink(color: Color, mask: ImagingCore) -> Color | ImagingCore:
    """What to paste through a mask: where that is large, Pillow takes half as long for pixels as for a colour."""
    width, height = mask.size
    return color if width * height < _MANY else _imaging.fill("RGB", (width, height), color)
