"""What only a bucket can do, and what networks and servers do to it. Requests go over real connections to a real server."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from core.runtime import connect_storage
from core.settings import Settings, SettingsError
from core.storage import Credentials, Storage, StorageRefused, StorageUnavailable, open_storage
from core.storage.s3 import LARGE, Bucket, S3Storage
from embedded.seaweedfs import BUCKET, SeaweedFS
from tests.proxy import Fault, Proxy

HEADERS = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="THC-2026-1.pdf"',
    "Cache-Control": "private, max-age=31536000, immutable",
}
MISTAKES: dict[str, Callable[[SeaweedFS], Storage]] = {
    "a key nobody has": lambda server: open_storage(server.media_url(), Credentials("nobody", "x")),
    "a wrong secret": lambda server: open_storage(server.media_url(), Credentials("certmill", "x")),
    "another's bucket": lambda server: open_storage(server.media_url(bucket="other"), server.credentials),
    "a bucket that is not there": lambda server: open_storage(
        server.media_url(bucket="not-there"), server.operator
    ),
}


def read(storage: Storage, key: str) -> bytes:
    with storage.open(key) as file:
        return file.read()


def test_an_answer_that_is_lost_is_no_file_that_is_lost(proxied: Storage, proxy: Proxy) -> None:
    proxy.faults.extend([Fault.LOST])
    proxied.put({"one": b"one"})
    assert read(proxied, "one") == b"one"


def test_a_busy_server_is_asked_again(proxied: Storage, proxy: Proxy) -> None:
    proxy.faults.extend([Fault.BUSY, Fault.BUSY])
    proxied.put({"one": b"one"})
    proxy.faults.extend([Fault.BUSY, Fault.CUT])
    assert read(proxied, "one") == b"one"


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.LOST, Fault.SILENT])
def test_a_server_that_stays_away_is_given_up_for_now(proxied: Storage, proxy: Proxy, fault: Fault) -> None:
    proxied.put({"there": bytes(100_000)})
    proxy.always = fault
    uses: list[Callable[[], object]] = [
        lambda: proxied.put({f"number-{number}": b"" for number in range(20)}),
        lambda: proxied.open("there"),
        lambda: proxied.delete("there"),
        lambda: list(proxied.walk()),
        lambda: proxied.discard("there", older_than=datetime.now(UTC)),
    ]
    for use in uses:
        with pytest.raises(StorageUnavailable):
            use()
    proxy.always = None
    proxied.put({f"number-{number}": b"now" for number in range(20)})


def test_a_server_nobody_listens_for_is_unavailable(s3_server: SeaweedFS) -> None:
    storage = open_storage(s3_server.media_url(endpoint="http://127.0.0.1:1"), s3_server.credentials)
    with pytest.raises(StorageUnavailable):
        storage.put({"one": b"one"})


def test_bytes_that_change_on_their_way_are_not_stored(proxied: Storage, proxy: Proxy) -> None:
    proxy.always = Fault.DAMAGED
    with pytest.raises(StorageUnavailable):
        proxied.put({"one": b"one"})
    proxy.always = None
    assert list(proxied.walk()) == []


def test_each_file_goes_up_once_with_its_checksum_and_under_no_name_that_is_taken(
    proxied: Storage, proxy: Proxy
) -> None:
    files = {f"number-{number}": bytes([number]) * 1000 for number in range(20)}
    proxied.put(files)
    assert sorted(method for method, _ in proxy.requests) == ["PUT"] * 20
    for (_, target), head in zip(proxy.requests, proxy.heads, strict=True):
        data = files[target.rpartition("/")[2]]
        assert head["x-amz-checksum-sha256"] == base64.b64encode(sha256(data).digest()).decode()
        assert head["if-none-match"] == "*"


def test_what_is_there_and_young_is_left_alone(proxied: Storage, proxy: Proxy) -> None:
    proxied.put({"one": b"one"})
    proxy.requests.clear()
    proxied.put({"one": b"one"})
    assert [method for method, _ in proxy.requests] == ["PUT", "HEAD"]


def test_what_is_there_and_old_is_written_again_so_that_no_sweep_takes_it(
    s3_server: SeaweedFS, proxy: Proxy
) -> None:
    bucket = Bucket(BUCKET, uuid4().hex, proxy.endpoint)
    storage = S3Storage(bucket, s3_server.credentials, young=timedelta(0))
    storage.put({"one": b"one"})
    proxy.heads.clear()
    storage.put({"one": b"one"})
    assert ["if-none-match" in head for head in proxy.heads] == [True, False, False]
    assert read(storage, "one") == b"one"


def test_a_large_file_goes_up_in_parts_and_only_once(s3_server: SeaweedFS, proxy: Proxy) -> None:
    storage = S3Storage(Bucket(BUCKET, uuid4().hex, proxy.endpoint, timeout=60), s3_server.credentials)
    data = bytes(range(256)) * (LARGE // 256) + b"and more"
    storage.put({"large": data})
    assert sum("partNumber=" in target for _, target in proxy.requests) == 5
    assert sha256(read(storage, "large")).digest() == sha256(data).digest()

    proxy.requests.clear()
    storage.put({"large": data})
    assert [method for method, _ in proxy.requests] == ["HEAD"]


def test_a_document_costs_one_request_to_read(proxied: Storage, proxy: Proxy) -> None:
    proxied.put({"one": bytes(900_000)})
    proxy.requests.clear()
    with proxied.open("one") as file:
        pieces = list(iter(lambda: file.read(65536), b""))
    assert sum(map(len, pieces)) == 900_000
    assert [method for method, _ in proxy.requests] == ["GET"]


def test_a_part_of_a_large_file_costs_two_requests_and_its_size_one(proxied: Storage, proxy: Proxy) -> None:
    proxied.put({"one": bytes(20_000_000)})
    proxy.requests.clear()
    proxied.open("one").close()
    assert len(proxy.requests) == 1
    proxy.requests.clear()
    with proxied.open("one") as file:
        file.seek(15_000_000)
        assert len(file.read(100)) == 100
    assert len(proxy.requests) == 2


def test_a_reader_who_goes_on_is_read_ahead_for(proxied: Storage, proxy: Proxy) -> None:
    proxied.put({"one": bytes(20_000_000)})
    proxy.requests.clear()
    with proxied.open("one") as file:
        while file.read(65536):
            pass
    assert len(proxy.requests) <= 10


def test_a_file_that_goes_while_it_is_read_is_told(proxied: Storage) -> None:
    proxied.put({"one": bytes(3_000_000)})
    with proxied.open("one") as file:
        file.read(10)
        proxied.delete("one")
        with pytest.raises(StorageUnavailable, match="gone"):
            file.read()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_bucket_or_key_is_refused_and_not_taken_for_files_that_are_missing(
    s3_server: SeaweedFS, mistake: str
) -> None:
    storage = MISTAKES[mistake](s3_server)
    uses: list[Callable[[], object]] = [
        lambda: storage.put({"one": b"one"}),
        lambda: storage.open("one"),
        lambda: storage.delete("one"),
        lambda: list(storage.walk()),
    ]
    for use in uses:
        with pytest.raises(StorageRefused):
            use()


def test_a_server_that_knows_nothing_of_s3_does_not_make_files_missing(
    proxied: Storage, proxy: Proxy
) -> None:
    proxied.put({"one": b"one"})
    proxy.always = Fault.STRANGER
    for use in (lambda: proxied.open("one"), lambda: proxied.put({"two": b"two"})):
        with pytest.raises(StorageRefused):
            use()


@pytest.fixture
def public(s3_server: SeaweedFS) -> Storage:
    """A storage whose bucket browsers may reach."""
    return open_storage(
        s3_server.media_url(uuid4().hex),
        s3_server.credentials,
        public_url=f"{s3_server.endpoint}/{BUCKET}/",
    )


def test_a_signed_address_needs_no_key_and_is_answered_with_the_headers_asked_for(public: Storage) -> None:
    public.put({"a/one.pdf": b"one"})
    url = public.url("a/one.pdf", headers=HEADERS, now=datetime.now(UTC))
    assert url is not None
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"one"
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_signed_address_opens_nothing_else_and_ends(public: Storage) -> None:
    public.put({"a/one.pdf": b"one", "a/two.pdf": b"two"})
    now = datetime.now(UTC)
    url = public.url("a/one.pdf", headers=HEADERS, now=now)
    ended = public.url("a/one.pdf", headers=HEADERS, now=now - timedelta(minutes=10))
    assert url is not None
    assert ended is not None
    for other in (url.replace("one.pdf?", "two.pdf?"), url.replace("attachment", "inline"), ended):
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(other)
        assert answer.value.code == 403
        answer.value.close()


def test_a_signed_address_lives_between_five_and_ten_minutes_and_changes_every_five(public: Storage) -> None:
    begun = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
    seen = set()
    for second in range(0, 900, 17):
        now = begun + timedelta(seconds=second)
        url = public.url("one", headers={}, now=now)
        assert url is not None
        query = parse_qs(urlsplit(url).query)
        signed = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        left = signed + timedelta(seconds=int(query["X-Amz-Expires"][0])) - now
        assert timedelta(minutes=5) <= left <= timedelta(minutes=10)
        seen.add(url)
    assert len(seen) == 3


def test_an_address_of_a_bucket_says_where_it_is() -> None:
    assert Bucket.named_by("s3://media") == Bucket("media")
    assert Bucket.named_by("s3://media/a/b/?region=ap-south-1&timeout=2.5") == Bucket(
        "media", "a/b", region="ap-south-1", timeout=2.5
    )
    assert Bucket.named_by("s3://media?endpoint=https%3A%2F%2Fs3.example%3A9000/") == Bucket(
        "media", endpoint="https://s3.example:9000"
    )


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///media",
        "s3://user:password@media",
        "s3://media:9000",
        "s3://media/../other",
        "s3://media?endpoint=s3.example",
        "s3://media?timeout=soon",
        "s3://media?timeout=0",
        "s3://media?acl=public-read",
        "s3://media#there",
    ],
)
def test_an_address_that_names_no_bucket_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="MEDIA_URL"):
        open_storage(url)


@pytest.mark.parametrize("media_url", ["s3://media", "file:///media"])
def test_addresses_are_signed_with_keys_or_not_at_all(media_url: str) -> None:
    settings = Settings("", "", "", media_url, "", media_public_url="https://media.example")
    with pytest.raises(SettingsError, match="MEDIA_PUBLIC_URL"):
        connect_storage(settings)
