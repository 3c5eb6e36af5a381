"""What PostgreSQL knows: the truth about the deployment, the same whichever process is asked.

One query each, over partial indexes or a table of jobs, never over all certificates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from sqlalchemy import select, text

from core.jobs.relay import LEAST_AHEAD
from core.kinds import BUILT_IN, CUSTOM
from core.models import StorageUse
from core.parts import Parts


def read_rows(parts: Parts) -> Iterator[Metric]:
    """Items, jobs, chunks, deliveries, storage. Raises `SQLAlchemyError`."""
    with parts.sessions.begin() as session:
        items = session.execute(_ITEMS, {"built_in": list(BUILT_IN), "custom": CUSTOM}).all()
        jobs = session.execute(text("SELECT state, count(*) FROM jobs GROUP BY state")).all()
        lanes = {row.lane: row for row in session.execute(_LANES)}
        uses = session.scalars(select(StorageUse)).all()
        deliveries = session.execute(_DELIVERIES).one()
    yield _items(items)
    states = GaugeMetricFamily("certmill_jobs", "Jobs by state.", labels=["state"])
    for state, count in jobs:
        states.add_metric([state], count)
    yield states
    yield from _chunks(lanes)
    told = GaugeMetricFamily(
        "certmill_deliveries",
        "Webhook deliveries that wait, and those of them that are due.",
        labels=["place"],
    )
    for place in ("waiting", "due"):
        told.add_metric([place], getattr(deliveries, place))
    yield told
    yield GaugeMetricFamily(
        "certmill_oldest_delivery_seconds",
        "How long the delivery that is due longest has been so.",
        value=float(deliveries.overdue),
    )
    yield from _storage_families(uses)


def _items(rows: Sequence[Any]) -> Metric:
    # A gauge: failed items that are tried again are no longer failed.
    items = GaugeMetricFamily(
        "certmill_items", "Items by kind and by what became of them.", labels=["kind", "state"]
    )
    for row in rows:
        for state in ("accepted", "issued", "failed", "cancelled"):
            items.add_metric([row.kind, state], getattr(row, state))
    return items


def _chunks(lanes: dict[str, Any]) -> Iterator[Metric]:
    """Of every lane, whether anything is in it or not."""
    chunks = GaugeMetricFamily(
        "certmill_open_chunks", "Chunks not done, by lane and place.", labels=["lane", "place"]
    )
    oldest = GaugeMetricFamily(
        "certmill_oldest_chunk_seconds", "Age of the oldest open chunk.", labels=["lane"]
    )
    lag = GaugeMetricFamily(
        "certmill_relay_lag_seconds",
        "Age of the oldest chunk that waits to be sent although there is room.",
        labels=["lane"],
    )
    for lane, least in LEAST_AHEAD.items():
        row = lanes.get(lane)
        for place in ("waiting", "sent", "postponed", "leased"):
            chunks.add_metric([lane, place], 0 if row is None else getattr(row, place))
        oldest.add_metric([lane], 0.0 if row is None else float(row.oldest))
        # As the relay counts it: it sends more once half of what may be ahead is gone.
        has_room = row is not None and 2 * (row.sent + row.postponed) <= max(least, row.leased)
        lag.add_metric([lane], float(row.oldest_waiting) if row is not None and has_room else 0.0)
    yield from (chunks, oldest, lag)


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


_ITEMS = text("""
    SELECT CASE WHEN kind = ANY(:built_in) THEN kind ELSE :custom END AS kind,
           sum(total) AS accepted, sum(issued) AS issued, sum(failed) AS failed, sum(cancelled) AS cancelled
    FROM jobs GROUP BY 1""")

# A chunk's id begins with the milliseconds of its making (UUID version 7).
_LANES = text("""
    SELECT lane, count(*) FILTER (WHERE sent_at IS NULL) AS waiting,
           count(*) FILTER (WHERE sent_at IS NOT NULL AND leased_until IS NULL AND not_before IS NULL) AS sent,
           count(*) FILTER (WHERE not_before IS NOT NULL) AS postponed,
           count(*) FILTER (WHERE leased_until IS NOT NULL) AS leased,
           coalesce(extract(epoch FROM clock_timestamp() - min(made_at)), 0) AS oldest,
           coalesce(extract(epoch FROM clock_timestamp() - min(made_at) FILTER (WHERE sent_at IS NULL)), 0) AS oldest_waiting
    FROM (SELECT *, to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
              AS made_at FROM chunks WHERE done_at IS NULL) AS open
    GROUP BY lane""")

_DELIVERIES = text("""
    SELECT count(*) AS waiting, count(*) FILTER (WHERE due_at <= clock_timestamp()) AS due,
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0)) AS overdue
    FROM webhook_deliveries WHERE state = 'waiting'""")
