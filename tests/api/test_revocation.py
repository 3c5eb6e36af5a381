"""A certificate that no longer stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.models import Delivery
from core.parts import Parts
from core.users import UserView
from tests.api.contract import Client

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]

REASON = {"reason": "Issued to the wrong person"}


@pytest.fixture
def certificate(user: UserView, submit: Submit, finish: Finish) -> UUID:
    (found,) = finish(submit(user, is_public=True))
    return found


def test_it_says_when_and_why_and_keeps_its_files(as_user: Client, certificate: UUID) -> None:
    before = as_user.get(f"/certificates/{certificate}").json
    answer = as_user.post(f"/certificates/{certificate}/revoke", json={"reason": "  Issued twice "})

    assert answer.status_code == 200
    assert (answer.json["state"], answer.json["revocation_reason"]) == ("revoked", "Issued twice")
    assert answer.json["revoked_at"] > answer.json["issued_at"]
    assert answer.json == as_user.get(f"/certificates/{certificate}").json
    assert [file["url"] for file in answer.json["files"]] == [file["url"] for file in before["files"]]
    assert (before["state"], before["revoked_at"], before["revocation_reason"]) == ("valid", None, None)
    assert as_user.get(before["files"][0]["url"]).status_code == 200


def test_no_listing_that_is_asked_for_afterwards_calls_it_valid(
    as_user: Client, client: Client, user: UserView, certificate: UUID
) -> None:
    own, public = f"/certificates/user/{user.id}", "/certificates/generated/public"
    for listing in (own, public, f"{own}?state=revoked"):  # kept from now on
        client.get(listing) if listing == public else as_user.get(listing)
    as_user.post(f"/certificates/{certificate}/revoke", json=REASON)

    assert [item["state"] for item in as_user.get(own).json["items"]] == ["revoked"]
    assert len(as_user.get(f"{own}?state=revoked").json["items"]) == 1
    assert client.get(public).json["items"] == []


def test_whoever_verifies_it_learns_the_day_and_not_the_reason(
    as_user: Client, client: Client, certificate: UUID
) -> None:
    code = as_user.get(f"/certificates/{certificate}").json["code"]
    as_user.post(f"/certificates/{certificate}/revoke", json=REASON)
    answer, page = (
        client.get(f"/verify/{code}"),
        client.get(f"/verify/{code}", headers={"Accept": "text/html"}),
    )

    assert answer.json["outcome"] == "revoked"
    assert answer.json["revoked_at"] is not None
    assert "Revoked on" in page.text
    assert "wrong person" not in answer.text + page.text


def test_it_is_told_once_however_many_revoke_it_at_once(
    as_user: Client, runtime: Parts, certificate: UUID
) -> None:
    endpoint = {"url": "https://example.com/hook", "events": ["certificate.revoked"]}
    assert as_user.post("/webhooks", json=endpoint).status_code == 201
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: as_user.post(f"/certificates/{certificate}/revoke", json=REASON), range(8))
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"already_revoked"}
    with runtime.sessions.begin() as session:
        (told,) = session.scalars(select(Delivery))
        assert (told.type, told.data["id"], told.data["state"]) == (
            "certificate.revoked",
            str(certificate),
            "revoked",
        )


def test_what_was_erased_is_gone(as_user: Client, runtime: Parts, certificate: UUID) -> None:
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE certificates SET state = 'erased'"))

    assert as_user.post(f"/certificates/{certificate}/revoke", json=REASON).status_code == 410
