"""A PDF file in the making: streams go out as they come, small objects together in object streams (ISO 32000-1, 7.5.7).

Nothing but the places of what went out is remembered, eleven bytes an object, so that a file may be larger than memory.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np

from core.rendering.painters.pdf.syntax import flate, reference

_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_STREAM_END: Final = b"\nendstream\nendobj\n"
_TOGETHER: Final = 200
"""Objects in one object stream: a reader who wants one of them unpacks all."""
_SMALL: Final = 512
"""Bytes up to which to compress the cross-reference takes longer than it is worth."""

Write = Callable[[bytes], object]


_INDEX_BITS: Final = 16
_KIND_BIT: Final = 56
_WIDTHS: Final = "1 5 2"
"""Bytes of an entry's fields in the cross-reference stream: a file may have a terabyte."""
_FREE, _WRITTEN, _PACKED = range(3)
_BYTE: Final = 1 << _INDEX_BITS  # by which the entry of what is written grows with its place


def _entry(kind: int, place: int, index: int) -> int:
    """An entry of the cross-reference stream (7.5.8.3) as one number, of which a file may have a great many: its kind, then
    place in the file and generation, or holder and index there."""
    return kind << _KIND_BIT | place << _INDEX_BITS | index


_NOTHING: Final = _entry(_FREE, 0, 65_535)


class Section(NamedTuple):
    """Objects that are numbered from `first` on, written once for every file that has reserved their numbers."""

    first: int
    data: bytes
    places: tuple[tuple[int, int], ...]
    """An entry for each object as if the section stood at the start of a file, and by how much it grows for each byte that it
    stands further on."""
    digest: bytes


class Objects:
    """Objects being written, numbered in the order in which they are added or reserved."""

    def __init__(self, write: Write, *, first: int) -> None:
        self._write: Final = write
        self._first: Final = first
        self._size = 0
        self._places: Final = array("Q")
        self._waiting: list[tuple[int, str]] = []
        self._digest: Final = hashlib.sha256()

    @property
    def next(self) -> int:
        """The number of the object that comes next."""
        return self._first + len(self._places)

    def reserve(self) -> int:
        """A number for an object that `fill` brings later."""
        self._places.append(0)
        return self._first + len(self._places) - 1

    def reserve_several(self, count: int) -> int:
        """The first of so many numbers. Those that nobody fills are free, and free for ever (7.5.4)."""
        number = self._first + len(self._places)
        self._places.extend([_NOTHING] * count)
        return number

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

    def _pack(self) -> None:
        """Write the small objects that are waiting as one stream."""
        if not self._waiting:
            return
        first, places = self._first, self._places
        entry = _entry(_PACKED, self.next, 0)  # of the first one; what follows is its index
        heads: list[str] = []
        place = 0
        for index, (number, content) in enumerate(self._waiting):
            heads.append(f"{number} {place}")
            place += len(content) + 1
            places[number - first] = entry + index
        head = " ".join(heads)
        text = "\n".join([head, *[content for _, content in self._waiting]])
        entries = f"/Type/ObjStm/N {len(self._waiting)}/First {len(head) + 1}/Filter/FlateDecode"
        self._waiting = []
        self.add_stream(flate(text.encode("latin-1")), entries)

    def _put_stream(self, number: int, data: bytes, entries: str) -> None:
        self._places[number - self._first] = _entry(_WRITTEN, self._size, 0)
        head = b"%d 0 obj\n<<%b/Length %d>>\nstream\n" % (number, entries.encode("latin-1"), len(data))
        self._size += len(head) + len(data) + len(_STREAM_END)
        self._write(head)
        self._write(data)
        self._write(_STREAM_END)


def section(first: int, write: Callable[[Objects], object]) -> Section:
    """What `write` adds, as objects that are numbered from `first` on."""
    pieces: list[bytes] = []
    objects = Objects(pieces.append, first=first)
    write(objects)
    objects._pack()
    places = tuple([(entry, _BYTE if entry >> _KIND_BIT == _WRITTEN else 0) for entry in objects._places])
    return Section(first, b"".join(pieces), places, objects._digest.digest())


class File(Objects):
    """A whole file, numbered from 1."""

    def __init__(self, write: Write) -> None:
        super().__init__(write, first=0)
        self._places.append(_NOTHING)
        self._size = len(_HEADER)
        write(_HEADER)

    def insert(self, section: Section) -> None:
        """Add a section whose numbers are reserved and not filled."""
        size, first, end = self._size, section.first, section.first + len(section.places)
        assert self._places[first:end].count(_NOTHING) == len(section.places)
        self._places[first:end] = array("Q", [entry + step * size for entry, step in section.places])
        self._digest.update(section.digest)
        self._size += len(section.data)
        self._write(section.data)

    def close(self, *, root: int, info: int) -> None:
        """Write the table that finds everything. The file's identifier is a digest of what is in it."""
        self._pack()
        number, start = self.reserve(), self._size
        self._places[number] = _entry(_WRITTEN, start, 0)
        identifier = f"<{self._digest.hexdigest()[:32].upper()}>"
        entries = (
            f"/Type/XRef/Size {number + 1}/W[{_WIDTHS}]/Root {reference(root)}/Info {reference(info)}"
            f"/ID[{identifier}{identifier}]"
        )
        table = np.frombuffer(self._places, np.uint64).astype(">u8").tobytes()
        if len(table) > _SMALL:
            table, entries = flate(table), f"{entries}/Filter/FlateDecode"
        self._put_stream(number, table, entries)
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)


def references(numbers: Iterable[int]) -> str:
    """An array of references."""
    return f"[{' '.join([f'{number} 0 R' for number in numbers])}]"
