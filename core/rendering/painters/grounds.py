"""How pages look that begin with the same still marks, painted once."""

from __future__ import annotations

from typing import Final, NamedTuple

from PIL import Image

from core.kept import Kept, Same
from core.rendering.fonts import FontLibrary
from core.rendering.scene import Color, Picture, Still


class Sheet(NamedTuple):
    """All that the picture of a ground depends on."""

    still: Same[Still]
    fonts: Same[FontLibrary]
    width: float
    height: float
    paper: Color
    dpi: float


class Ground(NamedTuple):
    still: Still
    image: Image.Image


def _weight(ground: Ground) -> int:
    """The picture, and what stays in memory because the marks do."""
    pictures = sum(len(mark.image.data) for mark in ground.still.marks if isinstance(mark, Picture))
    return 4 * ground.image.width * ground.image.height + pictures + 1000 * (1 + len(ground.still.marks))


GROUNDS: Final[Kept[Sheet, Ground]] = Kept(80 << 20, _weight)
