"""What a walk through storage finds."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class StoredFile(NamedTuple):
    """`size` in bytes. `is_whole` is false of what a killed process left half written: no key of anybody's."""

    key: str
    size: int
    modified: datetime
    is_whole: bool = True
