"""The S3 server that others are tested on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.storage import StorageRefused, open_storage
from embedded.seaweedfs import SeaweedFS
from tests.embedded.conftest import ROOT, ends, lives

# Beside that of the tests of storage, not at the same time on another core.
pytestmark = pytest.mark.xdist_group("s3")


def test_what_it_took_is_there_after_a_crash_and_its_end_leaves_nothing_running(tmp_path: Path) -> None:
    server = SeaweedFS(tmp_path, durable=False)
    server.start()
    try:
        server.wait_until_ready()
        storage = open_storage(server.media_url("media"), server.credentials)
        storage.put({"one": b"one"})

        server.kill()
        server.start()
        server.wait_until_ready()

        with storage.open("one") as file:
            assert file.read() == b"one"
        pid = server.pid
        assert lives(pid)
    finally:
        server.stop()
    assert ends((pid,))


def test_its_keys_open_its_bucket_and_no_other(tmp_path: Path) -> None:
    server = SeaweedFS(tmp_path, durable=False)
    server.start()
    try:
        server.wait_until_ready()
        assert list(open_storage(server.url, server.credentials).walk()) == []
        with pytest.raises(StorageRefused):
            list(open_storage(server.media_url(bucket="other"), server.credentials).walk())
    finally:
        server.stop()


def test_make_s3_says_what_to_set_and_stops_when_asked(tmp_path: Path) -> None:
    program = "import sys, embedded.seaweedfs as s3; from pathlib import Path; s3.main(Path(sys.argv[1]))"
    running = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    said = {}
    for line in running.stdout:
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").strip().partition("=")
            said[name] = value.strip("'")
        if line.startswith("make run"):
            break
    assert said.keys() == {"MEDIA_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    running.terminate()
    assert running.wait(30) == 0
    running.stdout.close()
