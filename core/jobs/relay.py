"""The relay is the scheduler: it sends waiting chunks to the broker, a little ahead of the workers and fairly.

The backlog stays in PostgreSQL. The broker holds what is about to be taken: as many bulk chunks as are being rendered right now,
so about two for each worker slot, whatever the number of workers is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from core.messages import BULK, INTERACTIVE, RENDER_CHUNK, BrokerUnavailable, Message, Send
from core.parts import Parts

LEAST_AHEAD: Final = 4
"""Bulk chunks that are sent although nobody renders yet: enough to wake the workers of one machine."""
_RELAY_LOCK: Final = 0x6365_7274_0001
_MOST_INTERACTIVE: Final = 500


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    job_id: UUID
    items: int
    lane: str


def relay(parts: Parts) -> int:
    """Send what is due; the number of chunks sent. Any process may call this at any moment; a broker that is down is no error."""
    with parts.sessions.begin() as session:
        due = _mark_interactive(session) + _mark_bulk(session, resend_seconds=parts.settings.resend_seconds)
    return _send(parts.sessions, parts.send, due)


def _mark_interactive(session: Session) -> list[_Due]:
    rows = session.execute(
        text("""
            UPDATE chunks SET sent_at = clock_timestamp()
            WHERE id IN (
                SELECT id FROM chunks
                WHERE lane = 'interactive' AND done_at IS NULL AND sent_at IS NULL
                ORDER BY priority DESC, id LIMIT :most FOR UPDATE SKIP LOCKED)
            RETURNING id, job_id, cardinality(positions), lane"""),
        {"most": _MOST_INTERACTIVE},
    )
    return [_Due(*row) for row in rows]


def _mark_bulk(session: Session, *, resend_seconds: float) -> list[_Due]:
    # One relay at a time counts and picks. Who does not get the lock may leave: the holder or the next tick sees the rest.
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _RELAY_LOCK}):
        return []
    _return_overdue(session, resend_seconds=resend_seconds)
    room = session.scalar(_ROOM, {"least": LEAST_AHEAD})
    if not room or room <= 0:
        return []
    return [_Due(*row) for row in session.execute(_PICK_BULK, {"room": room})]


def _return_overdue(session: Session, *, resend_seconds: float) -> None:
    """What was sent and never claimed may be lost (a wiped broker, a killed worker): it counts as unsent again."""
    session.execute(
        text("""
            UPDATE chunks SET sent_at = NULL
            WHERE id IN (
                SELECT id FROM chunks
                WHERE done_at IS NULL AND leased_until IS NULL AND sent_at < clock_timestamp() - make_interval(secs => :seconds)
                FOR UPDATE SKIP LOCKED)"""),
        {"seconds": resend_seconds},
    )


_ROOM = text("""
    SELECT greatest(:least, count(*) FILTER (WHERE leased_until IS NOT NULL)) - count(*) FILTER (WHERE leased_until IS NULL)
    FROM chunks WHERE lane = 'bulk' AND done_at IS NULL AND sent_at IS NOT NULL""")

# Owners take turns, and what an owner has under way counts as turns already taken (max-min fairness); of equals, who was served
# longest ago goes first. The recursive part walks the index from owner to owner, so that a backlog of any length costs one
# probe for each owner.
_PICK_BULK = text("""
    WITH RECURSIVE owners AS (
        (SELECT owner_id FROM chunks WHERE lane = 'bulk' AND done_at IS NULL AND sent_at IS NULL ORDER BY owner_id LIMIT 1)
        UNION ALL
        SELECT (SELECT c.owner_id FROM chunks c
                WHERE c.lane = 'bulk' AND c.done_at IS NULL AND c.sent_at IS NULL AND c.owner_id > owners.owner_id
                ORDER BY c.owner_id LIMIT 1)
        FROM owners WHERE owners.owner_id IS NOT NULL),
    under_way AS (
        SELECT owner_id, count(*) AS chunks FROM chunks
        WHERE lane = 'bulk' AND done_at IS NULL AND sent_at IS NOT NULL GROUP BY owner_id),
    due AS (
        SELECT next.id, owners.owner_id,
               row_number() OVER (ORDER BY next.turn + coalesce(under_way.chunks, 0), users.served_at NULLS FIRST, next.id)
               AS rank
        FROM owners
        JOIN users ON users.id = owners.owner_id
        LEFT JOIN under_way USING (owner_id)
        CROSS JOIN LATERAL (
            SELECT c.id, row_number() OVER (ORDER BY c.priority DESC, c.id) AS turn FROM chunks c
            WHERE c.lane = 'bulk' AND c.owner_id = owners.owner_id AND c.done_at IS NULL AND c.sent_at IS NULL
            ORDER BY c.priority DESC, c.id LIMIT :room) AS next
        ORDER BY rank LIMIT :room),
    served AS (
        UPDATE users SET served_at = statement_timestamp() + latest.rank * interval '1 microsecond'
        FROM (SELECT owner_id, max(rank) AS rank FROM due GROUP BY owner_id) AS latest WHERE users.id = latest.owner_id)
    UPDATE chunks SET sent_at = clock_timestamp() FROM due
    WHERE chunks.id = due.id AND chunks.done_at IS NULL AND chunks.sent_at IS NULL
    RETURNING chunks.id, chunks.job_id, cardinality(chunks.positions), chunks.lane""")


def _send(sessions: sessionmaker[Session], send: Send, due: list[_Due]) -> int:
    """After the commit. What the broker does not take is unsent again, for the next tick; failing that, it is overdue soon."""
    for number, chunk in enumerate(due):
        queue = INTERACTIVE if chunk.lane == INTERACTIVE else BULK
        message = Message(
            RENDER_CHUNK, str(chunk.id), queue, {"job": str(chunk.job_id), "items": chunk.items}
        )
        try:
            send(message)
        except BrokerUnavailable:
            with sessions.begin() as session:
                session.execute(
                    text(
                        "UPDATE chunks SET sent_at = NULL WHERE id = ANY(:ids) AND leased_until IS NULL AND done_at IS NULL"
                    ),
                    {"ids": [chunk.id for chunk in due[number:]]},
                )
            return number
    return len(due)
