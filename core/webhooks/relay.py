"""Sends endpoints that something is due to, as messages, a moment before their turn. The backlog stays in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.messages import DELIVER, DELIVERIES, BrokerUnavailable, Message
from core.parts import Parts

_log = structlog.get_logger(__name__)

_STEP: Final = 500


def nudge(parts: Parts) -> None:
    """After a commit: send what is due now rather than at the next tick. What was committed is safe, so nothing is raised."""
    try:
        relay_deliveries(parts)
    except SQLAlchemyError as error:
        _log.warning("not nudged; the next tick sends", error=type(error).__name__)


def relay_deliveries(parts: Parts) -> int:
    """Send the endpoints whose turn it is; how many. Any process may call this at any moment, several at once.

    Sent is what nobody holds and what was not sent just now: a lost message is sent again after `resend_seconds`, one that
    comes twice finds the turn taken.
    """
    with parts.sessions.begin() as session:
        due = session.scalars(
            text("""
                UPDATE webhook_endpoints SET sent_at = clock_timestamp()
                WHERE id IN (
                    SELECT id FROM webhook_endpoints e
                    WHERE state = 'enabled' AND (leased_until IS NULL OR leased_until < clock_timestamp())
                        AND (rest_until IS NULL OR rest_until <= clock_timestamp())
                        AND (sent_at IS NULL OR sent_at < clock_timestamp() - make_interval(secs => :seconds))
                        AND EXISTS (SELECT FROM webhook_deliveries d
                                    WHERE d.endpoint_id = e.id AND d.state = 'waiting' AND d.due_at <= clock_timestamp())
                    ORDER BY id LIMIT :step FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING id"""),
            {"seconds": parts.settings.resend_seconds, "step": _STEP},
        ).all()
    return _send(parts, due)


def _send(parts: Parts, due: Sequence[UUID]) -> int:
    """After the commit. What the broker does not take is unsent again, for the next tick; failing that, it is overdue soon."""
    for number, endpoint_id in enumerate(due):
        try:
            parts.send(Message(DELIVER, str(endpoint_id), DELIVERIES))
        except BrokerUnavailable:
            with parts.sessions.begin() as session:
                session.execute(
                    text(
                        "UPDATE webhook_endpoints SET sent_at = NULL WHERE id = ANY(:ids) AND leased_until IS NULL"
                    ),
                    {"ids": list(due[number:])},
                )
            return number
    return len(due)
