"""The composition root: settings in, live parts out. Built once in each process, after the fork."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import sessionmaker

from core.cache.listings import Listings
from core.clock import Clock, utc_now
from core.courier import Courier
from core.messages import Send
from core.parts import Parts
from core.pictures import Decoder
from core.rendering.fonts import FontLibrary
from core.settings import ROOT, Settings
from core.storage import open_storage

__all__ = ["Parts", "build_runtime", "connect"]


def build_runtime(settings: Settings, *, send: Send, clock: Clock = utc_now) -> Parts:
    """Nothing is connected yet when this returns; each part connects when it is first used."""
    engine = connect(settings)
    # A cache that does not answer at once is worth less than the query it saves: fail fast, never retry.
    cache = Redis.from_url(
        settings.cache_url,
        socket_timeout=0.25,
        socket_connect_timeout=0.25,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
    return Parts(
        settings=settings,
        clock=clock,
        engine=engine,
        sessions=sessionmaker(engine, expire_on_commit=False),
        cache=cache,
        listings=Listings(cache, lifetime=settings.listing_seconds),
        storage=open_storage(settings.media_url),
        fonts=FontLibrary.open(ROOT / "fonts"),
        decoder=Decoder(),
        courier=Courier(allows_loopback=settings.webhook_loopback),
        send=send,
    )


def connect(settings: Settings) -> Engine:
    """A pool of connections that are checked before use, so that a restarted PostgreSQL costs one reconnect and no error."""
    return create_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=settings.database_pool,
        pool_timeout=5,
        pool_pre_ping=True,
        # Parameters are people's names; errors, and so logs, do without them.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "certmill",
            "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c lock_timeout=10s",
        },
    )
