"""Every route × {nobody, a revoked key, too small a role, too small a scope, another user, whoever may}.

The routes come from the URL map: one that nobody has decided about here fails the first test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum, auto
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from api.contract import Application
from core.assets import storage_key
from core.callers import Role
from core.models import Asset
from core.parts import Parts
from core.spas import SpaView
from core.users import UserView
from tests.api.conftest import LAYOUT
from tests.api.contract import Answer, Client
from tests.jobs import THERAPIST

GiveKey = Callable[..., str]
Statuses = dict[str, int]


class For(Enum):
    EVERYBODY = auto()
    FILE_READERS = auto()
    """Everybody where the certificate is public; otherwise as OWNERS, and to nobody it is not there."""
    SIGNED_IN = auto()
    OWNERS = auto()
    """Whoever it belongs to, and those who see everything; to others it is not there."""
    MANAGERS = auto()
    ADMINS = auto()


DECIDED = {
    "GET /": For.EVERYBODY,
    "GET /fonts/<name>": For.EVERYBODY,
    "GET /static/<path:filename>": For.EVERYBODY,
    "GET /healthz": For.EVERYBODY,
    "GET /readyz": For.EVERYBODY,
    "GET /metrics": For.EVERYBODY,
    "GET /openapi.json": For.EVERYBODY,
    "GET /docs": For.EVERYBODY,
    "GET /docs/<docs_file>": For.EVERYBODY,
    "GET /problems": For.EVERYBODY,
    "GET /verify/<code>": For.EVERYBODY,
    "POST /session": For.EVERYBODY,
    "GET /session": For.SIGNED_IN,
    "DELETE /session": For.SIGNED_IN,
    "GET /me": For.SIGNED_IN,
    "GET /users": For.ADMINS,
    "POST /users": For.ADMINS,
    "GET /users/<user_id>": For.ADMINS,
    "PUT /users/<user_id>": For.ADMINS,
    "GET /api-keys": For.ADMINS,
    "POST /api-keys": For.ADMINS,
    "GET /api-keys/<key_id>": For.ADMINS,
    "DELETE /api-keys/<key_id>": For.ADMINS,
    "POST /certificates/generate": For.SIGNED_IN,
    "POST /certificates/preview": For.SIGNED_IN,
    "POST /certificates/validate": For.SIGNED_IN,
    "GET /certificates/generated/public": For.EVERYBODY,
    "GET /certificates/user/<user_id>": For.OWNERS,
    "GET /certificates": For.MANAGERS,
    "GET /certificates/<certificate_id>": For.OWNERS,
    "GET /certificates/<certificate_id>/files/<file_name>": For.FILE_READERS,
    "GET /jobs": For.SIGNED_IN,
    "GET /jobs/<job_id>": For.OWNERS,
    "GET /jobs/<job_id>/items": For.OWNERS,
    "GET /jobs/<job_id>/bundle": For.OWNERS,
    "POST /jobs/<job_id>/cancel": For.OWNERS,
    "POST /certificates/<certificate_id>/revoke": For.OWNERS,
    "POST /jobs/<job_id>/retry": For.OWNERS,
    "GET /certificates/templates": For.SIGNED_IN,
    "POST /certificates/templates": For.SIGNED_IN,
    "GET /certificates/templates/schema": For.SIGNED_IN,
    "GET /certificates/templates/<template_id>": For.OWNERS,
    "PUT /certificates/templates/<template_id>": For.OWNERS,
    "DELETE /certificates/templates/<template_id>": For.OWNERS,
    "POST /certificates/templates/<template_id>/publish": For.OWNERS,
    "GET /certificates/templates/<template_id>/versions": For.OWNERS,
    "GET /certificates/templates/<template_id>/fields": For.OWNERS,
    "GET /certificates/templates/<template_id>/preview": For.OWNERS,
    "POST /certificates/templates/<template_id>/preview": For.OWNERS,
    "GET /spas": For.SIGNED_IN,
    "POST /spas": For.MANAGERS,
    "GET /spas/<spa_id>": For.SIGNED_IN,
    "PUT /spas/<spa_id>": For.MANAGERS,
    "DELETE /spas/<spa_id>": For.MANAGERS,
    "GET /statistics": For.SIGNED_IN,
    "POST /assets": For.SIGNED_IN,
    "GET /assets/<asset_id>": For.OWNERS,
    "GET /webhooks": For.SIGNED_IN,
    "POST /webhooks": For.SIGNED_IN,
    "GET /webhooks/<endpoint_id>": For.OWNERS,
    "PUT /webhooks/<endpoint_id>": For.OWNERS,
    "DELETE /webhooks/<endpoint_id>": For.OWNERS,
    "POST /webhooks/<endpoint_id>/rotate": For.OWNERS,
    "POST /webhooks/<endpoint_id>/test": For.OWNERS,
    "GET /webhooks/<endpoint_id>/deliveries": For.OWNERS,
    "GET /webhooks/<endpoint_id>/deliveries/<event_id>": For.OWNERS,
    "POST /webhooks/<endpoint_id>/deliveries/<event_id>/resend": For.OWNERS,
}

LOOKS_ONLY = {
    "POST /certificates/preview",
    "POST /certificates/validate",
    "POST /certificates/templates/<template_id>/preview",
    "DELETE /session",
}
"""Unsafe by their method, but a key for reading is enough."""

BODIES: dict[str, Any] = {
    "POST /certificates/<certificate_id>/revoke": {"reason": "Issued twice"},
    "PUT /certificates/templates/<template_id>": {"name": "Mine", "kind": "spa_therapist", **LAYOUT},
    "POST /certificates/templates/<template_id>/preview": {"values": THERAPIST},
    "POST /users": {"name": "New"},
    "PUT /users/<user_id>": {"name": "Uma", "role": "user", "active": True},
    "POST /spas": {"code": "new", "name": "New Spa"},
    "PUT /spas/<spa_id>": {"code": "indiranagar", "name": "New Spa"},
    "POST /webhooks": {"url": "https://hooks.example/", "events": ["job.completed"]},
    "PUT /webhooks/<endpoint_id>": {
        "url": "https://hooks.example/",
        "events": ["job.completed"],
        "enabled": True,
    },
}


ABOUT_A_SESSION = {"GET /session", "DELETE /session"}
"""A key has none; tests/api/test_sessions.py has one."""


def guarded(*levels: For) -> dict[str, For]:
    return {route: level for route, level in DECIDED.items() if level in levels}


CLOSED = guarded(For.SIGNED_IN, For.OWNERS, For.MANAGERS, For.ADMINS)


def call(client: Client, route: str, values: dict[str, str]) -> Answer:
    method, path = route.split(" ")
    for name, value in values.items():
        path = path.replace(f"<{name}>", value)
    body = {"json": BODIES[route]} if route in BODIES else {}
    return cast(Answer, client.open(path, method=method, **body))


@pytest.fixture
def nowhere() -> dict[str, str]:
    """Places where there is nothing: who is not admitted must not learn that."""
    return {
        "user_id": str(uuid4()),
        "job_id": str(uuid4()),
        "certificate_id": str(uuid4()),
        "file_name": "0" * 64 + ".pdf",
        "key_id": "0" * 16,
        "template_id": "nothing",
        "spa_id": str(uuid4()),
        "asset_id": "0" * 64,
        "endpoint_id": str(uuid4()),
        "event_id": str(uuid4()),
        "code": "NOTHING",
        "name": "nothing",
        "docs_file": "nothing",
        "path:filename": "nothing",
    }


@pytest.fixture
def belongings(
    runtime: Parts,
    user: UserView,
    user_key: str,
    spa: SpaView,
    add_template: Callable[..., str],
    submit: Callable[..., UUID],
    finish: Callable[..., list[UUID]],
    client_of: Callable[[str], Client],
) -> dict[str, str]:
    """One of everything that `user` can have, all of it private."""
    endpoint_id = client_of(user_key).post("/webhooks", json=BODIES["POST /webhooks"]).json["id"]
    job_id = submit(user, total=2)
    (certificate_id,) = finish(job_id, failing={1})
    shown = client_of(user_key).get(f"/certificates/{certificate_id}").json
    digest = sha256(b"a picture").hexdigest()
    runtime.storage.put({storage_key(digest): b"a picture"})
    with runtime.sessions.begin() as session:
        session.add(
            Asset(
                owner_id=user.id,
                digest=digest,
                media_type="image/png",
                size=9,
                width=1,
                height=1,
                created_at=runtime.clock(),
            )
        )
    return {
        "user_id": str(user.id),
        "job_id": str(job_id),
        "certificate_id": str(certificate_id),
        "file_name": shown["files"][0]["url"].rpartition("/")[2],
        "key_id": user_key.split("_")[1],
        "template_id": add_template("mine", "spa_therapist", owner=user, is_public=False),
        "spa_id": str(spa.id),
        "asset_id": f"sha256:{digest}",
        "endpoint_id": endpoint_id,
        "event_id": client_of(user_key).get(f"/webhooks/{endpoint_id}/deliveries").json["items"][0]["id"],
        "code": shown["code"],
        "name": "inter-regular.ttf",
        "docs_file": "swagger-ui.css",
        "path:filename": "page.css",
    }


def test_every_route_has_been_decided_about(app: Application) -> None:
    routes = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == DECIDED.keys()


def test_nobody_gets_in_without_a_key(client: Client, nowhere: dict[str, str]) -> None:
    assert {route: call(client, route, nowhere).status_code for route in CLOSED} == dict.fromkeys(CLOSED, 401)


def test_a_revoked_key_gets_nobody_in(
    client_of: Callable[[str], Client], user_key: str, as_admin: Client, nowhere: dict[str, str]
) -> None:
    client = client_of(user_key)
    as_admin.delete(f"/api-keys/{user_key.split('_')[1]}")
    routes = CLOSED | guarded(For.FILE_READERS)

    answers = {route: call(client, route, nowhere) for route in routes}

    assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(routes, 401)
    assert {answer.json["code"] for answer in answers.values()} == {"key_revoked"}


def test_too_small_a_role_is_told_so(as_user: Client, as_manager: Client, nowhere: dict[str, str]) -> None:
    for client, levels in ((as_user, (For.MANAGERS, For.ADMINS)), (as_manager, (For.ADMINS,))):
        routes = guarded(*levels)
        answers = {route: call(client, route, nowhere) for route in routes}
        assert {route: answer.status_code for route, answer in answers.items()} == dict.fromkeys(routes, 403)
        assert {answer.json["code"] for answer in answers.values()} == {"role_too_small"}


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_too_small_a_scope_is_told_so(
    scope: str,
    admin: UserView,
    give_key: GiveKey,
    client_of: Callable[[str], Client],
    nowhere: dict[str, str],
) -> None:
    client = client_of(give_key(admin, scopes={scope}))

    def needed(route: str) -> str:
        if DECIDED[route] is For.ADMINS:
            return "admin"
        return "read" if route.startswith("GET ") or route in LOOKS_ONLY else "write"

    refused = [route for route in CLOSED if needed(route) != scope]

    answers = {route: call(client, route, nowhere) for route in CLOSED}

    assert [route for route, answer in answers.items() if answer.status_code == 403] == refused
    assert {answers[route].json["code"] for route in refused} == {"scope_too_small"}


def test_what_is_somebody_elses_is_not_there(
    as_stranger: Client, client: Client, belongings: dict[str, str], nowhere: dict[str, str]
) -> None:
    routes = guarded(For.OWNERS, For.FILE_READERS)
    for route in routes:
        theirs, nothing = (call(as_stranger, route, values) for values in (belongings, nowhere))
        assert (route, theirs.status_code) == (route, 404)
        # Nothing tells what is somebody else's from what does not exist.
        assert theirs.json["code"] == nothing.json["code"], route
    for route in guarded(For.FILE_READERS):
        assert call(client, route, belongings).status_code == 404


def in_order(routes: dict[str, For]) -> Iterator[str]:
    """Looking first, taking away last."""
    order = ("GET", "POST", "PUT", "DELETE")
    yield from sorted(routes, key=lambda route: order.index(route.split(" ")[0]))


@pytest.mark.parametrize("role", ["user", "manager", "admin"])
def test_whoever_may_is_let_in(
    role: Role,
    belongings: dict[str, str],
    user_key: str,
    add_user: Callable[[Role, str], UserView],
    give_key: GiveKey,
    client_of: Callable[[str], Client],
) -> None:
    if role == "user":
        client = client_of(user_key)
    else:
        add_user("admin", "One more, so that nobody is the last")
        client = client_of(give_key(add_user(role, "Somebody who sees everything")))
    levels = {
        "user": (For.EVERYBODY, For.FILE_READERS, For.SIGNED_IN, For.OWNERS),
        "manager": (For.EVERYBODY, For.FILE_READERS, For.SIGNED_IN, For.OWNERS, For.MANAGERS),
        "admin": tuple(For),
    }[role]
    refused: Statuses = {}
    for route in in_order(guarded(*levels)):
        status = call(client, route, belongings).status_code
        if status in (401, 403, 404) or status >= 500:
            refused[route] = status

    assert refused.keys() <= ABOUT_A_SESSION, refused
