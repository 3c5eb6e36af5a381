"""The tree of a file's pages (ISO 32000-1, 7.7.3)."""

from __future__ import annotations

from typing import Final

from core.rendering.painters.pdf.file import File, references
from core.rendering.painters.pdf.syntax import reference

_TOGETHER: Final = 100


class PageTree:
    """The first hundred pages hang from the root, each later hundred from a node of its own, which is written when it is full."""

    def __init__(self, file: File) -> None:
        self._file: Final = file
        self._root: Final = file.reserve()
        self._parent = self._root
        self._kids: list[int] = []
        self._nodes: Final[list[int]] = []
        self._first: tuple[int, ...] = ()
        self._count = 0

    def add(self) -> tuple[int, int]:
        """The numbers of a new page, which the caller fills, and of its parent."""
        if self._count and self._count % _TOGETHER == 0:
            self._end_node()
            self._parent = self._file.reserve()
        page = self._file.reserve()
        self._kids.append(page)
        self._count += 1
        return page, self._parent

    def close(self) -> int:
        """Write what is left of it; the root's number."""
        self._end_node()
        kids = references([*self._first, *self._nodes])
        self._file.fill(self._root, f"<</Type/Pages/Kids{kids}/Count {self._count}>>")
        return self._root

    def _end_node(self) -> None:
        if self._parent == self._root:
            self._first = tuple(self._kids)
        else:
            self._nodes.append(self._parent)
            self._file.fill(
                self._parent,
                f"<</Type/Pages/Parent {reference(self._root)}/Kids{references(self._kids)}/Count {len(self._kids)}>>",
            )
        self._kids = []
