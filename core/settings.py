"""What a deployment decides. This is the only module that reads the environment; docs/operating.md has each setting."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or makes no sense; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str
    broker_url: str
    cache_url: str
    media_url: str
    secret_key: str
    media_public_url: str = ""
    """Where browsers reach the bucket of `media_url`; files that they ask for are then fetched from there."""
    aws_access_key_id: str = ""
    aws_secret_access_key: str = ""
    aws_session_token: str = ""
    public_url: str = "http://127.0.0.1:8000"
    """Where the outside world reaches this deployment; the QR codes' addresses start with it."""
    issuer_timezone: str = "Asia/Kolkata"
    """Whose calendar the dates of issue follow."""
    chunk_items: int = 32
    """Items that one bulk task renders: so many that the queue costs little, so few that a lone job waits little."""
    lease_seconds: float = 20.0
    resend_seconds: float = 10.0
    """A chunk that was sent and not claimed for so long is sent again: what a wiped broker costs."""
    finish_seconds: float = 20.0
    """A worker that is asked to stop goes on for so long with the chunk that it holds; then it gives it back."""
    owner_items: int = 200_000
    """An owner with so many items waiting is asked to wait with more (429)."""
    backlog_items: int = 2_000_000
    """With so many items of all owners waiting, everybody is (503)."""
    listing_seconds: int = 30
    """How long a cached listing may live, and how long a finished job waits to be told while the cache is down."""
    bundle_documents: int = 2000
    """Documents in one PDF that a web process draws for whoever asks; more are asked for by parts."""
    webhook_days: int = 30
    """How long deliveries that are at rest are kept."""
    webhook_deliveries: int = 250_000
    """How many of them an endpoint may have; one that more wait for is disabled."""
    webhook_loopback: bool = False
    """Whether webhooks may go to this very machine, over plain http too: for development and tests."""
    database_pool: int = 10
    log_level: str = "INFO"
    metrics_folder: str = ""
    """Where the processes of this machine keep their figures; without it each tells only of itself."""
    slow_query_seconds: float = 0.5
    """A statement that takes longer is logged, without its values."""
    otel_exporter_otlp_endpoint: str = ""
    """Where traces are sent (OTLP over HTTP), as OpenTelemetry's own variable says; none are made without it."""

    @property
    def metrics_path(self) -> Path | None:
        return Path(self.metrics_folder).absolute() if self.metrics_folder else None

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.issuer_timezone)


def _yes_or_no(written: str) -> bool:
    if written not in ("yes", "no"):
        raise ValueError(written)
    return written == "yes"


_KINDS: Final[Mapping[str, Callable[[str], object]]] = {"int": int, "float": float, "bool": _yes_or_no}
_EXPECTED: Final = {"int": "a number", "float": "a number", "bool": "yes or no"}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment gives, each under its name in capitals; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    values: dict[str, object] = {}
    for field in fields(Settings):
        raw = environment.get(field.name.upper())
        if raw is None or raw == "":
            continue
        kind = _KINDS.get(str(field.type), str)
        try:
            values[field.name] = kind(raw)
        except ValueError:
            raise SettingsError(
                f"{field.name.upper()}: {raw!r} is not {_EXPECTED[str(field.type)]}"
            ) from None
    required = ("database_url", "broker_url", "cache_url", "media_url", "secret_key")
    missing = [name.upper() for name in required if name not in values]
    if missing:
        raise SettingsError(f"missing: {', '.join(missing)} (see docs/operating.md)")
    settings = Settings(**values)  # type: ignore[arg-type]
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
            raise SettingsError(f"{field.name.upper()}: must be more than 0")
    try:
        settings.timezone  # noqa: B018, asking is the check
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"ISSUER_TIMEZONE: {settings.issuer_timezone!r} is no time zone") from None
    if len(settings.secret_key) < 32:
        raise SettingsError("SECRET_KEY: use at least 32 characters of randomness")
    return settings
