"""How much work may wait, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from api.app import create_app
from core.backlog import Backlog
from core.callers import Role
from core.parts import Parts
from core.users import UserView
from tests.api.contract import Client, client_with
from tests.jobs import THERAPIST

Finish = Callable[..., list[UUID]]


@pytest.fixture
def client_on(runtime: Parts) -> Callable[..., Client]:
    """`client_on(key, owner_items=10, items=1000)`: a client of a process with those limits."""

    def make(key: str, **limits: int) -> Client:
        return client_with(create_app(replace(runtime, backlog=Backlog(**limits))), key)

    return make


@pytest.fixture
def stranger_key(add_user: Callable[[Role, str], UserView], give_key: Callable[..., str]) -> str:
    return give_key(add_user("user", "Somebody else"))


@pytest.fixture
def wanted(add_template: Callable[..., str]) -> dict[str, Any]:
    return {"template": add_template("plain", "spa_therapist"), "items": [THERAPIST]}


def test_an_owner_with_too_much_waiting_is_asked_to_wait_and_others_are_not(
    client_on: Callable[..., Client],
    user_key: str,
    stranger_key: str,
    wanted: dict[str, Any],
    finish: Finish,
) -> None:
    mine = client_on(user_key, owner_items=10, items=1000)
    theirs = client_on(stranger_key, owner_items=10, items=1000)
    first = mine.post("/certificates/generate", json={**wanted, "items": [THERAPIST] * 9})

    refused = mine.post("/certificates/generate", json={**wanted, "items": [THERAPIST] * 2})

    assert (first.status_code, refused.status_code, refused.json["code"]) == (202, 429, "owner_backlog_full")
    assert int(refused.headers["Retry-After"]) > 0
    assert mine.post("/certificates/generate", json=wanted).status_code == 202
    assert theirs.post("/certificates/generate", json=wanted).status_code == 202
    finish(UUID(first.json["id"]))
    assert mine.post("/certificates/generate", json={**wanted, "items": [THERAPIST] * 2}).status_code == 202


def test_a_full_backlog_asks_everybody_to_wait(
    client_on: Callable[..., Client], user_key: str, stranger_key: str, wanted: dict[str, Any]
) -> None:
    nine = {**wanted, "items": [THERAPIST] * 9}
    assert client_on(user_key, owner_items=1000, items=10).post("/certificates/generate", json=nine).json

    refused = client_on(stranger_key, owner_items=1000, items=10).post("/certificates/generate", json=nine)

    assert (refused.status_code, refused.json["code"]) == (503, "backlog_full")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_job_larger_than_the_limit_is_taken_where_nothing_waits(
    client_on: Callable[..., Client], user_key: str, wanted: dict[str, Any]
) -> None:
    client = client_on(user_key, owner_items=1, items=1)

    assert client.post("/certificates/generate", json={**wanted, "items": [THERAPIST] * 3}).status_code == 202


def test_a_request_that_comes_again_gets_its_answer_however_much_waits(
    client_on: Callable[..., Client], user_key: str, wanted: dict[str, Any]
) -> None:
    client = client_on(user_key, owner_items=1, items=1)
    headers = {"Idempotency-Key": "course-7"}
    answers = [client.post("/certificates/generate", json=wanted, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert client.post("/certificates/generate", json=wanted).status_code == 429
