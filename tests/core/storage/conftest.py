"""Both storages, and what stands in their way."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.storage import DiskStorage, Storage, open_storage
from embedded.seaweedfs import SeaweedFS
from tests.conftest import ON_S3
from tests.core.storage.proxy import Proxy


@pytest.fixture(params=["disk", pytest.param("s3", marks=ON_S3)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage: what is promised of one is promised of both."""
    if request.param == "disk":
        (tmp_path / "media").mkdir()
        return DiskStorage(tmp_path / "media")
    server: SeaweedFS = request.getfixturevalue("s3_server")
    return open_storage(server.media_url(uuid4().hex), server.credentials)


@pytest.fixture
def proxy(s3_server: SeaweedFS) -> Iterator[Proxy]:
    with Proxy(s3_server.port) as proxy:
        yield proxy


@pytest.fixture
def proxied(s3_server: SeaweedFS, proxy: Proxy) -> Storage:
    """An empty storage behind `proxy`, which gives up on a request after a second."""
    url = s3_server.media_url(uuid4().hex, endpoint=proxy.endpoint, timeout=1)
    return open_storage(url, s3_server.credentials)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """`mounted("tmpfs", size="1m")`: an empty file system of its own, for as long as the test runs."""
    folders: list[Path] = []

    def mount(kind: str, **options: str) -> Path:
        if os.geteuid() != 0:
            pytest.skip("only root may mount file systems")
        folder = tmp_path / f"mounted-{len(folders)}"
        folder.mkdir()
        said = ",".join(f"{name}={value}" for name, value in options.items())
        command = ["mount", "-t", kind, "-o", said, kind, str(folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"this machine lets not even root mount file systems: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    yield mount
    for folder in folders:
        subprocess.run(["umount", "--lazy", folder], check=True)
