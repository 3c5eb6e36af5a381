"""How pages look that have the same still marks: painted once, drawn upon, and brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from threading import Lock
from typing import Final, Generic, NamedTuple, TypeVar, cast

import numpy as np
from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.coverage import Window
from core.rendering.scene import Color, Picture, Still

V = TypeVar("V")


_SQUARE: Final = 4
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


class Ground:
    """A page with its still marks only, those of `sheet` in their order.

    `image` is lent to one page at a time, to whoever holds `lock`, and comes back as it was.
    """

    def __init__(self, sheet: Sheet, image: Image.Image, touched: Sequence[Sequence[Window]]) -> None:
        """`touched` is where each of the stills changed the page."""
        self.sheet: Final = sheet
        self.image: Final = image
        self.lock: Final = Lock()
        self._touched: Final = touched
        # For each square of pixels, how many stills have to be on the page before it is as the ground has it.
        self._last: Final = np.zeros((image.height // _SQUARE + 1, image.width // _SQUARE + 1), np.uint8)
        for number, windows in enumerate(touched, start=1):
            for left, top, right, bottom in windows:
                self._last[_squares(top, bottom), _squares(left, right)] = number

    def above(self, windows: Sequence[Window], count: int) -> set[int]:
        """Which of the stills after the first `count` cover something of `windows`."""
        if not any(
            self._last[_squares(top, bottom), _squares(left, right)].max() > count
            for left, top, right, bottom in windows
        ):
            return set()
        return {number for number in range(count, len(self._touched)) if meet(self._touched[number], windows)}

    @property
    def weight(self) -> int:
        """The picture, and what stays in memory because the marks do."""
        windows = sum(len(windows) for windows in self._touched)
        return (
            4 * self.image.width * self.image.height
            + self._last.nbytes
            + 200 * windows
            + weight_of(self.sheet)
        )


def weight_of(sheet: Sheet) -> int:
    """What stays in memory because the sheet does."""
    marks = [mark for still in sheet.stills for mark in still.value.marks]
    return 1000 * (1 + len(marks)) + sum(len(mark.image.data) for mark in marks if isinstance(mark, Picture))


class Change(NamedTuple):
    """Where a page may differ from the ground of `sheet`: within `windows` and nowhere else."""

    sheet: Sheet
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
        known = self._kept.get((change.sheet, width), lambda _: (None,) * count)
        pieces = [None if number in touched else piece for number, piece in enumerate(known)]
        missing = [number for number, piece in enumerate(pieces) if piece is None]
        for number, piece in zip(missing, make(missing) if missing else (), strict=True):
            pieces[number] = piece
        if not touched >= set(missing):
            clean = [before if number in touched else pieces[number] for number, before in enumerate(known)]
            self._kept.put((change.sheet, width), tuple(clean))
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


def _squares(start: int, end: int) -> slice:
    return slice(start // _SQUARE, (end - 1) // _SQUARE + 1)


def meet(some: Sequence[Window], others: Sequence[Window]) -> bool:
    """Whether a pixel lies in one of each."""
    if not some or not others:
        return False
    left, top, right, bottom = np.array(some).T[:, :, None]
    x1, y1, x2, y2 = np.array(others).T[:, None, :]
    return bool(((left < x2) & (x1 < right) & (top < y2) & (y1 < bottom)).any())


class Patch(NamedTuple):
    """How a ground looks where still marks were painted that it does not have."""

    windows: list[Window]
    pixels: list[Image.Image]


def _weight(patch: Patch | None) -> int:
    pixels = () if patch is None else patch.pixels
    return 1000 + sum(500 + 4 * part.width * part.height for part in pixels)


PATCHES: Final[Kept[tuple[Sheet, Same[Still]], Patch | None]] = Kept(16 << 20, _weight)

GROUNDS: Final[Kept[Sheet, Ground]] = Kept(128 << 20, lambda ground: ground.weight)
"""By the sheet of a page's first still alone: what its pages have in common, as far as is known."""
