"""Painted pages made small, in bands of rows that stand alone, so that bands of other pages will do where nothing differs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from core.rendering.painters.grounds import Change, Pieces, runs
from core.rendering.painters.jpeg import Settings, joined, segments

WIDTH: Final = 480
_QUALITY: Final = 82
_BAND: Final = 16  # rows of pixels that libjpeg subsamples together


class _Way(NamedTuple):
    """From rows of a page to rows of its thumbnail: whole steps, then `scale`."""

    size: tuple[int, int]
    step: int
    reduced: tuple[int, int]
    scale: float


def paint_thumbnail(image: Image.Image, *, width: int = WIDTH, change: Change | None = None) -> bytes:
    """A painted page made small, as a JPEG at most `width` pixels wide. `change` saves time; the file is the same without."""
    width = min(width, image.width)
    height = max(1, round(image.height * width / image.width))
    step = image.width // width
    reduced = -(-image.width // step), -(-image.height // step)
    way = _Way((width, height), step, reduced, reduced[1] / height)
    count = -(-height // _BAND)
    settings = Settings(_QUALITY, "4:2:0", units=-(-width // _BAND))

    def make(numbers: Sequence[int]) -> list[bytes]:
        return [
            segment
            for first, end in runs(numbers)
            for segment in segments(_small(image, first, end, way), settings)
        ]

    touched = set() if change is None else _touched(change, image.height, count, way)
    return joined(_SEGMENTS.complete(change, touched, count, make, width=width), way.size, settings)


def _small(image: Image.Image, first: int, end: int, way: _Way) -> Image.Image:
    """Some bands of the thumbnail. Each depends on its own rows only."""
    width, height = way.size
    small = Image.new("RGB", (width, min(height, end * _BAND) - first * _BAND))
    for band in range(first, end):
        top, bottom = band * _BAND, min(height, (band + 1) * _BAND)
        start, stop = _rows_of(band, way)
        # Whole steps first, as they cost next to nothing; what is left is less than half, for which a short filter will do.
        box = 0, start * way.step, image.width, min(image.height, stop * way.step)
        part = image.reduce(way.step, box)
        place = 0.0, top * way.scale - start, way.reduced[0], min(bottom * way.scale - start, stop - start)
        small.paste(
            part.resize((width, bottom - top), Image.Resampling.HAMMING, place), (0, top - first * _BAND)
        )
    return small


def _rows_of(band: int, way: _Way) -> tuple[int, int]:
    """The reduced rows that a band is made from, and one more above and below than the filter reaches."""
    top, bottom = band * _BAND, min(way.size[1], (band + 1) * _BAND)
    reach = max(1.0, way.scale) + 1
    return max(0, math.floor(top * way.scale - reach)), min(
        way.reduced[1], math.ceil(bottom * way.scale + reach)
    )


def _touched(change: Change, height: int, count: int, way: _Way) -> set[int]:
    rows = np.zeros(height, bool)
    for _, top, _, bottom in change.windows:
        rows[top:bottom] = True
    return set(_touched_bands(rows, count, way))


def _touched_bands(rows: np.ndarray[tuple[int], np.dtype[np.bool]], count: int, way: _Way) -> Iterator[int]:
    for band in range(count):
        start, stop = _rows_of(band, way)
        if rows[start * way.step : stop * way.step].any():
            yield band


_SEGMENTS: Final[Pieces[bytes]] = Pieces(4 << 20, len)
