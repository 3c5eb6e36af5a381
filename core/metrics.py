"""Is this deployment able to work, and how is it doing? Every figure is read from where the truth is, so processes agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import uuid4

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from core.models import StorageUse
from core.parts import Parts
from core.storage import Storage, StorageUnavailable

DISPENSABLE: Final = frozenset({"broker", "cache"})
"""Parts without which requests are still answered rightly."""
STORAGE_ANSWERS_WITHIN: Final = 5.0
"""Seconds. Slower than that it may be, and work goes on; but whoever asks `/readyz` should hear of it."""
FAILURES: Final = (SQLAlchemyError, RedisError, StorageUnavailable, OSError)

_asking: Final = ThreadPoolExecutor(1, thread_name_prefix="storage-probe")


def check_readiness(parts: Parts) -> dict[str, str]:
    """`ok`, or what is wrong, for each part that work needs: database, broker, cache, storage, fonts."""
    checks: dict[str, Callable[[], None]] = {
        "database": lambda: _check_database(parts),
        "broker": lambda: _check_broker(parts),
        "cache": lambda: _check_cache(parts),
        "storage": lambda: _check_storage(parts),
        "fonts": lambda: _check_fonts(parts),
    }
    return {name: _outcome(check) for name, check in checks.items()}


def _outcome(check: Callable[[], None]) -> str:
    try:
        check()
    except FAILURES as error:
        # The class says enough; a message may hold an address with a password in it.
        return f"failed: {type(error).__name__}"
    return "ok"


def _check_database(parts: Parts) -> None:
    with parts.engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM jobs LIMIT 1"))


def _check_broker(parts: Parts) -> None:
    with Redis.from_url(
        parts.settings.broker_url,
        socket_timeout=0.5,
        socket_connect_timeout=0.25,
        retry=Retry(NoBackoff(), 0),
    ) as broker:
        broker.ping()


def _check_cache(parts: Parts) -> None:
    parts.cache.ping()


def _check_storage(parts: Parts) -> None:
    """Whether it takes something and gives it back to nobody. A disk that hangs hangs whoever asks it, so another thread does."""
    asked = _asking.submit(_try_storage, parts.storage)
    try:
        asked.result(timeout=STORAGE_ANSWERS_WITHIN)
    except TimeoutError:
        asked.cancel()  # where an earlier one hangs still
        raise StorageUnavailable("no answer") from None


def _try_storage(storage: Storage) -> None:
    key = f"probes/{uuid4().hex}"
    storage.put({key: b"certmill"})
    storage.delete(key)


def _check_fonts(parts: Parts) -> None:
    for family in parts.fonts.families:
        parts.fonts.chain(family).primary.data  # noqa: B018, reading is the check


class _Rows:
    """Counts that PostgreSQL holds. One query each, over partial indexes or a table of jobs, never over all certificates."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        with self._parts.sessions.begin() as session:
            totals = session.execute(
                text("""
                    SELECT coalesce(sum(total), 0) AS accepted, coalesce(sum(issued), 0) AS issued,
                           coalesce(sum(failed), 0) AS failed, coalesce(sum(cancelled), 0) AS cancelled FROM jobs""")
            ).one()
            jobs = session.execute(text("SELECT state, count(*) FROM jobs GROUP BY state")).all()
            lanes = session.execute(
                text("""
                    SELECT lane, count(*) FILTER (WHERE sent_at IS NULL) AS waiting,
                           count(*) FILTER (WHERE sent_at IS NOT NULL AND leased_until IS NULL AND not_before IS NULL) AS sent,
                           count(*) FILTER (WHERE not_before IS NOT NULL) AS postponed,
                           count(*) FILTER (WHERE leased_until IS NOT NULL) AS leased,
                           coalesce(extract(epoch FROM clock_timestamp() - min(uuid_time)), 0) AS oldest
                    FROM (SELECT *, to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
                              AS uuid_time FROM chunks WHERE done_at IS NULL) AS open
                    GROUP BY lane""")
            ).all()
            uses = session.scalars(select(StorageUse)).all()
            deliveries = session.execute(
                text("""
                    SELECT count(*) AS waiting, count(*) FILTER (WHERE due_at <= clock_timestamp()) AS due
                    FROM webhook_deliveries WHERE state = 'waiting'""")
            ).one()
        # A gauge: failed items that are tried again are no longer failed.
        items = GaugeMetricFamily("certmill_items", "Items by what became of them.", labels=["state"])
        for state in ("accepted", "issued", "failed", "cancelled"):
            items.add_metric([state], getattr(totals, state))
        yield items
        states = GaugeMetricFamily("certmill_jobs", "Jobs by state.", labels=["state"])
        for state, count in jobs:
            states.add_metric([state], count)
        yield states
        chunks = GaugeMetricFamily(
            "certmill_open_chunks", "Chunks not done, by lane and place.", labels=["lane", "place"]
        )
        oldest = GaugeMetricFamily(
            "certmill_oldest_chunk_seconds", "Age of the oldest open chunk.", labels=["lane"]
        )
        for lane in lanes:
            for place in ("waiting", "sent", "postponed", "leased"):
                chunks.add_metric([lane.lane, place], getattr(lane, place))
            oldest.add_metric([lane.lane], float(lane.oldest))
        yield chunks
        yield oldest
        told = GaugeMetricFamily(
            "certmill_deliveries",
            "Webhook deliveries that wait, and those of them that are due.",
            labels=["place"],
        )
        for place in ("waiting", "due"):
            told.add_metric([place], getattr(deliveries, place))
        yield told
        yield from _storage_families(uses)


def _storage_families(uses: Sequence[StorageUse]) -> Iterator[Metric]:
    seconds = SummaryMetricFamily(
        "certmill_storage_seconds",
        "Calls to media storage and how long they took, by what came of them.",
        labels=["operation", "outcome"],
    )
    files = CounterMetricFamily("certmill_storage_put_files", "Files stored.")
    stored = CounterMetricFamily("certmill_storage_put_bytes", "Bytes stored.")
    for use in uses:
        seconds.add_metric([use.operation, use.outcome], use.calls, use.seconds)
        if (use.operation, use.outcome) == ("put", "ok"):
            files.add_metric([], use.files)
            stored.add_metric([], use.bytes)
    yield seconds
    yield files
    yield stored


def scrape(parts: Parts) -> bytes:
    """The metrics in Prometheus's text format."""
    parts.storage_use.hand_over()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(parts))
    return generate_latest(registry)
