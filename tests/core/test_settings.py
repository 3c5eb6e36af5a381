from __future__ import annotations

import pytest

from core.settings import SettingsError, read_settings

REQUIRED = {
    "DATABASE_URL": "postgresql+psycopg2://certmill@127.0.0.1/certmill",
    "BROKER_URL": "redis://127.0.0.1:6379/0",
    "CACHE_URL": "redis://127.0.0.1:6379/1",
    "MEDIA_URL": "file:///srv/media",
    "SECRET_KEY": "-" * 32,
}


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("no", False), ("", False)])
def test_a_switch_is_yes_or_no(written: str, meant: bool) -> None:
    assert read_settings({**REQUIRED, "WEBHOOK_LOOPBACK": written}).webhook_loopback is meant


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("WEBHOOK_LOOPBACK", "true", "'true' is not yes or no"),
        ("WEBHOOK_DAYS", "a month", "'a month' is not a number"),
        ("WEBHOOK_DAYS", "0", "must be more than 0"),
    ],
)
def test_what_makes_no_sense_is_named(name: str, written: str, expected: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: {expected}"):
        read_settings({**REQUIRED, name: written})
