"""Standard Webhooks, symmetric: `webhook-signature: v1,<base64 of HMAC-SHA256(secret, "id.timestamp.body")>`."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

_SECRET_BYTES: Final = 32
_PREFIX: Final = "whsec_"


def make_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def spell_secret(secret: bytes) -> str:
    """As it is shown, once, and as libraries that verify read it."""
    return _PREFIX + base64.b64encode(secret).decode()


def sign(keys: Iterable[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """A signature with each of the keys, separated by spaces: one that the receiver knows is enough. `timestamp` is Unix time."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
