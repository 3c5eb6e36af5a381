"""What a storage promises, on each of them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from core.storage import FileMissing, Storage

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def keys(storage: Storage, prefix: str = "") -> set[str]:
    return {file.key for file in storage.walk(prefix)}


def test_what_was_put_can_be_opened_and_deleted(storage: Storage) -> None:
    storage.put({"a/b/one.pdf": b"one", "a/c/two.png": b"two"})
    assert (read(storage, "a/b/one.pdf"), read(storage, "a/c/two.png")) == (b"one", b"two")

    storage.delete("a/b/one.pdf")
    storage.delete("a/b/one.pdf")

    with pytest.raises(FileMissing, match=r"a/b/one\.pdf"):
        storage.open("a/b/one.pdf")
    assert keys(storage) == {"a/c/two.png"}


def test_a_key_keeps_its_first_bytes(storage: Storage) -> None:
    storage.put({"one": b"one"})
    storage.put({"one": b"other", "two": b"two"})
    assert (read(storage, "one"), read(storage, "two")) == (b"one", b"two")


def test_putting_nothing_is_no_error(storage: Storage) -> None:
    storage.put({})
    assert keys(storage) == set()


def test_all_files_of_a_chunk_are_there_when_put_returns(storage: Storage) -> None:
    files = {f"documents/{number:03d}.pdf": bytes([number]) * (1 + 1000 * number) for number in range(40)}
    storage.put(files)
    assert {key: read(storage, key) for key in keys(storage)} == files


@pytest.mark.parametrize("key", ["../one", "/one", "a/../../one", "a//b", ".hidden", "", "a/", "a\0b", "ä"])
def test_a_key_that_could_lead_elsewhere_is_refused(storage: Storage, key: str) -> None:
    uses: list[Callable[[], object]] = [
        lambda: storage.put({key: b""}),
        lambda: storage.put({"fine": b"", key: b""}),
        lambda: storage.open(key),
        lambda: storage.delete(key),
    ]
    for use in uses:
        with pytest.raises(ValueError, match="not a storage key"):
            use()
    assert keys(storage) == set()


@pytest.mark.parametrize("size", [0, 1, 64 << 10, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000])
def test_a_file_of_any_size_is_read_whole_and_in_pieces(storage: Storage, size: int) -> None:
    data = bytes(index * 7 % 251 for index in range(1000)) * (size // 1000 + 1)
    data = data[:size]
    storage.put({"one": data})
    assert read(storage, "one") == data
    with storage.open("one") as file:
        pieces = list(iter(lambda: file.read(50_000), b""))
    assert b"".join(pieces) == data
    assert all(len(piece) == 50_000 for piece in pieces[:-1])


def test_a_stream_goes_where_it_is_told(storage: Storage) -> None:
    data = bytes(range(256)) * 20_000
    storage.put({"one": data})
    with storage.open("one") as file:
        assert file.seekable()
        for place, length in (
            (4_000_000, 10),
            (10, 300_000),
            (5_119_990, 100),
            (0, 1),
            (2_000_000, 1_500_000),
        ):
            assert file.seek(place) == place
            assert file.read(length) == data[place : place + length], (place, length)
            assert file.tell() == min(place + length, len(data))
        assert file.seek(-5, io.SEEK_END) == len(data) - 5
        assert file.seek(-1, io.SEEK_CUR) == len(data) - 6
        assert file.read() == data[-6:]
        assert file.read() == file.read(1) == b""
        file.seek(len(data) + 100)
        assert file.read() == b""


def test_a_walk_tells_keys_sizes_and_moments(storage: Storage) -> None:
    begun = datetime.now(UTC)
    storage.put({"a/one": b"one", "a/b/two": b"12", "ab/three": b""})

    found = {file.key: file for file in storage.walk()}

    assert {key: file.size for key, file in found.items()} == {"a/one": 3, "a/b/two": 2, "ab/three": 0}
    assert all(file.is_whole for file in found.values())
    assert all(abs(file.modified - begun) < timedelta(minutes=1) for file in found.values())


def test_a_walk_stays_below_its_prefix_which_is_a_whole_part_of_keys(storage: Storage) -> None:
    storage.put({"a/one": b"", "a/b/two": b"", "ab/three": b""})
    assert keys(storage, "a") == {"a/one", "a/b/two"}
    assert keys(storage, "a/b") == {"a/b/two"}
    assert keys(storage, "nothing") == set()


def test_a_walk_tells_more_than_one_page_of_a_listing(storage: Storage) -> None:
    storage.put({f"many/{number}": b"" for number in range(1100)})
    assert len(keys(storage)) == 1100


def test_only_what_is_old_enough_is_discarded(storage: Storage) -> None:
    storage.put({"one": b"one"})
    assert not storage.discard("one", older_than=LONG_AGO)
    assert keys(storage) == {"one"}
    assert storage.discard("one", older_than=FAR_AHEAD)
    assert not storage.discard("one", older_than=FAR_AHEAD)
    assert keys(storage) == set()


def test_storages_without_a_public_address_send_nobody_there(storage: Storage) -> None:
    assert storage.url("one", headers={"Content-Type": "application/pdf"}, now=datetime.now(UTC)) is None
