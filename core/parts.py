"""The live parts that use-cases work with. Only `core/runtime.py` builds them."""

from __future__ import annotations

from dataclasses import dataclass

from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from core.backlog import Backlog
from core.cache.answers import Answers
from core.callers import Caller
from core.clock import Clock
from core.courier import Courier
from core.kept import Kept
from core.messages import Send
from core.pictures import Decoder
from core.rendering.fonts import FontLibrary
from core.settings import Settings
from core.storage import Storage, UseCounter


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything with an effect, in one process. `send` hands a message to the broker.

    `sessions` are for transactions: `with parts.sessions.begin() as session`. `reads` are for questions of which each stands for
    itself, `with parts.reads() as session`: they open no transaction, which saves PostgreSQL two of three messages.
    """

    settings: Settings
    clock: Clock
    engine: Engine
    sessions: sessionmaker[Session]
    reads: sessionmaker[Session]
    cache: Redis
    answers: Answers
    known_callers: Kept[str, tuple[bytes, Caller]]
    backlog: Backlog
    storage: Storage
    storage_use: UseCounter
    fonts: FontLibrary
    decoder: Decoder
    courier: Courier
    send: Send
