"""What is asked for often and rarely changes is answered from the cache, by every process, and never from before a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from api.app import create_app
from core.runtime import build_runtime
from core.settings import Settings
from core.spas import SpaView
from core.users import UserView
from tests.api.contract import Client, client_with
from tests.parts import Queue, StillClock
from tests.queries import Asked


@pytest.fixture
def elsewhere(settings: Settings, queue: Queue, clock: StillClock, admin_key: str) -> Iterator[Client]:
    """The admin's client of another web process."""
    parts = build_runtime(settings, send=queue, clock=clock)
    yield client_with(create_app(parts), admin_key)
    parts.engine.dispose()
    parts.cache.close()


@pytest.mark.parametrize(
    "address",
    [
        "/certificates/templates",
        "/certificates/templates/plain",
        "/certificates/templates/plain/fields",
        "/certificates/templates/plain/versions",
        "/spas",
        "/spas/{spa}",
    ],
)
def test_the_second_answer_asks_no_database(
    as_user: Client, template: str, spa: SpaView, queries: list[Asked], address: str
) -> None:
    address = address.format(spa=spa.id)
    first = as_user.get(address)
    queries.clear()
    again = as_user.get(address)
    unchanged = as_user.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.data, again.content_type) == (first.data, first.content_type)
    assert (first.headers["X-Cache"], again.headers["X-Cache"]) == ("miss", "hit")
    assert unchanged.status_code == 304
    assert queries == []


def test_a_changed_spa_is_seen_by_every_process_at_once(
    as_admin: Client, elsewhere: Client, spa: SpaView
) -> None:
    address = f"/spas/{spa.id}"
    document = {"code": spa.document.code, "name": "Sohana Lotus Spa"}
    for _ in range(2):
        before = [client.get(address).json["name"] for client in (as_admin, elsewhere)]
        document["name"] += " & Wellness"
        as_admin.put(address, json=document)
        after = [client.get(address).json["name"] for client in (as_admin, elsewhere)]
        listed = elsewhere.get("/spas").json["items"][0]["name"]
        assert before != after == [document["name"]] * 2
        assert listed == document["name"]


def test_a_changed_template_is_seen_by_every_process_at_once(
    as_admin: Client, elsewhere: Client, add_template: Callable[..., str], admin: UserView
) -> None:
    address = f"/certificates/templates/{add_template('mine', 'spa_therapist', owner=admin)}"
    document = elsewhere.get(address).json["document"]
    as_admin.get(f"{address}/versions")
    elsewhere.get(f"{address}/versions")

    as_admin.put(address, json=document | {"name": "Another"})
    drafts = [client.get(f"{address}/versions").json["items"][0]["name"] for client in (as_admin, elsewhere)]
    as_admin.post(f"{address}/publish")
    published = [client.get(address).json["name"] for client in (as_admin, elsewhere)]
    as_admin.delete(address)

    assert drafts == ["Another"] * 2
    assert published == ["Another"] * 2
    assert "mine" not in {item["id"] for item in elsewhere.get("/certificates/templates").json["items"]}


def test_a_draft_that_is_kept_for_its_owner_is_not_there_for_others(
    as_user: Client, as_stranger: Client, as_admin: Client, add_template: Callable[..., str], user: UserView
) -> None:
    address = f"/certificates/templates/{add_template('mine', 'spa_therapist', owner=user, is_public=False)}"
    for client, status in ((as_user, 200), (as_stranger, 404), (as_admin, 200), (as_stranger, 404)):
        assert client.get(address).status_code == status


def test_who_was_recognised_is_recognised_again_without_the_database(
    as_user: Client, queries: list[Asked]
) -> None:
    as_user.get("/me")
    queries.clear()
    assert as_user.get("/me").status_code == 200
    assert queries == []


def test_a_revoked_key_opens_nothing_in_any_process_from_the_answer_on(
    as_admin: Client, elsewhere: Client, user: UserView, give_key: Callable[..., str], app: object
) -> None:
    key = give_key(user)
    clients = [client_with(client.application, key) for client in (as_admin, elsewhere)]  # type: ignore[arg-type]
    assert [client.get("/me").status_code for client in clients] == [200, 200]
    key_id = clients[0].get("/me").json["key_id"]
    as_admin.delete(f"/api-keys/{key_id}")
    assert [client.get("/me").status_code for client in clients] == [401, 401]


def test_a_user_who_may_less_may_less_in_every_process_at_once(
    as_admin: Client, elsewhere: Client, user: UserView, give_key: Callable[..., str]
) -> None:
    clients = [client_with(client.application, give_key(user)) for client in (as_admin, elsewhere)]  # type: ignore[arg-type]
    changes = {"name": user.name, "email": None, "role": "manager", "active": True}
    statuses = []
    for change in ({}, {"role": "user"}, {"active": False}):
        as_admin.put(f"/users/{user.id}", json=changes | change)
        statuses.append([client.get("/certificates").status_code for client in clients])
    assert statuses == [[200, 200], [403, 403], [401, 401]]


def test_a_key_that_expires_is_refused_although_it_was_known(
    as_admin: Client, user: UserView, clock: StillClock, client_of: Callable[[str], Client]
) -> None:
    soon = {"user_id": str(user.id), "name": "till", "expires_at": "2026-01-05T13:00:00Z"}
    client = client_of(as_admin.post("/api-keys", json=soon).json["key"])
    assert client.get("/me").status_code == 200
    clock.advance(hours=7)
    assert client.get("/me").json["code"] == "key_expired"
