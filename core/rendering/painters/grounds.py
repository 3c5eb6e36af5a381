"""How pages look that have the same still marks: painted once, drawn upon, and brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import pairwise
from threading import Lock
from typing import Final, Generic, NamedTuple, TypeVar, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.coverage import Window
from core.rendering.painters.filtering import Lines
from core.rendering.scene import Color, Picture, Still

V = TypeVar("V")


_SQUARE: Final = 4
"""Pixels a side of what is looked at together where marks may meet."""
_TILE: Final = 32
_LARGE: Final = 9_000_000
"""Pixels beyond which a ground keeps no more than its picture: an A4 page has fewer at 300 dpi, an A3 page twice as many."""
MOST_STILLS: Final = 255
"""A ground numbers its stills in a byte."""


class Sheet(NamedTuple):
    """All that the picture of a ground depends on: its still marks, and what they are painted on."""

    stills: tuple[Same[Still], ...]
    fonts: Same[FontLibrary]
    width: float
    height: float
    paper: Color
    dpi: float


class Lent(NamedTuple):
    """An image that one page at a time is painted on, by whoever holds `lock`, and that comes back as it was."""

    image: Image.Image
    lock: Lock


class Ground:
    """A page with its still marks only, those of `sheet` in their order.

    Where most of it `is_paper`, all it keeps is what is not: the paper is lent to whichever ground needs it.
    """

    def __init__(self, sheet: Sheet, image: Image.Image, touched: Sequence[Sequence[Window]]) -> None:
        """`touched` is where each of the stills changed the page."""
        self.sheet: Final = sheet
        self._touched: Final = touched
        inked = list(_tiles(touched, image.size))
        self.is_paper: Final = 2 * sum(area(window) for window in inked) < image.width * image.height
        self._inked: Final = [(window, image.crop(window)) for window in inked] if self.is_paper else []
        self._lent: Final = (
            _PAPERS.get((image.size, sheet.paper), _blank) if self.is_paper else Lent(image, Lock())
        )
        self._may_have_lines: Final = not self.is_paper and image.width * image.height <= _LARGE
        self._wants_lines = False
        self._lines: Lines | None = None
        # For each square of pixels, how many stills have to be on the page before it is as the ground has it.
        self._last: Final = np.zeros(all_squares(image.size), np.uint8)
        for number, windows in enumerate(touched, start=1):
            for left, top, right, bottom in windows:
                self._last[squares(top, bottom), squares(left, right)] = number
        self._has_paper: Final = not self._last.all()

    @contextmanager
    def lent(self) -> Iterator[Image.Image | None]:
        """Its picture to paint on, to be brought back as it was, or, of one that `is_paper`, as bare paper. None where somebody
        else is painting."""
        image, lock = self._lent
        if not lock.acquire(blocking=False):
            yield None
            return
        try:
            if self._wants_lines and self._lines is None:
                self._lines = Lines(image)
            for window, pixels in self._inked:
                image.paste(pixels, window)
            yield image
        finally:
            for window, _ in self._inked:
                image.paste(self.sheet.paper, window)
            lock.release()

    def lines(self) -> Lines | None:
        """Its rows as PNG filters them, lent with its picture. Who asks gets them from the next time on that this is lent, when
        nothing is upon it. None before, and always of paper and of large grounds."""
        self._wants_lines = self._may_have_lines
        return self._lines

    def bare(self) -> npt.NDArray[np.bool] | None:
        """Which squares show nothing but paper, as an array of the caller's own. None where a photograph covers all."""
        return self._last == 0 if self._has_paper else None

    def above(self, windows: Sequence[Window], count: int) -> set[int]:
        """Which of the stills after the first `count` cover something of `windows`."""
        if not any(
            self._last[squares(top, bottom), squares(left, right)].max() > count
            for left, top, right, bottom in windows
        ):
            return set()
        return {number for number in range(count, len(self._touched)) if meet(self._touched[number], windows)}

    @property
    def weight(self) -> int:
        """The picture, the lines that it may have, and what stays in memory because the marks do."""
        width, height = self._lent.image.size
        pixels = sum(area(window) for window, _ in self._inked) if self.is_paper else width * height
        windows = len(self._inked) + sum(len(windows) for windows in self._touched)
        each = 7 if self._may_have_lines else 4
        return each * pixels + self._last.nbytes + 200 * windows + weight_of(self.sheet)


def weight_of(sheet: Sheet) -> int:
    """What stays in memory because the sheet does."""
    marks = [mark for still in sheet.stills for mark in still.value.marks]
    return 1000 * (1 + len(marks)) + sum(len(mark.image.data) for mark in marks if isinstance(mark, Picture))


class Change(NamedTuple):
    """Where a page may differ from its ground: within `windows` and nowhere else."""

    ground: Ground
    windows: tuple[Window, ...]


class Pieces(Generic[V]):
    """What files are made of where they show grounds, each made when a page first needs it, within a budget of bytes."""

    def __init__(self, budget: int, weigh: Callable[[V], int]) -> None:
        def weight(pieces: tuple[V | None, ...]) -> int:
            return 1000 + sum(8 if piece is None else 100 + weigh(piece) for piece in pieces)

        self._kept: Final[Kept[tuple[Sheet, int], tuple[V | None, ...]]] = Kept(budget, weight)

    def complete(
        self,
        change: Change | None,
        touched: Set[int],
        count: int,
        make: Callable[[Sequence[int]], Sequence[V]],
        *,
        width: int = 0,
    ) -> Sequence[V]:
        """All `count` pieces of a file. `make` makes some, by their ascending numbers; those `touched` are never kept.

        Files of a ground in different widths have pieces of their own.
        """
        if change is None:
            return make(range(count))
        key = change.ground.sheet, width
        known = self._kept.get(key, lambda _: (None,) * count)
        pieces = [None if number in touched else piece for number, piece in enumerate(known)]
        missing = [number for number, piece in enumerate(pieces) if piece is None]
        for number, piece in zip(missing, make(missing) if missing else (), strict=True):
            pieces[number] = piece
        if not touched >= set(missing):
            clean = [before if number in touched else pieces[number] for number, before in enumerate(known)]
            self._kept.put(key, tuple(clean))
        return cast(Sequence[V], pieces)


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges: the first of each, and the one after its last."""
    first = end = -1
    for number in numbers:
        if number != end:
            if first < end:
                yield first, end
            first = number
        end = number + 1
    if first < end:
        yield first, end


def all_squares(size: tuple[int, int]) -> tuple[int, int]:
    """How many squares stand below and beside each other on an image of that width and height."""
    width, height = size
    return height // _SQUARE + 1, width // _SQUARE + 1


def squares(start: int, end: int) -> slice:
    """Those that have something of some rows of pixels, or of some columns."""
    return slice(start // _SQUARE, (end - 1) // _SQUARE + 1)


def meet(some: Sequence[Window], others: Sequence[Window]) -> bool:
    """Whether a pixel lies in one of each."""
    if not some or not others:
        return False
    left, top, right, bottom = np.array(some).T[:, :, None]
    x1, y1, x2, y2 = np.array(others).T[:, None, :]
    return bool(((left < x2) & (x1 < right) & (top < y2) & (y1 < bottom)).any())


def outermost(windows: Sequence[Window]) -> Iterator[Window]:
    """Those that do not lie in the one before, as the modules of a code lie on their white."""
    yield from windows[:1]
    for before, window in pairwise(windows):
        if not before.holds(window):
            yield window


def area(window: Window) -> int:
    return (window.right - window.left) * (window.bottom - window.top)


def _tiles(touched: Sequence[Sequence[Window]], size: tuple[int, int]) -> Iterator[Window]:
    """Parts of a page, none of which meet, that hold all that was touched."""
    width, height = size
    inked = np.zeros((height // _TILE + 1, width // _TILE + 1), bool)
    for windows in touched:
        for left, top, right, bottom in windows:
            inked[top // _TILE : (bottom - 1) // _TILE + 1, left // _TILE : (right - 1) // _TILE + 1] = True
    for row in range(len(inked)):
        for first, end in runs(np.flatnonzero(inked[row]).tolist()):
            top, bottom = row * _TILE, min(height, (row + 1) * _TILE)
            if top < bottom and first * _TILE < width:
                yield Window(first * _TILE, top, min(width, end * _TILE), bottom)


def _blank(wanted: tuple[tuple[int, int], Color]) -> Lent:
    size, paper = wanted
    return Lent(Image.new("RGB", size, paper), Lock())


class Patch(NamedTuple):
    """How a ground looks where still marks were painted that it does not have."""

    windows: list[Window]
    pixels: list[Image.Image]


def _weight(patch: Patch | None) -> int:
    pixels = () if patch is None else patch.pixels
    return 1000 + sum(500 + 4 * part.width * part.height for part in pixels)


PATCHES: Final[Kept[tuple[Sheet, Same[Still]], Patch | None]] = Kept(16 << 20, _weight)

_PAPERS: Final[Kept[tuple[tuple[int, int], Color], Lent]] = Kept(
    24 << 20, lambda lent: 4 * lent.image.width * lent.image.height
)

GROUNDS: Final[Kept[Sheet, Ground]] = Kept(128 << 20, lambda ground: ground.weight)
"""By the sheet of a page's first still alone: what its pages have in common, as far as is known."""
