from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.settings import ROOT
from core.storage import DiskStorage, StorageRefused, StorageUnavailable, open_storage
from core.storage.disk import TEMPORARY


def test_putting_leaves_no_temporary_file_and_touches_no_file_that_is_there(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"one": b"one"})
    before = (tmp_path / "one").stat()
    storage.put({"one": b"one"})
    assert (tmp_path / "one").stat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_folder_where_a_file_stands_is_storage_that_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"in the way")
    with pytest.raises(StorageUnavailable):
        DiskStorage(tmp_path).put({"a/one": b"one"})
    assert (tmp_path / "a").read_bytes() == b"in the way"


def test_a_disk_that_fills_up_midway_stores_nothing_under_the_name(tmp_path: Path) -> None:
    """A limit on the size of files stands for the end of the disk: write() takes what fits and says how much."""
    program = """
import resource, signal, sys
from core.storage import DiskStorage, StorageUnavailable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    DiskStorage(sys.argv[1]).put({"a/one": bytes(100_000)})
except StorageUnavailable as error:
    print("unavailable:", error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("unavailable: File too large")
    assert list((tmp_path / "a").iterdir()) == []
    DiskStorage(tmp_path).put({"a/one": bytes(100_000)})
    assert (tmp_path / "a" / "one").stat().st_size == 100_000


def test_putting_what_is_there_makes_it_young_so_that_no_sweep_takes_it(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"one": b"one"})
    os.utime(tmp_path / "one", (0, 0))
    storage.put({"one": b"one"})
    assert not storage.discard("one", older_than=datetime.now(UTC) - timedelta(minutes=1))


def test_files_are_private(tmp_path: Path) -> None:
    DiskStorage(tmp_path / "media").put({"a/one": b"one"})
    modes = [(tmp_path / "media" / name).stat().st_mode & 0o777 for name in ("", "a", "a/one")]
    assert modes == [0o700, 0o700, 0o600]


def test_what_a_batch_wrote_does_not_fill_the_memory_but_what_listings_show_stays(tmp_path: Path) -> None:
    DiskStorage(tmp_path).put({"document": bytes(1 << 20), "thumbnail": bytes(30_000)})
    (tmp_path / "plain").write_bytes(bytes(1 << 20))
    if _cached_pages(tmp_path / "plain") == 0:
        pytest.skip("a file system that keeps nothing in memory")
    assert _cached_pages(tmp_path / "document") == 0
    assert _cached_pages(tmp_path / "thumbnail") == -(-30_000 // mmap.PAGESIZE)


def _cached_pages(path: Path) -> int:
    """mincore(2): pages of the file that are in memory, which to ask does not change."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        pages = -(-len(mapped) // mmap.PAGESIZE)
        said = (ctypes.c_ubyte * pages)()
        window = (ctypes.c_char * len(mapped)).from_buffer(mapped)
        assert ctypes.CDLL(None).mincore(ctypes.byref(window), ctypes.c_size_t(len(mapped)), said) == 0
        del window
    return sum(page & 1 for page in said)


def test_a_walk_tells_what_killed_processes_left_half_written(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"a/one": b"one"})
    left = tmp_path / "a" / f"{TEMPORARY}0"
    left.write_bytes(b"half")
    assert {(file.key, file.is_whole) for file in storage.walk()} == {
        ("a/one", True),
        (f"a/{left.name}", False),
    }
    assert storage.discard(f"a/{left.name}", older_than=datetime.now(UTC) + timedelta(minutes=1))
    assert {file.key for file in storage.walk()} == {"a/one"}


def test_a_volume_that_is_not_mounted_is_no_storage_without_files(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path / "volume" / "media")
    for use in (lambda: storage.open("one"), lambda: list(storage.walk())):
        with pytest.raises(StorageRefused):
            use()


def test_a_full_disk_takes_nothing_and_takes_it_when_there_is_room(mounted: Callable[..., Path]) -> None:
    storage = DiskStorage(mounted("tmpfs", size="1m"))
    storage.put({"a/one": bytes(600_000)})
    with pytest.raises(StorageUnavailable, match="No space left on device"):
        storage.put({"b/two": bytes(300_000), "b/three": bytes(300_000)})
    assert all(file.is_whole for file in storage.walk())
    storage.delete("a/one")
    storage.put({"b/two": bytes(300_000), "b/three": bytes(300_000)})
    assert {file.key for file in storage.walk()} == {"b/two", "b/three"}


def test_a_disk_that_can_only_be_read_is_read(mounted: Callable[..., Path]) -> None:
    folder = mounted("tmpfs", size="1m")
    storage = DiskStorage(folder)
    storage.put({"one": b"one"})
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    for key in ("one", "two"):
        with pytest.raises(StorageUnavailable, match="Read-only file system"):
            storage.put({key: b"one"})
    with pytest.raises(StorageUnavailable, match="Read-only file system"):
        storage.delete("one")
    with storage.open("one") as file:
        assert file.read() == b"one"


@pytest.mark.parametrize("url", ["ftp://host/x", "file://host/x", "file:relative", "media"])
def test_an_address_that_names_no_storage_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_storage(url)


def test_an_address_may_have_escaped_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    storage = open_storage(folder.as_uri())
    storage.put({"one": b"one"})
    assert (folder / "one").read_bytes() == b"one"
