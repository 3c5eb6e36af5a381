"""One answer ready to send, in every coding that a client may ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, Literal

import orjson
import zstandard
from isal import igzip

Coding = Literal["identity", "gzip", "zstd"]

_DIGEST_SIZE: Final = 16
_COMPRESS: Final[Mapping[Coding, Callable[[bytes], bytes]]] = {
    "gzip": lambda body: igzip.compress(body, 3, mtime=0),
    "zstd": lambda body: zstandard.compress(body, 3),
}


class Answer:
    """A JSON `body`, and `notes` of what goes with it. `digest` names what it says: of the `version`, or else of the bytes.

    What `lasts` is kept; what will soon be otherwise, and perhaps nobody there to tell, is not. What is `brief` is kept for a
    moment, and in one place only, so that nobody who saw it change sees it as it was.
    """

    __slots__ = ("_forms", "brief", "digest", "lasts", "notes")

    def __init__(
        self,
        body: bytes,
        notes: Mapping[str, str] = MappingProxyType({}),
        *,
        version: str | None = None,
        lasts: bool = True,
        brief: bool = False,
    ) -> None:
        self.lasts = lasts
        self.brief = brief
        self.notes = notes
        self.digest = _digest(body if version is None else version.encode())
        self._forms: dict[Coding, bytes] = {"identity": body}

    @property
    def body(self) -> bytes:
        return self.form("identity")

    @property
    def size(self) -> int:
        """Of the body, in bytes."""
        body = self._forms.get("identity")
        return zstandard.frame_content_size(self._forms["zstd"]) if body is None else len(body)

    @property
    def weight(self) -> int:
        """Bytes that it takes, or will once it has been asked for in every coding."""
        return 1000 + 2 * self.size

    def is_among(self, etags: Collection[str]) -> bool:
        """Whether one of these names what this answer says, of whichever generation."""
        return any(etag.startswith(self.digest) for etag in etags)

    def form(self, coding: Coding) -> bytes:
        """The body in that coding, compressed when it is first asked for."""
        form = self._forms.get(coding)
        if form is None:
            plain = coding == "identity"
            form = zstandard.decompress(self._forms["zstd"]) if plain else _COMPRESS[coding](self.body)
            self._forms[coding] = form
        return form

    def pack(self) -> bytes:
        """For Redis: a fifth of its size, and what most browsers get as it is."""
        said = orjson.dumps([dict(self.notes), self.brief])
        return b"".join((self.digest.encode(), said, b"\n", self.form("zstd")))

    @classmethod
    def unpack(cls, packed: bytes) -> Answer:
        said, _, compressed = packed[2 * _DIGEST_SIZE :].partition(b"\n")
        notes, brief = orjson.loads(said)
        answer = cls(b"", notes, brief=brief)
        answer.digest = packed[: 2 * _DIGEST_SIZE].decode()
        answer._forms = {"zstd": compressed}
        return answer


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_SIZE).hexdigest()
