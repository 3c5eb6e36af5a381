"""From the request to the document in somebody's hand, and its end, with all media in a bucket of a real S3 server."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4
from zipfile import ZipFile

import pikepdf
import pytest
from sqlalchemy import select, text

from api.app import create_app
from core.jobs import orphans
from core.jobs.relay import relay
from core.models import Chunk
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.users import UserView
from embedded.seaweedfs import BUCKET, SeaweedFS
from tests.api.contract import Client
from tests.jobs import THERAPIST
from tests.parts import Queue, StillClock
from tests.proxy import Fault, Proxy

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]
NAMES = ("अनन्या शर्मा", "Meera O'Brien", "நிலா குமார்")


@pytest.fixture
def clock() -> StillClock:
    """Now: S3 knows no other time."""
    return StillClock(datetime.now(UTC))


@pytest.fixture
def settings(settings: Settings, s3_server: SeaweedFS, proxy: Proxy) -> Settings:
    return replace(
        settings,
        media_url=s3_server.media_url(uuid4().hex, endpoint=proxy.endpoint, timeout=10),
        aws_access_key_id=s3_server.credentials.access_key_id,
        aws_secret_access_key=s3_server.credentials.secret_access_key,
    )


@pytest.fixture
def certificate(as_user: Client, user: UserView, submit: Submit, finish: Finish) -> dict[str, Any]:
    """One of three, which nobody drew, as it tells of itself."""
    first, *_ = finish(submit(user, total=3))
    told: dict[str, Any] = as_user.get(f"/certificates/{first}").json
    return told


def generate(client: Client) -> str:
    """Where the job is that will issue three certificates."""
    return client.post(
        "/certificates/generate",
        json={
            "template": "therapist-classic",
            "items": [{**THERAPIST, "candidate_name": name} for name in NAMES],
            "renditions": ["pdf"],
        },
    ).headers["Location"]


@pytest.mark.usefixtures("built_in_templates")
def test_a_request_becomes_documents_in_the_bucket(as_user: Client, runtime: Parts, queue: Queue) -> None:
    location = generate(as_user)
    queue.work(runtime)
    job = as_user.get(location).json
    assert (job["state"], job["issued"], job["failed"]) == ("completed", 3, 0)

    for item in as_user.get(job["links"]["items"]).json["items"]:
        (file,) = as_user.get(item["certificate_url"]).json["files"]
        data = as_user.get(file["url"]).data
        assert sha256(data).hexdigest() == file["digest"]
        with pikepdf.open(BytesIO(data)) as pdf:
            assert len(pdf.pages) == 1
    with pikepdf.open(BytesIO(as_user.get(job["links"]["pdf"]).data)) as pdf:
        assert len(pdf.pages) == 3


def test_documents_come_out_of_the_bucket_as_they_went_in(
    as_user: Client, certificate: dict[str, Any]
) -> None:
    for file in certificate["files"]:
        whole = as_user.get(file["url"])
        assert sha256(whole.data).hexdigest() == file["digest"]
        assert whole.content_type == file["media_type"]
        part = as_user.get(file["url"], headers={"Range": "bytes=-100"})
        assert (part.status_code, part.data) == (206, whole.data[-100:])
        head = as_user.head(file["url"])
        assert (head.status_code, head.content_length) == (200, file["size"])


def test_a_file_costs_one_request_to_the_bucket_and_a_known_one_none(
    as_user: Client, certificate: dict[str, Any], proxy: Proxy
) -> None:
    url, digest = certificate["files"][0]["url"], certificate["files"][0]["digest"]
    wanted: list[tuple[dict[str, str], list[str]]] = [
        ({}, ["GET"]),
        ({"Range": "bytes=500-600"}, ["GET"]),
        ({"If-None-Match": f'"{digest}"'}, []),
    ]
    for headers, requests in wanted:
        proxy.requests.clear()
        as_user.get(url, headers=headers)
        assert [method for method, _ in proxy.requests] == requests


def test_a_job_s_bundle_reads_each_file_once(
    as_user: Client, certificate: dict[str, Any], proxy: Proxy
) -> None:
    job = as_user.get(f"/jobs/{certificate['job_id']}").json
    proxy.requests.clear()
    answer = as_user.get(job["links"]["zip"])
    assert len(proxy.requests) == 6
    with ZipFile(BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 7


def test_what_is_erased_is_gone_and_its_files_with_it(
    as_user: Client, certificate: dict[str, Any], runtime: Parts, clock: StillClock
) -> None:
    before = {file.key for file in runtime.storage.walk()}
    with runtime.sessions.begin() as session:
        session.execute(
            text("UPDATE certificates SET state = 'erased', files = '{}' WHERE id = :id"),
            {"id": certificate["id"]},
        )
    assert all(as_user.get(file["url"]).status_code == 410 for file in certificate["files"])

    assert orphans.collect(runtime) == 0
    clock.advance(hours=25)
    assert orphans.collect(runtime) == 2

    gone = before - {file.key for file in runtime.storage.walk()}
    assert {key.rpartition("-")[2].partition(".")[0] for key in gone} == {
        file["digest"] for file in certificate["files"]
    }


@pytest.mark.usefixtures("built_in_templates")
def test_a_bucket_that_does_not_answer_delays_and_fails_nothing(
    as_user: Client, client: Client, runtime: Parts, queue: Queue, proxy: Proxy
) -> None:
    location = generate(as_user)
    proxy.always = Fault.BUSY
    queue.work(runtime)
    assert as_user.get(location).json["state"] == "rendering"
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["checks"]["storage"]) == (503, "failed: StorageUnavailable")
    with runtime.sessions.begin() as session:
        assert all(chunk.not_before is not None for chunk in session.scalars(select(Chunk)))
        session.execute(text("UPDATE chunks SET not_before = clock_timestamp()"))

    proxy.always = None
    relay(runtime)
    queue.work(runtime)

    job = as_user.get(location).json
    assert (job["state"], job["issued"], job["failed"]) == ("completed", 3, 0)


def test_a_file_that_cannot_be_had_just_now_is_a_503(
    as_user: Client, certificate: dict[str, Any], proxy: Proxy
) -> None:
    proxy.always = Fault.BUSY
    answer = as_user.get(certificate["files"][0]["url"])
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_wrong_bucket_is_named_by_readyz(
    settings: Settings, s3_server: SeaweedFS, clock: StillClock, queue: Queue
) -> None:
    wrong = replace(settings, media_url=s3_server.media_url(bucket="other"))
    parts = build_runtime(wrong, send=queue, clock=clock)
    answer = create_app(parts).test_client().get("/readyz")
    assert answer.json is not None
    assert (answer.status_code, answer.json["checks"]["storage"]) == (503, "failed: StorageRefused")
    parts.engine.dispose()
    parts.cache.close()


class TestBrowsersAreSentToTheBucket:
    """Where the deployment says at which address they reach it."""

    @pytest.fixture
    def settings(self, settings: Settings, s3_server: SeaweedFS) -> Settings:
        return replace(settings, media_public_url=f"{s3_server.endpoint}/{BUCKET}")

    def test_a_browser_fetches_the_file_there_as_the_api_would_answer_it(
        self, client: Client, as_user: Client, certificate: dict[str, Any], proxy: Proxy
    ) -> None:
        for file in certificate["files"]:
            streamed = as_user.get(f"{file['url']}?download=true")
            proxy.requests.clear()
            answer = client.get(f"{file['signed_url']}&download=true")
            assert answer.status_code == 302
            assert answer.headers["Cache-Control"] == "private, max-age=30"
            assert proxy.requests == []
            with urllib.request.urlopen(answer.headers["Location"]) as there:
                assert there.read() == streamed.data
                for name in ("Content-Type", "Content-Disposition", "Cache-Control", "Accept-Ranges"):
                    assert there.headers[name] == streamed.headers[name], name

    def test_what_it_has_needs_no_redirect(self, client: Client, certificate: dict[str, Any]) -> None:
        file = certificate["files"][0]
        known = client.get(file["signed_url"], headers={"If-None-Match": f'"{file["digest"]}"'})
        assert known.status_code == 304
        assert client.head(file["signed_url"]).status_code == 200

    def test_a_program_with_a_key_gets_the_bytes_here(
        self, as_user: Client, certificate: dict[str, Any]
    ) -> None:
        assert as_user.get(certificate["files"][0]["url"]).status_code == 200

    def test_nobody_is_sent_to_what_they_may_not_see_or_what_is_erased(
        self, client: Client, as_stranger: Client, certificate: dict[str, Any], runtime: Parts
    ) -> None:
        file = certificate["files"][0]
        assert client.get(file["url"]).status_code == 404
        assert as_stranger.get(file["url"]).status_code == 404
        assert client.get(f"{file['signed_url']}0").status_code == 404
        with runtime.sessions.begin() as session:
            session.execute(text("UPDATE certificates SET state = 'erased'"))
        assert client.get(file["signed_url"]).status_code == 410

    def test_the_address_is_the_same_for_five_minutes(
        self, client: Client, certificate: dict[str, Any], clock: StillClock
    ) -> None:
        file = certificate["files"][0]
        clock.now = datetime.fromtimestamp(int(clock.now.timestamp()) // 300 * 300, UTC)
        first = client.get(file["signed_url"]).headers["Location"]
        clock.advance(seconds=299)
        assert client.get(file["signed_url"]).headers["Location"] == first
        assert parse_qs(urlsplit(first).query)["X-Amz-Expires"] == ["600"]

    def test_pages_may_show_pictures_from_there(self, client: Client, s3_server: SeaweedFS) -> None:
        policy = client.get("/", headers={"Accept": "text/html"}).headers["Content-Security-Policy"]
        assert f"img-src 'self' data: blob: {s3_server.endpoint};" in policy
