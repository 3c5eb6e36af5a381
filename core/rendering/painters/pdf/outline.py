"""The bookmarks of a file (ISO 32000-1, 12.3.3): one list, each written when the one after it is known."""

from __future__ import annotations

from typing import Final

from core.rendering.painters.pdf.file import File
from core.rendering.painters.pdf.syntax import reference, text_string


class Outline:
    """Grows by one bookmark at a time and remembers the last one only."""

    def __init__(self, file: File) -> None:
        self._file: Final = file
        self._root: Final = file.reserve()
        self._first = self._last = self._count = 0
        self._open = ""

    def add(self, title: str, destination: str = "") -> None:
        """A bookmark that leads to a destination (12.3.2.2), or nowhere: then it only says something."""
        number = self._file.reserve()
        entries = f"/Title{text_string(title)}/Parent {reference(self._root)}"
        if destination:
            entries += f"/Dest{destination}"
        if self._last:
            self._file.fill(self._last, f"<<{self._open}/Next {reference(number)}>>")
            entries += f"/Prev {reference(self._last)}"
        else:
            self._first = number
        self._last, self._open = number, entries
        self._count += 1

    def close(self) -> int:
        """Write the root; its number."""
        if self._last:
            self._file.fill(self._last, f"<<{self._open}>>")
        self._file.fill(
            self._root,
            f"<</Type/Outlines/First {reference(self._first)}/Last {reference(self._last)}/Count {self._count}>>",
        )
        return self._root
