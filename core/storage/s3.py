"""Media storage in a bucket of Amazon S3 or of whatever speaks its language and honours `If-None-Match`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from threading import Event
from time import sleep
from typing import TYPE_CHECKING, BinaryIO, Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from core.storage.errors import FileMissing, StorageRefused, StorageUnavailable
from core.storage.files import StoredFile
from core.storage.keys import check_key
from core.storage.ranges import FIRST, open_ranges
from core.storage.signing import Credentials, signed_address

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import S3Config

AT_ONCE: Final = 8
"""Files of one `put` that are under way at the same time."""
LARGE: Final = 64 << 20
"""Bytes from which on a file goes up in parts."""
_PART: Final = 16 << 20
_PARTS_AT_ONCE: Final = 4
_TRIES: Final = 2
_PAUSE: Final = 0.5
YOUNG: Final = timedelta(hours=12)
"""What is older when it is put again is written again, so that no sweep takes it for an orphan in this very moment."""
_STEP: Final = 300
"""A signed address lives for one to two steps. That it does not change within a step lets a client's cache hold."""
_ANSWER: Final = {
    "Content-Type": "response-content-type",
    "Content-Disposition": "response-content-disposition",
    "Cache-Control": "response-cache-control",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the files lie: below `prefix` (without slashes at its ends). `endpoint` is empty for Amazon's own.

    `timeout` bounds one request, in seconds."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    timeout: float = 15.0

    @classmethod
    def named_by(cls, media_url: str) -> Self:
        """Reads `s3://bucket/prefix?endpoint=https://…&region=…&timeout=15`. Raises `ValueError`."""
        parts = urlsplit(media_url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if not parts.hostname or parts.hostname != parts.netloc or parts.fragment:
            raise ValueError("MEDIA_URL: s3://bucket/prefix names a bucket, and neither user nor port")
        if strange := options.keys() - {"endpoint", "region", "timeout"}:
            raise ValueError(
                f"MEDIA_URL: {', '.join(sorted(strange))}? It takes endpoint, region and timeout"
            )
        endpoint = options.get("endpoint", "").rstrip("/")
        if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
            raise ValueError("MEDIA_URL: the endpoint is an address, https://…")
        prefix = unquote(parts.path).strip("/")
        try:
            check_key(prefix or "none")
        except ValueError as error:
            raise ValueError(f"MEDIA_URL: its prefix is {error}") from None
        named = cls(parts.hostname, prefix, endpoint)
        if region := options.get("region"):
            named = replace(named, region=region)
        if timeout := options.get("timeout"):
            named = replace(named, timeout=_seconds(timeout))
        return named


class S3Storage:
    """Files as objects. An object appears whole or not at all, and S3 answers when it is durable.

    Without `credentials` obstore looks for some: the standard variables of the environment, a web identity, the role of the
    container or of the machine. `public_url` is where browsers reach the bucket; without it nobody is sent there.
    """

    def __init__(
        self,
        bucket: Bucket,
        credentials: Credentials | None = None,
        *,
        public_url: str = "",
        young: timedelta = YOUNG,
    ) -> None:
        if public_url and credentials is None:
            raise ValueError(
                "MEDIA_PUBLIC_URL: its addresses are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; set these too"
            )
        self._bucket = bucket
        self._credentials = credentials
        self._public_url = public_url.rstrip("/")
        self._young = young
        self._store = _connect(bucket, credentials)

    def put(self, files: Mapping[str, bytes]) -> None:
        keys = [check_key(key) for key in files]
        if len(keys) <= 1:
            for key in keys:
                self._put(key, files[key])
            return
        given_up = Event()

        def put(key: str) -> None:
            if given_up.is_set():
                return
            try:
                self._put(key, files[key])
            except BaseException:
                # One that could not be stored is enough: the others shall not wait for their time-outs as well.
                given_up.set()
                raise

        with ThreadPoolExecutor(min(AT_ONCE, len(keys)), thread_name_prefix="put") as pool:
            for _ in pool.map(put, keys):
                pass

    def open(self, key: str) -> BinaryIO:
        check_key(key)
        with _as_unavailable(key):
            try:
                first = self._store.get(key, options={"range": (0, FIRST)})
            except GenericError as error:
                # Only an empty file has no first byte.
                if " 416 " not in _said(error):
                    raise
                return open_ranges(0, _Fetch(self._store, key, None))
            return open_ranges(first.meta["size"], _Fetch(self._store, key, first))

    def delete(self, key: str) -> None:
        check_key(key)
        try:
            with _as_unavailable(key):
                self._store.delete(key)
        except FileMissing:
            return

    def url(self, key: str, *, headers: Mapping[str, str], now: datetime) -> str | None:
        check_key(key)
        if not self._public_url or self._credentials is None:
            return None
        begun = int(now.timestamp()) // _STEP * _STEP
        path = f"{self._bucket.prefix}/{key}" if self._bucket.prefix else key
        return signed_address(
            "GET",
            f"{self._public_url}/{quote(path)}",
            self._credentials,
            region=self._bucket.region,
            at=datetime.fromtimestamp(begun, UTC),
            seconds=2 * _STEP,
            query={_ANSWER[name]: value for name, value in headers.items()},
        )

    def walk(self, prefix: str = "") -> Iterator[StoredFile]:
        if prefix:
            check_key(prefix)
        # A stream of obstore's cannot be left half read by an error of ours: each step is guarded by itself.
        with _as_unavailable(prefix):
            listed = iter(self._store.list(prefix or None, chunk_size=1000))
        while True:
            with _as_unavailable(prefix):
                step = next(listed, None)
            if step is None:
                return
            for found in step:
                yield StoredFile(found["path"], found["size"], found["last_modified"])

    def discard(self, key: str, *, older_than: datetime) -> bool:
        try:
            with _as_unavailable(key):
                if self._store.head(key)["last_modified"] >= older_than:
                    return False
                self._store.delete(key)
        except FileMissing:
            return False
        return True

    def _put(self, key: str, data: bytes) -> None:
        """Once more where it is not known what became of it: if it arrived, the second try finds it there."""
        for left in reversed(range(_TRIES)):
            try:
                with _as_unavailable(key):
                    self._put_once(key, data)
            except StorageRefused:
                raise
            except StorageUnavailable:
                if not left:
                    raise
                sleep(_PAUSE)
            except FileMissing as missing:
                # What else is not there when something is put?
                raise StorageRefused(str(missing)) from missing
            else:
                return

    def _put_once(self, key: str, data: bytes) -> None:
        if len(data) >= LARGE:
            # A file in parts takes no condition; the same bytes twice under their own name do no harm.
            if not self._is_young(key):
                self._store.put(
                    key, data, use_multipart=True, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE
                )
            return
        try:
            self._store.put(key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            if not self._is_young(key):
                self._store.put(key, data, use_multipart=False)

    def _is_young(self, key: str) -> bool:
        try:
            modified: datetime = self._store.head(key)["last_modified"]
        except FileNotFoundError:
            return False
        return datetime.now(UTC) - modified < self._young


class _Fetch:
    """Brings ranges of an object, the first of them from an answer that has begun to come."""

    def __init__(self, store: S3Store, key: str, first: GetResult | None) -> None:
        self._store = store
        self._key = key
        self._first = first

    def __call__(self, start: int, end: int) -> bytes:
        first, self._first = self._first, None
        if first is not None and first.range == (start, end):
            try:
                return bytes(first.bytes())
            except BaseError:
                pass  # it waited too long for its reader; ask again
        try:
            with _as_unavailable(self._key):
                return bytes(self._store.get_range(self._key, start=start, end=end))
        except FileMissing as missing:
            # Deleted while it was read. Too late to say so in any better way.
            raise StorageUnavailable(f"{missing} is gone") from missing


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 300:
        raise ValueError("MEDIA_URL: the timeout is a number of seconds, up to 300")
    return seconds


def _connect(bucket: Bucket, credentials: Credentials | None) -> S3Store:
    timeout = timedelta(seconds=bucket.timeout)
    # The server compares the checksum with what arrived, and keeps it.
    config: S3Config = {"region": bucket.region, "checksum_algorithm": "SHA256"}
    if bucket.endpoint:
        config["endpoint"] = bucket.endpoint
    if credentials is not None:
        config["access_key_id"] = credentials.access_key_id
        config["secret_access_key"] = credentials.secret_access_key
        if credentials.session_token:
            config["session_token"] = credentials.session_token
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        config=config,
        client_options={
            "allow_http": bucket.endpoint.startswith("http:"),
            "connect_timeout": min(timeout, timedelta(seconds=3)),
            "timeout": timeout,
        },
        # A slow bucket delays; one that hangs is let go after one time-out, for whoever asked tries again later.
        retry_config={
            "max_retries": 2,
            "retry_timeout": timeout,
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=1),
                "base": 2,
            },
        },
    )


@contextmanager
def _as_unavailable(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # Whoever answers 404 to everything, a web server or an S3 without that bucket, knows nothing of our files.
        # S3 says that it lacks the key; only to HEAD nobody says anything.
        if "NoSuchKey" in str(error) or "performing HEAD" in _said(error):
            raise FileMissing(key) from None
        raise StorageRefused(_said(error)) from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StorageRefused(_said(error)) from error
    except (BaseError, OSError) as error:
        refused = " 403 " in _said(error) or "NoSuchBucket" in str(error)
        raise (StorageRefused if refused else StorageUnavailable)(_said(error)) from error


def _said(error: Exception) -> str:
    """The first line: what follows is for those who debug obstore."""
    return str(error).partition("\n")[0]
