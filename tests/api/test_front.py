"""What was asked twice is answered before the application, and never from before a change."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import structlog
from flask import request, request_started
from structlog.testing import capture_logs

from api.contract import Application
from core.parts import Parts
from core.users import UserView
from tests.api.contract import Client
from tests.parts import StillClock

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]


@pytest.fixture
def reached(app: Application) -> Iterator[list[str]]:
    """The addresses that reach the application from here on."""
    addresses: list[str] = []

    def note(_: object, **__: object) -> None:
        addresses.append(request.path)

    with request_started.connected_to(note, app):
        yield addresses


@pytest.fixture
def listing(user: UserView, submit: Submit, finish: Finish) -> str:
    finish(submit(user, total=3))
    return f"/certificates/user/{user.id}"


def test_who_asks_a_third_time_does_not_reach_the_application(
    as_user: Client, listing: str, reached: list[str]
) -> None:
    first, second = as_user.get(listing), as_user.get(listing)
    reached.clear()
    third = as_user.get(listing)
    assert reached == []
    assert third.data == first.data
    own = {"X-Request-Id", "X-Cache"}
    assert {name: value for name, value in third.headers.items() if name not in own} == {
        name: value for name, value in second.headers.items() if name not in own
    }
    assert third.headers["X-Cache"] == "hit"
    assert third.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_it_knows_what_the_client_has_and_reads(as_user: Client, listing: str, reached: list[str]) -> None:
    as_user.get(listing)
    answer = as_user.get(listing)
    reached.clear()
    unchanged = as_user.get(listing, headers={"If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == answer.headers["ETag"]
    assert "Content-Type" not in unchanged.headers
    changed = as_user.get(listing, headers={"If-None-Match": 'W/"another", "*"', "Accept-Encoding": "gzip"})
    assert (changed.status_code, gzip.decompress(changed.data)) == (200, answer.data)
    assert reached == []


def test_after_a_change_it_asks_the_application_once_more_and_gives_that(
    as_user: Client, user: UserView, listing: str, submit: Submit, finish: Finish, reached: list[str]
) -> None:
    for _ in range(3):
        as_user.get(listing)
    (fresh,) = finish(submit(user))
    assert as_user.get(listing).json["items"][0]["id"] == str(fresh)
    reached.clear()
    assert as_user.get(listing).json["items"][0]["id"] == str(fresh)
    assert reached == []


def test_it_gives_nobody_what_another_asked_for(
    as_user: Client, as_stranger: Client, app: Application, listing: str
) -> None:
    for _ in range(3):
        assert as_user.get(listing).status_code == 200
    assert as_stranger.get(listing).status_code == 404
    assert app.test_client().get(listing).status_code == 401


def test_a_key_that_was_revoked_opens_nothing_any_more(
    as_admin: Client, as_user: Client, listing: str
) -> None:
    for _ in range(3):
        as_user.get(listing)
    as_admin.delete(f"/api-keys/{as_user.get('/me').json['key_id']}")
    assert as_user.get(listing).status_code == 401


def test_a_key_that_has_expired_opens_nothing_any_more(
    as_admin: Client, user: UserView, listing: str, clock: StillClock, client_of: Callable[[str], Client]
) -> None:
    soon = {"user_id": str(user.id), "name": "till", "expires_at": "2026-01-05T13:00:00Z"}
    client = client_of(as_admin.post("/api-keys", json=soon).json["key"])
    for _ in range(3):
        assert client.get(listing).status_code == 200
    clock.advance(hours=7)
    assert client.get(listing).json["code"] == "key_expired"


def test_with_its_cache_wiped_it_asks_the_application(
    runtime: Parts, as_user: Client, listing: str, reached: list[str]
) -> None:
    for _ in range(3):
        as_user.get(listing)
    runtime.cache.flushdb()
    reached.clear()
    assert as_user.get(listing).headers["X-Cache"] == "miss"
    assert reached == [listing]


def test_its_answers_are_told_in_the_log_as_all_others(as_user: Client, listing: str) -> None:
    for _ in range(2):
        as_user.get(listing)
    structlog.contextvars.bind_contextvars(request_id="of another request")
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        as_user.get(listing, headers={"X-Request-Id": "mine-12345"})
    assert [(line["route"], line["status"], line["request_id"]) for line in lines] == [
        ("/certificates/user/<user_id>", 200, "mine-12345")
    ]
