"""What many pages begin with, painted once.

Marks that are the same in every document of a template are the same objects in every scene. So it shows by itself what the
pages of a template have in common: nobody needs to tell the painter.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.scene import Color, Mark, Picture


class Ground(NamedTuple):
    """Marks that pages began with so far, and how they look; no picture after the first of them."""

    marks: tuple[Mark, ...]
    image: Image.Image | None


class Sheet(NamedTuple):
    """Pages that may have a ground in common: alike in all that a picture depends on, and with the same first mark."""

    first: Same[Mark]
    fonts: Same[FontLibrary]
    width: float
    height: float
    paper: Color
    dpi: float


def ground_of(sheet: Sheet, marks: tuple[Mark, ...]) -> Ground:
    """The ground of a page: marks that it shares with those before it, with their picture if that is kept."""
    known = _GROUNDS.get(sheet, lambda _: Ground(marks, None))
    if known.marks is marks:
        return Ground((), None)
    shared = 0
    for mark, other in zip(known.marks, marks, strict=False):
        if mark is not other:
            break
        shared += 1
    return known if shared == len(known.marks) else Ground(marks[:shared], None)


def keep_ground(sheet: Sheet, ground: Ground) -> None:
    _GROUNDS.put(sheet, ground)


def _weight(ground: Ground) -> int:
    """The picture, and what stays in memory because the marks do."""
    image = 0 if ground.image is None else 4 * ground.image.width * ground.image.height
    pictures = sum(len(mark.image.data) for mark in ground.marks if isinstance(mark, Picture))
    return image + pictures + 1000 * (1 + len(ground.marks))


_GROUNDS: Final[Kept[Sheet, Ground]] = Kept(80 << 20, _weight)
