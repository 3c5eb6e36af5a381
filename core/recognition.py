"""Who was recognised a moment ago is recognised again without asking the database, while nothing has changed about anybody's
keys, role or right to be here."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import users
from core.callers import Caller
from core.parts import Parts
from core.scopes import CALLERS


class Recognised(NamedTuple):
    """A caller, and the stamp while which nothing changes about them; None where the cache could not be used."""

    caller: Caller
    stamp: bytes | None


def by_key(parts: Parts, key: str) -> Recognised:
    """Who shows this key. Raises as `users.authenticate`."""
    digest = sha256(key.encode()).hexdigest()  # no key is kept
    return _recognised(parts, digest, lambda session: users.authenticate(session, key, now=parts.clock()))


def by_session(parts: Parts, key_id: str) -> Recognised:
    """Who showed the key with this id before. Raises as `users.recall`."""
    return _recognised(parts, key_id, lambda session: users.recall(session, key_id, now=parts.clock()))


def forget_all(parts: Parts) -> None:
    """Have every process look again. Call it after the commit of whatever takes a right away.

    A process that still reaches the cache where this one does not looks again within the life of a stamp.
    """
    parts.answers.start_generation([CALLERS])


def _recognised(parts: Parts, proof: str, look_up: Callable[[Session], Caller]) -> Recognised:
    stamp = parts.answers.stamp(CALLERS)
    kept = parts.known_callers.seek(proof)
    if kept is not None and kept[0] == stamp and not kept[1].expired(parts.clock()):
        return Recognised(kept[1], stamp)
    with parts.reads() as session:
        caller = look_up(session)
    if stamp is not None:
        parts.known_callers.put(proof, (stamp, caller))
    return Recognised(caller, stamp)
