"""Webhooks: endpoints of the caller's, what was delivered to them, sending it again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from api import answers
from api.auth import caller, requires
from api.contract import Blueprint
from api.runtime import runtime
from api.schemas.base import PageQuery
from api.schemas.webhooks import (
    Attempt,
    ChangedEndpoint,
    DeliveriesQuery,
    Delivery,
    DeliveryLinks,
    DeliveryPage,
    DeliveryPath,
    Endpoint,
    EndpointLinks,
    EndpointPage,
    EndpointPath,
    EndpointWithSecret,
    NewEndpoint,
    WholeDelivery,
)
from core.webhooks import deliveries, endpoints
from core.webhooks.deliveries import DeliveryView
from core.webhooks.endpoints import EndpointView, NewSecret, Wanted
from core.webhooks.relay import nudge

webhooks = Blueprint("webhooks", "/webhooks", tag="Webhooks")


@webhooks.get("", responses={200: EndpointPage})
@requires("user")
def list_endpoints(query: PageQuery) -> Response:
    """Endpoints, newest first

    The caller's own; everybody's for admins and managers.
    """
    with runtime().reads() as session:
        found = endpoints.list_endpoints(session, caller(), **dict(query))
    return answers.page(found, _shown)


@webhooks.post("", responses={201: EndpointWithSecret})
@requires("user")
def create(body: NewEndpoint) -> Response:
    """Have events delivered to an address

    An endpoint hears of what happens to its owner's jobs and certificates. The answer shows its secret this once, and so no
    Idempotency-Key repeats it.
    """
    with runtime().sessions.begin() as session:
        new = endpoints.create_endpoint(
            session, runtime().courier, caller(), Wanted(**dict(body)), now=runtime().clock()
        )
    return answers.json(_with_secret(new), 201, {"Location": _address(new.endpoint)})


@webhooks.get("/<endpoint_id>", responses={200: Endpoint})
@requires("user")
def show(path: EndpointPath) -> Response:
    """One endpoint, without its secret"""
    with runtime().reads() as session:
        found = endpoints.show_endpoint(session, caller(), path.endpoint_id)
    return answers.json(_shown(found))


@webhooks.put("/<endpoint_id>", responses={200: Endpoint})
@requires("user")
def replace(path: EndpointPath, body: ChangedEndpoint) -> Response:
    """Change an endpoint, disable or enable it: send the whole of it

    While it is disabled it hears of nothing; what waited before goes on when it is enabled again.
    """
    with runtime().sessions.begin() as session:
        changed = endpoints.replace_endpoint(
            session, runtime().courier, caller(), path.endpoint_id, Wanted(**dict(body))
        )
    return answers.json(_shown(changed))


@webhooks.delete("/<endpoint_id>", responses={204: None})
@requires("user")
def remove(path: EndpointPath) -> Response:
    """Remove an endpoint, and what was delivered to it with it"""
    with runtime().sessions.begin() as session:
        endpoints.remove_endpoint(session, caller(), path.endpoint_id)
    return answers.nothing()


@webhooks.post("/<endpoint_id>/rotate", responses={200: EndpointWithSecret})
@requires("user")
def rotate(path: EndpointPath) -> Response:
    """Give an endpoint a new secret

    For a day deliveries carry a signature by each of the two, so that whoever verifies can change over without a gap.
    """
    with runtime().sessions.begin() as session:
        new = endpoints.rotate_secret(session, caller(), path.endpoint_id)
    return answers.json(_with_secret(new))


@webhooks.post("/<endpoint_id>/test", responses={202: Delivery})
@requires("user")
def send_test(path: EndpointPath) -> Response:
    """Send an endpoint a `webhook.test`, whatever it listens to; what comes of it is at the `Location`"""
    with runtime().sessions.begin() as session:
        sent = deliveries.send_test(session, caller(), path.endpoint_id)
    nudge(runtime())
    return _accepted(sent)


@webhooks.get("/<endpoint_id>/deliveries", responses={200: DeliveryPage})
@requires("user")
def list_deliveries(path: EndpointPath, query: DeliveriesQuery) -> Response:
    """What was and is to be delivered to an endpoint, newest first"""
    with runtime().reads() as session:
        found = deliveries.list_deliveries(session, caller(), path.endpoint_id, **dict(query))
    return answers.page(found, _shown_delivery)


@webhooks.get("/<endpoint_id>/deliveries/<event_id>", responses={200: WholeDelivery})
@requires("user")
def show_delivery(path: DeliveryPath) -> Response:
    """One delivery, with what is sent and all attempts"""
    with runtime().reads() as session:
        found = deliveries.show_delivery(session, caller(), path.endpoint_id, path.event_id)
    log = [Attempt.model_validate(each) for each in found.log]
    return answers.json(WholeDelivery(**_facts(found.delivery), payload=dict(found.payload), log=log))


@webhooks.post("/<endpoint_id>/deliveries/<event_id>/resend", responses={202: Delivery})
@requires("user")
def resend(path: DeliveryPath) -> Response:
    """Send it again, under the same `webhook-id`, whatever came of it before; with ten tries anew"""
    with runtime().sessions.begin() as session:
        again = deliveries.resend(session, caller(), path.endpoint_id, path.event_id)
    nudge(runtime())
    return _accepted(again)


def _accepted(delivery: DeliveryView) -> Response:
    shown = _shown_delivery(delivery)
    return answers.json(shown, 202, {"Location": shown.links.self, "Retry-After": "1"})


def _shown(endpoint: EndpointView) -> Endpoint:
    return Endpoint(**asdict(endpoint), links=_links(endpoint))


def _with_secret(new: NewSecret) -> EndpointWithSecret:
    return EndpointWithSecret(**asdict(new.endpoint), links=_links(new.endpoint), secret=new.secret)


def _links(endpoint: EndpointView) -> EndpointLinks:
    return EndpointLinks(
        self=_address(endpoint), deliveries=url_for("webhooks.list_deliveries", endpoint_id=endpoint.id)
    )


def _address(endpoint: EndpointView) -> str:
    return url_for("webhooks.show", endpoint_id=endpoint.id)


def _shown_delivery(delivery: DeliveryView) -> Delivery:
    return Delivery(**_facts(delivery))


def _facts(delivery: DeliveryView) -> dict[str, Any]:
    place: dict[str, Any] = {"endpoint_id": delivery.endpoint_id, "event_id": delivery.id}
    links = DeliveryLinks(
        self=url_for("webhooks.show_delivery", **place), resend=url_for("webhooks.resend", **place)
    )
    return asdict(delivery) | {"links": links}
