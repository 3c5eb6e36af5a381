from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text

from api.app import create_app
from core.models import Item, Job
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from core.spas import SpaView
from core.users import UserView
from sending import sender
from tests.api.conftest import BILL
from tests.api.contract import Client
from tests.jobs import THERAPIST
from tests.parts import Queue, StillClock

Finish = Callable[..., list[UUID]]


@pytest.fixture
def wanted(template: str) -> dict[str, Any]:
    return {"template": template, "items": [THERAPIST]}


def jobs_in(runtime: Parts) -> int:
    with runtime.sessions() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_a_request_becomes_a_job_that_waits(
    as_user: Client, user: UserView, wanted: dict[str, Any], queue: Queue
) -> None:
    accepted = as_user.post("/certificates/generate", json={**wanted, "external_id": "course 7"})

    assert accepted.status_code == 202
    job = accepted.json
    assert (job["state"], job["total"], job["issued"], job["percent"]) == ("waiting", 1, 0, 0)
    assert (job["owner_id"], job["external_id"], job["skipped"]) == (str(user.id), "course 7", [])
    assert (job["template"], job["template_version"], job["kind"]) == ("plain", 1, "spa_therapist")
    assert job["renditions"] == ["pdf", "png", "thumbnail"]
    assert accepted.headers["Location"] == job["links"]["self"] == f"/jobs/{job['id']}"
    assert accepted.headers["Retry-After"] == "1"
    assert len(queue.messages) == 1


def test_every_value_arrives_as_it_was_sent(as_user: Client, wanted: dict[str, Any], runtime: Parts) -> None:
    as_user.post("/certificates/generate", json=wanted)

    with runtime.sessions() as session:
        item = session.scalars(select(Item)).one()
    assert item.recipient_name == "अनन्या शर्मा"
    assert item.values["course_name"] == "Balinese massage"


def test_one_faulty_item_refuses_all_and_every_fault_is_named(
    as_user: Client, wanted: dict[str, Any], runtime: Parts, queue: Queue
) -> None:
    items = [
        THERAPIST,
        {**THERAPIST, "start_date": "3 November"},
        {**THERAPIST, "candidate_name": "", "shoe_size": 38},
    ]

    refused = as_user.post("/certificates/generate", json={**wanted, "items": items})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_items")
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/items/1/start_date",
        "/items/2/candidate_name",
        "/items/2/shoe_size",
    }
    assert jobs_in(runtime) == 0
    assert queue.messages == []


def test_faulty_items_may_be_skipped_and_are_listed(as_user: Client, wanted: dict[str, Any]) -> None:
    items = [{}, THERAPIST, {**THERAPIST, "start_date": "2026-02-30"}, THERAPIST]

    accepted = as_user.post("/certificates/generate", json={**wanted, "items": items, "on_error": "skip"})

    assert (accepted.status_code, accepted.json["total"]) == (202, 2)
    assert {fault["pointer"].split("/")[2] for fault in accepted.json["skipped"]} == {"0", "2"}


def test_nothing_is_left_to_make_where_all_are_faulty(as_user: Client, wanted: dict[str, Any]) -> None:
    refused = as_user.post("/certificates/generate", json={**wanted, "items": [{}, {}], "on_error": "skip"})

    assert (refused.status_code, refused.json["code"]) == (422, "invalid_items")


@pytest.mark.parametrize("template", ["unknown", "plain@2", "plain@999999"])
def test_a_template_that_is_not_there_is_not_found(
    as_user: Client, wanted: dict[str, Any], template: str
) -> None:
    answer = as_user.post("/certificates/generate", json={**wanted, "template": template})

    assert (answer.status_code, answer.json["code"]) == (404, "template_not_found")


def test_a_job_pins_the_version_it_names(as_user: Client, wanted: dict[str, Any]) -> None:
    accepted = as_user.post("/certificates/generate", json={**wanted, "template": "plain@1"})

    assert (accepted.json["template"], accepted.json["template_version"]) == ("plain", 1)


def test_with_the_broker_down_the_job_is_safe_all_the_same(
    as_user: Client, wanted: dict[str, Any], queue: Queue
) -> None:
    queue.down = True

    accepted = as_user.post("/certificates/generate", json=wanted)

    assert accepted.status_code == 202
    assert as_user.get(accepted.headers["Location"]).json["state"] == "waiting"


def test_with_no_redis_at_all_the_answer_comes_at_once(
    settings: Settings, clock: StillClock, runtime: Parts, user_key: str, wanted: dict[str, Any]
) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    parts = build_runtime(
        replace(settings, broker_url=nowhere, cache_url=nowhere), send=sender(nowhere), clock=clock
    )
    client = create_app(parts).test_client()

    def seconds() -> float:
        started = time.perf_counter()
        headers = {"Authorization": f"Bearer {user_key}"}
        assert client.post("/certificates/generate", json=wanted, headers=headers).status_code == 202
        return time.perf_counter() - started

    assert min(seconds() for _ in range(10)) < 0.05
    parts.engine.dispose()
    parts.cache.close()


def test_ten_thousand_items_are_one_job(as_user: Client, wanted: dict[str, Any]) -> None:
    accepted = as_user.post("/certificates/generate", json={**wanted, "items": [THERAPIST] * 10_000})

    assert (accepted.status_code, accepted.json["total"]) == (202, 10_000)


def test_sent_again_it_is_the_same_job(
    as_user: Client, wanted: dict[str, Any], runtime: Parts, finish: Finish
) -> None:
    headers = {"Idempotency-Key": "course-7"}
    first = as_user.post("/certificates/generate", json=wanted, headers=headers)
    finish(UUID(first.json["id"]))

    again = as_user.post("/certificates/generate", json=wanted, headers=headers)

    assert (again.status_code, again.json, again.headers["Location"]) == (
        202,
        first.json,
        first.headers["Location"],
    )
    assert jobs_in(runtime) == 1


def test_the_same_key_with_another_body_is_a_mistake(as_user: Client, wanted: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "course-7"}
    as_user.post("/certificates/generate", json=wanted, headers=headers)

    other = as_user.post("/certificates/generate", json={**wanted, "dpi": 300}, headers=headers)

    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert other.json["errors"][0]["pointer"] == "Idempotency-Key:"


def test_two_users_may_choose_the_same_key(
    as_user: Client, as_stranger: Client, wanted: dict[str, Any], runtime: Parts
) -> None:
    headers = {"Idempotency-Key": "1"}

    jobs = {
        client.post("/certificates/generate", json=wanted, headers=headers).json["id"]
        for client in (as_user, as_stranger)
    }

    assert len(jobs) == 2


def test_a_refused_request_may_be_sent_again_with_its_key(as_user: Client, wanted: dict[str, Any]) -> None:
    headers = {"Idempotency-Key": "course-7"}
    refused = as_user.post("/certificates/generate", json={**wanted, "items": [{}]}, headers=headers)
    assert refused.status_code == 422

    assert as_user.post("/certificates/generate", json=wanted, headers=headers).status_code == 202


def test_of_many_twins_at_once_one_becomes_a_job(
    client_of: Callable[[str], Client], user_key: str, wanted: dict[str, Any], runtime: Parts
) -> None:
    together = threading.Barrier(8)

    def send(_: int) -> Any:
        client = client_of(user_key)
        together.wait()
        return client.post("/certificates/generate", json=wanted, headers={"Idempotency-Key": "twins"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))

    accepted = [answer.json["id"] for answer in answers if answer.status_code == 202]
    assert len(set(accepted)) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert jobs_in(runtime) == 1


def test_a_bill_sent_twice_at_once_is_never_called_taken_by_itself(
    client_of: Callable[[str], Client],
    user_key: str,
    add_template: Callable[..., str],
    spa: SpaView,
    runtime: Parts,
) -> None:
    bill = {"template": add_template("bill", "invoice_spa_bill"), "spa_id": str(spa.id)}
    together = threading.Barrier(4)

    def send(number: int) -> int:
        client = client_of(user_key)
        together.wait()
        return client.post(
            "/certificates/generate",
            json={**bill, "items": [{**BILL, "bill_number": f"BLR/{number}"}]},
            headers={"Idempotency-Key": f"bill {number}".replace(" ", "-")},
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        for number in range(5):
            assert set(pool.map(send, [number] * 4)) <= {202, 409}
    assert jobs_in(runtime) == 5


def test_a_bill_number_is_used_once(as_user: Client, add_template: Callable[..., str], spa: SpaView) -> None:
    bill = {"template": add_template("bill", "invoice_spa_bill"), "spa_id": str(spa.id), "items": [BILL]}
    assert as_user.post("/certificates/generate", json=bill).status_code == 202

    again = as_user.post("/certificates/generate", json=bill)

    assert again.status_code == 422
    assert again.json["errors"][0]["pointer"] == "/items/0/bill_number"


def test_a_bill_number_that_is_taken_between_check_and_commit_is_skipped_like_any_other(
    as_user: Client,
    client_of: Callable[[str], Client],
    user_key: str,
    add_template: Callable[..., str],
    spa: SpaView,
    runtime: Parts,
) -> None:
    bill = {"template": add_template("bill", "invoice_spa_bill"), "spa_id": str(spa.id)}
    as_user.post("/certificates/generate", json={**bill, "items": [{**BILL, "bill_number": "BLR/0001"}]})
    items = [{**BILL, "bill_number": f"BLR/000{number}"} for number in (2, 3)]
    with ThreadPoolExecutor(1) as pool:
        with runtime.sessions.begin() as session:
            session.execute(
                text("""
                    INSERT INTO unique_values (scope, value, job_id, position)
                    SELECT scope, replace(value, '0001', '0002'), job_id, 1 FROM unique_values""")
            )
            asked = pool.submit(
                client_of(user_key).post,
                "/certificates/generate",
                json={**bill, "items": items, "on_error": "skip"},
            )
            time.sleep(0.5)  # it has seen the number free, and waits for this transaction to say whose it is
            assert not asked.done()
        answer = asked.result()

    assert (answer.status_code, answer.json["total"]) == (202, 1)
    assert [fault["pointer"] for fault in answer.json["skipped"]] == ["/items/0/bill_number"]


def test_a_kind_that_a_spa_issues_needs_one(as_user: Client, add_template: Callable[..., str]) -> None:
    bill = {"template": add_template("bill", "invoice_spa_bill"), "items": [BILL]}

    missing = as_user.post("/certificates/generate", json=bill)
    unknown = as_user.post("/certificates/generate", json={**bill, "spa_id": str(uuid4())})

    assert (missing.status_code, missing.json["errors"][0]["pointer"]) == (422, "/spa_id")
    assert unknown.status_code in (404, 422)


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "schlüssel"])
def test_a_faulty_idempotency_key_is_named(as_user: Client, wanted: dict[str, Any], key: str) -> None:
    refused = as_user.post("/certificates/generate", json=wanted, headers={"Idempotency-Key": key})

    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "Idempotency-Key:"


def test_who_prefers_to_wait_gets_the_finished_job(
    client_of: Callable[[str], Client],
    user_key: str,
    wanted: dict[str, Any],
    runtime: Parts,
    finish: Finish,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            client_of(user_key).post, "/certificates/generate", json=wanted, headers={"Prefer": "wait=20"}
        )
        while not jobs_in(runtime):
            time.sleep(0.01)
        with runtime.sessions() as session:
            job_id = session.scalars(select(Job.id)).one()
        finish(job_id)
        answer = waiting.result()

    assert (answer.status_code, answer.json["state"], answer.json["issued"]) == (201, "completed", 1)
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert answer.headers["Location"] == f"/jobs/{job_id}"
    assert "Retry-After" not in answer.headers


def test_who_waits_in_vain_polls(as_user: Client, wanted: dict[str, Any]) -> None:
    answer = as_user.post("/certificates/generate", json=wanted, headers={"Prefer": "respond-async, wait=1"})

    assert (answer.status_code, answer.json["state"]) == (202, "waiting")
    assert answer.headers["Retry-After"] == "1"


def test_a_preference_that_is_not_known_is_no_error(as_user: Client, wanted: dict[str, Any]) -> None:
    for preference in ("wait=soon", "return=minimal", "", "wait=-1", ",;="):
        answer = as_user.post("/certificates/generate", json=wanted, headers={"Prefer": preference})
        assert answer.status_code == 202
        assert "Preference-Applied" not in answer.headers
