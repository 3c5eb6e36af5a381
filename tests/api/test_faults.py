from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, cast
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from core.spas import SpaView
from core.users import UserView
from tests.api.contract import Answer, Client
from tests.api.faulty import FAULTY, Faulty


@pytest.fixture
def names(
    user: UserView,
    admin: UserView,
    spa: SpaView,
    add_template: Callable[..., str],
    submit: Callable[..., UUID],
) -> dict[str, str]:
    add_template("bill", "invoice_spa_bill")
    return {
        "{user_id}": str(user.id),
        "{admin_id}": str(admin.id),
        "{spa_id}": str(spa.id),
        "{job_id}": str(submit(user)),
    }


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def send(client: Client, faulty: Faulty, names: dict[str, str]) -> Answer:
    method, path = faulty.route.split(" ", 1)
    options: dict[str, Any] = {"headers": dict(faulty.headers)}
    if faulty.form is not None:
        files = {name: (BytesIO(data), "file.png") for name, data in faulty.form.items()}
        options |= {"data": files, "content_type": "multipart/form-data"}
    elif faulty.raw is not None:
        options |= {"data": faulty.raw, "content_type": faulty.content_type}
    elif faulty.body is not None:
        options |= {"data": filled(json.dumps(faulty.body), names), "content_type": faulty.content_type}
    return cast(Answer, client.open(filled(path, names), method=method, **options))


@pytest.mark.parametrize(
    "faulty",
    FAULTY,
    ids=[f"{number}: {each.route} {each.code} {each.pointer or ''}" for number, each in enumerate(FAULTY)],
)
def test_a_faulty_request_gets_a_problem_that_names_its_fault(
    as_admin: Client, names: dict[str, str], faulty: Faulty
) -> None:
    with capture_logs() as logs:
        answer = send(as_admin, faulty, names)

    assert (answer.status_code, answer.json["code"]) == (faulty.status, faulty.code), answer.text
    assert answer.content_type == "application/problem+json"
    if faulty.pointer is not None:
        found = {fault["pointer"]: fault["code"] for fault in answer.json["errors"]}
        assert faulty.pointer in found, found
        assert faulty.fault in (None, found[faulty.pointer]), found
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]


def test_there_are_enough_of_them_and_over_all_that_reads_a_body() -> None:
    assert len(FAULTY) >= 60
    routes = {each.route.split(" ")[0] + " /" + each.route.split("/")[1] for each in FAULTY}
    assert {
        "POST /certificates",
        "POST /users",
        "POST /api-keys",
        "POST /session",
        "POST /spas",
        "POST /assets",
    } <= routes
