from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import update

from core.models import Certificate, Item
from core.parts import Parts
from core.users import UserView
from tests.api.contract import Client

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def code(as_user: Client, user: UserView, submit: Submit, finish: Finish) -> str:
    (certificate,) = finish(submit(user))
    code: str = as_user.get(f"/certificates/{certificate}").json["code"]
    return code


def test_who_holds_the_code_learns_that_the_document_is_genuine(client: Client, code: str) -> None:
    answer = client.get(f"/verify/{code}")

    assert answer.json["outcome"] == "genuine"
    assert answer.json["recipient_name"] == "अनन्या शर्मा"
    assert answer.json.keys() == {
        "outcome",
        "number",
        "kind",
        "recipient_name",
        "spa_name",
        "issued_at",
        "revoked_at",
    }
    assert answer.headers["Vary"] == "Accept"


def test_a_browser_gets_a_page(client: Client, code: str) -> None:
    page = client.get(f"/verify/{code}", headers=BROWSER)

    assert page.content_type == "text/html; charset=utf-8"
    assert "This document is genuine" in page.text
    assert "<bdi>अनन्या शर्मा</bdi>" in page.text
    assert "Therapist certificate" in page.text
    assert "5 January 2026" in page.text


@pytest.mark.parametrize(
    ("state", "words"),
    [("revoked", "has been revoked"), ("superseded", "has been replaced"), ("erased", "has been erased")],
)
def test_a_document_that_no_longer_stands_says_so(
    client: Client, code: str, runtime: Parts, state: str, words: str
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Certificate).values(state=state))

    assert client.get(f"/verify/{code}").json["outcome"] == state
    assert words in client.get(f"/verify/{code}", headers=BROWSER).text


def test_an_erased_document_names_nobody(client: Client, code: str, runtime: Parts) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Certificate).values(state="erased"))

    assert client.get(f"/verify/{code}").json["recipient_name"] is None
    assert "अनन्या" not in client.get(f"/verify/{code}", headers=BROWSER).text


@pytest.mark.parametrize("unknown", ["A" * 26, "x", "%00", "'; DROP TABLE jobs; --", "٣" * 10, "x" * 4000])
def test_unknown_and_malformed_codes_get_one_answer(client: Client, code: str, unknown: str) -> None:
    problem = client.get(f"/verify/{unknown}").json
    page = client.get(f"/verify/{unknown}", headers=BROWSER)

    assert (problem["code"], problem["detail"]) == (
        "not_found",
        "No document has been issued under this code.",
    )
    assert page.status_code == 404
    assert page.text == client.get(f"/verify/{code[:-1]}!", headers=BROWSER).text


def test_a_name_is_text_and_never_markup(client: Client, code: str, runtime: Parts) -> None:
    with runtime.sessions.begin() as session:
        session.execute(update(Certificate).values(recipient_name="<img src=x onerror=alert(1)>"))
        session.execute(update(Item).values(recipient_name="<img src=x onerror=alert(1)>"))

    page = client.get(f"/verify/{code}", headers=BROWSER).text

    assert "<img" not in page
    assert "&lt;img" in page


def test_the_page_loads_nothing_from_elsewhere_and_runs_nothing(client: Client, code: str) -> None:
    page = client.get(f"/verify/{code}", headers=BROWSER)

    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "http" not in page.text
    assert client.get("/static/page.css").status_code == 200
