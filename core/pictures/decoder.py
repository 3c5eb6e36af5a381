"""Decoding in a child process, so that memory, time and crashes are the child's and not ours.

A child is kept as long as it behaves: a picture then costs its decoding, not a start of Python.
"""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from core.pictures.child import LENGTH
from core.pictures.refusal import PictureRefused

_ROOT: Final = Path(__file__).resolve().parents[2]
_COMMAND: Final = (sys.executable, "-c", "from core.pictures.child import main; main()")


@dataclass(frozen=True, slots=True)
class NormalisedImage:
    """A picture of our own making: PNG or JPEG of 8-bit RGB, or PNG of RGBA. `digest` is the SHA-256 of `data`."""

    digest: str
    data: bytes
    media_type: str
    width: int
    height: int


class Decoder:
    """At most `children` pictures at a time, each for at most `seconds`, from any thread. Make it after a fork.

    The children end with this process: they read their requests from a pipe that it holds.
    """

    def __init__(self, *, children: int = 2, seconds: float = 10.0) -> None:
        self._seconds = seconds
        # A place holds a living child, or None where one is still to be started.
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._places.put(None)

    def normalise(self, data: bytes) -> NormalisedImage:
        """The picture that `data` shows, made anew. Raises `PictureRefused`."""
        child = self._places.get()
        try:
            if child is None or not child.is_alive:
                child = _Child()
            facts, picture = child.ask(data, time.monotonic() + self._seconds)
        except _ChildLost as lost:
            if child is not None:
                child.kill()
            child = None
            raise PictureRefused(lost.code, lost.reason) from None
        except BaseException:
            # Whatever happened, an answer may still be on its way: nobody else must read it.
            if child is not None:
                child.kill()
            child = None
            raise
        finally:
            self._places.put(child)
        if "code" in facts:
            raise PictureRefused(facts["code"], facts["reason"])
        digest = sha256(picture).hexdigest()
        return NormalisedImage(digest, picture, facts["media_type"], facts["width"], facts["height"])

    def close(self) -> None:
        """End the children that are idle."""
        with suppress(queue.Empty):
            while True:
                child = self._places.get_nowait()
                if child is not None:
                    child.kill()


class _ChildLost(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class _Child:
    def __init__(self) -> None:
        # No environment: the child has no use for our passwords.
        self._process = subprocess.Popen(
            _COMMAND, cwd=_ROOT, env={}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests = self._process.stdin.fileno()
        self._answers = self._process.stdout.fileno()
        os.set_blocking(self._requests, False)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, data: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        self._send(LENGTH.pack(len(data)) + data, deadline)
        (length,) = LENGTH.unpack(self._receive(LENGTH.size, deadline))
        facts: dict[str, Any] = json.loads(self._receive(length, deadline))
        return facts, self._receive(facts.get("size", 0), deadline)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _send(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            _wait(self._requests, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._requests, rest) :]
            except BrokenPipeError:
                raise _crashed() from None

    def _receive(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            _wait(self._answers, select.POLLIN, deadline)
            part = os.read(self._answers, size - len(parts))
            if not part:
                raise _crashed()
            parts += part
        return bytes(parts)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()  # select() itself would fail on descriptors from 1024 on
    poll.register(descriptor, event)
    remaining = deadline - time.monotonic()
    if remaining <= 0 or not poll.poll(remaining * 1000):
        raise _ChildLost("image_too_slow", "takes too long to decode")


def _crashed() -> _ChildLost:
    return _ChildLost("image_damaged", "is damaged: the decoder gave up on it")
