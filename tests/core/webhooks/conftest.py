"""Endpoints at receivers on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.callers import Caller
from core.models import Attempt, Delivery, Endpoint
from core.parts import Parts
from core.settings import Settings
from core.webhooks import endpoints
from core.webhooks.endpoints import Wanted
from core.webhooks.events import EVENT_TYPES, EventType, tell_test
from core.webhooks.relay import relay_deliveries
from core.webhooks.turns import deliver
from tests.core.jobs.conftest import add_job, chunks_of, job_row
from tests.parts import Queue
from tests.receivers import Receiver

__all__ = ["add_job", "chunks_of", "job_row"]

AddEndpoint = Callable[..., "AddedEndpoint"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_loopback=True)


@dataclass(frozen=True, slots=True)
class AddedEndpoint:
    """An endpoint, and what is done with it: tell it of events, take its turn, look at its row."""

    runtime: Parts
    id: UUID
    secret: str

    def tell(self, count: int = 1) -> list[UUID]:
        """Of so many events; their ids, oldest first."""
        with self.runtime.sessions.begin() as session:
            return [tell_test(session, self.id) for _ in range(count)]

    def deliver(self) -> None:
        deliver(self.runtime, self.id)

    def row(self) -> Endpoint:
        with self.runtime.sessions.begin() as session:
            return session.get_one(Endpoint, self.id)


@pytest.fixture
def add_endpoint(runtime: Parts, caller: Caller) -> AddEndpoint:
    """`add_endpoint(receiver.url, events={"job.completed"})`"""

    def add(url: str, *, events: set[EventType] | None = None, owner: Caller = caller) -> AddedEndpoint:
        wanted = Wanted(url, list(EVENT_TYPES) if events is None else events)
        with runtime.sessions.begin() as session:
            new = endpoints.create_endpoint(session, runtime.courier, owner, wanted, now=runtime.clock())
        return AddedEndpoint(runtime, new.endpoint.id, new.secret)

    return add


@pytest.fixture
def endpoint(add_endpoint: AddEndpoint, receiver: Receiver) -> AddedEndpoint:
    """One at the receiver."""
    return add_endpoint(receiver.url)


@pytest.fixture
def work(runtime: Parts, queue: Queue) -> Callable[[], int]:
    """Send and deliver until nothing is due, as relay and workers do; how many turns it took."""

    def take_turns() -> int:
        taken = 0
        while relay_deliveries(runtime):
            while queue.messages:
                deliver(runtime, UUID(queue.messages.pop(0).id))
                taken += 1
        return taken

    return take_turns


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
