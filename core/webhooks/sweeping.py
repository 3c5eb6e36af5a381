"""Old deliveries go, in bounded steps: by age, and where an endpoint has too many."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text

from core.parts import Parts

_log = structlog.get_logger(__name__)

_STEP: Final = 2000


def sweep_deliveries(parts: Parts) -> int:
    """Remove what is at rest and older than `webhook_days` or beyond `webhook_deliveries` of an endpoint, and all of endpoints
    that were removed; how many deliveries went. A step a transaction, so that nobody waits for it.

    Where more than that wait, the endpoint is disabled, so that nothing is added; what waits is kept for when it is enabled.
    """
    with parts.sessions.begin() as session:
        endpoints = session.execute(
            text("SELECT id, state = 'removed' AS is_removed FROM webhook_endpoints ORDER BY id")
        ).all()
    return sum(
        _remove(parts, each.id) if each.is_removed else _thin_out(parts, each.id) for each in endpoints
    )


def _remove(parts: Parts, endpoint_id: UUID) -> int:
    gone = _repeat(
        parts,
        """
        DELETE FROM webhook_deliveries WHERE (endpoint_id, event_id) IN (
            SELECT endpoint_id, event_id FROM webhook_deliveries WHERE endpoint_id = :endpoint LIMIT :step)
        RETURNING event_id""",
        {"endpoint": endpoint_id},
    )
    with parts.sessions.begin() as session:
        # Whoever was just telling it something is let finish, so that the next statement sees what they wrote.
        session.execute(
            text("SELECT FROM webhook_endpoints WHERE id = :endpoint FOR UPDATE"), {"endpoint": endpoint_id}
        )
        session.execute(
            text("""
                DELETE FROM webhook_endpoints e WHERE id = :endpoint AND state = 'removed'
                AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = e.id)"""),
            {"endpoint": endpoint_id},
        )
    return gone


def _thin_out(parts: Parts, endpoint_id: UUID) -> int:
    most = parts.settings.webhook_deliveries
    with parts.sessions.begin() as session:
        disabled = session.execute(
            text("""
                UPDATE webhook_endpoints SET state = 'disabled', disabled_because = :because
                WHERE id = :endpoint AND state = 'enabled' AND :most < (
                    SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = :endpoint AND state = 'waiting')
                RETURNING id"""),
            {
                "endpoint": endpoint_id,
                "most": most,
                "because": f"More than {most:,} deliveries wait. Enabled again, it gets them.",
            },
        ).one_or_none()
        if disabled is not None:
            _log.warning("webhook endpoint disabled: too much waits", endpoint_id=str(endpoint_id))
        # The oldest that is still kept, counted from the newest.
        horizon = session.scalar(
            text("""
                SELECT created_at FROM webhook_deliveries WHERE endpoint_id = :endpoint
                ORDER BY created_at DESC, event_id DESC OFFSET :kept LIMIT 1"""),
            {"endpoint": endpoint_id, "kept": most},
        )
    return _repeat(
        parts,
        """
        DELETE FROM webhook_deliveries WHERE (endpoint_id, event_id) IN (
            SELECT endpoint_id, event_id FROM webhook_deliveries
            WHERE endpoint_id = :endpoint AND state <> 'waiting'
                AND (created_at < clock_timestamp() - cast(:age AS interval) OR created_at <= :horizon)
            ORDER BY created_at LIMIT :step)
        RETURNING event_id""",
        {
            "endpoint": endpoint_id,
            "age": timedelta(days=parts.settings.webhook_days),
            "horizon": horizon,
        },
    )


def _repeat(parts: Parts, statement: str, values: dict[str, object]) -> int:
    """Run a statement, each time in a transaction of its own, until it finds less than a step; how many rows it found."""
    total = 0
    while True:
        with parts.sessions.begin() as session:
            found = session.execute(text(statement), {**values, "step": _STEP})
            count = len(found.all())
        total += count
        if count < _STEP:
            return total
