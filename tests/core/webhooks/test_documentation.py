"""The receiver in docs/webhooks.md does what it says."""

from __future__ import annotations

import re
import time

import pytest

from core.settings import ROOT
from core.webhooks.signatures import make_secret, sign, spell_secret


def test_the_documented_receiver_takes_ours_and_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = make_secret()
    monkeypatch.setenv("CERTMILL_WEBHOOK_SECRET", spell_secret(secret))
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    names: dict[str, object] = {"__name__": "receiver"}
    exec(program, names)
    client = names["app"].test_client()  # type: ignore[attr-defined]
    body, now = b'{"type": "webhook.test", "data": {}}', int(time.time())

    def post(key: bytes, data: bytes = body, at: int = now) -> int:
        headers = {
            "webhook-id": "1",
            "webhook-timestamp": str(at),
            "webhook-signature": sign([key], "1", at, body),
        }
        status: int = client.post("/hooks/certmill", data=data, headers=headers).status_code
        return status

    assert post(secret) == 204
    assert post(make_secret()) == 400
    assert post(secret, data=body + b" ") == 400
    assert post(secret, at=now - 3600) == 400
