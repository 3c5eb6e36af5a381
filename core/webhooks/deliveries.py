"""Deliveries for those who look after an endpoint: what was sent, what came of it, sending it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from core.callers import Caller
from core.errors import Conflict, NotFound
from core.models import Attempt, Delivery
from core.pages import Page, newest_first
from core.webhooks.endpoints import find_endpoint
from core.webhooks.events import tell_test

DeliveryState = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class AttemptView:
    """`status` was answered, `answer` is the beginning of its body; or there is a `problem`, and `answer` says it in words."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None
    problem: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`next_attempt_at` while it waits; `last` is the newest attempt."""

    id: UUID
    endpoint_id: UUID
    type: str
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    done_at: datetime | None
    last: AttemptView | None


@dataclass(frozen=True, slots=True)
class WholeDelivery:
    """With what is sent, and all attempts, newest first."""

    delivery: DeliveryView
    payload: Mapping[str, Any]
    log: tuple[AttemptView, ...]


def list_deliveries(
    session: Session,
    caller: Caller,
    endpoint_id: UUID,
    *,
    state: DeliveryState | None,
    type: str | None,
    cursor: str | None,
    limit: int,
) -> Page[DeliveryView]:
    """An endpoint's deliveries, newest first. Raises `NotFound`."""
    find_endpoint(session, caller, endpoint_id)
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(Delivery.state == state)
    if type is not None:
        query = query.where(Delivery.type == type)
    page = newest_first(session, query, Delivery.created_at, Delivery.event_id, cursor=cursor, limit=limit)
    latest = _latest_attempts(session, endpoint_id, [each.event_id for each in page.items])
    return page.map(lambda each: _view(each, latest.get(each.event_id)))


def show_delivery(session: Session, caller: Caller, endpoint_id: UUID, event_id: UUID) -> WholeDelivery:
    """Raises `NotFound`."""
    delivery = _find(session, caller, endpoint_id, event_id)
    attempts = session.scalars(
        select(Attempt)
        .where(Attempt.endpoint_id == endpoint_id, Attempt.event_id == event_id)
        .order_by(Attempt.number.desc())
    ).all()
    log = tuple(map(_attempt_view, attempts))
    view = _view(delivery, log[0] if log else None)
    return WholeDelivery(view, payload_of(delivery.type, delivery.created_at, delivery.data), log)


def resend(session: Session, caller: Caller, endpoint_id: UUID, event_id: UUID) -> DeliveryView:
    """Due now and with ten tries before it, whatever came of it. Raises `NotFound`, `Conflict` where the endpoint is disabled."""
    _check_enabled(find_endpoint(session, caller, endpoint_id).state)
    _find(session, caller, endpoint_id, event_id)
    session.execute(
        text("""
            UPDATE webhook_deliveries SET state = 'waiting', due_at = clock_timestamp(), tries_from = attempt, done_at = NULL
            WHERE endpoint_id = :endpoint AND event_id = :event"""),
        {"endpoint": endpoint_id, "event": event_id},
    )
    session.expire_all()
    return show_delivery(session, caller, endpoint_id, event_id).delivery


def send_test(session: Session, caller: Caller, endpoint_id: UUID) -> DeliveryView:
    """A `webhook.test` for this endpoint. Raises `NotFound`, `Conflict` where it is disabled."""
    _check_enabled(find_endpoint(session, caller, endpoint_id).state)
    return show_delivery(session, caller, endpoint_id, tell_test(session, endpoint_id)).delivery


def payload_of(type: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a delivery: the same at every try."""
    return {"type": type, "timestamp": at, "data": data}


def _check_enabled(state: str) -> None:
    if state != "enabled":
        raise Conflict("The endpoint is disabled: enable it first.", code="endpoint_disabled")


def _find(session: Session, caller: Caller, endpoint_id: UUID, event_id: UUID) -> Delivery:
    find_endpoint(session, caller, endpoint_id)
    delivery = session.get(Delivery, (endpoint_id, event_id))
    if delivery is None:
        raise NotFound("There is no such delivery.")
    return delivery


def _latest_attempts(session: Session, endpoint_id: UUID, event_ids: list[UUID]) -> dict[UUID, AttemptView]:
    latest = (
        select(Attempt)
        .ext(distinct_on(Attempt.event_id))
        .where(Attempt.endpoint_id == endpoint_id, Attempt.event_id == func.any(event_ids))
        .order_by(Attempt.event_id, Attempt.number.desc())
    )
    return {each.event_id: _attempt_view(each) for each in session.scalars(latest)}


def _view(delivery: Delivery, last: AttemptView | None) -> DeliveryView:
    return DeliveryView(
        id=delivery.event_id,
        endpoint_id=delivery.endpoint_id,
        type=delivery.type,
        state=delivery.state,
        attempts=delivery.attempt,
        created_at=delivery.created_at,
        next_attempt_at=delivery.due_at if delivery.state == "waiting" else None,
        done_at=delivery.done_at,
        last=last,
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView(
        attempt.number, attempt.at, attempt.milliseconds, attempt.status, attempt.problem, attempt.answer
    )
