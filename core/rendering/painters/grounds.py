"""How pages look that begin with the same still marks: painted once, drawn upon, and brought back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.painters.coverage import Window
from core.rendering.scene import Color, Picture, Still

BAND: Final = 8
"""Rows of pixels that image files are made of together: what JPEG's blocks have, and few enough for PNG."""


class Sheet(NamedTuple):
    """All that the picture of a ground depends on."""

    still: Same[Still]
    fonts: Same[FontLibrary]
    width: float
    height: float
    paper: Color
    dpi: float


class Ground(NamedTuple):
    """`image` is lent to one page at a time, to whoever holds `lock`, and comes back as it was."""

    still: Still
    image: Image.Image
    lock: Lock


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


def _weight(ground: Ground) -> int:
    """The picture, and what stays in memory because the marks do."""
    pictures = sum(len(mark.image.data) for mark in ground.still.marks if isinstance(mark, Picture))
    return 4 * ground.image.width * ground.image.height + pictures + 1000 * (1 + len(ground.still.marks))


GROUNDS: Final[Kept[Sheet, Ground]] = Kept(128 << 20, _weight)
