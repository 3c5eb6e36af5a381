"""Who is asking, and whether they may. A program shows an API key, the console a cookie in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from flask import g, request

from api import cookies
from api.runtime import runtime
from core import recognition
from core.callers import ROLES, Caller, Role, Scope
from core.errors import Forbidden, Unauthenticated
from core.recognition import Recognised

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER: Final = "X-CSRF-Token"

View = TypeVar("View", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of its caller. `role` None: nothing. `scope` None: `read` or `write`, as the method is."""

    role: Role | None
    scope: Scope | None = None


def everybody(view: View) -> View:
    """Mark a view that needs no key. `visitor()` still tells who it is, if they say so."""
    return _mark(view, Access(role=None))


def requires(role: Role, *, scope: Scope | None = None) -> Callable[[View], View]:
    """Mark a view for callers of at least this role, whose key has the scope."""
    return lambda view: _mark(view, Access(role, scope))


def access_of(view: Callable[..., object]) -> Access:
    """Raises `TypeError` for a view that nobody has decided about: it must not be served."""
    access = getattr(view, "access", None)
    if not isinstance(access, Access):
        raise TypeError(f"{view.__qualname__}: mark it with @everybody or @requires(role)")
    return access


def admit(access: Access) -> None:
    """Raises `Unauthenticated` or `Forbidden` unless this request's caller may."""
    if access.role is None:
        return
    who = visitor()
    if who is None:
        raise Unauthenticated("This needs an API key: Authorization: Bearer <key>.")
    if ROLES.index(who.role) > ROLES.index(access.role):
        raise Forbidden(f"This needs the role {access.role}.", code="role_too_small")
    scope = access.scope or ("read" if request.method in SAFE_METHODS else "write")
    if scope not in who.scopes:
        raise Forbidden(f"This needs a key with the scope {scope!r}.", code="scope_too_small")


def caller() -> Caller:
    """Who is asking, in a view that `requires` somebody."""
    who = visitor()
    assert who is not None, "the view is open to everybody: ask visitor()"
    return who


def visitor() -> Caller | None:
    """Who is asking, if they say so; raises `Unauthenticated` where they say so and it is not true."""
    if "caller" not in g:
        g.caller, g.caller_stamp = _identify() or (None, None)
    known: Caller | None = g.caller
    return known


def _identify() -> Recognised | None:
    if "Authorization" in request.headers:
        scheme, _, key = request.headers["Authorization"].partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("The scheme of the Authorization header is Bearer.")
        return recognition.by_key(runtime(), key.strip())
    cookie = cookies.presented()
    if cookie is None:
        return None
    if request.method not in SAFE_METHODS and not cookie.guards(request.headers.get(CSRF_HEADER, "")):
        raise Forbidden(f"Send the session's token in {CSRF_HEADER}.", code="csrf_token")
    return recognition.by_session(runtime(), cookie.key_id)


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
