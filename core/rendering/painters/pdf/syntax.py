"""How PDF writes things down (ISO 32000-1, 7.2 and 7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import deflate

_LEVEL: Final = 1
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - frozenset(b"()\\")


@lru_cache(maxsize=2048)
def number(value: float, digits: int = 2) -> str:
    """A number with as few digits as it needs, at most `digits` after the point. Columns and baselines come again and again."""
    written = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def reference(number: int) -> str:
    return f"{number} 0 R"


def array(items: Iterable[str]) -> str:
    return f"[{' '.join(items)}]"


def text_string(text: str) -> str:
    """Text for people. Anything but plain ASCII is UTF-16 in hexadecimal, so that nothing needs escaping."""
    if _PLAIN.issuperset(text.encode("utf-8")):
        return f"({text})"
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def flate(data: bytes) -> bytes:
    """Compressed for FlateDecode. libdeflate's bytes depend on the data alone; isal's do not always (docs/decisions/0006)."""
    return bytes(deflate.zlib_compress(data, _LEVEL))
