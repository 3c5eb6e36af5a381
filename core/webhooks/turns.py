"""An endpoint's turn: one worker delivers to it for a while, a few deliveries at once, and then lets others come.

The claim is one UPDATE, requests run with no transaction open, and each answer is recorded in a short one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import traces
from core.courier import Failure, Post, Reply
from core.figures import count_after_commit, instruments
from core.parts import Parts
from core.webhooks import schedule
from core.webhooks.deliveries import payload_of
from core.webhooks.relay import nudge
from core.webhooks.signatures import sign

_log = structlog.get_logger(__name__)

AT_ONCE: Final = 4
"""Deliveries to one endpoint that are under way at the same time."""
TURN_SECONDS: Final = 10.0
"""After so long no new ones are begun. With what is under way then, a worker that is told to stop is done within 25 s."""
LEASE_SECONDS: Final = 30.0
"""Twice what the slowest four take, for the lease is renewed with every four."""
_SNIPPET: Final = 1000  # characters of an answer that are kept
_GONE: Final = 410
_RECORDING_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """`number` is the fencing token: whoever holds an older one claims nothing any more."""

    endpoint_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery to be tried now, `at` by the database's clock; `attempt` fences what is recorded of it. `failures`: of the
    endpoint, in a row, when it was claimed."""

    event_id: UUID
    attempt: int
    type: str
    data: dict[str, Any]
    created_at: datetime
    at: datetime
    url: str
    keys: tuple[bytes, ...]
    failures: int


def deliver(parts: Parts, endpoint_id: UUID) -> None:
    """Deliver what is due to one endpoint. A message that comes late or twice finds no turn to take, and that is all."""
    with parts.sessions.begin() as session:
        turn = take_turn(session, endpoint_id)
    if turn is None:
        return
    until = time.monotonic() + TURN_SECONDS
    with (
        structlog.contextvars.bound_contextvars(endpoint_id=str(endpoint_id)),
        traces.span("turn", endpoint_id=str(endpoint_id)),
        parts.courier.round() as post,
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="delivering") as threads,
    ):
        while time.monotonic() < until:
            with parts.sessions.begin() as session:
                claimed = claim_due(session, turn)
            if not claimed:
                break
            under_way = {threads.submit(copy_context().run, _send, post, each): each for each in claimed}
            _record_all(parts, turn, under_way)
    with parts.sessions.begin() as session:
        end_turn(session, turn)
    nudge(parts)


def take_turn(session: Session, endpoint_id: UUID) -> Turn | None:
    """Claim an endpoint in one statement; None where it is somebody else's, or not to be delivered to."""
    number = session.scalar(
        text("""
            UPDATE webhook_endpoints SET turn = turn + 1,
                sent_at = coalesce(sent_at, clock_timestamp()),
                leased_until = clock_timestamp() + make_interval(secs => :seconds)
            WHERE id = :id AND state = 'enabled' AND (leased_until IS NULL OR leased_until < clock_timestamp())
            RETURNING turn"""),
        {"id": endpoint_id, "seconds": LEASE_SECONDS},
    )
    return None if number is None else Turn(endpoint_id, number)


def claim_due(session: Session, turn: Turn) -> list[Claimed]:
    """What is to be tried next, oldest first, and the lease renewed; nothing where the turn is lost or the endpoint rests.

    An endpoint that keeps failing is tried with one at a time. Attempts count before anything is sent.
    """
    rows = session.execute(
        text("""
            WITH held AS MATERIALIZED (
                UPDATE webhook_endpoints SET leased_until = clock_timestamp() + make_interval(secs => :seconds)
                WHERE id = :endpoint AND turn = :turn AND state = 'enabled' AND leased_until IS NOT NULL
                    AND (rest_until IS NULL OR rest_until <= clock_timestamp())
                RETURNING id, url, secret, CASE WHEN former_until > clock_timestamp() THEN former_secret END AS former, failures),
            due AS (
                SELECT endpoint_id, event_id FROM webhook_deliveries
                WHERE endpoint_id = (SELECT id FROM held) AND state = 'waiting' AND due_at <= clock_timestamp()
                ORDER BY due_at, event_id
                LIMIT (SELECT CASE WHEN failures >= :to_rest THEN 1 ELSE :at_once END FROM held) FOR UPDATE)
            UPDATE webhook_deliveries d SET attempt = d.attempt + 1
            FROM due, held WHERE d.endpoint_id = due.endpoint_id AND d.event_id = due.event_id
            RETURNING d.event_id, d.attempt, d.type, d.data, d.created_at, clock_timestamp() AS at, held.url, held.secret,
                held.former, held.failures"""),
        {
            "endpoint": turn.endpoint_id,
            "turn": turn.number,
            "seconds": LEASE_SECONDS,
            "at_once": AT_ONCE,
            "to_rest": schedule.FAILURES_TO_REST,
        },
    )
    return [
        Claimed(
            row.event_id,
            row.attempt,
            row.type,
            row.data,
            row.created_at,
            row.at,
            row.url,
            tuple(bytes(key) for key in (row.secret, row.former) if key is not None),
            row.failures,
        )
        for row in rows
    ]


def end_turn(session: Session, turn: Turn) -> None:
    """Let others come. It may be sent to again at once."""
    session.execute(
        text("""
            UPDATE webhook_endpoints SET leased_until = NULL, sent_at = NULL
            WHERE id = :endpoint AND turn = :turn"""),
        {"endpoint": turn.endpoint_id, "turn": turn.number},
    )


def _send(post: Post, claimed: Claimed) -> Reply | Failure:
    body = orjson.dumps(
        payload_of(claimed.type, claimed.created_at, claimed.data),
        option=orjson.OPT_UTC_Z | orjson.OPT_SORT_KEYS,
    )
    message_id, timestamp = str(claimed.event_id), int(claimed.at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Certmill",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(claimed.keys, message_id, timestamp, body),
    }
    with traces.span("delivery", event_id=message_id, attempt=claimed.attempt):
        return post(claimed.url, headers, body)


def _record_all(parts: Parts, turn: Turn, under_way: dict[Future[Reply | Failure], Claimed]) -> None:
    """As they come in: what came at the same time in one transaction, failures first."""
    missing = set(under_way)
    while missing:
        done, missing = wait(missing, return_when=FIRST_COMPLETED)
        came = sorted(
            ((each.result(), under_way[each]) for each in done), key=lambda pair: _is_thanks(pair[0])
        )
        _record_together(parts, turn, came)


def _record_together(parts: Parts, turn: Turn, came: Sequence[tuple[Reply | Failure, Claimed]]) -> None:
    """Once more if the database was away for a moment: what is not recorded is sent again. A second record of one try is none."""
    for attempt in range(1, _RECORDING_TRIES + 1):
        try:
            with parts.sessions.begin() as session:
                for outcome, claimed in came:
                    record(session, turn.endpoint_id, claimed, outcome)
            return
        except OperationalError as error:
            if attempt == _RECORDING_TRIES:
                raise
            _log.warning("not recorded yet", error=type(error.orig).__name__, attempt=attempt)
            time.sleep(attempt)


def record(session: Session, endpoint_id: UUID, claimed: Claimed, outcome: Reply | Failure) -> bool:
    """Write down what came of a try, and what follows. False where somebody else has claimed the delivery since: nothing does."""
    if _is_thanks(outcome):
        if claimed.failures:
            _forget_failures(session, endpoint_id)
        return _record(session, endpoint_id, claimed, outcome, pause=None, state="delivered")
    return _record_failure(session, endpoint_id, claimed, outcome)


def _is_thanks(outcome: Reply | Failure) -> bool:
    return isinstance(outcome, Reply) and 200 <= outcome.status < 300


def _forget_failures(session: Session, endpoint_id: UUID) -> None:
    session.execute(
        text("""
            UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, rest_until = NULL
            WHERE id = :endpoint AND failures > 0"""),
        {"endpoint": endpoint_id},
    )


def _record_failure(session: Session, endpoint_id: UUID, claimed: Claimed, outcome: Reply | Failure) -> bool:
    # The endpoint before its deliveries, as everywhere.
    endpoint = session.execute(
        text("""
            SELECT e.failures, e.failing_since, d.attempt - d.tries_from AS tries, clock_timestamp() AS now
            FROM webhook_endpoints e JOIN webhook_deliveries d ON d.endpoint_id = e.id AND d.event_id = :event
            WHERE e.id = :endpoint FOR NO KEY UPDATE OF e"""),
        {"endpoint": endpoint_id, "event": claimed.event_id},
    ).one_or_none()
    if endpoint is None:
        return False
    reply = outcome if isinstance(outcome, Reply) else None
    is_gone = reply is not None and reply.status == _GONE
    wish = schedule.wish_of(reply.retry_after, now=endpoint.now) if reply else None
    pause = None if is_gone else schedule.pause_after(max(endpoint.tries, 1), wish)
    state = "failed" if pause is None else "waiting"
    if not _record(session, endpoint_id, claimed, outcome, pause=pause, state=state):
        return False
    failures = endpoint.failures + 1
    since = endpoint.failing_since or claimed.at
    because = _why_disabled(failures, since, endpoint.now, outcome, is_gone=is_gone)
    if because is not None:
        _log.warning("webhook endpoint disabled", failures=failures, since=since.isoformat())
    session.execute(
        text("""
            UPDATE webhook_endpoints SET failures = :failures, failing_since = :since,
                rest_until = clock_timestamp() + make_interval(secs => :rest),
                state = CASE WHEN :because IS NOT NULL AND state = 'enabled' THEN 'disabled' ELSE state END,
                disabled_because = CASE WHEN state = 'enabled' THEN :because ELSE disabled_because END
            WHERE id = :endpoint"""),
        {
            "endpoint": endpoint_id,
            "failures": failures,
            "since": since,
            "rest": schedule.rest_after(failures, wish),
            "because": because,
        },
    )
    return True


def _record(
    session: Session,
    endpoint_id: UUID,
    claimed: Claimed,
    outcome: Reply | Failure,
    *,
    pause: float | None,
    state: str,
) -> bool:
    """`pause` in seconds until the next try, None where there is none."""
    status, problem, answer = _told(outcome)
    recorded = session.execute(
        text("""
            WITH recorded AS (
                UPDATE webhook_deliveries SET state = :state,
                    due_at = CASE WHEN :state = 'waiting'
                             THEN clock_timestamp() + make_interval(secs => :pause) ELSE due_at END,
                    done_at = CASE WHEN :state = 'waiting' THEN NULL ELSE clock_timestamp() END
                WHERE endpoint_id = :endpoint AND event_id = :event AND attempt = :attempt AND state = 'waiting'
                RETURNING endpoint_id, event_id, attempt)
            INSERT INTO webhook_attempts (endpoint_id, event_id, number, at, milliseconds, status, problem, answer)
            SELECT endpoint_id, event_id, attempt, :at, :milliseconds, :status, :problem, :answer FROM recorded
            ON CONFLICT DO NOTHING RETURNING number"""),
        {
            "endpoint": endpoint_id,
            "event": claimed.event_id,
            "attempt": claimed.attempt,
            "state": state,
            "pause": pause or 0.0,
            "at": claimed.at,
            "milliseconds": round(outcome.seconds * 1000),
            "status": status,
            "problem": problem,
            "answer": answer,
        },
    )
    if recorded.one_or_none() is None:
        return False
    came = problem or f"{str(status)[0]}xx"
    count_after_commit(session, instruments.delivery_attempts, came)
    instruments.delivery_seconds.labels(came).observe(outcome.seconds)
    return True


def _told(outcome: Reply | Failure) -> tuple[int | None, str | None, str]:
    """Status, problem and words. What somebody else's machine said is kept short, and as text that PostgreSQL takes."""
    match outcome:
        case Failure(code, detail):
            return None, code, detail
        case Reply(status, body):
            words = body[: 4 * _SNIPPET].decode("utf-8", errors="replace")
            return status, None, "".join(filter(_is_plain, words))[:_SNIPPET]


def _is_plain(character: str) -> bool:
    return character.isprintable() or character in "\n\t"


def _why_disabled(
    failures: int, since: datetime, now: datetime, outcome: Reply | Failure, *, is_gone: bool
) -> str | None:
    """A sentence for the endpoint's owner, if it is to be disabled."""
    if is_gone:
        return "It answered 410 Gone."
    if not schedule.is_given_up(failures, now - since):
        return None
    last = f"status {outcome.status}." if isinstance(outcome, Reply) else outcome.detail
    return f"Nothing got through since {since:%d %b %Y, %H:%M} UTC, in {failures} tries. The last one: {last}"
