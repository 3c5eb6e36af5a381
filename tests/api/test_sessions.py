from __future__ import annotations

from http.cookies import SimpleCookie
from typing import cast

import pytest

from tests.api.contract import Client
from tests.parts import StillClock


@pytest.fixture
def signed_in(client: Client, user_key: str) -> Client:
    """A browser with the console's cookie and no key."""
    assert client.post("/session", json={"key": user_key}).status_code == 201
    return client


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get(
    client: Client, user_key: str
) -> None:
    begun = client.post("/session", json={"key": user_key})

    cookie = SimpleCookie(begun.headers["Set-Cookie"])["certmill_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Strict", True)
    assert user_key not in begun.text + begun.headers["Set-Cookie"]
    assert user_key.split("_")[2] not in begun.headers["Set-Cookie"]
    assert begun.json["me"]["name"] == "Uma"


def test_the_cookie_is_enough_to_look(signed_in: Client) -> None:
    assert signed_in.get("/me").json["name"] == "Uma"
    assert signed_in.get("/session").json["csrf_token"]


def test_an_unsafe_request_needs_the_sessions_token(signed_in: Client) -> None:
    token = signed_in.get("/session").json["csrf_token"]

    without = signed_in.post("/certificates/generate", json={})
    wrong = signed_in.post("/certificates/generate", json={}, headers={"X-CSRF-Token": token[:-1] + "!"})
    right = signed_in.post("/certificates/generate", json={}, headers={"X-CSRF-Token": token})

    assert (without.status_code, without.json["code"]) == (403, "csrf_token")
    assert (wrong.status_code, wrong.json["code"]) == (403, "csrf_token")
    assert right.status_code == 422  # admitted, and then the body is read


def test_one_sessions_token_does_not_serve_another(signed_in: Client, user_key: str, admin_key: str) -> None:
    other = cast(Client, signed_in.application.test_client())
    theirs = other.post("/session", json={"key": admin_key}).json["csrf_token"]

    refused = signed_in.post("/certificates/generate", json={}, headers={"X-CSRF-Token": theirs})

    assert refused.json["code"] == "csrf_token"


def test_revoking_the_key_ends_its_sessions(signed_in: Client, as_admin: Client) -> None:
    key_id = signed_in.get("/me").json["key_id"]

    as_admin.delete(f"/api-keys/{key_id}")

    assert signed_in.get("/me").json["code"] == "key_revoked"


def test_a_session_ends_by_itself(signed_in: Client, clock: StillClock) -> None:
    clock.advance(hours=13)

    assert signed_in.get("/me").status_code == 401


def test_signing_out_forgets_the_cookie(signed_in: Client) -> None:
    token = signed_in.get("/session").json["csrf_token"]

    assert signed_in.delete("/session", headers={"X-CSRF-Token": token}).status_code == 204

    assert signed_in.get("/me").status_code == 401


@pytest.mark.parametrize("place", [0, 20, 30, -1])
def test_a_cookie_that_was_changed_is_nobodys(signed_in: Client, place: int) -> None:
    cookie = signed_in.get_cookie("certmill_session")
    assert cookie is not None
    changed = list(cookie.value)
    changed[place] = "x" if changed[place] != "x" else "y"
    signed_in.set_cookie("certmill_session", "".join(changed))

    assert signed_in.get("/me").status_code == 401


@pytest.mark.parametrize("value", ["", "~", "a~b~c~d", "~~~", "x" * 3000])
def test_nonsense_in_the_cookie_is_nobodys(client: Client, value: str) -> None:
    client.set_cookie("certmill_session", value)

    assert client.get("/me").status_code == 401


def test_a_wrong_key_begins_no_session(client: Client) -> None:
    refused = client.post("/session", json={"key": "cm_nonsense"})

    assert refused.status_code == 401
    assert "Set-Cookie" not in refused.headers


def test_a_key_in_the_header_has_no_session_to_show(as_user: Client) -> None:
    assert as_user.get("/session").status_code == 401
