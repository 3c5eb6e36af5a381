"""Both storages, and what stands in their way."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from core.storage import DiskStorage, Storage, open_storage
from embedded.seaweedfs import SeaweedFS
from tests.conftest import ON_S3
from tests.proxy import Proxy


@pytest.fixture(params=["disk", pytest.param("s3", marks=ON_S3)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage: what is promised of one is promised of both."""
    if request.param == "disk":
        (tmp_path / "media").mkdir()
        return DiskStorage(tmp_path / "media")
    server: SeaweedFS = request.getfixturevalue("s3_server")
    return open_storage(server.media_url(uuid4().hex), server.credentials)


@pytest.fixture
def proxied(s3_server: SeaweedFS, proxy: Proxy) -> Storage:
    """An empty storage behind `proxy`, which gives up on a request after three seconds."""
    url = s3_server.media_url(uuid4().hex, endpoint=proxy.endpoint, timeout=3)
    return open_storage(url, s3_server.credentials)
