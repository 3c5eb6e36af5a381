"""The console's session: a signed cookie that stands for an API key, so that no key need stay in a browser.

Nothing is stored. The key is looked up on every request, so revoking it ends its sessions too. The token that
unsafe methods must show in a header is made from the cookie: another site can neither read nor guess it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from flask import Response, request

from api.runtime import runtime
from api.signing import Signer

COOKIE: Final = "certmill_session"
LIFETIME: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    key_id: str
    expires_at: datetime
    nonce: str

    @property
    def csrf_token(self) -> str:
        return _signer("csrf token").sign(self._promise)

    def guards(self, token: str) -> bool:
        """Whether `token` is this session's."""
        return _signer("csrf token").holds(self._promise, token)

    @property
    def value(self) -> str:
        """What the cookie holds."""
        return f"{self._promise}~{_signer('console session').sign(self._promise)}"

    @property
    def _promise(self) -> str:
        return f"{self.key_id}~{int(self.expires_at.timestamp())}~{self.nonce}"


def start(key_id: str) -> ConsoleSession:
    expires_at = (runtime().clock() + LIFETIME).replace(microsecond=0)
    return ConsoleSession(key_id, expires_at, secrets.token_urlsafe(16))


def presented() -> ConsoleSession | None:
    """The session that this request's cookie proves; None for a cookie that is not ours or too old."""
    promise, _, signature = request.cookies.get(COOKIE, "").rpartition("~")
    if not _signer("console session").holds(promise, signature):
        return None
    key_id, expires, nonce = promise.split("~")
    expires_at = datetime.fromtimestamp(int(expires), UTC)
    return ConsoleSession(key_id, expires_at, nonce) if runtime().clock() < expires_at else None


def keep(response: Response, session: ConsoleSession) -> Response:
    response.set_cookie(
        COOKIE,
        session.value,
        expires=session.expires_at,
        httponly=True,
        samesite="Strict",
        secure=_is_https(),
    )
    return response


def forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=_is_https())
    return response


def _is_https() -> bool:
    return runtime().settings.public_url.startswith("https:")


def _signer(purpose: str) -> Signer:
    return Signer([runtime().settings.secret_key], purpose=purpose)
