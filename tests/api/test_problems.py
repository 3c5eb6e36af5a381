from __future__ import annotations

import re
from io import BytesIO
from typing import cast

import pytest
from flask import Response
from sqlalchemy import text
from structlog.testing import capture_logs

from api.auth import everybody
from api.bodies import MAX_BYTES
from api.contract import Application, Blueprint
from api.errors import STATUS
from core import errors
from core.parts import Parts
from core.storage import StorageUnavailable
from tests.api.contract import Client


def test_an_unknown_address_is_a_problem(client: Client) -> None:
    answer = client.get("/nowhere")

    assert answer.status_code == 404
    assert answer.json["type"] == "/problems#not_found"
    assert answer.json["title"] == "Not Found"


def test_a_method_that_an_address_does_not_know_names_those_it_knows(client: Client) -> None:
    answer = client.delete("/me")

    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/me/", "/users/", "/users/not-a-uuid", "/jobs/1"])
def test_an_address_has_one_spelling(as_admin: Client, path: str) -> None:
    assert as_admin.get(path).status_code == 404


def test_a_body_that_is_too_large_is_refused(as_admin: Client) -> None:
    answer = as_admin.post("/users", data=b" " * (MAX_BYTES + 1), content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


def test_a_body_in_chunks_is_too_large_once_it_is(as_admin: Client) -> None:
    for size, status in ((MAX_BYTES + 1, 413), (2 * MAX_BYTES, 413), (MAX_BYTES, 400)):
        answer = as_admin.post(
            "/users",
            input_stream=BytesIO(b" " * size),
            content_type="application/json",
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert answer.status_code == status


def test_a_body_of_another_type_is_refused(as_admin: Client) -> None:
    answer = as_admin.post("/users", data="name=A")

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_body")


def test_a_compressed_body_is_refused(as_admin: Client) -> None:
    answer = as_admin.post("/users", json={"name": "A"}, headers={"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json["code"]) == (415, "compressed_body")


def test_every_fault_is_named_at_once_with_its_place(as_admin: Client) -> None:
    answer = as_admin.post("/users", json={"name": "", "email": "nobody", "role": "queen", "crown": 1})

    assert answer.status_code == 422
    assert {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]} == {
        ("/name", "too_short"),
        ("/email", "bad_pattern"),
        ("/role", "not_a_choice"),
        ("/crown", "unknown_field"),
    }


def test_a_faulty_query_names_its_parameters(as_admin: Client) -> None:
    answer = as_admin.get("/users?limit=900&colour=red&cursor=%00")

    assert {(fault["pointer"], fault["code"]) for fault in answer.json["errors"]} == {
        ("?limit", "too_large"),
        ("?colour", "unknown_field"),
    }
    assert as_admin.get("/users?limit=1&limit=2").json["errors"][0]["code"] == "repeated"
    assert as_admin.get("/users?cursor=%00").json["errors"][0]["code"] == "null_character"


def test_a_fault_deep_in_the_body_is_pointed_at(as_user: Client) -> None:
    answer = as_user.post(
        "/certificates/generate", json={"template": "plain", "items": [{}, 3], "renditions": ["pdf", "gif"]}
    )

    assert {fault["pointer"] for fault in answer.json["errors"]} == {"/items/1", "/renditions/1"}


def test_a_request_id_of_the_clients_is_kept_if_it_is_sane(client: Client) -> None:
    kept = client.get("/nowhere", headers={"X-Request-Id": "till-7:2026.01.05"})
    assert kept.headers["X-Request-Id"] == kept.json["request_id"] == "till-7:2026.01.05"

    for insane in ("short", "x" * 81, "a b c d e f g", "<script>alert(1)</script>", "ünïcödé-id"):
        made = client.get("/nowhere", headers={"X-Request-Id": insane})
        assert re.fullmatch("[0-9a-f]{32}", made.headers["X-Request-Id"])


@pytest.fixture
def failing(app: Application, runtime: Parts) -> Client:
    """The application with addresses that fail in ways that nobody handles."""

    def bug() -> Response:
        raise ZeroDivisionError("the secret of tests")

    def disk() -> Response:
        raise StorageUnavailable("/var/lib/certmill is full")

    def database() -> Response:
        with runtime.sessions() as session:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return Response()

    for view in (bug, disk, database):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view)
    return cast(Client, app.test_client())


def test_what_nobody_foresaw_is_logged_and_tells_nothing(failing: Client) -> None:
    with capture_logs() as logs:
        answer = failing.get("/bug")

    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "Zero" not in answer.text
    unforeseen = [line for line in logs if line["event"] == "unforeseen"]
    assert isinstance(unforeseen[0]["exc_info"], ZeroDivisionError)


@pytest.mark.parametrize("path", ["/disk", "/database"])
def test_what_cannot_be_reached_just_now_says_when_to_come_back(failing: Client, path: str) -> None:
    answer = failing.get(path)

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert "/var/lib" not in answer.text


def test_every_class_of_problem_has_its_status_and_its_explanation(client: Client) -> None:
    classes = {
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Problem)
    }
    assert classes - {errors.Problem} <= STATUS.keys()

    page = client.get("/problems").text
    for kind in {each.code for each in STATUS} | {"method_not_allowed", "internal_error"}:
        assert f'id="{kind}"' in page


def test_a_log_line_carries_the_route_and_no_key_name_or_code(
    as_user: Client, user_key: str, client: Client
) -> None:
    with capture_logs() as logs:
        as_user.get("/me?q=Ananya")
        client.get("/verify/SECRETCODE")

    assert [(line["route"], line["status"]) for line in logs if line["event"] == "request"] == [
        ("/me", 200),
        ("/verify/<code>", 404),
    ]
    written = str(logs)
    assert user_key not in written
    assert "Ananya" not in written
    assert "SECRETCODE" not in written


def test_every_answer_tells_a_browser_what_it_must_not_do(client: Client) -> None:
    for path in ("/healthz", "/nowhere", "/docs", "/me"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_a_view_that_nobody_decided_about_cannot_be_added() -> None:
    def view() -> Response:
        return Response()

    with pytest.raises(TypeError, match="mark it with @everybody or @requires"):
        Blueprint("new", "/new", tag="New").get("")(view)
    Blueprint("new", "/new", tag="New").get("")(everybody(view))
