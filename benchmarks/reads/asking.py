"""A client that costs little: one kept connection, requests that are bytes already, answers read no further than needed."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    head: bytes
    """The status line and the headers."""
    body: bytes

    def header(self, name: str) -> str:
        """Empty where there is none."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name.lower():
                return value.strip().decode("latin-1")
        return ""


class Connection:
    """To a server on this machine."""

    def __init__(self, port: int, *, timeout: float = 60.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> Reply:
        """Raises OSError where the server is gone."""
        self.send(request)
        return self.receive()

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def receive(self) -> Reply:
        read = bytearray()
        while (end := read.find(b"\r\n\r\n")) < 0:
            read += self._more()
        head = bytes(read[:end])
        lowered = head.lower()
        status = int(head[9:12])
        length = 0
        if status not in (204, 304):
            _, found, rest = lowered.partition(b"\r\ncontent-length:")
            if not found:
                raise ValueError(f"an answer of unknown length: {head!r}")
            length = int(rest.partition(b"\r\n")[0])
        while len(read) < end + 4 + length:
            read += self._more()
        return Reply(status, head, bytes(read[end + 4 :]))

    def _more(self) -> bytes:
        some = self._socket.recv(262_144)
        if not some:
            raise ConnectionResetError("the server hung up")
        return some


def get(path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A request, spelled out."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
