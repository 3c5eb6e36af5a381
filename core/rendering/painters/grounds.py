"""How pages look that have the same still marks: painted once, drawn upon, and brought back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.coverage import Window
from core.rendering.scene import Color, Picture, Still

BAND: Final = 8
"""Rows of pixels that image files are made of together: what JPEG's blocks have, and few enough for PNG."""


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

    def bands(self, *, below: int = 0) -> set[int]:
        """The bands that may differ, and those that reach `below` rows up into one."""
        return {
            band
            for _, top, _, bottom in self.windows
            for band in range(top // BAND, (bottom - 1 + below) // BAND + 1)
        }


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
