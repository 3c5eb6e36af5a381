from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from core.callers import Caller
from core.models import Attempt, Delivery, Endpoint
from core.parts import Parts
from core.webhooks import endpoints
from core.webhooks.sweeping import sweep_deliveries
from tests.core.webhooks.conftest import AddedEndpoint, AddEndpoint

Deliveries = Callable[[], list[Delivery]]


@pytest.fixture
def grow_old(runtime: Parts) -> Callable[[int], None]:
    """`grow_old(29)`: let all deliveries be so many days older."""

    def move(days: int) -> None:
        with runtime.sessions.begin() as session:
            session.execute(
                text("UPDATE webhook_deliveries SET created_at = created_at - :time"),
                {"time": timedelta(days=days)},
            )

    return move


def with_room_for(parts: Parts, deliveries: int) -> Parts:
    return replace(parts, settings=replace(parts.settings, webhook_deliveries=deliveries))


def test_what_is_at_rest_goes_after_a_month_with_its_attempts_and_what_waits_stays(
    runtime: Parts,
    endpoint: AddedEndpoint,
    deliveries: Deliveries,
    attempts: Callable[[], list[Attempt]],
    grow_old: Callable[[int], None],
) -> None:
    endpoint.tell(2)
    endpoint.deliver()
    (waiting,) = endpoint.tell()
    grow_old(29)
    assert sweep_deliveries(runtime) == 0
    grow_old(2)
    assert sweep_deliveries(runtime) == 2
    assert [each.event_id for each in deliveries()] == [waiting]
    assert attempts() == []


def test_of_too_many_the_oldest_go(runtime: Parts, endpoint: AddedEndpoint, deliveries: Deliveries) -> None:
    told = endpoint.tell(8)
    endpoint.deliver()
    assert sweep_deliveries(with_room_for(runtime, 3)) == 5
    assert [each.event_id for each in deliveries()] == told[5:]


def test_an_endpoint_that_too_much_waits_for_is_disabled_and_loses_nothing(
    runtime: Parts, endpoint: AddedEndpoint, deliveries: Deliveries
) -> None:
    endpoint.tell(4)
    assert sweep_deliveries(with_room_for(runtime, 3)) == 0
    assert len(deliveries()) == 4
    row = endpoint.row()
    assert row.state == "disabled"
    assert row.disabled_because is not None
    assert row.disabled_because.startswith("More than 3 deliveries wait.")


def test_a_removed_endpoint_goes_with_all_that_it_had(
    runtime: Parts, add_endpoint: AddEndpoint, deliveries: Deliveries, caller: Caller
) -> None:
    gone, kept = (add_endpoint(f"https://hooks.example/{number}") for number in range(2))
    for endpoint in (gone, kept):
        endpoint.tell(3)
    with runtime.sessions.begin() as session:
        # Many, so that it takes steps.
        session.execute(
            text("""
                INSERT INTO webhook_deliveries (endpoint_id, event_id, type, data, due_at, created_at)
                SELECT :id, gen_random_uuid(), 'webhook.test', '{}', now(), now() FROM generate_series(1, 4500)"""),
            {"id": gone.id},
        )
        endpoints.remove_endpoint(session, caller, gone.id)
    assert sweep_deliveries(runtime) == 4503
    assert {each.endpoint_id for each in deliveries()} == {kept.id}
    with runtime.sessions.begin() as session:
        assert session.scalar(select(func.count()).select_from(Endpoint)) == 1
