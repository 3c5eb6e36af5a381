"""Webhooks: endpoints, and what was delivered to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool

from api.schemas.base import Answer, Line, PageQuery, Request
from core.courier.addresses import MAX_URL
from core.webhooks.deliveries import DeliveryState
from core.webhooks.events import EventType


class EndpointPath(Request):
    endpoint_id: UUID


class DeliveryPath(Request):
    endpoint_id: UUID
    event_id: UUID = Field(description="The delivery's `id`, sent as `webhook-id`.")


class NewEndpoint(Request):
    url: str = Field(
        min_length=1,
        max_length=MAX_URL,
        description="Where to deliver: https, on the public internet.",
        examples=["https://hr.example/hooks/certmill"],
    )
    events: list[EventType] = Field(min_length=1, max_length=20, description="What to hear of.")
    description: Line | None = None


class ChangedEndpoint(NewEndpoint):
    """The whole of what can be changed about an endpoint."""

    enabled: StrictBool


class DeliveriesQuery(PageQuery):
    state: DeliveryState | None = None
    type: EventType | Literal["webhook.test"] | None = None


class EndpointLinks(Answer):
    self: str
    deliveries: str


class Endpoint(Answer):
    """An address that hears of its owner's jobs and certificates."""

    id: UUID
    owner_id: UUID
    url: str
    description: str | None
    events: list[EventType]
    enabled: bool
    disabled_because: str | None = Field(description="A sentence, where it is disabled.")
    failing_since: datetime | None = Field(description="Nothing got through from then on.")
    former_secret_until: datetime | None = Field(
        description="Until then deliveries are signed with the former secret, too."
    )
    created_at: datetime
    links: EndpointLinks


class EndpointWithSecret(Endpoint):
    secret: str = Field(description="`whsec_…`: what deliveries are signed with. It is shown this once.")


class EndpointPage(Answer):
    items: list[Endpoint]
    next: str | None


class Attempt(Answer):
    """One try."""

    number: int
    at: datetime
    milliseconds: int
    status: int | None = Field(description="What was answered.")
    problem: str | None = Field(description="Why nothing was answered: a stable code.")
    answer: str = Field(description="The beginning of the answer, or the problem in words.")


class DeliveryLinks(Answer):
    self: str
    resend: str


class Delivery(Answer):
    """An event on its way to an endpoint."""

    id: UUID
    endpoint_id: UUID
    type: EventType | Literal["webhook.test"]
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = Field(description="While it waits.")
    done_at: datetime | None
    last: Attempt | None = Field(description="The newest attempt.")
    links: DeliveryLinks


class WholeDelivery(Delivery):
    payload: dict[str, Any] = Field(description="The body that is sent.")
    log: list[Attempt] = Field(description="All attempts, newest first.")


class DeliveryPage(Answer):
    items: list[Delivery]
    next: str | None
