"""A file that is read over a network, some of its bytes at a time."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Final, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FIRST: Final = 1 << 20
"""Bytes that the first request asks for: nearly every document, whole."""
LEAST_AHEAD: Final = 256 << 10
MOST_AHEAD: Final = 4 << 20
MOST_AT_ONCE: Final = 16 << 20
"""Of those who want all: what a slow line carries before a request's time is over."""
_BUFFER: Final = 64 << 10


def open_ranges(size: int, fetch: Callable[[int, int], bytes]) -> BinaryIO:
    """A seekable stream of `size` bytes, of which `fetch(start, end)` brings some.

    Reads ahead: `FIRST` bytes at the beginning; after a leap a little, and twice as much at each further request of a reader who
    goes on. `read()` asks for all that is left, in few requests.
    """
    return cast(BinaryIO, io.BufferedReader(_Ranges(size, fetch), _BUFFER))


class _Ranges(io.RawIOBase):
    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self._size = size
        self._fetch = fetch
        self._position = 0
        # What was fetched last, and where it begins.
        self._window: bytes | memoryview = b""
        self._start = 0
        self._ahead = LEAST_AHEAD
        self._nothing_fetched = True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"no place in a file: {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        wanted = memoryview(buffer).cast("B")
        if self._position >= self._size or not wanted:
            return 0
        if not self._start <= self._position < self._start + len(self._window):
            self._load()
        part = self._rest_of_window()[: len(wanted)]
        wanted[: len(part)] = part
        self._position += len(part)
        return len(part)

    def readall(self) -> bytes:
        if self._position >= self._size:
            return b""
        if self._nothing_fetched and self._position < FIRST:
            self._load()
        in_window = self._start <= self._position < self._start + len(self._window)
        pieces = [bytes(self._rest_of_window())] if in_window else []
        missing = self._position + sum(map(len, pieces))
        for start in range(missing, self._size, MOST_AT_ONCE):
            pieces.append(self._fetch(start, min(start + MOST_AT_ONCE, self._size)))
        self._position = self._size
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _load(self) -> None:
        """Fetch a new window, with this place in it."""
        start = self._position
        if self._nothing_fetched and start < FIRST:
            start, length = 0, FIRST
        elif self._window and start == self._start + len(self._window):
            length = self._ahead = min(2 * self._ahead, MOST_AHEAD)
        else:
            length = self._ahead = LEAST_AHEAD
        self._window = self._fetch(start, min(start + length, self._size))
        self._start = start
        self._nothing_fetched = False

    def _rest_of_window(self) -> memoryview:
        return memoryview(self._window)[self._position - self._start :]
