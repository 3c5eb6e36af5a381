"""Small promises that come back to us: a signature says that we made them, for this purpose and no other."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256


class Signer:
    """Signs with the first secret, accepts any of them: a secret can be replaced while old signatures live."""

    def __init__(self, secrets: Sequence[str], *, purpose: str) -> None:
        keys = [hmac.digest(secret.encode(), purpose.encode(), sha256) for secret in secrets]
        self._keys = {sha256(key).hexdigest()[:8]: key for key in keys}
        self._current = next(iter(self._keys))

    def sign(self, message: str) -> str:
        """The signature with its key's id: `key.signature`, of URL-safe characters."""
        return f"{self._current}.{_signature(self._keys[self._current], message)}"

    def holds(self, message: str, signature: str) -> bool:
        key_id, _, signed = signature.partition(".")
        key = self._keys.get(key_id)
        return key is not None and hmac.compare_digest(_signature(key, message).encode(), signed.encode())


def _signature(key: bytes, message: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, message.encode(), sha256)).decode().rstrip("=")
