from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.webhooks.signatures import make_secret, sign, spell_secret


def headers(signature: str, timestamp: int) -> dict[str, str]:
    return {"webhook-id": "1", "webhook-timestamp": str(timestamp), "webhook-signature": signature}


def test_the_standards_own_library_signs_alike() -> None:
    secret, body = make_secret(), '{"name": "अनन्या"}'
    theirs = Webhook(spell_secret(secret)).sign("evt", datetime.fromtimestamp(1_700_000_000, UTC), body)
    assert sign([secret], "evt", 1_700_000_000, body.encode()) == theirs


def test_the_standards_own_example() -> None:
    # https://github.com/standard-webhooks/standard-webhooks, its libraries' tests
    import base64

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_of_two_signatures_either_is_enough_and_no_third() -> None:
    former, present = make_secret(), make_secret()
    now = int(time.time())
    signature = sign([present, former], "1", now, b"{}")
    for secret in (former, present):
        Webhook(spell_secret(secret)).verify(b"{}", headers(signature, now))
    with pytest.raises(WebhookVerificationError):
        Webhook(spell_secret(make_secret())).verify(b"{}", headers(signature, now))
