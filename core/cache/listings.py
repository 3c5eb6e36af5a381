"""Cached pages of listings, each valid for one generation of its scope.

The promise: whoever has seen a job `completed` never again gets a listing without it. It rests on three facts, and not on
any order in which processes run, die or lose their connection:

1. A page is stored under the stamp that was read *before* its query, and served only while that stamp is its scope's.
2. A job is called completed only after its rows are committed *and then* a new stamp was set for each scope it changed.
3. Where no stamp could be set, a job waits for `lifetime` seconds: no stamp lives longer, so those from before are dead.

A wiped or restarted Redis has no stamps; the next reader makes a new one, and no page has it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, cast

from redis import Redis
from redis.exceptions import RedisError

_STAMP_SIZE: Final = 16
_REST_AFTER_FAILURE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, ready to send: the JSON `body`, and the cursor of the `next` page."""

    body: bytes
    next: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """`page` on a hit. On a miss, `stamp` is what the page must be stored under; without one, the cache cannot be used now."""

    page: Page | None
    stamp: bytes | None

    @property
    def outcome(self) -> Literal["hit", "miss", "bypass"]:
        if self.page is not None:
            return "hit"
        return "bypass" if self.stamp is None else "miss"


_BYPASS: Final = Lookup(page=None, stamp=None)


class Listings:
    """`lifetime` in seconds bounds how long a stamp lives, and so how late a listing may show what no completed job changed.

    Readers ask `client`, which gives up at once: a query costs less than waiting. New generations go through `patient`, whose
    failure makes a job wait for all of `lifetime`.
    """

    def __init__(self, client: Redis, *, lifetime: float, patient: Redis | None = None) -> None:
        self._client = client
        self._patient = patient or client
        self.lifetime = lifetime
        self._resting_until = 0.0

    def read(self, scope: str, query: str) -> Lookup:
        """One round trip for the scope's stamp and the page that answers `query`."""
        if time.monotonic() < self._resting_until:
            return _BYPASS
        try:
            stamp, stored = self._bytes(_stamp_key(scope), _page_key(scope, query))
            if stamp is None:
                stamp = self._first_stamp(scope)
                return _BYPASS if stamp is None else Lookup(page=None, stamp=stamp)
        except RedisError:
            self._rest()
            return _BYPASS
        if stored is not None and stored[:_STAMP_SIZE] == stamp:
            return Lookup(page=_unpack(stored), stamp=stamp)
        return Lookup(page=None, stamp=stamp)

    def store(self, scope: str, query: str, stamp: bytes, page: Page) -> None:
        """Keep a page that was loaded after `stamp` was read."""
        try:
            self._client.set(_page_key(scope, query), _pack(stamp, page), px=self._lifetime_ms)
        except RedisError:
            self._rest()

    def start_generation(self, scopes: Collection[str]) -> bool:
        """Forget every page of these scopes, in one step. False where Redis did not confirm it. Call it after the commit."""
        try:
            with self._patient.pipeline(transaction=True) as pipeline:
                for scope in scopes:
                    pipeline.set(_stamp_key(scope), _new_stamp(), px=self._lifetime_ms)
                pipeline.execute()
        except RedisError:
            self._rest()
            return False
        return True

    @property
    def _lifetime_ms(self) -> int:
        return int(self.lifetime * 1000)

    def _first_stamp(self, scope: str) -> bytes | None:
        """Make a stamp where there is none; another reader may have been faster, then theirs is taken."""
        key = _stamp_key(scope)
        self._client.set(key, _new_stamp(), px=self._lifetime_ms, nx=True)
        (stamp,) = self._bytes(key)
        return stamp

    def _bytes(self, *keys: str) -> list[bytes | None]:
        return cast("list[bytes | None]", self._client.mget(keys))

    def _rest(self) -> None:
        # A hung Redis costs one time-out a second in each process, not one in each request. Bypassing is always right.
        self._resting_until = time.monotonic() + _REST_AFTER_FAILURE


def _stamp_key(scope: str) -> str:
    return f"generation:{scope}"


def _page_key(scope: str, query: str) -> str:
    return f"listing:{scope}:{sha256(query.encode()).hexdigest()[:32]}"


def _new_stamp() -> bytes:
    return secrets.token_bytes(_STAMP_SIZE)


def _pack(stamp: bytes, page: Page) -> bytes:
    return b"".join((stamp, (page.next or "").encode(), b"\n", page.body))


def _unpack(stored: bytes) -> Page:
    following, _, body = stored[_STAMP_SIZE:].partition(b"\n")
    return Page(body=body, next=following.decode() or None)
