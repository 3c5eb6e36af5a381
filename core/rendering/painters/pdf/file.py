"""A PDF file in the making: streams go out as they come, small objects together in object streams (ISO 32000-1, 7.5.7).

Nothing but the places of what went out is remembered, eleven bytes an object, so that a file may be larger than memory.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable
from typing import Final

from core.rendering.painters.pdf.syntax import flate, reference

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_TOGETHER: Final = 200
"""Objects in one object stream: a reader who wants one of them unpacks all."""
_SMALL: Final = 512
"""Bytes up to which to compress the cross-reference takes longer than it is worth."""

Write = Callable[[bytes], object]


_INDEX_BITS: Final = 16
_KIND_BIT: Final = 60


def _entry(kind: int, place: int, index: int) -> int:
    """An entry of the cross-reference stream (7.5.8.3) as one number, of which a file may have a great many: its kind, then
    place in the file and generation, or holder and index there."""
    return kind << _KIND_BIT | place << _INDEX_BITS | index


def _table(entries: Iterable[int], width: int) -> bytes:
    """All entries, with `width` bytes for a place."""
    rest = (1 << _KIND_BIT) - 1
    kind_bit = 8 * width + _INDEX_BITS
    return b"".join(
        [(entry >> _KIND_BIT << kind_bit | entry & rest).to_bytes(width + 3) for entry in entries]
    )


class File:
    """Objects are numbered from 1 in the order in which they are added or reserved."""

    def __init__(self, write: Write) -> None:
        self._write: Final = write
        self._size = 0
        self._places: Final = array("Q", [_entry(0, 0, 65_535)])
        self._waiting: list[tuple[int, str]] = []
        self._digest: Final = hashlib.sha256()
        self._put(_HEADER)

    def reserve(self) -> int:
        """A number for an object that `fill` brings later."""
        self._places.append(0)
        return len(self._places) - 1

    def add(self, content: str) -> int:
        """A small object; its number."""
        number = self.reserve()
        self.fill(number, content)
        return number

    def fill(self, number: int, content: str) -> None:
        self._waiting.append((number, content))
        if len(self._waiting) == _TOGETHER:
            self._pack()

    def add_stream(self, data: bytes, entries: str = "/Filter/FlateDecode", *, digest: bytes = b"") -> int:
        """A stream whose data are as its entries say; its number. `digest`, where known, stands for the data."""
        number = self.reserve()
        self._digest.update(entries.encode("latin-1"))
        self._digest.update(digest or data)
        self._put_stream(number, data, entries)
        return number

    def close(self, *, root: int, info: int) -> None:
        """Write the table that finds everything. The file's identifier is a digest of what is in it."""
        self._pack()
        number, start = self.reserve(), self._size
        self._places[number] = _entry(1, start, 0)
        width = (start.bit_length() + 7) // 8
        identifier = f"<{self._digest.hexdigest()[:32].upper()}>"
        entries = (
            f"/Type/XRef/Size {number + 1}/W[1 {width} 2]/Root {reference(root)}/Info {reference(info)}"
            f"/ID[{identifier}{identifier}]"
        )
        table = _table(self._places, width)
        if len(table) > _SMALL:
            table, entries = flate(table), f"{entries}/Filter/FlateDecode"
        self._put_stream(number, table, entries)
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)

    def _pack(self) -> None:
        """Write the small objects that are waiting as one stream."""
        if not self._waiting:
            return
        holder = len(self._places)
        heads: list[str] = []
        place = 0
        for index, (number, content) in enumerate(self._waiting):
            heads.append(f"{number} {place}")
            place += len(content) + 1
            self._places[number] = _entry(2, holder, index)
        head = " ".join(heads)
        text = "\n".join([head, *[content for _, content in self._waiting]])
        entries = f"/Type/ObjStm/N {len(self._waiting)}/First {len(head) + 1}/Filter/FlateDecode"
        self._waiting = []
        self.add_stream(flate(text.encode("latin-1")), entries)

    def _put_stream(self, number: int, data: bytes, entries: str) -> None:
        self._places[number] = _entry(1, self._size, 0)
        self._put(b"%d 0 obj\n<<%b/Length %d>>\nstream\n" % (number, entries.encode("latin-1"), len(data)))
        self._put(data)
        self._put(b"\nendstream\nendobj\n")

    def _put(self, data: bytes) -> None:
        self._size += len(data)
        self._write(data)


def references(numbers: Iterable[int]) -> str:
    """An array of references."""
    return f"[{' '.join([f'{number} 0 R' for number in numbers])}]"
