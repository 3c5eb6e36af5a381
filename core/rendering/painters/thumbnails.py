"""Painted pages made small, in bands of rows that stand alone, so that bands of other pages will do where nothing differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PIL import Image

from core.rendering.painters.grounds import Change, Pieces, runs
from core.rendering.painters.jpeg import Settings, joined, segments

WIDTH: Final = 480
_QUALITY: Final = 82
_BAND: Final = 16  # rows of pixels that libjpeg subsamples together


def paint_thumbnail(image: Image.Image, *, width: int = WIDTH, change: Change | None = None) -> bytes:
    """A painted page made small, as a JPEG: each of its pixels is the mean of so many across and down that it is about `width`
    wide. `change` saves time; the file is the same without."""
    step = max(1, round(image.width / width))
    size = -(-image.width // step), -(-image.height // step)
    settings = Settings(_QUALITY, "4:2:0", units=-(-size[0] // _BAND))

    def make(numbers: Sequence[int]) -> list[bytes]:
        return [
            segment
            for first, end in runs(numbers)
            for segment in segments(_small(image, first, end, step), settings)
        ]

    touched: set[int] = set()
    if change is not None:
        rows = _BAND * step
        for _, top, _, bottom in change.windows:
            touched.update(range(top // rows, (bottom - 1) // rows + 1))
    return joined(
        _SEGMENTS.complete(change, touched, -(-size[1] // _BAND), make, width=width), size, settings
    )


def _small(image: Image.Image, first: int, end: int, step: int) -> Image.Image:
    """Some bands of the thumbnail."""
    rows = _BAND * step
    return image.reduce(step, (0, first * rows, image.width, min(end * rows, image.height)))


_SEGMENTS: Final[Pieces[bytes]] = Pieces(4 << 20, len)
