from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.api.contract import Client
from tests.api.test_assets import a_photo, upload

SPA: dict[str, Any] = {
    "code": "indiranagar",
    "name": "Sohana Lotus Spa",
    "address": "No. 214, 12th Main\nHAL 2nd Stage",
    "area": "Indiranagar",
    "city": "Bengaluru",
    "state": "karnataka",
    "pincode": "560 038",
    "phone_number": "+91 80 4611 2200",
    "email": "care@sohanalotus.example",
    "website": "www.sohanalotus.example",
    "gstin": "29aakcs4821m1zs",
    "signatory": {"name": "Kavitha Ramaswamy", "designation": "Director"},
}


def faults_of(answer: Any) -> set[tuple[str, str]]:
    return {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]}


def test_a_manager_adds_a_spa_and_everybody_may_choose_it(as_manager: Client, as_user: Client) -> None:
    made = as_manager.post("/spas", json=SPA)

    assert made.status_code == 201
    assert (made.json["state"], made.json["pincode"], made.json["gstin"]) == (
        "Karnataka",
        "560038",
        "29AAKCS4821M1ZS",
    )
    assert (made.json["country"], made.json["logo"], made.json["active"]) == ("India", None, True)
    assert as_user.get(made.headers["Location"]).json == made.json
    assert as_user.get("/spas").json == {"items": [made.json], "next": None}
    assert as_user.get("/spas?code=elsewhere").json["items"] == []


def test_users_do_not_keep_spas(as_user: Client, as_manager: Client) -> None:
    address = as_manager.post("/spas", json=SPA).headers["Location"]

    assert as_user.post("/spas", json=SPA).status_code == 403
    assert as_user.put(address, json=SPA).status_code == 403
    assert as_user.delete(address).status_code == 403


def test_every_fault_is_named_at_once(as_admin: Client) -> None:
    refused = as_admin.post(
        "/spas",
        json={
            "code": "Indira Nagar",
            "name": " ",
            "state": "Karnatka",
            "pincode": "012345",
            "phone_number": "12",
            "email": "care",
            "website": "a b",
            "gstin": "29AAKCS4821M1ZT",
            "logo": "logo.png",
            "signatory": {"name": "Kavitha\u202e", "title": "x"},
            "colour": "red",
        },
    )

    assert refused.status_code == 422
    assert faults_of(refused) == {
        ("/code", "bad_pattern"),
        ("/name", "missing"),
        ("/state", "bad_state"),
        ("/pincode", "bad_pincode"),
        ("/phone_number", "bad_phone"),
        ("/email", "bad_email"),
        ("/website", "bad_website"),
        ("/gstin", "bad_gstin"),
        ("/logo", "bad_pattern"),
        ("/signatory/name", "bidi_override"),
        ("/signatory/title", "unknown_field"),
        ("/colour", "unknown_field"),
    }


def test_a_gstin_is_of_the_spas_own_state(as_admin: Client) -> None:
    refused = as_admin.post("/spas", json={**SPA, "state": "Kerala"})

    assert faults_of(refused) == {("/gstin", "gstin_of_other_state")}


def test_abroad_a_state_and_a_code_are_any_text(as_admin: Client) -> None:
    made = as_admin.post(
        "/spas",
        json={
            "code": "galle",
            "name": "Galle Spa",
            "country": "Sri Lanka",
            "state": "Southern",
            "pincode": "80000",
        },
    )

    assert made.status_code == 201


def test_a_code_is_one_spas_alone(as_admin: Client) -> None:
    as_admin.post("/spas", json=SPA)
    other = as_admin.post("/spas", json={**SPA, "code": "bandra"})

    again, moved = as_admin.post("/spas", json=SPA), as_admin.put(other.headers["Location"], json=SPA)

    assert (again.status_code, moved.status_code) == (409, 409)
    assert faults_of(again) == faults_of(moved) == {("/code", "code_taken")}


def test_its_pictures_must_be_there(as_admin: Client) -> None:
    logo = upload(as_admin, a_photo("PNG", mode="RGBA")).json["id"]
    stranger = "sha256:" + 64 * "a"

    made = as_admin.post("/spas", json={**SPA, "logo": logo})
    refused = as_admin.post(
        "/spas", json={**SPA, "code": "b", "signatory": {"signature": stranger, "seal": logo}}
    )

    assert made.json["logo"] == logo
    assert faults_of(refused) == {("/signatory/signature", "unknown_asset")}


def test_another_manager_may_keep_pictures_that_stand_there(as_admin: Client, as_manager: Client) -> None:
    logo = upload(as_admin, a_photo("PNG", mode="RGBA")).json["id"]
    made = as_admin.post("/spas", json={**SPA, "logo": logo})

    changed = as_manager.put(made.headers["Location"], json={**SPA, "logo": logo, "name": "Sohana"})

    assert (changed.status_code, changed.json["name"]) == (200, "Sohana")


def test_a_retired_spa_is_listed_no_more_but_is_still_there(as_admin: Client) -> None:
    address = as_admin.post("/spas", json=SPA).headers["Location"]

    assert as_admin.delete(address).status_code == 204

    assert as_admin.get("/spas").json["items"] == []
    assert as_admin.get(address).json["active"] is False


def test_pages_lead_to_all_spas(as_admin: Client) -> None:
    for number in range(5):
        as_admin.post("/spas", json={**SPA, "code": f"spa-{number}"})

    codes: list[str] = []
    address = "/spas?limit=2"
    while address:
        page = as_admin.get(address)
        codes += [spa["code"] for spa in page.json["items"]]
        address = page.headers.get("Link", "").partition(">")[0].lstrip("<")

    assert codes == ["spa-4", "spa-3", "spa-2", "spa-1", "spa-0"]


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_unknown_spa_is_not_there(as_admin: Client, method: str) -> None:
    body = {"json": SPA} if method == "put" else {}

    assert getattr(as_admin, method)(f"/spas/{uuid4()}", **body).status_code == 404


def test_the_same_request_with_its_key_makes_one_spa(as_admin: Client) -> None:
    key = {"Idempotency-Key": "spa-1"}

    first, second = (as_admin.post("/spas", json=SPA, headers=key) for _ in range(2))

    assert first.json == second.json
    assert len(as_admin.get("/spas").json["items"]) == 1
