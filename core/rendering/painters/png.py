"""PNG files, written for speed: filtered and compressed by isal in bands that stand alone.

The same pixels always make the same bytes, whether a band was kept or is compressed now, and on every x86-64 with SSE 4.2:
isal's levels up to 2 search alike whatever the processor offers, its level 3 does not. What stands before each band keeps isal
from mistaking where it stands in memory for something it has read: see docs/decisions/0010.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from isal import isal_zlib
from PIL import Image

from core.rendering.painters.grounds import Change, Pieces, runs

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BAND: Final = 128 << 10  # bytes of a band's pixels: less makes larger files, more is touched more often
_AT_ONCE: Final = 1 << 20  # bytes of pixels filtered together: a whole page would take new memory each time
_LEVEL: Final = 2
_UP: Final = 2  # the filter type of differences to the row above; of pixels as they are it is 0
_PERCEPTUAL: Final = b"\0"  # sRGB's rendering intent
_ZLIB: Final = b"\x78\x01"  # deflate with a window of 32 KB, compressed fast (RFC 1950)
_LAST: Final = b"\x03\x00"  # deflate's shortest last block, which holds nothing (RFC 1951)
_LEAD: Final = 4  # bytes that stand as they are before each band; of fewer, isal would remember nothing
# The head of a block that holds them (RFC 1951, section 3.2.4)
_STORED: Final = struct.pack("<BHH", 0, _LEAD, 0xFFFF ^ _LEAD)
_ADLER: Final = 65521


class _Band(NamedTuple):
    """Some rows as a chunk of the file, and what the stream's checksum must know of them."""

    chunk: bytes
    adler: int
    length: int


def encode_png(image: Image.Image, *, dpi: float, change: Change | None = None) -> bytes:
    """An RGB image as a PNG that says its resolution and that its colours are sRGB.

    `change` says what it has in common with other pages. The file is the same with and without.
    """
    width, height = image.size
    per_metre = round(dpi / 0.0254)

    def make(numbers: Sequence[int]) -> list[_Band]:
        return [band for first, end in runs(numbers) for band in _compressed(image, first, end)]

    rows = _rows(width)
    touched = set() if change is None else _touched(change, rows)
    bands = _BANDS.complete(change, touched, -(-height // rows), make)
    adler = 1
    for band in bands:
        adler = adler32_combine(adler, band.adler, band.length)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"sRGB", _PERCEPTUAL),
            _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1)),
            _chunk(b"IDAT", _ZLIB),
            *[band.chunk for band in bands],
            _chunk(b"IDAT", _LAST + struct.pack(">I", adler)),
            _chunk(b"IEND", b""),
        )
    )


def adler32_combine(first: int, second: int, second_length: int) -> int:
    """Adler-32 of two byte strings joined, from their sums alone (RFC 1950, section 9). `second_length` in bytes."""
    low = first & 0xFFFF
    a = low + (second & 0xFFFF) - 1
    b = (first >> 16) + (second >> 16) + second_length * (low - 1)
    return (b % _ADLER) << 16 | a % _ADLER


def _rows(width: int) -> int:
    """How many rows of pixels a band has."""
    return max(1, _BAND // (1 + 3 * width))


def _touched(change: Change, rows: int) -> set[int]:
    """The bands that may differ. A band's first row is filtered by the one above it."""
    return {band for _, top, _, bottom in change.windows for band in range(top // rows, bottom // rows + 1)}


def _compressed(image: Image.Image, first: int, end: int) -> Iterator[_Band]:
    rows = _rows(image.width)
    length = rows * (1 + 3 * image.width)
    together = max(1, _AT_ONCE // length)
    for start in range(first, end, together):
        for lines in _filtered(image, start * rows, min(min(start + together, end) * rows, image.height)):
            for at in range(0, len(lines), length):
                band = lines[at : at + length]
                yield _Band(_chunk(b"IDAT", _deflated(band)), isal_zlib.adler32(band), band.size)


def _deflated(band: npt.NDArray[np.uint8]) -> bytes:
    """Blocks of a stream that need nothing of what stands before them, and end at a byte.

    isal must not begin without a past: it would take its own address for bytes that it has read. So the first bytes stand in
    the file as they are, and it begins with them in mind.
    """
    lead = band[:_LEAD].tobytes()
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15, zdict=lead)
    return b"".join((_STORED, lead, deflate.compress(band[_LEAD:]), deflate.flush(isal_zlib.Z_SYNC_FLUSH)))


def _filtered(image: Image.Image, top: int, bottom: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Whole bands' rows, each led by its filter type (PNG, section 9): as they are in bands that are mostly paper, for pages of
    text are a sixth smaller so; else by the row above, as suits photographs. Bands of a kind that follow each other come
    together."""
    length, rows = 1 + 3 * image.width, _rows(image.width)
    packed = _packed(image, max(0, top - 1), bottom)
    if not top:
        packed = np.concatenate((np.zeros(length, np.uint8), packed))  # above the first row stand zeros
    # The zero behind each row is the type of the next one, if that is not filtered.
    plain = packed[length - 1 : -1]
    paper = _are_paper(plain.reshape(-1, length)[::rows])
    for first, end in _alike(paper):
        start, stop = first * rows * length, min(end * rows * length, plain.size)
        if paper[first]:
            yield plain[start:stop]
        else:
            changes = np.empty(1 + stop - start, np.uint8)
            np.subtract(packed[start + length : stop + length], packed[start:stop], out=changes[1:])
            changes[::length] = _UP
            yield changes[:-1]


def _packed(image: Image.Image, top: int, bottom: int) -> npt.NDArray[np.uint8]:
    """Rows of pixels, three bytes each, with a zero behind each row."""
    length = 1 + 3 * image.width
    encoder = Image._getencoder("RGB", "raw", ("RGB", length, 1))  # what Pillow's own `tobytes` uses
    encoder.setimage(image.im, (0, top, image.width, bottom))
    _, _, data = encoder.encode((bottom - top) * length)
    return np.frombuffer(data, np.uint8)


def _are_paper(first_rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool]:
    """For each band, whether most pixels of its first row are as red as the first one, or as the middle one. Every sixteenth is
    looked at: rows lie apart, and each look waits for memory."""
    reds = np.ascontiguousarray(first_rows[:, 1::48])
    count = reds.shape[1]
    alike = [(reds == place).sum(axis=1) for place in (reds[:, :1], reds[:, count // 2, None])]
    are_paper: npt.NDArray[np.bool] = 2 * np.maximum(*alike) > count
    return are_paper


def _alike(bands: npt.NDArray[np.bool]) -> Iterator[tuple[int, int]]:
    """From where to where bands that follow each other are of one kind."""
    edges = [0, *(np.flatnonzero(bands[1:] != bands[:-1]) + 1).tolist(), len(bands)]
    return pairwise(edges)


def _chunk(kind: bytes, data: bytes) -> bytes:
    sum_ = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", sum_)))


_BANDS: Final[Pieces[_Band]] = Pieces(48 << 20, lambda band: 100 + len(band.chunk))
