"""QR codes of texts, as modules (ISO/IEC 18004:2015)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import numpy as np

from core.rendering.errors import RenderingError
from core.rendering.qrsymbols import Correction, capacities, symbol

_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES: Final = bytes.maketrans(_LETTERS.encode(), bytes(range(len(_LETTERS))))
_RUNS: Final = re.compile(r"\A[0-9A-Z $%*+\-./:]+\Z|[0-9A-Z $%*+\-./:]{15,}|[0-9]{9,}")
"""What takes fewer bits in a mode of its own than as bytes, in symbols of every size."""
_IN_UTF_8: Final = 0b0111_00011010  # the designator of its interpretation (7.4.2)
_PADDING: Final = b"\xec\x11"
_LAST_OF_GROUP: Final = 9, 26, 40
"""Versions up to each of which characters are counted in as many bits."""
_FIELD: Final = 0x11D  # x⁸ + x⁴ + x³ + x² + 1, which the field of 256 is made with (7.5.2)


class _Mode(NamedTuple):
    """How characters become bits (Tables 2 and 3): `widths` of their count in the groups of versions."""

    indicator: int
    widths: tuple[int, int, int]


_NUMERIC: Final = _Mode(0b0001, (10, 12, 14))
_ALPHANUMERIC: Final = _Mode(0b0010, (9, 11, 13))
_BYTE: Final = _Mode(0b0100, (8, 16, 16))


class _Segment(NamedTuple):
    mode: _Mode
    characters: int
    bits: int
    length: int


@lru_cache(maxsize=64)  # a document may show its code on every page
def modules_of(text: str, *, correction: Correction, field: str) -> tuple[int, bytes]:
    """How many modules the code for `text` has a side, and which are dark: a bit for each, 1 where it is, row by row from the
    top. Every row begins a byte, with its highest bit.

    Raises RenderingError `qr_too_long` for more text than a code of that correction holds.
    """
    segments = list(_segments(text))
    for group, last in enumerate(_LAST_OF_GROUP):
        bits, length = _joined(segments, group) if text.isascii() else _joined(segments, group, _IN_UTF_8, 12)
        version = 1 + bisect_left(capacities(correction), -(-length // 8))
        if version <= last:
            break
    else:
        detail = f"a QR code of correction {correction} can't hold these {len(text)} characters"
        raise RenderingError("qr_too_long", field, detail)
    own = symbol(version, correction)
    data = _filled_up(bits, length, own.capacity)
    checks = [_checks(data[block], own.checks) for block in own.blocks]
    shown = np.unpackbits(np.frombuffer(b"".join((data, *checks, b"\0")), np.uint8))
    return own.side, np.packbits(shown[own.bits] ^ own.pattern).tobytes()


def _segments(text: str) -> Iterator[_Segment]:
    """The text in the modes that suit its parts (7.4.1)."""
    start = 0
    for run in _RUNS.finditer(text):
        if start < run.start():
            yield _as_bytes(text[start : run.start()])
        yield _as_digits(run[0]) if run[0].isdigit() else _as_letters(run[0])
        start = run.end()
    if start < len(text):
        yield _as_bytes(text[start:])


def _as_bytes(text: str) -> _Segment:
    data = text.encode()
    return _Segment(_BYTE, len(data), int.from_bytes(data), 8 * len(data))


def _as_letters(text: str) -> _Segment:
    """Two by two in eleven bits, and the last of an odd number in six (7.4.4)."""
    values = text.encode().translate(_VALUES)
    bits = 0
    for first, second in zip(values[::2], values[1::2], strict=False):
        bits = bits << 11 | 45 * first + second
    if len(values) % 2:
        bits = bits << 6 | values[-1]
    return _Segment(_ALPHANUMERIC, len(text), bits, (11 * len(text) + 1) // 2)


def _as_digits(text: str) -> _Segment:
    """Three by three in ten bits, and what is left in four or seven (7.4.3)."""
    bits = length = 0
    for start in range(0, len(text), 3):
        part = text[start : start + 3]
        width = 1 + 3 * len(part)
        bits, length = bits << width | int(part), length + width
    return _Segment(_NUMERIC, len(text), bits, length)


def _joined(segments: Sequence[_Segment], group: int, bits: int = 0, length: int = 0) -> tuple[int, int]:
    """All segments after some bits, as they are in a group of versions, and how many bits that makes."""
    for mode, characters, own, own_length in segments:
        width = mode.widths[group]
        bits = ((bits << 4 | mode.indicator) << width | characters) << own_length | own
        length += 4 + width + own_length
    return bits, length


def _filled_up(bits: int, length: int, capacity: int) -> bytes:
    """As many codewords as the symbol has (7.4.9, 7.4.10): four zeros for the end, as far as there is room, and padding."""
    size = min((length + 4 + 7) // 8, capacity)
    return (bits << 8 * size - length).to_bytes(size) + (_PADDING * capacity)[: capacity - size]


def _checks(data: bytes, count: int) -> bytes:
    """The codewords that let a reader correct `data`: what it leaves as a polynomial divided by their generator (7.5.2)."""
    multiples = _multiples(count)
    top = 8 * (count - 1)
    below = (1 << top) - 1
    rest = 0
    for codeword in data:
        rest = (rest & below) << 8 ^ multiples[codeword ^ rest >> top]
    return rest.to_bytes(count)


@cache
def _multiples(count: int) -> tuple[int, ...]:
    """The generator of `count` check codewords (Annex A), without its leading 1, times each element of the field."""
    generator = [1]
    root = 1
    for _ in range(count):
        generator = [a ^ _product(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _product(root, 2)
    return tuple(int.from_bytes(_product(factor, part) for part in generator[1:]) for factor in range(256))


def _product(a: int, b: int) -> int:
    """Of two elements of the field."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _FIELD
        b >>= 1
    return product
