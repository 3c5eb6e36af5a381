"""The document at /openapi.json. That answers are as it says is held by the client of all tests here (contract.py)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from api.contract import Application
from tests.api.contract import Client


@pytest.fixture
def document(client: Client) -> dict[str, Any]:
    served: dict[str, Any] = client.get("/openapi.json").json
    return served


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(document))

    assert names
    assert set(names) <= document["components"]["schemas"].keys()


def test_it_has_every_address_that_programs_may_use(document: dict[str, Any], app: Application) -> None:
    pages = {"/", "/static/<path:filename>", "/docs/<docs_file>", "/fonts/<name>"}
    rules = {rule.rule for rule in app.url_map.iter_rules()} - pages
    served = {re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule) for rule in rules}

    assert document["paths"].keys() == served


def test_operations_have_names_of_their_own_and_a_summary(document: dict[str, Any]) -> None:
    operations = [operation for path in document["paths"].values() for operation in path.values()]

    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_requests_refuse_what_they_do_not_know(document: dict[str, Any]) -> None:
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path in document["paths"].values()
        for operation in path.values()
        if "$ref"
        in operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    ]

    assert "NewJob" in bodies
    assert {name: document["components"]["schemas"][name].get("additionalProperties") for name in bodies} == (
        dict.fromkeys(bodies, False)
    )


def test_what_needs_a_key_says_so(document: dict[str, Any]) -> None:
    assert document["paths"]["/me"]["get"]["security"] == [{"key": []}, {"session": []}]
    assert "security" not in document["paths"]["/healthz"]["get"]
    assert document["components"]["securitySchemes"].keys() == {"key", "session"}
