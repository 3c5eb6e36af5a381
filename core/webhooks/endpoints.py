"""Endpoints: who hears of what, where, and under which secret."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core.callers import Caller
from core.courier import AddressRefused, Courier, parse_target
from core.errors import Conflict, Fault, InvalidRequest, NotFound
from core.models import Endpoint
from core.pages import Page, newest_first
from core.webhooks.events import EVENT_TYPES, EventType
from core.webhooks.signatures import make_secret, spell_secret

MOST_ENDPOINTS: Final = 20
"""Of one owner: each event is a row for each of them."""
OVERLAP: Final = timedelta(days=1)
"""How long the former secret goes on signing beside the new one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of an endpoint, all of it."""

    url: str
    events: Collection[EventType]
    description: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EndpointView:
    """`disabled_because` is for its owner; `failing_since`: nothing got through from then on."""

    id: UUID
    owner_id: UUID
    url: str
    description: str | None
    events: tuple[str, ...]
    enabled: bool
    disabled_because: str | None
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint at the only moment when its secret is shown."""

    endpoint: EndpointView
    secret: str


def create_endpoint(
    session: Session, courier: Courier, caller: Caller, wanted: Wanted, *, now: datetime
) -> NewSecret:
    """Raises `InvalidRequest` for an address that nothing is sent to, `Conflict` for one too many."""
    _check_url(courier, wanted.url)
    # Two that create at once wait for each other, so that neither is one too many.
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 1))"), {"owner": str(caller.user_id)}
    )
    owned = select(func.count()).where(Endpoint.owner_id == caller.user_id, Endpoint.state != "removed")
    if (session.scalar(owned) or 0) >= MOST_ENDPOINTS:
        raise Conflict(f"A user has at most {MOST_ENDPOINTS} endpoints.", code="too_many_endpoints")
    secret = make_secret()
    endpoint = Endpoint(
        id=uuid7(),
        owner_id=caller.user_id,
        secret=secret,
        state="enabled",
        failures=0,
        turn=0,
        created_at=now,
    )
    _write(endpoint, wanted)
    session.add(endpoint)
    session.flush()
    return NewSecret(_view(endpoint), spell_secret(secret))


def show_endpoint(session: Session, caller: Caller, endpoint_id: UUID) -> EndpointView:
    """Raises `NotFound`."""
    return _view(find_endpoint(session, caller, endpoint_id))


def list_endpoints(session: Session, caller: Caller, *, cursor: str | None, limit: int) -> Page[EndpointView]:
    """The caller's own, newest first; everybody's for those who see everything."""
    query = select(Endpoint).where(Endpoint.state != "removed")
    if not caller.sees_everything:
        query = query.where(Endpoint.owner_id == caller.user_id)
    return newest_first(session, query, Endpoint.created_at, Endpoint.id, cursor=cursor, limit=limit).map(
        _view
    )


def replace_endpoint(
    session: Session, courier: Courier, caller: Caller, endpoint_id: UUID, wanted: Wanted
) -> EndpointView:
    """Change it whole. Enabled anew, it begins without failures. Raises `NotFound`, and as `create_endpoint`."""
    endpoint = find_endpoint(session, caller, endpoint_id, is_locked=True)
    _check_url(courier, wanted.url)
    if wanted.enabled and endpoint.state == "disabled":
        endpoint.failures = 0
        endpoint.failing_since = endpoint.rest_until = None
    _write(endpoint, wanted)
    session.flush()
    return _view(endpoint)


def remove_endpoint(session: Session, caller: Caller, endpoint_id: UUID) -> None:
    """Nothing more is sent. Its rows, which may be many, are swept away later. Raises `NotFound`."""
    find_endpoint(session, caller, endpoint_id, is_locked=True).state = "removed"


def rotate_secret(session: Session, caller: Caller, endpoint_id: UUID) -> NewSecret:
    """A new secret; for a day deliveries are signed with the one before, too. Raises `NotFound`."""
    endpoint = find_endpoint(session, caller, endpoint_id, is_locked=True)
    former_until: datetime = session.scalars(select(func.clock_timestamp() + OVERLAP)).one()
    endpoint.former_secret, endpoint.former_until = endpoint.secret, former_until
    endpoint.secret = make_secret()
    session.flush()
    return NewSecret(_view(endpoint), spell_secret(endpoint.secret))


def find_endpoint(
    session: Session, caller: Caller, endpoint_id: UUID, *, is_locked: bool = False
) -> Endpoint:
    """Raises `NotFound` for what is not there, not theirs or removed."""
    endpoint = session.get(Endpoint, endpoint_id, with_for_update={"key_share": True} if is_locked else None)
    if endpoint is None or endpoint.state == "removed" or not caller.owns(endpoint.owner_id):
        raise NotFound("There is no such endpoint.")
    return endpoint


def _write(endpoint: Endpoint, wanted: Wanted) -> None:
    endpoint.url = wanted.url
    endpoint.description = wanted.description
    endpoint.events = [event for event in EVENT_TYPES if event in wanted.events]
    if wanted.enabled:
        endpoint.state, endpoint.disabled_because = "enabled", None
    elif endpoint.state != "disabled":
        endpoint.state, endpoint.disabled_because = "disabled", "Disabled by hand."


def _check_url(courier: Courier, url: str) -> None:
    try:
        parse_target(url, allows_loopback=courier.allows_loopback)
    except AddressRefused as refused:
        raise InvalidRequest(
            refused.detail, faults=[Fault("/url", refused.code, refused.detail)]
        ) from refused


def _view(endpoint: Endpoint) -> EndpointView:
    return EndpointView(
        id=endpoint.id,
        owner_id=endpoint.owner_id,
        url=endpoint.url,
        description=endpoint.description,
        events=tuple(endpoint.events),
        enabled=endpoint.state == "enabled",
        disabled_because=endpoint.disabled_because,
        failing_since=endpoint.failing_since,
        former_secret_until=endpoint.former_until,
        created_at=endpoint.created_at,
    )
