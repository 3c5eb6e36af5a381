from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from core.parts import Parts
from core.settings import Settings
from core.users import UserView
from core.webhooks.endpoints import MOST_ENDPOINTS
from core.webhooks.turns import deliver
from tests.api.contract import Client
from tests.parts import Queue, StillClock
from tests.receivers import Receiver, answering

HOOK: dict[str, Any] = {"url": "https://hooks.example/in", "events": ["job.completed", "certificate.issued"]}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhook_loopback=True)


@pytest.fixture
def work(runtime: Parts, queue: Queue) -> Callable[[], None]:
    """Take the turns that were sent."""

    def take_turns() -> None:
        while queue.messages:
            message = queue.messages.pop(0)
            if message.queue == "deliveries":
                deliver(runtime, UUID(message.id))

    return take_turns


def add(client: Client, **changes: Any) -> dict[str, Any]:
    made = client.post("/webhooks", json={**HOOK, **changes})
    assert made.status_code == 201
    answer: dict[str, Any] = made.json
    return answer


def test_an_endpoint_shows_its_secret_once(as_user: Client, user: UserView) -> None:
    made = as_user.post("/webhooks", json={**HOOK, "description": " Payroll "})
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    assert made.json["owner_id"] == str(user.id)
    assert (made.json["description"], made.json["enabled"]) == ("Payroll", True)
    shown = as_user.get(made.headers["Location"])
    assert shown.json == {name: value for name, value in made.json.items() if name != "secret"}
    assert as_user.get("/webhooks").json == {"items": [shown.json], "next": None}
    assert made.json["secret"] not in as_user.get("/webhooks").text


def test_admins_see_everybodys_and_hear_of_their_own(
    as_user: Client,
    as_admin: Client,
    as_stranger: Client,
    submit: Callable[..., UUID],
    finish: Any,
    user: UserView,
) -> None:
    theirs, own = add(as_user), add(as_admin)
    assert {each["id"] for each in as_admin.get("/webhooks").json["items"]} == {theirs["id"], own["id"]}
    assert as_stranger.get("/webhooks").json["items"] == []
    finish(submit(user))
    assert len(as_admin.get(theirs["links"]["deliveries"]).json["items"]) == 2
    assert as_admin.get(own["links"]["deliveries"]).json["items"] == []


def test_an_endpoint_is_changed_whole_and_disabled_by_hand(as_user: Client) -> None:
    address = add(as_user, description="Payroll")["links"]["self"]
    changed = as_user.put(
        address, json={"url": "https://other.example/", "events": ["certificate.failed"], "enabled": False}
    ).json
    assert (changed["url"], changed["events"], changed["description"]) == (
        "https://other.example/",
        ["certificate.failed"],
        None,
    )
    assert (changed["enabled"], changed["disabled_because"]) == (False, "Disabled by hand.")
    again = as_user.put(address, json={**HOOK, "enabled": True}).json
    assert (again["enabled"], again["disabled_because"]) == (True, None)


def test_a_removed_endpoint_is_not_there(as_user: Client) -> None:
    made = add(as_user)
    assert as_user.delete(made["links"]["self"]).status_code == 204
    for method, address in (("GET", "self"), ("DELETE", "self"), ("GET", "deliveries")):
        assert as_user.open(made["links"][address], method=method).status_code == 404
    assert as_user.get("/webhooks").json["items"] == []


def test_a_user_has_so_many_endpoints_and_no_more(as_user: Client, as_stranger: Client) -> None:
    made = [add(as_user) for _ in range(MOST_ENDPOINTS)]
    refused = as_user.post("/webhooks", json=HOOK)
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_endpoints")
    add(as_stranger)
    as_user.delete(made[0]["links"]["self"])
    add(as_user)


def test_pages_lead_to_all_endpoints(as_user: Client, clock: StillClock) -> None:
    made = []
    for _ in range(5):
        clock.advance(seconds=1)
        made.append(add(as_user)["id"])
    found: list[str] = []
    address = "/webhooks?limit=2"
    while address:
        page = as_user.get(address)
        found += [each["id"] for each in page.json["items"]]
        address = page.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert found == made[::-1]


def test_a_test_arrives_and_what_came_of_it_can_be_seen(
    as_user: Client, receiver: Receiver, work: Callable[[], None]
) -> None:
    made = add(as_user, url=receiver.url)
    receiver.behave = answering(200, b"thank you")
    sent = as_user.post(f"{made['links']['self']}/test")
    assert (sent.status_code, sent.json["state"], sent.json["type"]) == (202, "waiting", "webhook.test")
    work()
    seen = as_user.get(sent.headers["Location"]).json
    assert (seen["state"], seen["attempts"], seen["next_attempt_at"]) == ("delivered", 1, None)
    (attempt,) = seen["log"]
    assert (attempt["status"], attempt["problem"], attempt["answer"]) == (200, None, "thank you")
    (came,) = receiver.received
    assert Webhook(made["secret"]).verify(came.body, came.headers) == seen["payload"]


def test_a_job_is_told_from_its_request_to_its_receiver(
    as_user: Client,
    receiver: Receiver,
    runtime: Parts,
    submit: Callable[..., UUID],
    finish: Callable[..., list[UUID]],
    user: UserView,
) -> None:
    made = add(
        as_user, url=receiver.url, events=["job.completed", "certificate.issued", "certificate.failed"]
    )
    job_id = submit(user, total=3)
    finish(job_id, failing={1})
    deliver(runtime, UUID(made["id"]))
    told = [Webhook(made["secret"]).verify(came.body, came.headers) for came in receiver.received]
    assert sorted(each["type"] for each in told) == [
        "certificate.failed",
        "certificate.issued",
        "certificate.issued",
        "job.completed",
    ]
    for each in told:
        for address in each["data"]["links"].values():
            assert as_user.get(address.removeprefix("https://certmill.example")).status_code == 200


def test_a_delivery_is_sent_again(as_user: Client, receiver: Receiver, work: Callable[[], None]) -> None:
    made = add(as_user, url=receiver.url)
    receiver.behave = answering(500)
    sent = as_user.post(f"{made['links']['self']}/test").json
    work()
    receiver.behave = answering(204)
    again = as_user.post(sent["links"]["resend"])
    assert (again.status_code, again.json["state"]) == (202, "waiting")
    work()
    seen = as_user.get(again.headers["Location"]).json
    assert (seen["state"], [each["status"] for each in seen["log"]]) == ("delivered", [204, 500])
    assert receiver.ids() == [sent["id"]] * 2


def test_nothing_is_sent_to_a_disabled_endpoint(as_user: Client) -> None:
    made = add(as_user)
    sent = as_user.post(f"{made['links']['self']}/test").json
    as_user.put(made["links"]["self"], json={**HOOK, "enabled": False})
    for address in (f"{made['links']['self']}/test", sent["links"]["resend"]):
        refused = as_user.post(address)
        assert (refused.status_code, refused.json["code"]) == (409, "endpoint_disabled")


def test_deliveries_are_listed_newest_first_by_state_and_type(
    as_user: Client,
    runtime: Parts,
    submit: Callable[..., UUID],
    finish: Callable[..., list[UUID]],
    user: UserView,
) -> None:
    address = add(as_user)["links"]["deliveries"]
    finish(submit(user, total=5))
    with runtime.sessions.begin() as session:
        session.execute(
            text("UPDATE webhook_deliveries SET state = 'failed' WHERE data ->> 'position' = '3'")
        )
    found = as_user.get(address).json["items"]
    assert [each["type"] for each in found] == ["job.completed"] + ["certificate.issued"] * 5
    assert found == sorted(found, key=lambda each: (each["created_at"], each["id"]), reverse=True)
    assert [each["state"] for each in as_user.get(f"{address}?state=failed").json["items"]] == ["failed"]
    assert len(as_user.get(f"{address}?type=job.completed").json["items"]) == 1
    first = as_user.get(f"{address}?type=certificate.issued&limit=3").json
    second = as_user.get(f"{address}?type=certificate.issued&limit=3&cursor={first['next']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == [each["id"] for each in found[1:]]
    assert second["next"] is None


def test_a_rotated_secret_is_another_and_says_how_long_the_former_one_signs(as_user: Client) -> None:
    made = add(as_user)
    rotated = as_user.post(f"{made['links']['self']}/rotate").json
    assert rotated["secret"] != made["secret"]
    assert rotated["former_secret_until"] is not None
    assert as_user.get(made["links"]["self"]).json["former_secret_until"] == rotated["former_secret_until"]
