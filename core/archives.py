"""ZIP archives that are sent while they are written (APPNOTE.TXT 6.3.10, PKWARE).

Entries are handed over whole, so each says its size and checksum before its bytes, which every reader understands; nothing
is ever gone back to. What is remembered of an entry are the hundred-odd bytes that the directory at the end has of it, an
eighth of what zipfile keeps. From 4 GB or 65,535 entries on the archive ends as ZIP64 has it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

_STORED: Final = 0
_DEFLATED: Final = 8
_UTF8: Final = 1 << 11  # the flag of names in UTF-8
_PLAIN_VERSION: Final = 20
_ZIP64_VERSION: Final = 45
_UNIX: Final = 3 << 8
_READABLE: Final = 0o100644 << 16
_MOST_ENTRIES: Final = 0xFFFF
_MOST_BYTES: Final = 0xFFFF_FFFF
_EARLIEST_YEAR: Final = 1980


class Deflated:
    """A text that grows, kept compressed."""

    def __init__(self) -> None:
        self._compressor: Final = zlib.compressobj(wbits=-15)
        self._data: Final = bytearray()
        self._crc = self._size = 0

    def write(self, text: str) -> None:
        data = text.encode("utf-8")
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._data.extend(self._compressor.compress(data))

    def content(self) -> Content:
        """All of it. Nothing more may be written."""
        self._data.extend(self._compressor.flush())
        return Content(bytes(self._data), self._crc, self._size, _DEFLATED)


class Content(NamedTuple):
    """The bytes of an entry as they stand in the archive, the checksum and size that they have outside, and how they got in."""

    data: bytes
    crc: int
    size: int
    method: int


def stored(data: bytes) -> Content:
    """Bytes as they are: what is compressed already does not get smaller."""
    return Content(data, zlib.crc32(data), len(data), _STORED)


class Archive:
    """`entry` for each file, then `end`: the pieces of both, one after another, are the archive.

    `offset` is how many bytes of something else stand before it.
    """

    def __init__(self, offset: int = 0) -> None:
        self._place = offset
        self._entries = 0
        self._directory: Final = bytearray()

    def entry(self, name: str, content: Content, modified: datetime) -> Iterator[bytes]:
        """A file of less than 4 GB, by its path with slashes; `modified` in the zone whose time is to be shown."""
        if len(content.data) >= _MOST_BYTES or content.size >= _MOST_BYTES:
            raise ValueError(f"{name} is too large for an entry")
        path = name.encode("utf-8")
        facts = struct.pack(
            "<HHHHLLL",
            _UTF8,
            content.method,
            modified.hour << 11 | modified.minute << 5 | modified.second // 2,
            max(modified.year - _EARLIEST_YEAR, 0) << 9 | modified.month << 5 | modified.day,
            content.crc,
            len(content.data),
            content.size,
        )
        head = (
            struct.pack("<4sH", b"PK\3\4", _PLAIN_VERSION) + facts + struct.pack("<HH", len(path), 0) + path
        )
        self._note(path, facts)
        self._place += len(head) + len(content.data)
        yield head
        yield content.data

    def end(self) -> Iterator[bytes]:
        """The directory, and where it is."""
        start, size = self._place, len(self._directory)
        yield bytes(self._directory)
        if self._entries >= _MOST_ENTRIES or start >= _MOST_BYTES or size >= _MOST_BYTES:
            yield struct.pack(
                "<4sQHHLLQQQQ",
                b"PK\6\6",
                44,
                _UNIX | _ZIP64_VERSION,
                _ZIP64_VERSION,
                0,
                0,
                self._entries,
                self._entries,
                size,
                start,
            )
            yield struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)
        entries = min(self._entries, _MOST_ENTRIES)
        yield struct.pack(
            "<4sHHHHLLH",
            b"PK\5\6",
            0,
            0,
            entries,
            entries,
            min(size, _MOST_BYTES),
            min(start, _MOST_BYTES),
            0,
        )

    def _note(self, path: bytes, facts: bytes) -> None:
        extra, place, version = b"", self._place, _PLAIN_VERSION
        if place >= _MOST_BYTES:
            extra, place, version = struct.pack("<HHQ", 1, 8, place), _MOST_BYTES, _ZIP64_VERSION
        self._directory.extend(struct.pack("<4sHH", b"PK\1\2", _UNIX | version, version))
        self._directory.extend(facts)
        self._directory.extend(
            struct.pack("<HHHHHLL", len(path), len(extra), 0, 0, 0, _READABLE, place) + path + extra
        )
        self._entries += 1
