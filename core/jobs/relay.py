"""The relay is the scheduler: it sends waiting chunks to the broker, a little ahead of the workers and fairly.

The backlog stays in PostgreSQL. Of each lane the broker holds what is about to be taken: at most as many chunks as are being
rendered right now and at least half of that, whatever the number of workers is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from core.failpoints import reach
from core.figures import instruments
from core.messages import BULK, INTERACTIVE, RENDER_CHUNK, BrokerUnavailable, Message, Send
from core.parts import Parts

LEAST_AHEAD: Final = {INTERACTIVE: 16, BULK: 4}
"""Chunks that are sent although nobody renders yet: enough to wake the workers of one machine."""
_RELAY_LOCK: Final = 0x6365_7274_0001

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    job_id: UUID
    items: int
    lane: str
    attempt: int

    @property
    def seconds(self) -> float:
        """Since it was made, by the clock of who made it: its id says when (UUID version 7)."""
        return max(0.0, time.time() - (self.id.int >> 80) / 1000)


def nudge(parts: Parts) -> None:
    """After a commit: send what waits now rather than at the next tick. What was committed is safe, so nothing is raised."""
    try:
        _send_waiting(parts)
    except SQLAlchemyError as error:
        _log.warning("not nudged; the next tick sends", error=type(error).__name__)


def relay(parts: Parts) -> int:
    """Send what is due; the number of chunks sent. Any process may call this at any moment; a broker that is down is no error."""
    with parts.sessions.begin() as session:
        _return_overdue(session, resend_seconds=parts.settings.resend_seconds)
    return _send_waiting(parts)


def _send_waiting(parts: Parts) -> int:
    with parts.reads() as session:
        lanes = session.scalars(
            _LANES, {"lanes": list(LEAST_AHEAD), "least": list(LEAST_AHEAD.values())}
        ).all()
    if not lanes:
        return 0
    with parts.sessions.begin() as session:
        # One relay counts and picks at a time. The others wait, for milliseconds: somebody may be looking at what they bring.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _RELAY_LOCK})
        due = [chunk for lane in lanes for chunk in _pick(session, lane)]
    if due:
        reach("relay.marked")
    return _send(parts.sessions, parts.send, due)


def _return_overdue(session: Session, *, resend_seconds: float) -> None:
    """What was sent and never claimed may be lost (a wiped broker, a killed worker): it counts as unsent again. So does what
    waited for storage."""
    session.execute(
        text("""
            UPDATE chunks SET sent_at = NULL, not_before = NULL
            WHERE id IN (
                SELECT id FROM chunks
                WHERE done_at IS NULL AND leased_until IS NULL AND sent_at IS NOT NULL
                AND coalesce(not_before, sent_at + make_interval(secs => :seconds)) < clock_timestamp()
                ORDER BY id FOR UPDATE SKIP LOCKED)"""),
        {"seconds": resend_seconds},
    )


def _pick(session: Session, lane: str) -> list[_Due]:
    picked = session.execute(_PICK, {"lane": lane, "least": LEAST_AHEAD[lane]}).all()
    return [_Due(*row[:5]) for row in sorted(picked, key=lambda row: row.rank)]


# Lanes of which something waits and no more than half of what may be ahead is. To plan _PICK takes PostgreSQL a millisecond, so
# it is asked for some chunks at a time; who waits does not wait longer for it, since messages are taken in their order.
_LANES = text("""
    SELECT lane FROM unnest(cast(:lanes AS text[]), cast(:least AS int[])) WITH ORDINALITY AS lanes (lane, least, rank)
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE leased_until IS NOT NULL) AS held, count(*) FILTER (WHERE leased_until IS NULL) AS ahead
        FROM chunks WHERE chunks.lane = lanes.lane AND done_at IS NULL AND sent_at IS NOT NULL) AS sent
    WHERE 2 * ahead <= greatest(least, held)
    AND EXISTS (SELECT FROM chunks WHERE chunks.lane = lanes.lane AND done_at IS NULL AND sent_at IS NULL)
    ORDER BY rank""")

# Owners take turns, and what an owner has under way counts as turns already taken (max-min fairness); of equals, who was served
# longest ago goes first. The recursive part walks the index from owner to owner, so that a backlog of any length costs one
# probe for each owner. Rows are locked in the order of their ids, as everywhere.
_PICK = text("""
    WITH RECURSIVE room AS (
        SELECT greatest(0, greatest(:least, count(*) FILTER (WHERE leased_until IS NOT NULL))
                           - count(*) FILTER (WHERE leased_until IS NULL)) AS chunks
        FROM chunks WHERE lane = :lane AND done_at IS NULL AND sent_at IS NOT NULL),
    owners AS (
        (SELECT owner_id FROM chunks WHERE lane = :lane AND done_at IS NULL AND sent_at IS NULL ORDER BY owner_id LIMIT 1)
        UNION ALL
        SELECT (SELECT c.owner_id FROM chunks c
                WHERE c.lane = :lane AND c.done_at IS NULL AND c.sent_at IS NULL AND c.owner_id > owners.owner_id
                ORDER BY c.owner_id LIMIT 1)
        FROM owners WHERE owners.owner_id IS NOT NULL),
    under_way AS (
        SELECT owner_id, count(*) AS chunks FROM chunks
        WHERE lane = :lane AND done_at IS NULL AND sent_at IS NOT NULL GROUP BY owner_id),
    due AS (
        SELECT next.id, owners.owner_id,
               row_number() OVER (ORDER BY next.turn + coalesce(under_way.chunks, 0), users.served_at NULLS FIRST, next.id)
               AS rank
        FROM owners
        JOIN users ON users.id = owners.owner_id
        LEFT JOIN under_way USING (owner_id)
        CROSS JOIN LATERAL (
            SELECT c.id, row_number() OVER (ORDER BY c.priority DESC, c.id) AS turn FROM chunks c
            WHERE c.lane = :lane AND c.owner_id = owners.owner_id AND c.done_at IS NULL AND c.sent_at IS NULL
            ORDER BY c.priority DESC, c.id LIMIT (SELECT chunks FROM room)) AS next
        ORDER BY rank LIMIT (SELECT chunks FROM room)),
    latest AS (
        SELECT users.id, last.rank
        FROM users JOIN (SELECT owner_id, max(rank) AS rank FROM due GROUP BY owner_id) AS last ON last.owner_id = users.id
        ORDER BY users.id FOR NO KEY UPDATE OF users),
    served AS (
        UPDATE users SET served_at = statement_timestamp() + latest.rank * interval '1 microsecond'
        FROM latest WHERE users.id = latest.id),
    free AS (
        SELECT id FROM chunks WHERE id IN (SELECT id FROM due) AND done_at IS NULL AND sent_at IS NULL
        ORDER BY id FOR UPDATE SKIP LOCKED)
    UPDATE chunks SET sent_at = clock_timestamp() FROM free JOIN due USING (id) WHERE chunks.id = free.id
    RETURNING chunks.id, chunks.job_id, cardinality(chunks.positions), chunks.lane, chunks.attempt + 1, due.rank""")


def _send(sessions: sessionmaker[Session], send: Send, due: list[_Due]) -> int:
    """After the commit. What the broker does not take is unsent again, for the next tick; failing that, it is overdue soon."""
    for number, chunk in enumerate(due):
        queue = INTERACTIVE if chunk.lane == INTERACTIVE else BULK
        notes: dict[str, str | int] = {
            "job": str(chunk.job_id),
            "items": chunk.items,
            "attempt": chunk.attempt,
        }
        message = Message(RENDER_CHUNK, str(chunk.id), queue, notes)
        try:
            send(message)
            if chunk.attempt == 1:
                instruments.unsent_seconds.labels(chunk.lane).observe(chunk.seconds)
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
