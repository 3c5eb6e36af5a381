"""Signing in to the console with an API key, and out again."""

from __future__ import annotations

from flask import Response

from api import answers, cookies
from api.auth import caller, everybody, requires
from api.contract import Blueprint
from api.cookies import ConsoleSession
from api.people import show_me
from api.runtime import runtime
from api.schemas.people import Session, SignIn
from core import users
from core.callers import Caller
from core.errors import Unauthenticated

sessions = Blueprint("sessions", "/session", tag="Console session")


@sessions.post("", responses={201: Session})
@everybody
def sign_in(body: SignIn) -> Response:
    """Begin a session: the answer sets its cookie"""
    with runtime().reads() as session:
        who = users.authenticate(session, body.key.strip(), now=runtime().clock())
    assert who.key_id is not None
    begun = cookies.start(who.key_id)
    return cookies.keep(answers.json(_show(who, begun), 201), begun)


@sessions.get("", responses={200: Session})
@requires("user", scope="read")
def show() -> Response:
    """The session that the cookie proves, with its token"""
    begun = cookies.presented()
    if begun is None:
        raise Unauthenticated("This is about a session, and there is none: a key was shown, no cookie.")
    return answers.json(_show(caller(), begun))


@sessions.delete("", responses={204: None})
@requires("user", scope="read")
def sign_out() -> Response:
    """End the session in this browser"""
    return cookies.forget(answers.nothing())


def _show(who: Caller, begun: ConsoleSession) -> Session:
    return Session(me=show_me(who), csrf_token=begun.csrf_token, expires_at=begun.expires_at)
