"""The decoding child: reads pictures from its standard input, one at a time, and answers on its output.

A request is a length of four bytes (big endian) and the file. An answer is a length, a JSON object, and, where
the object has a `size`, so many bytes of the picture.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import BinaryIO, Final

from core.pictures.normalising import normalise
from core.pictures.refusal import PictureRefused

LENGTH: Final = struct.Struct(">I")
MAX_MEMORY: Final = 768 << 20


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while length := requests.read(LENGTH.size):
        (size,) = LENGTH.unpack(length)
        _answer(requests.read(size), answers)


def _answer(data: bytes, answers: BinaryIO) -> None:
    facts: dict[str, str | int]
    try:
        picture, media_type, width, height = normalise(data)
    except PictureRefused as refused:
        picture, facts = b"", {"code": refused.code, "reason": refused.reason}
    else:
        facts = {"media_type": media_type, "width": width, "height": height, "size": len(picture)}
    line = json.dumps(facts).encode()
    answers.write(LENGTH.pack(len(line)) + line + picture)
    answers.flush()
