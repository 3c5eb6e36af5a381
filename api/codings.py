"""In which coding a client gets an answer (RFC 9110, section 12.5.3)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from core.cache.answer import Answer, Coding

_WORTH_COMPRESSING: Final = 1000
_CODINGS: Final[tuple[Coding, ...]] = ("zstd", "gzip")


def coded(answer: Answer, accepted: str) -> tuple[Coding, bytes]:
    """The answer's body for a client that sends this `Accept-Encoding`."""
    coding = "identity" if answer.size < _WORTH_COMPRESSING else preferred(accepted)
    return coding, answer.form(coding)


@lru_cache(256)
def preferred(accepted: str) -> Coding:
    """What an `Accept-Encoding` likes best of what we have; of equals, the smallest."""
    codings = parse_accept_header(accepted, Accept)
    best = max(_CODINGS, key=lambda coding: codings[coding])
    return best if codings[best] > 0 and codings[best] >= codings["identity"] else "identity"
