"""The composition root: settings in, live parts out. Built once in each process, after the fork."""

from __future__ import annotations

from functools import partial
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from sqlalchemy.orm import sessionmaker

from core.backlog import Backlog
from core.cache.answers import Answers
from core.clock import Clock, utc_now
from core.connections import connect, single_questions
from core.courier import Courier
from core.figures import instruments, settle_counts
from core.kept import Kept
from core.kinds import BUILT_IN, CUSTOM
from core.messages import Send
from core.parts import Parts
from core.pictures import Decoder
from core.rendering.fonts import FontLibrary
from core.settings import ROOT, Settings, SettingsError
from core.storage import Credentials, MeasuredStorage, Storage, UseCounter, open_storage
from core.storage_use import keep_storage_use

__all__ = ["Parts", "build_runtime", "cache_client", "connect_storage"]

_KNOWN_CALLERS: Final = 10_000


def build_runtime(settings: Settings, *, send: Send, clock: Clock = utc_now) -> Parts:
    """Nothing is connected yet when this returns; each part connects when it is first used."""
    engine = connect(settings)
    # A listing may take 100 ms: a cache that does not answer at once is worth less than the query it saves.
    cache = cache_client(settings.cache_url, seconds=0.08)
    patient = cache_client(settings.cache_url, seconds=1.0)
    sessions = sessionmaker(engine, expire_on_commit=False)
    settle_counts(sessions)
    instruments.begin_at_zero([*BUILT_IN, CUSTOM])
    storage_use = UseCounter(partial(keep_storage_use, sessions))
    return Parts(
        settings=settings,
        clock=clock,
        engine=engine,
        sessions=sessions,
        reads=single_questions(engine),
        cache=cache,
        answers=Answers(cache, lifetime=settings.listing_seconds, patient=patient),
        known_callers=Kept(_KNOWN_CALLERS, lambda _: 1),
        backlog=Backlog(owner_items=settings.owner_items, items=settings.backlog_items),
        storage=MeasuredStorage(connect_storage(settings), storage_use),
        storage_use=storage_use,
        fonts=FontLibrary.open(ROOT / "fonts"),
        decoder=Decoder(),
        courier=Courier(allows_loopback=settings.webhook_loopback),
        send=send,
    )


def cache_client(url: str, *, seconds: float) -> Redis:
    """A client that answers or fails within so many seconds, and tries once."""
    return Redis.from_url(
        url,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
        # Who listens to these takes a connection on which something waits to be read, and an answer that came late, or twice,
        # for the next question's: a stamp from before. Without, such a connection is made anew.
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


def connect_storage(settings: Settings) -> Storage:
    """The media storage of a deployment. Raises `SettingsError`."""
    credentials = None
    if settings.aws_access_key_id:
        credentials = Credentials(
            settings.aws_access_key_id, settings.aws_secret_access_key, settings.aws_session_token
        )
    try:
        return open_storage(settings.media_url, credentials, public_url=settings.media_public_url)
    except ValueError as error:
        raise SettingsError(str(error)) from error
