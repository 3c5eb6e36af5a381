"""PNG files, written for speed: filtered and compressed by isal in bands that stand alone.

The same pixels always make the same bytes, whether a band was kept or is compressed now, and on every x86-64 with SSE 4.2:
isal's levels up to 2 search alike whatever the processor offers, its level 3 does not. What stands before each band keeps isal
from mistaking where it stands in memory for something it has read: see docs/decisions/0010.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from isal import isal_zlib
from PIL import Image

from core.rendering.painters.grounds import Change, Pieces, runs

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_ROWS: Final = 8  # of a band: fewer make larger files, more are touched more often
_AT_ONCE: Final = 1 << 20  # bytes of pixels filtered together: a whole page would take new memory each time
_LEVEL: Final = 2
_NONE, _UP = 0, 2  # filter types: pixels as they are, and the difference to the row above
_PERCEPTUAL: Final = b"\0"  # sRGB's rendering intent
_ZLIB: Final = b"\x78\x01"  # deflate with a window of 32 KB, compressed fast (RFC 1950)
_LAST: Final = b"\x03\x00"  # deflate's shortest last block, which holds nothing (RFC 1951)
_LEAD: Final = 4  # bytes that stand as they are before each band; of fewer, isal remembers nothing
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

    touched = set() if change is None else _touched(change)
    bands = _BANDS.complete(change, touched, -(-height // _ROWS), make)
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


def _touched(change: Change) -> set[int]:
    """The bands that may differ. A band's first row is filtered by the one above it."""
    return {band for _, top, _, bottom in change.windows for band in range(top // _ROWS, bottom // _ROWS + 1)}


def _compressed(image: Image.Image, first: int, end: int) -> Iterator[_Band]:
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15)
    bands = max(1, _AT_ONCE // (3 * image.width * _ROWS))
    for start in range(first, end, bands):
        lines = _filtered(image, start * _ROWS, min(min(start + bands, end) * _ROWS, image.height))
        for top in range(0, len(lines), _ROWS):
            band = lines[top : top + _ROWS].reshape(-1)
            lead = band[:_LEAD].tobytes()
            # isal reads the first bytes after a full flush wrongly where many follow them, but not where none do. So it reads
            # them alone, and what it makes of them is dropped: they stand in the file as they are.
            deflate.compress(lead)
            deflate.flush(isal_zlib.Z_SYNC_FLUSH)
            # A full flush forgets what came before: what follows it does not depend on it.
            parts = _STORED, lead, deflate.compress(band[_LEAD:]), deflate.flush(isal_zlib.Z_FULL_FLUSH)
            yield _Band(_chunk(b"IDAT", b"".join(parts)), isal_zlib.adler32(band), band.size)


def _filtered(image: Image.Image, top: int, bottom: int) -> npt.NDArray[np.uint8]:
    """Some bands' rows, each led by its filter type (PNG, section 9): as they are in bands that are mostly paper, for pages of
    text are a sixth smaller so; else by the row above, as suits photographs."""
    above = max(0, top - 1)
    rows = np.asarray(image.crop((0, above, image.width, bottom))).reshape(bottom - above, -1)
    lines = np.empty((bottom - top, 1 + rows.shape[1]), np.uint8)
    # Above the first row stand zeros.
    before = rows[:-1] if top else np.concatenate((np.zeros_like(rows[:1]), rows[:-1]))
    rows = rows[top - above :]
    paper = _are_paper(rows)
    for filter_type, bands in ((_NONE, np.flatnonzero(paper)), (_UP, np.flatnonzero(~paper))):
        for first, end in runs(bands.tolist()):
            some = slice(first * _ROWS, end * _ROWS)
            lines[some, 0] = filter_type
            if filter_type == _UP:
                np.subtract(rows[some], before[some], out=lines[some, 1:])
            else:
                lines[some, 1:] = rows[some]
    return lines


def _are_paper(rows: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool]:
    """For each band, whether most pixels of its middle row are as red as the first one, or as the middle one."""
    middles = np.minimum(np.arange(0, len(rows), _ROWS) + _ROWS // 2, len(rows) - 1)
    reds = np.ascontiguousarray(rows[middles, ::3])
    alike = [np.count_nonzero(reds == reds[:, [place]], axis=1) for place in (0, reds.shape[1] // 2)]
    are_paper: npt.NDArray[np.bool] = 2 * np.maximum(*alike) > reds.shape[1]
    return are_paper


def _chunk(kind: bytes, data: bytes) -> bytes:
    sum_ = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", sum_)))


_BANDS: Final[Pieces[_Band]] = Pieces(48 << 20, lambda band: 100 + len(band.chunk))
