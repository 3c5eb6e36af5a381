"""Names that storage accepts."""

from __future__ import annotations

import re
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")


def check_key(key: str) -> str:
    """The key itself. Raises `ValueError` for what could lead out of its storage: keys are ours, but a check means that no
    mistake elsewhere can."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")
    return key
