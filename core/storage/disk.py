"""Media storage in a folder: atomic, durable, private to the user that runs Certmill."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from core.failpoints import reach
from core.storage.errors import FileMissing, StorageRefused, StorageUnavailable
from core.storage.files import StoredFile
from core.storage.keys import check_key

TEMPORARY: Final = ".partial-"
_TOGETHER: Final = 64  # files that are open at one time
_SHOWN: Final = 64 << 10  # bytes: listings show smaller ones at once, the thumbnails


class DiskStorage:
    """Files below `root`. A file appears whole or not at all: temporary name, fsync, rename, fsync of the folder."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)

    def put(self, files: Mapping[str, bytes]) -> None:
        paths = {self._path(key): data for key, data in files.items()}
        with _as_unavailable():
            folders = {path.parent for path in paths}
            for folder in folders:
                _make_folder(folder)
            missing = [(path, data) for path, data in paths.items() if not _touch(path)]
            for start in range(0, len(missing), _TOGETHER):
                _write(missing[start : start + _TOGETHER])
            # One fsync for each folder makes all of its renames durable: ours, and those of whoever was faster and died.
            for folder in folders:
                _sync_folder(folder)

    def open(self, key: str) -> BinaryIO:
        with _as_unavailable():
            try:
                return self._path(key).open("rb")
            except (FileNotFoundError, NotADirectoryError) as error:
                self._expect_root(error)
                raise FileMissing(key) from None

    def delete(self, key: str) -> None:
        with _as_unavailable():
            self._path(key).unlink(missing_ok=True)

    def url(self, key: str, *, headers: Mapping[str, str], now: datetime) -> str | None:
        return None

    def walk(self, prefix: str = "") -> Iterator[StoredFile]:
        def unless_gone(error: OSError) -> None:
            """A folder that went meanwhile is not told of; one that cannot be read is no empty one."""
            if not isinstance(error, FileNotFoundError):
                raise error
            self._expect_root(error)

        with _as_unavailable():
            for folder, _, names in os.walk(self._path(prefix) if prefix else self.root, onerror=unless_gone):
                for name in names:
                    path = Path(folder, name)
                    with suppress(FileNotFoundError):
                        status = path.stat()
                        yield StoredFile(
                            path.relative_to(self.root).as_posix(),
                            status.st_size,
                            datetime.fromtimestamp(status.st_mtime, UTC),
                            is_whole=not name.startswith(TEMPORARY),
                        )

    def discard(self, key: str, *, older_than: datetime) -> bool:
        path = self.root / key
        with _as_unavailable(), suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than.timestamp():
                path.unlink()
                return True
        return False

    def _expect_root(self, error: OSError) -> None:
        """Without its root, a volume that is not mounted, say, nothing is known of what lies in a storage."""
        if not self.root.is_dir():
            raise StorageRefused(f"no folder: {self.root}") from error

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)


def _touch(path: Path) -> bool:
    """Whether the file is there; if so it is young again, so that no sweep takes it for an orphan in this very moment."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _write(files: Sequence[tuple[Path, bytes]]) -> None:
    """All are written before the first is made durable: that takes a commit of the file system, which takes along what stands
    there by then, so that few files need one of their own."""
    token = uuid4().hex
    temporaries = [path.with_name(f"{TEMPORARY}{token}-{place}") for place, (path, _) in enumerate(files)]
    try:
        with ExitStack() as unfinished:
            descriptors = []
            for temporary, (_, data) in zip(temporaries, files, strict=True):
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                unfinished.callback(os.close, descriptor)
                descriptors.append(descriptor)
                half = len(data) // 2
                _write_whole(descriptor, memoryview(data)[:half])
                reach("storage.half_written")
                _write_whole(descriptor, memoryview(data)[half:])
            for descriptor, (_, data) in zip(descriptors, files, strict=True):
                os.fsync(descriptor)
                if len(data) > _SHOWN:
                    _uncache(descriptor)
        for temporary, (path, _) in zip(temporaries, files, strict=True):
            temporary.replace(path)
    except BaseException:
        # Whatever ends it, a time limit or Ctrl-C too: nothing half-written stays behind.
        for temporary in temporaries:
            temporary.unlink(missing_ok=True)
        raise


def _write_whole(descriptor: int, data: memoryview) -> None:
    """A disk that fills up midway takes a part, and says that it is full when it is given the rest."""
    while data:
        data = data[os.write(descriptor, data) :]


def _uncache(descriptor: int) -> None:
    """Have the system forget a durable file's pages. A batch's files, hundreds of gigabytes, would push out what is read: the
    database's, above all. They would take fresh memory for every page too, the dearest part of writing on a virtual machine."""
    # macOS has none, and a file system that takes no advice has stored the file all the same.
    with suppress(AttributeError, OSError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _make_folder(folder: Path) -> None:
    """Make the folder and make its name durable: a new folder's entry lives in its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise StorageRefused(f"{error.strerror}: {error.filename}") from error
    except OSError as error:
        raise StorageUnavailable(f"{error.strerror}: {error.filename}") from error
