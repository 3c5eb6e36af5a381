"""What QR codes of one size have in common: how much they hold, how it is protected, and where each bit of it stands.

Sections, tables and annexes are those of ISO/IEC 18004:2015.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import accumulate, chain, pairwise, product, zip_longest
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Correction = Literal["L", "M", "Q", "H"]


def _row(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


# Table 9, from version 1 on: how many blocks the codewords are divided into, and how many codewords check a block.
_BLOCKS: Final[dict[Correction, tuple[int, ...]]] = {
    "L": _row("1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25"),
    "M": _row("1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49"),
    "Q": _row("1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68"),
    "H": _row("1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81"),
}  # fmt: skip
_CHECKS: Final[dict[Correction, tuple[int, ...]]] = {
    "L": _row("7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28" + 14 * " 30"),
    "M": _row("10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26" + 19 * " 28"),
    "Q": _row("13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28" + 14 * " 30"),
    "H": _row("17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24" + 18 * " 30"),
}
_CORRECTIONS: Final[dict[Correction, int]] = {"L": 0b01, "M": 0b00, "Q": 0b11, "H": 0b10}  # Table 12
_MASK: Final = 0b010
"""The mask that evens out light and dark (Table 10), the same for all: see docs/decisions/0003."""


class Symbol(NamedTuple):
    side: int
    """Modules a side."""
    capacity: int
    """Codewords of data."""
    blocks: tuple[slice, ...]
    """Which of them each block has."""
    checks: int
    """Codewords that check a block. Those of all blocks follow the data."""
    bits: npt.NDArray[np.intp]
    """For each module which bit of all codewords it shows, row by row, and for one that shows none the bit after the last. Rows
    are filled up to whole bytes."""
    pattern: npt.NDArray[np.uint8]
    """For each module what is seen of it where its bit is 0."""


@lru_cache(maxsize=64)
def symbol(version: int, correction: Correction) -> Symbol:
    """The symbol of a version, which is its size from 1 to 40."""
    seen, is_free = _function_patterns(version)
    _show_format(seen, correction)
    rows, columns = _places(is_free)
    seen[rows, columns] = columns % 3 == 0  # the mask
    order = _order(version, correction)
    bits = np.full(seen.shape, 8 * len(order))
    used = slice(8 * len(order))
    bits[rows[used], columns[used]] = (8 * np.array(order)[:, None] + np.arange(8)).ravel()
    to_bytes = ((0, 0), (0, -len(seen) % 8))
    return Symbol(
        len(seen),
        capacities(correction)[version - 1],
        _blocks(version, correction),
        _CHECKS[correction][version - 1],
        np.pad(bits, to_bytes, constant_values=8 * len(order)).ravel(),
        np.pad(seen, to_bytes).ravel(),
    )


@cache
def capacities(correction: Correction) -> tuple[int, ...]:
    """How many codewords of data a symbol of each version holds."""
    each = zip(_BLOCKS[correction], _CHECKS[correction], strict=True)
    return tuple([_codewords(version) - blocks * checks for version, (blocks, checks) in enumerate(each, 1)])


def _codewords(version: int) -> int:
    _, is_free = _function_patterns(version)
    return int(is_free.sum()) // 8


def _blocks(version: int, correction: Correction) -> tuple[slice, ...]:
    """The first ones may have a codeword less than the others (7.5.1)."""
    capacity, count = capacities(correction)[version - 1], _BLOCKS[correction][version - 1]
    sizes = [(capacity + place) // count for place in range(count)]
    return tuple(slice(start, end) for start, end in pairwise(accumulate(sizes, initial=0)))


def _order(version: int, correction: Correction) -> list[int]:
    """In what order the codewords of all blocks stand in the symbol (7.6)."""
    blocks, checks = _blocks(version, correction), _CHECKS[correction][version - 1]
    after = blocks[-1].stop
    data = zip_longest(*[range(block.start, block.stop) for block in blocks])
    check = zip(
        *[range(after + place * checks, after + (place + 1) * checks) for place in range(len(blocks))],
        strict=True,
    )
    return [codeword for codeword in chain(*data, *check) if codeword is not None]


def _places(is_free: npt.NDArray[np.bool]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the modules that bits are shown in: up and down, two columns at a time, from the right (7.7.3)."""
    side = len(is_free)
    rights = [*range(side - 1, 6, -2), 5, 3, 1]  # left of the vertical timing pattern they are odd
    ways = [range(side - 1, -1, -1), range(side)]
    way = [
        (row, column)
        for number, right in enumerate(rights)
        for row, column in product(ways[number % 2], (right, right - 1))
    ]
    rows, columns = np.array(way).T
    free = is_free[rows, columns]
    return rows[free], columns[free]


def _function_patterns(version: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool]]:
    """What every symbol of a size shows (6.3), and where it leaves room for bits of codewords."""
    side = 17 + 4 * version
    # The outermost ring of a finder pattern separates it, as far as that lies within the symbol.
    wide, is_free = np.zeros((side + 2, side + 2), np.uint8), np.ones((side + 2, side + 2), bool)
    wide[7, 1::2] = wide[1::2, 7] = 1  # timing
    is_free[7] = is_free[:, 7] = False
    finder, alignment = _rings((1, 1, 0, 1, 0)), _rings((1, 0, 1))
    middles = _alignment(version)
    corners = {(6, 6), (6, side - 7), (side - 7, 6)}
    for row, column in set(product(middles, middles)) - corners:
        around = slice(row - 1, row + 4), slice(column - 1, column + 4)
        wide[around], is_free[around] = alignment, False
    for row, column in ((0, 0), (0, side - 7), (side - 7, 0)):
        around = slice(row, row + 9), slice(column, column + 9)
        wide[around], is_free[around] = finder, False
    seen, is_free = wide[1:-1, 1:-1], is_free[1:-1, 1:-1]
    is_free[8, :9] = is_free[:9, 8] = is_free[8, -8:] = is_free[-8:, 8] = False  # the format
    if version >= 7:
        bits = _bits(version, 0x1F25, 18).reshape(6, 3)  # Annex D
        seen[:6, -11:-8], seen[-11:-8, :6] = bits, bits.T
        is_free[:6, -11:-8] = is_free[-11:-8, :6] = False
    return seen, is_free


def _rings(shades: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Squares around each other, from the middle out."""
    away = np.abs(np.arange(1 - len(shades), len(shades)))
    return np.array(shades, np.uint8)[np.maximum(away[:, None], away)]


def _alignment(version: int) -> list[int]:
    """Rows, and columns, in which alignment patterns have their middles (Annex E): as far apart as can be, all but the first."""
    if version == 1:
        return []
    first, last, gaps = 6, 10 + 4 * version, version // 7 + 1
    step = 26 if version == 32 else 2 * -(-(last - first) // (2 * gaps))
    return [first, *range(last - (gaps - 1) * step, last + 1, step)]


def _show_format(seen: npt.NDArray[np.uint8], correction: Correction) -> None:
    """Twice (7.9): around the first finder pattern, and shared between the two others."""
    bits = _bits(_CORRECTIONS[correction] << 3 | _MASK, 0x537, 15, turned=0x5412)
    seen[[0, 1, 2, 3, 4, 5, 7, 8], 8] = seen[8, -1:-9:-1] = bits[:8]
    seen[8, [7, 5, 4, 3, 2, 1, 0]] = seen[-7:, 8] = bits[8:]
    seen[-8, 8] = 1


def _bits(number: int, generator: int, length: int, *, turned: int = 0) -> npt.NDArray[np.uint8]:
    """A number and what protects it (a BCH code: Annexes C and D), the lowest bit first."""
    degree = generator.bit_length() - 1
    rest = number << degree
    while rest.bit_length() > degree:
        rest ^= generator << rest.bit_length() - generator.bit_length()
    whole = (number << degree | rest) ^ turned
    return np.array([whole >> place & 1 for place in range(length)], np.uint8)
