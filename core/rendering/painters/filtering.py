"""Rows of pixels as PNG filters them (PNG, section 9), in bands that stand alone.

Bands that are mostly paper are left as they are, for pages of text are a sixth smaller so; in others each row is its difference
to the row above, as suits photographs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from core.rendering.painters.coverage import Window

_BAND: Final = 192 << 10  # bytes of a band's pixels: less makes larger files, more is touched more often
_AT_ONCE: Final = 1 << 20  # bytes of pixels filtered together: a whole page would take new memory each time
_UP: Final = 2  # the filter type of differences to the row above; of pixels as they are it is 0
_LOOKED_AT: Final = 16  # one pixel of so many, to tell paper: rows lie apart, and each look waits for memory

Bytes = npt.NDArray[np.uint8]


def rows_of_band(width: int) -> int:
    """How many rows of so many pixels a band has."""
    return max(1, _BAND // (1 + 3 * width))


def filtered(image: Image.Image, first: int, end: int) -> Iterator[Bytes]:
    """Bands from a number on, before another: their rows, each led by its filter type."""
    rows = rows_of_band(image.width)
    length = rows * (1 + 3 * image.width)
    together = max(1, _AT_ONCE // length)
    for start in range(first, end, together):
        stop = min(start + together, end)
        for lines in _filtered(image, start * rows, min(stop * rows, image.height)):
            for at in range(0, len(lines), length):
                yield lines[at : at + length]


class Lines:
    """All bands of a ground, of which those of a page upon it are made by filtering anew only where it differs."""

    def __init__(self, image: Image.Image) -> None:
        """The `image` shows the ground and nothing else."""
        self._band: Final = rows_of_band(image.width)
        count = -(-image.height // self._band)
        self._rows: Final = np.empty((image.height, 1 + 3 * image.width), np.uint8)
        place = self._rows.reshape(-1)
        for band in filtered(image, 0, count):
            place[: band.size] = band
            place = place[band.size :]
        firsts = [
            _pixels(image, Window(0, row, image.width, row + 1)) for row in range(0, image.height, self._band)
        ]
        self._reds: Final = np.concatenate(firsts)[:, :: 3 * _LOOKED_AT]
        self._are_paper: Final = _are_paper(self._reds)

    @contextmanager
    def showing(self, image: Image.Image, windows: Sequence[Window]) -> Iterator[set[int]]:
        """Let them be those of an image that differs from the ground within `windows`, and then the ground's again. Yielded
        are the numbers of bands that are not, since the image has them filtered otherwise."""
        before: list[tuple[Bytes, Bytes]] = []
        reds = self._reds.copy()
        try:
            for window in windows:
                self._show(image, window, reds, before)
            yield set(np.flatnonzero(_are_paper(reds) != self._are_paper).tolist())
        finally:
            for place, lines in reversed(before):
                place[:] = lines

    def band(self, number: int) -> Bytes:
        return self._rows[number * self._band : (number + 1) * self._band].reshape(-1)

    def _show(
        self, image: Image.Image, window: Window, reds: Bytes, before: list[tuple[Bytes, Bytes]]
    ) -> None:
        """Filter the pixels of a window. Where that is and what stood there is added to `before` first."""
        left, top, right, bottom = window
        # The first row is filtered by the one above it, and the one below by the last.
        above, below = max(0, top - 1), min(bottom + 1, len(self._rows))
        pixels = _pixels(image, Window(left, above, right, below))
        place = self._rows[top:below, 1 + 3 * left : 1 + 3 * right]
        before.append((place, place.copy()))
        if top == 0:
            place[0] = pixels[0]
        np.subtract(pixels[1:], pixels[:-1], out=place[above - top + 1 :])
        for band in range(top // self._band, (below - 1) // self._band + 1):
            if self._are_paper[band]:
                start, end = max(top, band * self._band), min(below, (band + 1) * self._band)
                place[start - top : end - top] = pixels[start - above : end - above]
        first, across = -(-top // self._band), -(-left // _LOOKED_AT)
        seen = pixels[
            first * self._band - above : bottom - above : self._band,
            3 * (across * _LOOKED_AT - left) :: 3 * _LOOKED_AT,
        ]
        reds[first : first + len(seen), across : across + seen.shape[1]] = seen


def _filtered(image: Image.Image, top: int, bottom: int) -> Iterator[Bytes]:
    """Whole bands' rows. Bands of a kind that follow each other come together."""
    length, rows = 1 + 3 * image.width, rows_of_band(image.width)
    packed = _packed(image, Window(0, max(0, top - 1), image.width, bottom), length)
    if not top:
        packed = np.concatenate((np.zeros(length, np.uint8), packed))  # above the first row stand zeros
    # The zero behind each row is the type of the next one, if that is not filtered.
    plain = packed[length - 1 : -1]
    are_paper = _are_paper(plain.reshape(-1, length)[::rows, 1 :: 3 * _LOOKED_AT])
    for first, end in _alike(are_paper):
        start, stop = first * rows * length, min(end * rows * length, plain.size)
        if are_paper[first]:
            yield plain[start:stop]
        else:
            changes = np.empty(1 + stop - start, np.uint8)
            np.subtract(packed[start + length : stop + length], packed[start:stop], out=changes[1:])
            changes[::length] = _UP
            yield changes[:-1]


def _pixels(image: Image.Image, window: Window) -> Bytes:
    """Rows of pixels, three bytes each."""
    length = 3 * (window.right - window.left)
    return _packed(image, window, length).reshape(-1, length)


def _packed(image: Image.Image, window: Window, length: int) -> Bytes:
    """The same one after the other, each filled up with zeros to a length."""
    encoder = Image._getencoder("RGB", "raw", ("RGB", length, 1))  # what Pillow's own `tobytes` uses
    encoder.setimage(image.im, window)
    _, _, data = encoder.encode((window.bottom - window.top) * length)
    return np.frombuffer(data, np.uint8)


def _are_paper(reds: Bytes) -> npt.NDArray[np.bool]:
    """For each band, whether most pixels of its first row are as red as the first one, or as the middle one. `reds` are those of
    the pixels that are looked at."""
    reds = np.ascontiguousarray(reds)
    count = reds.shape[1]
    alike = [(reds == place).sum(axis=1) for place in (reds[:, :1], reds[:, count // 2, None])]
    are_paper: npt.NDArray[np.bool] = 2 * np.maximum(*alike) > count
    return are_paper


def _alike(bands: npt.NDArray[np.bool]) -> Iterator[tuple[int, int]]:
    """From where to where bands that follow each other are of one kind."""
    edges = [0, *(np.flatnonzero(bands[1:] != bands[:-1]) + 1).tolist(), len(bands)]
    return pairwise(edges)
