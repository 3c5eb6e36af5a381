"""Where artifacts and assets lie. A key's name carries the SHA-256 of its bytes, so a key never changes its content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from core.storage.disk import DiskStorage
from core.storage.errors import FileMissing, StorageRefused, StorageUnavailable
from core.storage.files import StoredFile
from core.storage.measured import MeasuredStorage, Use, UseCounter, Uses
from core.storage.signing import Credentials

__all__ = [
    "Credentials",
    "DiskStorage",
    "FileMissing",
    "MeasuredStorage",
    "Storage",
    "StorageRefused",
    "StorageUnavailable",
    "StoredFile",
    "Use",
    "UseCounter",
    "Uses",
    "open_storage",
]


class Storage(Protocol):
    """Six methods, the same on disk and in a bucket. Keys are relative POSIX paths of `[A-Za-z0-9._-]` parts.

    All raise `StorageUnavailable` where trying again later may help, and its kind `StorageRefused` where somebody has to set
    something right first. Each answers within a bounded time, unless a disk hangs.
    """

    def put(self, files: Mapping[str, bytes]) -> None:
        """Store all files durably: when this returns, they survive a power cut. A key that is there already keeps its bytes, and
        is young again for `discard` when it was old enough to be taken for an orphan."""

    def open(self, key: str) -> BinaryIO:
        """A seekable stream of the bytes under `key`; raises `FileMissing`. Reading may raise `StorageUnavailable`."""

    def delete(self, key: str) -> None:
        """Remove `key`; a missing one is no error."""

    def url(self, key: str, *, headers: Mapping[str, str], now: datetime) -> str | None:
        """An address where anybody may fetch the bytes for five to ten minutes, with these headers (`Content-Type`,
        `Content-Disposition`, `Cache-Control`); or None: then the API streams them. Nobody looks whether they are there."""

    def walk(self, prefix: str = "") -> Iterator[StoredFile]:
        """Every file below `prefix`, a whole part of keys, in no order; what comes or goes meanwhile may be told or not."""

    def discard(self, key: str, *, older_than: datetime) -> bool:
        """Remove what `walk` found, unless it has become younger than `older_than` since; whether it went."""


def open_storage(media_url: str, credentials: Credentials | None = None, *, public_url: str = "") -> Storage:
    """The storage that `media_url` names: `file:///absolute/folder` or `s3://bucket/prefix?endpoint=…&region=…`.

    Nothing is asked of it yet. Raises `ValueError`.
    """
    parts = urlsplit(media_url)
    if parts.scheme == "file" and parts.netloc == "" and parts.path.startswith("/"):
        if public_url:
            raise ValueError("MEDIA_PUBLIC_URL: only a bucket has one")
        return DiskStorage(unquote(parts.path))
    if parts.scheme == "s3":
        # 16 MB that a deployment on disk does without.
        from core.storage.s3 import Bucket, S3Storage

        return S3Storage(Bucket.named_by(media_url), credentials, public_url=public_url)
    raise ValueError(
        f"MEDIA_URL: {parts.scheme or media_url!r} is not a storage; use file:///absolute/folder or s3://bucket/prefix"
    )
