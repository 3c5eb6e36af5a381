"""What processes count and time of their own work. All names are here; docs/operating.md says what to read in them.

Labels take few values: a template's kind of its own is `custom`, a path is its route, a statement the function that asks.
Every instrument has labels, so that none writes anything before `join` has said where.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry: Final = CollectorRegistry(auto_describe=False)
"""The instruments of this process."""

# From a cached page to a request that waits for its job (`Prefer: wait=30`).
_REQUEST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_QUERY: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_DRAWING: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 5.0)
_CHUNK: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0)
_WAITING: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0)

requests: Final = Counter(
    "certmill_requests", "Requests answered.", ["method", "route", "status"], registry=registry
)
request_seconds: Final = Histogram(
    "certmill_request_seconds",
    "From a request to its answer.",
    ["method", "route"],
    buckets=_REQUEST,
    registry=registry,
)
cache_lookups: Final = Counter(
    "certmill_cache_lookups", "Kept answers by what the cache had.", ["route", "outcome"], registry=registry
)

query_seconds: Final = Histogram(
    "certmill_query_seconds",
    "Statements by the function that asks.",
    ["statement"],
    buckets=_QUERY,
    registry=registry,
)
query_errors: Final = Counter(
    "certmill_query_errors", "Statements that failed.", ["statement", "error"], registry=registry
)
connections: Final = Gauge(
    "certmill_connections",
    "Connections to PostgreSQL; most: what all pools may open.",
    ["program", "place"],
    multiprocess_mode="livesum",
    registry=registry,
)
connection_wait_seconds: Final = Histogram(
    "certmill_connection_wait_seconds",
    "How long a connection is waited for.",
    ["program"],
    buckets=_QUERY,
    registry=registry,
)
connection_timeouts: Final = Counter(
    "certmill_connection_timeouts", "Who found no connection free.", ["program"], registry=registry
)

chunk_seconds: Final = Histogram(
    "certmill_chunk_seconds",
    "From a chunk's claim to its record.",
    ["kind", "lane"],
    buckets=_CHUNK,
    registry=registry,
)
item_seconds: Final = Histogram(
    "certmill_item_seconds",
    "Drawing one item, all its renditions.",
    ["kind"],
    buckets=_DRAWING,
    registry=registry,
)
rendition_seconds: Final = Histogram(
    "certmill_rendition_seconds",
    "Painting one rendition; composing: its scene.",
    ["kind", "rendition"],
    buckets=_DRAWING,
    registry=registry,
)
recording_seconds: Final = Histogram(
    "certmill_recording_seconds",
    "The transaction that issues a chunk.",
    ["lane"],
    buckets=_QUERY,
    registry=registry,
)
issued_items: Final = Counter("certmill_issued_items", "Items issued.", ["kind"], registry=registry)
failed_items: Final = Counter(
    "certmill_failed_items", "Items failed, by problem.", ["kind", "code"], registry=registry
)
unsent_seconds: Final = Histogram(
    "certmill_unsent_seconds",
    "From a chunk's making to its first message.",
    ["lane"],
    buckets=_WAITING,
    registry=registry,
)
returned_chunks: Final = Counter(
    "certmill_returned_chunks", "Chunks not finished by who held them.", ["because"], registry=registry
)
lost_workers: Final = Counter(
    "certmill_lost_workers", "Workers that ended over a chunk and were seen.", ["how"], registry=registry
)

delivery_attempts: Final = Counter(
    "certmill_delivery_attempts", "Tries to deliver, by what came of them.", ["outcome"], registry=registry
)
delivery_seconds: Final = Histogram(
    "certmill_delivery_seconds",
    "How long receivers take to answer.",
    ["outcome"],
    buckets=_REQUEST,
    registry=registry,
)


def begin_at_zero(kinds: Iterable[str]) -> None:
    """Show what alerts look at before it happens: Prometheus sees no increase in a counter that begins with its first event."""
    for because in ("lease expired", "worker lost", "worker stops", "storage unavailable"):
        returned_chunks.labels(because)
    for how in ("SIGKILL", "SIGSEGV", "SIGABRT", "out of memory", "unknown"):
        lost_workers.labels(how)
    for kind in kinds:
        for code in ("internal_error", "render_crashed"):
            failed_items.labels(kind, code)
