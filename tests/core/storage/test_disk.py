from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.settings import ROOT
from core.storage import DiskStorage, FileMissing, StorageUnavailable, open_storage
from core.storage.disk import TEMPORARY


def test_what_was_put_can_be_opened_and_deleted(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"a/b/one.pdf": b"one", "a/c/two.png": b"two"})
    with storage.open("a/b/one.pdf") as file:
        file.seek(1)
        assert file.read() == b"ne"
    storage.delete("a/b/one.pdf")
    storage.delete("a/b/one.pdf")
    with pytest.raises(FileMissing):
        storage.open("a/b/one.pdf")


def test_putting_leaves_no_temporary_file_and_touches_no_file_that_is_there(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"one": b"one"})
    before = (tmp_path / "one").stat()
    storage.put({"one": b"one"})
    assert (tmp_path / "one").stat().st_ino == before.st_ino
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("key", ["../one", "/one", "a/../../one", "a//b", ".hidden", "", "a/", "a\0b", "ä"])
def test_a_key_that_could_leave_the_root_is_refused(tmp_path: Path, key: str) -> None:
    storage = DiskStorage(tmp_path / "root")
    for use in (lambda: storage.put({key: b""}), lambda: storage.open(key), lambda: storage.delete(key)):
        with pytest.raises(ValueError, match="not a storage key"):
            use()
    assert not (tmp_path / "root").exists()


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
    assert not storage.discard("one", older_than=time.time() - 60)


def test_files_are_private(tmp_path: Path) -> None:
    DiskStorage(tmp_path / "media").put({"a/one": b"one"})
    modes = [(tmp_path / "media" / name).stat().st_mode & 0o777 for name in ("", "a", "a/one")]
    assert modes == [0o700, 0o700, 0o600]


def test_walking_tells_keys_and_what_killed_processes_left(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"a/one": b"one"})
    left = tmp_path / "a" / f"{TEMPORARY}0"
    left.write_bytes(b"half")
    assert {name for name, _ in storage.walk()} == {"a/one", f"a/{left.name}"}
    assert not storage.discard("a/one", older_than=0)
    assert storage.discard(f"a/{left.name}", older_than=time.time() + 60)
    assert {name for name, _ in storage.walk()} == {"a/one"}


@pytest.mark.parametrize("url", ["ftp://host/x", "file://host/x", "file:relative", "media", "s3://"])
def test_an_address_that_names_no_storage_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_storage(url)


def test_an_address_may_have_escaped_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    storage = open_storage(folder.as_uri())
    storage.put({"one": b"one"})
    assert (folder / "one").read_bytes() == b"one"
