"""How PDF writes things down (ISO 32000-1, 7.2 to 7.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from isal import isal_zlib

_LEVEL: Final = 2
_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - frozenset(b"()\\")


def number(value: float, digits: int = 2) -> str:
    """A number with as few digits as it needs, at most `digits` after the point."""
    written = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def reference(number: int) -> str:
    return f"{number} 0 R"


def dictionary(entries: Mapping[str, str]) -> str:
    return "<<" + "".join(f"/{key} {value}" for key, value in entries.items()) + ">>"


def array(items: Iterable[str]) -> str:
    return f"[{' '.join(items)}]"


def text_string(text: str) -> str:
    """Text for people. Anything but plain ASCII is UTF-16 in hexadecimal, so that nothing needs escaping."""
    if _PLAIN.issuperset(text.encode("utf-8")):
        return f"({text})"
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"


def flate(data: bytes) -> bytes:
    """Compressed for FlateDecode; the same bytes for the same data, see painters/png.py."""
    return bytes(isal_zlib.compress(data, _LEVEL))


def stream(data: bytes, entries: Mapping[str, str] | None = None, *, compress: bool = True) -> bytes:
    """A stream object. `compress` also says that `data` is not compressed yet."""
    entries = dict(entries or {})
    if compress:
        data = flate(data)
        entries["Filter"] = "/FlateDecode"
    entries["Length"] = str(len(data))
    return b"%b\nstream\n%b\nendstream" % (dictionary(entries).encode("latin-1"), data)


class File:
    """A PDF file in the making: objects in the order they were added, then the table that finds them."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def add(self, content: str | bytes) -> int:
        """The new object's number."""
        self._objects.append(content.encode("latin-1") if isinstance(content, str) else content)
        return len(self._objects)

    def reserve(self) -> int:
        """A number for an object that `fill` brings later."""
        return self.add(b"")

    def fill(self, number: int, content: str | bytes) -> None:
        self._objects[number - 1] = content.encode("latin-1") if isinstance(content, str) else content

    def closed(self, *, root: int, info: int) -> bytes:
        """The whole file. Its identifier is a digest of its objects: the same document is the same bytes."""
        parts = [_HEADER]
        offsets = []
        offset = len(_HEADER)
        for position, content in enumerate(self._objects, start=1):
            part = b"%d 0 obj\n%b\nendobj\n" % (position, content)
            offsets.append(offset)
            offset += len(part)
            parts.append(part)
        body = b"".join(parts)
        identifier = f"<{hashlib.sha256(body).hexdigest()[:32].upper()}>"
        trailer = dictionary(
            {
                "Size": str(len(offsets) + 1),
                "Root": reference(root),
                "Info": reference(info),
                "ID": array([identifier, identifier]),
            }
        )
        table = "".join(f"{place:010d} 00000 n \n" for place in offsets)
        end = f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{offset}\n%%EOF\n"
        return body + end.encode("ascii")
