"""Certmill's API as a web client uses it: JSON over one kept connection, a bearer key, nothing else."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any, Self
from urllib.parse import urlsplit


class RefusedError(Exception):
    """The API answered with a problem (RFC 9457)."""

    def __init__(self, method: str, path: str, answer: "Answer") -> None:
        said = answer.body[:2000].decode("utf-8", "replace")
        super().__init__(f"{method} {path} answered {answer.status}: {said}")
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.body


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` are found whatever their capitals."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection, for one thread. `with Client(base_url, key) as client: client.get("/jobs").json`."""

    def __init__(self, base_url: str, key: str, *, timeout: float = 60.0) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=timeout)
        self._key = key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: object, **headers: str) -> Answer:
        """Send `body` as JSON, dates in ISO 8601. A header `If_None_Match="…"` is written with hyphens."""
        return self.send(
            "POST",
            path,
            json.dumps(body, default=str).encode(),
            {"Content-Type": "application/json", **headers},
        )

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Raises `RefusedError` for 4xx and 5xx, and what `http.client` raises."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Authorization": f"Bearer {self._key}", **named}
        try:
            response = self._ask(method, path, body, sent)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if method != "GET":
                raise  # it may have been done
            self._connection.close()
            response = self._ask(method, path, body, sent)
        answer = Answer(response.status, response.headers, response.read())
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise RefusedError(method, path, answer)
        return answer

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, dict(headers))
        return self._connection.getresponse()
