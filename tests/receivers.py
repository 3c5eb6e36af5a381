"""Somebody else's machine that webhooks go to: a real server on this one, which answers as a test wants it to."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Received:
    """`server_name` is what SNI said, `client` the connection's other end."""

    path: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None
    client: tuple[str, int]


Behave = Callable[["Handler", Received], None]


@dataclass
class Receiver:
    """What came is in `received`; `behave` answers it."""

    url: str
    port: int
    behave: Behave
    received: list[Received] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.received]


class Handler(BaseHTTPRequestHandler):
    receiver: ClassVar[Receiver]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        came = Received(
            self.path,
            dict(self.headers),
            body,
            getattr(self.connection, "server_name", None),
            self.client_address,
        )
        self.receiver.received.append(came)
        self.receiver.behave(self, came)

    def do_GET(self) -> None:
        """As who follows a redirect would."""
        self.do_POST()

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Those who hang up on it are what some tests are about."""


def agree(handler: Handler, _: Received) -> None:
    handler.answer(204)


def answering(status: int, body: bytes = b"", **headers: str) -> Behave:
    return lambda handler, _: handler.answer(status, body, **headers)


@contextmanager
def receiving(behave: Behave = agree, *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""

    class Own(Handler):
        pass

    server = _Server(("127.0.0.1", 0), Own)
    if tls is not None:
        tls.sni_callback = lambda line, name, _: setattr(line, "server_name", name)
        # Each handshake in its connection's own thread.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    scheme = "http" if tls is None else "https"
    receiver = Receiver(f"{scheme}://127.0.0.1:{server.server_port}/hook", server.server_port, behave)
    Own.receiver = receiver
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(openssl: Path, folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server of that name, and for who believes in it."""
    key, certificate = folder / f"{host}.key", folder / f"{host}.pem"
    subprocess.run(
        [
            *(
                openssl,
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *(
                "-subj",
                f"/CN={host}",
                "-addext",
                f"subjectAltName=DNS:{host}",
                "-keyout",
                key,
                "-out",
                certificate,
            ),
        ],
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))
