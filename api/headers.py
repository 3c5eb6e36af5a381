"""What every answer tells a browser it must not do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from core.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BARE: Final = "default-src 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:{bucket}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_POLICY: Final = "Content-Security-Policy"
_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)


class Guarded:
    """A WSGI application whose every answer carries these headers; where it has a policy of its own, that one stays."""

    def __init__(self, application: WSGIApplication, settings: Settings) -> None:
        self._application = application
        always = list(_ALWAYS)
        if settings.public_url.startswith("https:"):
            always.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
        page = _PAGE.format(bucket=_origin(settings.media_public_url))
        self._policies = {
            is_page: [*always, (_POLICY, page if is_page else _BARE)] for is_page in (False, True)
        }
        self._always = always

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            named = {name.lower(): value for name, value in headers}
            if _POLICY.lower() in named:
                headers += self._always
            else:
                headers += self._policies[named.get("content-type", "").startswith("text/html")]
            return start_response(status, headers, *rest)

        return self._application(environ, start)


def _origin(url: str) -> str:
    """A blank and the address's origin: pages show pictures that the file routes send to the bucket for."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if url else ""
