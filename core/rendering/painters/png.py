"""PNG files, written for speed: filtered and compressed by isal in bands that stand alone.

The same pixels always make the same bytes, whether a band was kept or is compressed now, and on every x86-64 with SSE 4.2:
isal's levels up to 2 search alike whatever the processor offers, its level 3 does not. What stands before each band keeps isal
from mistaking where it stands in memory for something it has read: see docs/decisions/0010.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from isal import isal_zlib
from PIL import Image

from core.rendering.painters.filtering import Bytes, filtered, rows_of_band
from core.rendering.painters.grounds import Change, Pieces, area, runs

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LEVEL: Final = 2
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
    rows = rows_of_band(width)
    touched = set() if change is None else _touched(change, rows)
    with _maker(image, change, rows * len(touched)) as make:
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


@contextmanager
def _maker(
    image: Image.Image, change: Change | None, touched: int
) -> Iterator[Callable[[Sequence[int]], list[_Band]]]:
    """What makes some bands, by their ascending numbers: where little of the `touched` rows differs from the ground, from
    what that is known to be."""

    def make(numbers: Sequence[int]) -> list[_Band]:
        return [_compressed(band) for first, end in runs(numbers) for band in filtered(image, first, end)]

    lines = None
    if change is not None and 2 * sum(map(area, change.windows)) <= touched * image.width:
        lines = change.ground.lines()
    if change is None or lines is None:
        yield make
        return
    with lines.showing(image, change.windows) as others:
        yield lambda numbers: [
            make([number])[0] if number in others else _compressed(lines.band(number)) for number in numbers
        ]


def _touched(change: Change, rows: int) -> set[int]:
    """The bands that may differ. A band's first row is filtered by the one above it."""
    return {band for _, top, _, bottom in change.windows for band in range(top // rows, bottom // rows + 1)}


def _compressed(band: Bytes) -> _Band:
    return _Band(_chunk(b"IDAT", *_deflated(band)), isal_zlib.adler32(band), band.size)


def _deflated(band: Bytes) -> tuple[bytes, ...]:
    """Blocks of a stream, in pieces, that need nothing of what stands before them, and end at a byte.

    isal must not begin without a past: it would take its own address for bytes that it has read. So the first bytes stand in
    the file as they are, and it begins with them in mind.
    """
    lead = band[:_LEAD].tobytes()
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, -15, zdict=lead)
    return _STORED + lead, deflate.compress(band[_LEAD:]), deflate.flush(isal_zlib.Z_SYNC_FLUSH)


def _chunk(kind: bytes, *data: bytes) -> bytes:
    sum_ = isal_zlib.crc32(kind)
    for piece in data:
        sum_ = isal_zlib.crc32(piece, sum_)
    return b"".join((struct.pack(">I", sum(map(len, data))), kind, *data, struct.pack(">I", sum_)))


_BANDS: Final[Pieces[_Band]] = Pieces(48 << 20, lambda band: 100 + len(band.chunk))
