"""How often each request asks the database: docs/performance.md has the table, and these tests hold it to that."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from PIL import Image

from api.contract import Application
from core.backlog import EVERYBODYS
from core.parts import Parts
from core.settings import ROOT
from core.spas import SpaView
from core.users import UserView
from tests.api.contract import Client
from tests.jobs import THERAPIST
from tests.queries import Asked, recorded

_ROW: Final = re.compile(
    r"^\| `(?P<method>[A-Z]+) (?P<path>/[^`]*)`(?:, (?P<how>[^|]+?))? *\| *(?P<times>[0-9]+) *\|", re.M
)
_NOT_COUNTED: Final = frozenset({"/static/{filename}", "/docs/{docs_file}", "/fonts/{name}", "/session"})
"""Files of the program, and what a program with a key has not."""

Submit = Callable[..., UUID]
Finish = Callable[..., list[UUID]]
Request = tuple[str, str, str]
"""Method, address as the contract spells it, and how it is asked."""


def documented() -> dict[Request, int]:
    """What the table says, by its requests."""
    rows = _ROW.finditer((ROOT / "docs" / "performance.md").read_text("utf-8"))
    return {(row["method"], row["path"], row["how"] or ""): int(row["times"]) for row in rows}


@pytest.fixture
def fill(
    as_admin: Client,
    admin: UserView,
    user: UserView,
    add_template: Callable[..., str],
    submit: Submit,
    finish: Finish,
    spa: SpaView,
) -> Callable[[int], dict[str, str]]:
    """`fill(3)`: something for every address to show, three of each where there can be many; what stands in the addresses."""

    def make(many: int) -> dict[str, str]:
        endpoint = as_admin.post(
            "/webhooks", json={"url": "https://hooks.invalid/", "events": ["certificate.issued"]}
        ).json
        job = submit(admin, total=many, is_public=True, spa_id=spa.id)
        (first, *_) = finish(job)
        for number in range(many):
            add_template(f"of-{many}-{number}", "spa_therapist")
            as_admin.post("/users", json={"name": f"Uma {many} {number}", "role": "user"})
            as_admin.post("/spas", json={"code": f"spa-{many}-{number}", "name": "Spa"})
            submit(user)
        key = as_admin.post("/api-keys", json={"user_id": str(user.id), "name": "tests"}).json
        shown = as_admin.get(f"/certificates/{first}").json
        delivery = as_admin.get(endpoint["links"]["deliveries"]).json["items"][0]
        return {
            "certificate_id": str(first),
            "file_name": shown["files"][0]["url"].rpartition("/")[2],
            "code": shown["code"],
            "job_id": str(job),
            "user_id": str(user.id),
            "template_id": f"of-{many}-0",
            "spa_id": str(spa.id),
            "asset_id": _uploaded(as_admin),
            "key_id": key["id"],
            "endpoint_id": endpoint["id"],
            "event_id": delivery["id"],
        }

    return make


def _uploaded(client: Client) -> str:
    file = io.BytesIO()
    Image.new("RGB", (60, 80), "#8a6839").save(file, "JPEG")
    form = {"file": (io.BytesIO(file.getvalue()), "photo.jpg")}
    uploaded: str = client.post("/assets", data=form, content_type="multipart/form-data").json["id"]
    return uploaded


def asked(runtime: Parts, client: Client, request: Request, values: dict[str, str]) -> int:
    """How many statements one request takes in a process that has answered it before."""
    method, path, how = request
    options: dict[str, Any] = {"method": method}
    if method == "POST":
        items = [THERAPIST] * {"one item": 1, "1,000 items": 1000}[how]
        options["json"] = {"template": values["template_id"], "items": items, "renditions": ["pdf"]}
    address = path.format(**values)
    before = client.open(address, **options)
    assert before.status_code in (200, 202), before.get_data(as_text=True)
    if how == "":
        runtime.cache.flushdb()
    if how == "304":
        options["headers"] = {"If-None-Match": before.headers["ETag"]}
    with recorded(runtime.engine) as statements:
        answer = client.open(address, **options)
    assert answer.status_code == (304 if how == "304" else before.status_code)
    if "X-Cache" in answer.headers and how != "304":
        assert answer.headers["X-Cache"] == ("hit" if how == "cached" else "miss")
    return len(statements if method == "GET" else _of_acceptance(statements))


def _of_acceptance(statements: list[Asked]) -> list[Asked]:
    """What accepting a job asks: up to its last row. The nudge of the relay asks as much as there is room for work, and a
    process asks once a second what everybody has waiting."""
    (last,) = (number for number, each in enumerate(statements) if "INTO chunks" in each.statement)
    return [each for each in statements[: last + 1] if each.statement != EVERYBODYS]


def test_every_request_asks_as_often_as_the_table_says(
    runtime: Parts, as_admin: Client, fill: Callable[[int], dict[str, str]]
) -> None:
    values = fill(1)
    assert {each: asked(runtime, as_admin, each, values) for each in documented()} == documented()


def test_a_page_of_many_asks_as_often_as_a_page_of_one(
    runtime: Parts, as_admin: Client, fill: Callable[[int], dict[str, str]]
) -> None:
    fill(1)
    values = fill(8)
    gets = {each: times for each, times in documented().items() if each[0] == "GET"}
    assert {each: asked(runtime, as_admin, each, values) for each in gets} == gets


def test_the_table_has_every_address_that_can_be_read(app: Application) -> None:
    addresses = {
        re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    assert addresses - _NOT_COUNTED == {path for method, path, _ in documented() if method == "GET"}
