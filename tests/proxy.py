"""A way to the S3 server on which requests get lost, as networks and loaded servers lose them."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from enum import Enum, auto
from typing import Self


class Fault(Enum):
    BUSY = auto()
    """The server says 503 SlowDown and does nothing."""
    STRANGER = auto()
    """Somebody answers who is no S3 server: 404."""
    LOST = auto()
    """The server does it; its answer does not arrive."""
    CUT = auto()
    """Half of the answer arrives."""
    DAMAGED = auto()
    """The last byte of what was sent is another when it arrives."""
    SILENT = auto()
    """Nothing happens at all."""


_SAID = {
    Fault.BUSY: b"503 Service Unavailable\r\nConnection: close\r\nContent-Length: 36\r\n\r\n"
    b"<Error><Code>SlowDown</Code></Error>",
    Fault.STRANGER: b"404 Not Found\r\nConnection: close\r\nContent-Length: 9\r\n\r\nNot Found",
}


class Proxy:
    """Carries HTTP requests to a port of this machine. The next ones meet `faults`, one each; all others `always`.

    `requests` are those that came, as `("PUT", "/bucket/key?…")`, `heads` their header lines in small letters.
    """

    def __init__(self, port: int) -> None:
        self.faults: deque[Fault | None] = deque()
        self.always: Fault | None = None
        self.requests: list[tuple[str, str]] = []
        self.heads: list[dict[str, str]] = []
        self._port = port
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One request a connection: each is told that it is the last."""
        with client, suppress(OSError):
            if request := _read(client):
                method, target, _ = request.split(b" ", 2)
                self.requests.append((method.decode(), target.decode()))
                self.heads.append(_head(request))
                self._carry(client, request, self.faults.popleft() if self.faults else self.always)

    def _carry(self, client: socket.socket, request: bytes, fault: Fault | None) -> None:
        if fault is Fault.SILENT:
            self._ended.wait(30)
            return
        if fault in _SAID:
            client.sendall(b"HTTP/1.1 " + _SAID[fault])
            return
        if fault is Fault.DAMAGED:
            request = request[:-1] + bytes([request[-1] ^ 1])
            fault = None
        with socket.create_connection(("127.0.0.1", self._port)) as server:
            server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b"".join(iter(lambda: server.recv(65536), b""))
        if fault is None:
            client.sendall(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            return
        if fault is Fault.CUT:
            client.sendall(answer[: len(answer) // 2])
        # A reset, not an orderly end.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read(client: socket.socket) -> bytes:
    """A whole request, whose body has a length; nothing where the client went away."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return b""
        data += part
    length = data.index(b"\r\n\r\n") + 4 + int(_head(data).get("content-length", "0"))
    while len(data) < length:
        part = client.recv(65536)
        if not part:
            return b""
        data += part
    return bytes(data)


def _head(request: bytes | bytearray) -> dict[str, str]:
    lines = bytes(request).partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
