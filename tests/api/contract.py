"""A client that holds every answer to the document at /openapi.json."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

import jsonschema  # type: ignore[import-untyped]
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.contract import Application

PROBLEM = "application/problem+json"


class Answer(TestResponse):
    """To type checkers, an answer whose JSON a test may take for what it expects."""

    @property
    def json(self) -> Any:
        return super().json


class Client(FlaskClient):
    """Fails the test whose answer is not as documented: its status, its media type, its body."""

    key: str | None = None

    def get(self, *args: Any, **kwargs: Any) -> Answer:
        return cast(Answer, super().get(*args, **kwargs))

    def head(self, *args: Any, **kwargs: Any) -> Answer:
        return cast(Answer, super().head(*args, **kwargs))

    def post(self, *args: Any, **kwargs: Any) -> Answer:
        return cast(Answer, super().post(*args, **kwargs))

    def put(self, *args: Any, **kwargs: Any) -> Answer:
        return cast(Answer, super().put(*args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> Answer:
        return cast(Answer, super().delete(*args, **kwargs))

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        if self.key is not None:
            kwargs["headers"] = {"Authorization": f"Bearer {self.key}", **(kwargs.get("headers") or {})}
        kwargs.setdefault("buffered", True)  # read the whole answer and close what it came from
        response = super().open(*args, **kwargs)
        response.request.environ["wsgi.input"].close()  # a large form was sent from a temporary file
        document = self.application.api_doc  # type: ignore[attr-defined]
        check_answer(document, self.application, cast(Answer, response))
        return response


def client_with(app: Application, key: str) -> Client:
    """Of a process that is `app`, for a program that sends this key."""
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    client.key = key
    return client


def check_answer(document: dict[str, Any], app: Any, response: Answer) -> None:
    asked = response.request
    said = f"{asked.method} {asked.path} → {response.status}"
    assert response.headers["X-Request-Id"], said
    assert response.headers["X-Content-Type-Options"] == "nosniff", said
    assert "default-src 'none'" in response.headers["Content-Security-Policy"], said
    if response.mimetype == PROBLEM:
        check_schema(document, "Problem", response.json)
        assert response.json["status"] == response.status_code, said
        assert response.json["request_id"] == response.headers["X-Request-Id"], said
    else:
        assert response.status_code < 400 or response.mimetype in {"text/html", "application/json"}, said
    operation = operation_of(document, app, asked.path, asked.method)
    if operation is None:
        return
    documented = operation["responses"].get(str(response.status_code))
    if documented is None:
        assert response.mimetype == PROBLEM or response.status_code == 404, f"{said}: not documented"
        return
    if response.status_code in (204, 302, 304) or asked.method == "HEAD":
        assert response.data == b"", said
        return
    media_types = documented["content"]
    assert response.mimetype in media_types, f"{said}: {response.mimetype} is not documented"
    if response.mimetype == "application/json" and "Content-Encoding" not in response.headers:
        schema = media_types[response.mimetype]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(
            response.json
        )


def operation_of(document: dict[str, Any], app: Any, path: str, method: str) -> dict[str, Any] | None:
    """What the document says of this address; None where there is none, or none that is meant to be called by programs."""
    method = "GET" if method == "HEAD" else method
    adapter = app.url_map.bind("localhost")
    if not adapter.test(path, method):
        return None
    rule, _ = adapter.match(path, method, return_rule=True)
    written = rule.rule.replace("<", "{").replace(">", "}")
    operation: dict[str, Any] | None = document["paths"].get(written, {}).get(method.lower())
    return operation


def check_schema(document: dict[str, Any], name: str, value: object) -> None:
    _validator(json.dumps(document["components"], sort_keys=True), name).validate(value)


@cache
def _validator(components: str, name: str) -> Any:
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": json.loads(components)}
    )
