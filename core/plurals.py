"""Numbers of things in sentences: "1 page", "3 pages"."""

from __future__ import annotations


def counted(count: int, one: str, many: str | None = None) -> str:
    """`counted(2, "row")` is "2 rows". `many` where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or f'{one}s'}"
