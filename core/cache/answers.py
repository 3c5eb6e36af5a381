"""Answers ready to send, each valid for one generation of its scope.

The promise: whoever has seen a job `completed` never again gets a listing without it. It rests on three facts, and not on
any order in which processes run, die or lose their connection:

1. An answer is kept under the stamp that was read *before* its query, and served only while that stamp is its scope's.
2. A job is called completed only after its rows are committed *and then* a new stamp was set for each scope it changed.
3. Where no stamp could be set, a job waits for `lifetime` seconds: no stamp lives longer, so those from before are dead.

A wiped or restarted Redis has no stamps; the next reader makes a new one, and no answer has it. What a process keeps for itself
(api/front.py) is under the same law: whoever serves it has just read its stamp.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Literal, cast

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from core.cache.answer import Answer
from core.cache.flights import Flights

_STAMP_SIZE: Final = 16
_REST_AFTER_FAILURE: Final = 1.0
_BRIEF: Final = 1.0
"""Seconds that a brief answer is kept: no longer than who could not tell of a change has tried to (core/runtime.py)."""

Outcome = Literal["hit", "miss", "bypass"]


@dataclass(frozen=True, slots=True)
class Place:
    """A generation: a scope, and the stamp that it has."""

    scope: str
    stamp: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """An answer and its `etag`, unquoted; `answer` is None where the client has it already. It holds while `place` does, which
    is None where the cache could not be used."""

    answer: Answer | None
    place: Place | None
    etag: str
    outcome: Outcome


class Answers:
    """`lifetime` in seconds bounds how long a stamp lives, and so how late an answer may show what nobody told of.

    Readers ask `client`, which gives up at once: a query costs less than waiting. New generations go through `patient`, whose
    failure makes a job wait for all of `lifetime`.
    """

    def __init__(self, client: Redis, *, lifetime: float, patient: Redis | None = None) -> None:
        self._client = client
        self._patient = patient or client
        self.lifetime = lifetime
        self._resting_until = 0.0
        self._flights: Flights[tuple[str, bytes], Answer] = Flights()

    def find(
        self, scope: str, query: str, load: Callable[[], Answer], *, known: Collection[str] = ()
    ) -> Found:
        """The answer to `query`, loaded if it is not kept; many who ask for one at once cost one loading in each process.

        `known` are the ETags that the client names: where the stamp alone says that one is current, nothing else is read.
        """
        key = _key(scope, query)
        stamp, stored = self._look(scope, None if known else key)
        if stamp is None:
            return _found(load(), None, "", "bypass", known)
        place = Place(scope, stamp)
        mark = _mark(stamp, key)
        for etag in known:
            if etag.endswith(mark):
                return Found(None, place, etag, "hit")
        if known:
            stored = self._stored(key)
        if stored is not None and stored.startswith(stamp):
            return _found(Answer.unpack(stored[_STAMP_SIZE:]), place, mark, "hit", known)
        loaded = []

        def fetch() -> Answer:
            loaded.append(key)
            return self._keep(key, stamp, load())

        answer = self._flights.join((key, stamp), fetch)
        return _found(answer, place, mark, "miss" if loaded else "hit", known)

    def find_each(
        self,
        wanted: Sequence[tuple[str, str]],
        load: Callable[[Sequence[int]], Sequence[Answer | None]],
    ) -> list[Answer | None]:
        """The answers to several pairs of scope and query in one round trip. `load` gets the places of those that are not
        kept, and returns theirs, None where there is no answer."""
        keys = [_key(scope, query) for scope, query in wanted]
        found: list[Answer | None] = [None] * len(wanted)
        stamps: list[bytes | None] = [None] * len(wanted)
        try:
            read = [] if self._resting else self._read(*(_stamp_key(scope) for scope, _ in wanted), *keys)
            for place, (stamp, stored) in enumerate(zip(read, read[len(wanted) :], strict=False)):
                stamps[place] = stamp
                if stamp is not None and stored is not None and stored.startswith(stamp):
                    found[place] = Answer.unpack(stored[_STAMP_SIZE:])
            new = [place for place in range(len(read) // 2) if stamps[place] is None]
            for place, stamp in zip(new, self._first_stamps([wanted[each][0] for each in new]), strict=True):
                stamps[place] = stamp
        except RedisError as error:
            self._rest(error)
        missing = [place for place, answer in enumerate(found) if answer is None]
        for place, answer in zip(missing, load(missing) if missing else (), strict=True):
            found[place] = answer
            if answer is not None and (stamp := stamps[place]) is not None:
                self._keep(keys[place], stamp, answer)
        return found

    def stamp(self, scope: str) -> bytes | None:
        """The scope's stamp, for what is kept elsewhere under it; None where the cache cannot say."""
        return self._look(scope, None)[0]

    def hold(self, stamps: Mapping[str, bytes]) -> bool:
        """Whether each of these scopes has this stamp still; no, where the cache cannot say."""
        if self._resting:
            return False
        try:
            return self._read(*map(_stamp_key, stamps)) == list(stamps.values())
        except RedisError as error:
            self._rest(error)
            return False

    def start_generation(self, scopes: Collection[str]) -> bool:
        """Forget every answer of these scopes, in one step. False where Redis did not confirm it. Call it after the commit."""
        try:
            with self._patient.pipeline(transaction=True) as pipeline:
                for scope in scopes:
                    pipeline.set(_stamp_key(scope), _new_stamp(), px=self._lifetime_ms)
                pipeline.execute()
        except RedisError as error:
            self._rest(error)
            return False
        return True

    @property
    def _lifetime_ms(self) -> int:
        return int(self.lifetime * 1000)

    def _keep(self, key: str, stamp: bytes, answer: Answer) -> Answer:
        """Keep what was loaded after `stamp` was read, if it lasts."""
        if not answer.lasts:
            return answer
        lifetime = int(_BRIEF * 1000) if answer.brief else self._lifetime_ms
        try:
            self._client.set(key, stamp + answer.pack(), px=lifetime)
        except RedisError as error:
            self._rest(error)
        return answer

    def _look(self, scope: str, key: str | None) -> tuple[bytes | None, bytes | None]:
        """A scope's stamp, and what is stored under a key, in one round trip; no stamp where the cache cannot be used now."""
        if self._resting:
            return None, None
        try:
            stamp, *stored = self._read(_stamp_key(scope), *([] if key is None else [key]))
            return stamp or self._first_stamps([scope])[0], stored[0] if stored else None
        except RedisError as error:
            self._rest(error)
            return None, None

    def _stored(self, key: str) -> bytes | None:
        try:
            return self._read(key)[0]
        except RedisError as error:
            self._rest(error)
            return None

    def _first_stamps(self, scopes: Sequence[str]) -> list[bytes]:
        """Make stamps where there are none; another reader may have been faster, then theirs is taken."""
        made = [_new_stamp() for _ in scopes]
        with self._client.pipeline(transaction=False) as pipeline:
            for scope, stamp in zip(scopes, made, strict=True):
                pipeline.set(_stamp_key(scope), stamp, px=self._lifetime_ms, nx=True, get=True)
            theirs = cast("list[bytes | None]", pipeline.execute())
        return [their or mine for their, mine in zip(theirs, made, strict=True)]

    def _read(self, *keys: str) -> list[bytes | None]:
        return cast("list[bytes | None]", self._client.mget(keys))

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._resting_until

    def _rest(self, error: RedisError) -> None:
        # A hung Redis costs one time-out a second in each process, not one in each request. One that says that it takes nothing
        # (read-only, full) costs nothing, and is read on: or else a client would see what is new, and then what was.
        if not isinstance(error, ResponseError):
            self._resting_until = time.monotonic() + _REST_AFTER_FAILURE


def _found(answer: Answer, place: Place | None, mark: str, outcome: Outcome, known: Collection[str]) -> Found:
    """An ETag is the digest of what the answer says and a mark of its stamp: either half tells that a client has it still. What
    does not last has no mark, for nobody may change the stamp when it changes."""
    etag = f"{answer.digest}.{mark if answer.lasts else ''}"
    return Found(None if answer.is_among(known) else answer, place, etag, outcome)


def _mark(stamp: bytes, key: str) -> str:
    return blake2b(stamp + key.encode(), digest_size=12).hexdigest()


def _stamp_key(scope: str) -> str:
    return f"generation:{scope}"


def _key(scope: str, query: str) -> str:
    return f"answer2:{scope}:{blake2b(query.encode(), digest_size=16).hexdigest()}"


def _new_stamp() -> bytes:
    return secrets.token_bytes(_STAMP_SIZE)
