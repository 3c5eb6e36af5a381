"""Where artifacts and assets lie. A key's name carries the SHA-256 of its bytes, so a key never changes its content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from core.storage.disk import DiskStorage
from core.storage.errors import FileMissing, StorageUnavailable

__all__ = ["DiskStorage", "FileMissing", "Storage", "StorageUnavailable", "open_storage"]


class Storage(Protocol):
    """Four methods. Keys are relative POSIX paths of `[A-Za-z0-9._-]` parts. Errors are `StorageUnavailable` (try again)
    and `FileMissing`."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Store all files durably: when this returns, they survive a power cut. A key that is there already is left alone."""

    def open(self, key: str) -> BinaryIO:
        """A seekable stream of the bytes under `key`; raises `FileMissing`."""

    def delete(self, key: str) -> None:
        """Remove `key`; a missing one is no error."""

    def url(self, key: str) -> str | None:
        """An address where a client may fetch the bytes for a short time, or None: then the API streams them."""


def open_storage(media_url: str) -> Storage:
    """The storage that `media_url` names: `file:///absolute/folder`. Raises `ValueError`."""
    parts = urlsplit(media_url)
    if parts.scheme == "file" and parts.netloc == "" and parts.path.startswith("/"):
        return DiskStorage(unquote(parts.path))
    raise ValueError(
        f"MEDIA_URL: {parts.scheme or media_url!r} is not a storage; use file:///absolute/folder"
    )
