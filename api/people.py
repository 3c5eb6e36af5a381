"""Users and API keys, for admins; and for everybody who they are."""

from __future__ import annotations

from flask import Response, url_for

from api import answers, prepared
from api.auth import caller, requires
from api.contract import Blueprint
from api.idempotency import once
from api.runtime import runtime
from api.schemas.base import CreationHeaders, PageQuery
from api.schemas.people import (
    ApiKey,
    ApiKeyPage,
    ChangedUser,
    CreatedApiKey,
    KeyPath,
    KeysQuery,
    Me,
    NewApiKey,
    NewUser,
    User,
    UserPage,
    UserPath,
)
from core import recognition, users
from core.callers import Caller
from core.idempotency import StoredAnswer
from core.jobs.completion import scopes_of_owner

people = Blueprint("people", "", tag="People")


@people.get("/me", responses={200: Me})
@requires("user")
def me() -> Response:
    """Who am I?"""
    return answers.json(show_me(caller()))


@people.get("/users", responses={200: UserPage})
@requires("admin", scope="admin")
def list_users(query: PageQuery) -> Response:
    """Users, newest first"""
    with runtime().reads() as session:
        found = users.list_users(session, cursor=query.cursor, limit=query.limit)
    return answers.page(found, User.model_validate)


@people.post("/users", responses={201: User})
@requires("admin", scope="admin")
def create_user(header: CreationHeaders, body: NewUser) -> Response:
    """Add a user"""

    def create() -> StoredAnswer:
        user = users.create_user(session, **dict(body), now=runtime().clock())
        return answers.created(User.model_validate(user), url_for("people.show_user", user_id=user.id))

    with runtime().sessions.begin() as session:
        return once(session, header, create)


@people.get("/users/<user_id>", responses={200: User})
@requires("admin", scope="admin")
def show_user(path: UserPath) -> Response:
    """One user"""
    with runtime().reads() as session:
        user = users.show_user(session, path.user_id)
    return answers.json(User.model_validate(user))


@people.put("/users/<user_id>", responses={200: User})
@requires("admin", scope="admin")
def update_user(path: UserPath, body: ChangedUser) -> Response:
    """Change a user

    Taking `active` away closes all of the user's keys at once. There is always one active admin.
    """
    with runtime().sessions.begin() as session:
        user = users.update_user(session, path.user_id, **dict(body))
        named_in = scopes_of_owner(session, path.user_id)
    recognition.forget_all(runtime())
    prepared.forget(*named_in)
    return answers.json(User.model_validate(user))


@people.get("/api-keys", responses={200: ApiKeyPage})
@requires("admin", scope="admin")
def list_keys(query: KeysQuery) -> Response:
    """API keys, newest first, revoked ones among them"""
    with runtime().reads() as session:
        found = users.list_keys(session, user_id=query.user_id, cursor=query.cursor, limit=query.limit)
    return answers.page(found, ApiKey.model_validate)


@people.post("/api-keys", responses={201: CreatedApiKey})
@requires("admin", scope="admin")
def create_key(body: NewApiKey) -> Response:
    """Give a user a key

    A user may have several, so that one can be replaced by another without a pause. The answer shows the key this
    once, and so it is the one creating request that no Idempotency-Key repeats.
    """
    with runtime().sessions.begin() as session:
        new = users.create_key(session, **dict(body), now=runtime().clock())
    shown = CreatedApiKey(**dict(ApiKey.model_validate(new.key)), key=new.secret)
    return answers.json(shown, 201, {"Location": url_for("people.show_key", key_id=new.key.id)})


@people.get("/api-keys/<key_id>", responses={200: ApiKey})
@requires("admin", scope="admin")
def show_key(path: KeyPath) -> Response:
    """One key, without its secret"""
    with runtime().reads() as session:
        key = users.show_key(session, path.key_id)
    return answers.json(ApiKey.model_validate(key))


@people.delete("/api-keys/<key_id>", responses={200: ApiKey})
@requires("admin", scope="admin")
def revoke_key(path: KeyPath) -> Response:
    """Revoke a key

    It opens nothing any more from this answer on, nor do the console sessions that it began.
    """
    with runtime().sessions.begin() as session:
        key = users.revoke_key(session, path.key_id, now=runtime().clock())
    recognition.forget_all(runtime())
    return answers.json(ApiKey.model_validate(key))


def show_me(who: Caller) -> Me:
    return Me(user_id=who.user_id, name=who.name, role=who.role, key_id=who.key_id, scopes=sorted(who.scopes))
