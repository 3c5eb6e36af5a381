from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.callers import Role
from core.users import UserView
from tests.api.contract import Client
from tests.parts import StillClock

AddUser = Callable[[Role, str], UserView]
ClientOf = Callable[[str], Client]


def codes(answer: object) -> dict[str, str]:
    """The faults of a problem: code by pointer."""
    return {fault["pointer"]: fault["code"] for fault in answer.json["errors"]}  # type: ignore[attr-defined]


def test_a_key_says_who_its_user_is(as_user: Client, user: UserView) -> None:
    me = as_user.get("/me").json

    assert (me["user_id"], me["name"], me["role"]) == (str(user.id), "Uma", "user")
    assert me["scopes"] == ["admin", "read", "write"]


def test_an_admin_adds_a_user_who_is_at_the_location(as_admin: Client) -> None:
    created = as_admin.post(
        "/users", json={"name": " Meera Pillai ", "email": "Meera@Spa.example", "role": "manager"}
    )

    assert created.status_code == 201
    assert created.json["name"] == "Meera Pillai"
    assert created.json["email"] == "meera@spa.example"
    assert as_admin.get(created.headers["Location"]).json == created.json


def test_two_users_cannot_have_one_email_address_however_it_is_written(as_admin: Client) -> None:
    as_admin.post("/users", json={"name": "A", "email": "a@spa.example"})

    again = as_admin.post("/users", json={"name": "B", "email": "A@SPA.example"})

    assert (again.status_code, again.json["code"]) == (409, "email_taken")


def test_users_are_listed_newest_first_page_by_page(
    as_admin: Client, add_user: AddUser, clock: StillClock
) -> None:
    for name in "abcd":
        clock.advance(seconds=1)
        add_user("user", name)

    first = as_admin.get("/users?limit=2")
    second = as_admin.get(f"/users?limit=2&cursor={first.json['next']}")
    third = as_admin.get(f"/users?limit=2&cursor={second.json['next']}")

    pages = [[user["name"] for user in page.json["items"]] for page in (first, second, third)]
    assert pages == [["d", "c"], ["b", "a"], ["Adya"]]
    assert third.json["next"] is None
    assert "Link" not in third.headers


def test_the_link_header_leads_to_the_next_page(as_admin: Client, add_user: AddUser) -> None:
    add_user("user", "b")

    link = as_admin.get("/users?limit=1").headers["Link"]
    address, relation = link.split("; ")

    assert relation == 'rel="next"'
    assert as_admin.get(address.strip("<>")).json["items"][0]["name"] == "Adya"


def test_a_user_made_inactive_is_locked_out_at_once(
    as_admin: Client, as_user: Client, user: UserView
) -> None:
    changed = as_admin.put(f"/users/{user.id}", json={"name": "Uma", "role": "user", "active": False})

    assert changed.json["active"] is False
    assert as_user.get("/me").json["code"] == "user_inactive"


@pytest.mark.parametrize("change", [{"role": "user", "active": True}, {"role": "admin", "active": False}])
def test_the_last_active_admin_stays_one(
    as_admin: Client, admin: UserView, change: dict[str, object]
) -> None:
    refused = as_admin.put(f"/users/{admin.id}", json={"name": "Adya", **change})

    assert (refused.status_code, refused.json["code"]) == (409, "last_admin")


def test_one_of_two_admins_may_go(as_admin: Client, admin: UserView, add_user: AddUser) -> None:
    add_user("admin", "Second")

    changed = as_admin.put(f"/users/{admin.id}", json={"name": "Adya", "role": "user", "active": True})

    assert changed.json["role"] == "user"


def test_a_new_key_opens_and_is_never_shown_again(
    as_admin: Client, user: UserView, client_of: ClientOf
) -> None:
    created = as_admin.post("/api-keys", json={"user_id": str(user.id), "name": "till"})

    assert created.status_code == 201
    assert client_of(created.json["key"]).get("/me").json["name"] == "Uma"
    shown = as_admin.get(created.headers["Location"]).json
    assert "key" not in shown
    assert shown["name"] == "till"
    assert created.json["key"] not in as_admin.get("/api-keys").text


def test_two_keys_of_a_user_live_side_by_side_until_one_is_revoked(
    as_admin: Client, user: UserView, give_key: Callable[..., str], client_of: ClientOf
) -> None:
    old, new = client_of(give_key(user)), client_of(give_key(user))
    old_id = old.get("/me").json["key_id"]
    assert new.get("/me").status_code == 200

    revoked = as_admin.delete(f"/api-keys/{old_id}")

    assert revoked.json["revoked_at"] is not None
    assert old.get("/me").json["code"] == "key_revoked"
    assert new.get("/me").status_code == 200


def test_revoking_twice_keeps_the_first_moment(as_admin: Client, as_user: Client, clock: StillClock) -> None:
    key_id = as_user.get("/me").json["key_id"]
    first = as_admin.delete(f"/api-keys/{key_id}").json
    clock.advance(minutes=1)

    assert as_admin.delete(f"/api-keys/{key_id}").json == first


def test_keys_are_listed_for_one_user_page_by_page(
    as_admin: Client, user: UserView, give_key: Callable[..., str], clock: StillClock
) -> None:
    for _ in range(3):
        give_key(user)  # at one and the same moment

    first = as_admin.get(f"/api-keys?user_id={user.id}&limit=2").json
    second = as_admin.get(f"/api-keys?user_id={user.id}&limit=2&cursor={first['next']}").json

    assert len({key["id"] for key in first["items"] + second["items"]}) == 3
    assert {key["user_id"] for key in first["items"] + second["items"]} == {str(user.id)}
    assert second["next"] is None


def test_a_key_that_has_expired_opens_nothing(
    user: UserView, give_key: Callable[..., str], client_of: ClientOf, clock: StillClock
) -> None:
    client = client_of(give_key(user, expires_at=clock() + timedelta(hours=1)))
    assert client.get("/me").status_code == 200

    clock.advance(hours=1)

    assert client.get("/me").json["code"] == "key_expired"


def test_a_key_cannot_be_born_dead(as_admin: Client, user: UserView, clock: StillClock) -> None:
    refused = as_admin.post(
        "/api-keys", json={"user_id": str(user.id), "name": "late", "expires_at": clock().isoformat()}
    )

    assert refused.status_code == 422
    assert codes(refused) == {"/expires_at": "in_the_past"}


def test_a_key_for_reading_does_not_write(
    user: UserView, give_key: Callable[..., str], client_of: ClientOf
) -> None:
    client = client_of(give_key(user, scopes={"read"}))

    assert client.get("/jobs").status_code == 200
    refused = client.post("/certificates/generate", json={})
    assert (refused.status_code, refused.json["code"]) == (403, "scope_too_small")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer nonsense",
        "Bearer cm_0123456789abcdef_x_y",
        "bearer\tx",
    ],
)
def test_what_is_no_key_is_refused_with_a_hint(client: Client, header: str) -> None:
    refused = client.get("/me", headers={"Authorization": header})

    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="Certmill"'


def test_a_mistyped_key_is_not_known(client: Client, user_key: str) -> None:
    for place in range(3, len(user_key)):
        mistyped = user_key[:place] + ("a" if user_key[place] != "a" else "b") + user_key[place + 1 :]
        refused = client.get("/me", headers={"Authorization": f"Bearer {mistyped}"})
        assert (refused.status_code, refused.json["code"]) == (401, "key_unknown")


def test_a_creating_request_that_is_sent_again_creates_nothing(as_admin: Client) -> None:
    headers = {"Idempotency-Key": "f3b1"}
    first = as_admin.post("/users", json={"name": "Once"}, headers=headers)

    again = as_admin.post("/users", json={"name": "Once"}, headers=headers)

    assert (again.status_code, again.json, again.headers["Location"]) == (
        first.status_code,
        first.json,
        first.headers["Location"],
    )
    assert [user["name"] for user in as_admin.get("/users").json["items"]].count("Once") == 1


def test_an_idempotency_key_stands_for_one_request(as_admin: Client) -> None:
    headers = {"Idempotency-Key": "f3b1"}
    as_admin.post("/users", json={"name": "Once"}, headers=headers)

    other = as_admin.post("/users", json={"name": "Other"}, headers=headers)

    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
