from __future__ import annotations

from pathlib import Path

import pytest

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


def test_walking_tells_keys_and_what_killed_processes_left(tmp_path: Path) -> None:
    storage = DiskStorage(tmp_path)
    storage.put({"a/one": b"one"})
    left = tmp_path / "a" / f"{TEMPORARY}0"
    left.write_bytes(b"half")
    assert {name for name, _ in storage.walk()} == {"a/one", f"a/{left.name}"}
    storage.discard_temporary("a/one")
    storage.discard_temporary(f"a/{left.name}")
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
