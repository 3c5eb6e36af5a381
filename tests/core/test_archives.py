from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from core.archives import Archive, Content, Deflated, stored

NOON = datetime(2026, 1, 5, 12, 30, 8)


def archive_of(*entries: tuple[str, Content]) -> bytes:
    archive = Archive()
    pieces = [piece for name, content in entries for piece in archive.entry(name, content, NOON)]
    return b"".join([*pieces, *archive.end()])


def test_what_goes_in_comes_out() -> None:
    text = Deflated()
    for number in range(1000):
        text.write(f"line {number} अनन्या\n")

    data = archive_of(("a.pdf", stored(b"%PDF" * 100)), ("अनन्या.txt", text.content()), ("empty", stored(b"")))

    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        assert found.namelist() == ["a.pdf", "अनन्या.txt", "empty"]
        assert found.read("a.pdf") == b"%PDF" * 100
        assert found.read("अनन्या.txt").decode().splitlines()[999] == "line 999 अनन्या"
        first, second, _ = found.infolist()
        assert (first.compress_type, second.compress_type) == (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        assert second.compress_size < second.file_size / 5
        assert {info.date_time for info in found.infolist()} == {(2026, 1, 5, 12, 30, 8)}
        assert first.external_attr >> 16 == 0o100644


def test_sizes_stand_before_the_bytes_so_that_any_reader_can_follow_while_it_comes() -> None:
    data = archive_of(("a.pdf", stored(b"%PDF")))

    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert not found.infolist()[0].flag_bits & 1 << 3  # no data descriptor


def test_an_archive_of_nothing_is_one(tmp_path: Path) -> None:
    assert zipfile.ZipFile(io.BytesIO(archive_of())).namelist() == []


def test_more_entries_than_the_old_form_counts() -> None:
    data = archive_of(*((f"{number}", stored(b"x")) for number in range(70_000)))

    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert len(found.namelist()) == 70_000
        assert found.read("69999") == b"x"


def test_files_beyond_four_gigabytes_are_found(tmp_path: Path) -> None:
    before = 5 << 30
    archive = Archive(offset=before)
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(before)  # a hole: what would stand there takes no room on the disk
        file.seek(before)
        for name in ("a", "b"):
            file.writelines(archive.entry(name, stored(name.encode() * 10), NOON))
        file.writelines(archive.end())

    with zipfile.ZipFile(path) as found:
        assert [found.read(name) for name in found.namelist()] == [b"a" * 10, b"b" * 10]
        assert found.infolist()[0].header_offset == before


def test_an_entry_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        list(Archive().entry("a", Content(b"", 0, 1 << 32, 8), NOON))


def test_other_peoples_programs_open_it(tmp_path: Path, debian_tool: Callable[[str], Path]) -> None:
    path = tmp_path / "some.zip"
    path.write_bytes(archive_of(("अनन्या.txt", stored("अनन्या".encode())), ("b", stored(b"b"))))

    run = subprocess.run([debian_tool("unzip"), "-t", path], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout.splitlines()[-1].startswith("No errors detected")) == (0, True)
