"""Endpoints at receivers on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.callers import Caller
from core.models import Attempt, Delivery, Endpoint
from core.parts import Parts
from core.settings import Settings
from core.webhooks import endpoints
from core.webhooks.endpoints import NewSecret, Wanted
from core.webhooks.events import EVENT_TYPES, EventType, tell_test
from tests.core.jobs.conftest import add_job, chunks_of, job_row
from tests.receivers import Receiver, receiving

__all__ = ["add_job", "chunks_of", "job_row"]

AddEndpoint = Callable[..., NewSecret]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_loopback=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def add_endpoint(runtime: Parts, caller: Caller) -> AddEndpoint:
    """`add_endpoint(receiver.url, events={"job.completed"})`"""

    def add(url: str, *, events: set[EventType] | None = None, owner: Caller = caller) -> NewSecret:
        wanted = Wanted(url, list(EVENT_TYPES) if events is None else events)
        with runtime.sessions.begin() as session:
            return endpoints.create_endpoint(session, runtime.courier, owner, wanted, now=runtime.clock())

    return add


@pytest.fixture
def tell(runtime: Parts) -> Callable[..., list[UUID]]:
    """`tell(endpoint_id, 3)`: so many events; their ids, oldest first."""

    def tell_some(endpoint_id: UUID, count: int = 1) -> list[UUID]:
        with runtime.sessions.begin() as session:
            return [tell_test(session, endpoint_id) for _ in range(count)]

    return tell_some


@pytest.fixture
def endpoint_row(runtime: Parts) -> Callable[[UUID], Endpoint]:
    def read(endpoint_id: UUID) -> Endpoint:
        with runtime.sessions.begin() as session:
            return session.get_one(Endpoint, endpoint_id)

    return read


@pytest.fixture
def deliveries(runtime: Parts) -> Callable[..., list[Delivery]]:
    """All deliveries, in the order of their events."""

    def read() -> list[Delivery]:
        with runtime.sessions.begin() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.event_id, Delivery.endpoint_id)))

    return read


@pytest.fixture
def attempts(runtime: Parts) -> Callable[..., list[Attempt]]:
    """All attempts, oldest first."""

    def read() -> list[Attempt]:
        with runtime.sessions.begin() as session:
            return list(session.scalars(select(Attempt).order_by(Attempt.event_id, Attempt.number)))

    return read


@pytest.fixture
def pass_time(runtime: Parts) -> Callable[..., None]:
    """`pass_time(hours=5)`. Webhooks go by the database's clock, so their moments are moved back."""

    def move(**time: float) -> None:
        with runtime.sessions.begin() as session:
            session.execute(
                text("""
                    UPDATE webhook_endpoints SET leased_until = leased_until - :time, sent_at = sent_at - :time,
                        rest_until = rest_until - :time, failing_since = failing_since - :time,
                        former_until = former_until - :time"""),
                {"time": timedelta(**time)},
            )
            session.execute(
                text("UPDATE webhook_deliveries SET due_at = due_at - :time"),
                {"time": timedelta(**time)},
            )

    return move
