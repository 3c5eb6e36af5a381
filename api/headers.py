"""What every answer tells a browser it must not do."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response

from api.runtime import runtime

_BARE: Final = "default-src 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:{bucket}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def register(app: Flask) -> None:
    app.after_request(_guard)


def _guard(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    settings = runtime().settings
    policy = _BARE
    if response.mimetype == "text/html":
        policy = _PAGE.format(bucket=_origin(settings.media_public_url))
    response.headers.setdefault("Content-Security-Policy", policy)
    if settings.public_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def _origin(url: str) -> str:
    """A blank and the address's origin: pages show pictures that the file routes send to the bucket for."""
    parts = urlsplit(url)
    return f" {parts.scheme}://{parts.netloc}" if url else ""
