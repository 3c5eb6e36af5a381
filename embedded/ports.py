"""Ports to listen on."""

import contextlib
import socket
import sys
from collections.abc import Mapping
from typing import Self

from embedded.errors import EmbeddedError

LOOPBACK = "127.0.0.1"


def free_port(host: str = LOOPBACK) -> int:
    """A TCP port of this IPv4 address that nobody listens on now."""
    with socket.socket() as candidate:
        candidate.bind((host, 0))
        port: int = candidate.getsockname()[1]
        return port


class Ports(contextlib.ExitStack):
    """Ports that are ours until the block ends, among all programs that take theirs here.

    To find a port free is not enough: Granian shares one (SO_REUSEPORT) with whoever came a moment later, and each of
    the two would answer half of the other's requests.
    """

    def __enter__(self) -> Self:
        return self

    def take(self, name: str, given: Mapping[str, str], host: str, first: int) -> int:
        """The port that `given` sets under this name, which must be free, or the first free one from `first` up."""
        if not given.get(name):
            return next(port for port in range(first, 65536) if self._taken(host, port))
        port = int(given[name])
        if not self._taken(host, port):
            raise EmbeddedError(f"somebody listens on port {port} already: choose another with {name}=…")
        return port

    def _taken(self, host: str, port: int) -> bool:
        """Was it free, and is it ours now?"""
        if sys.platform == "linux":
            # An abstract socket stands for the port: two programs cannot both have it, and it ends with its program.
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0certmill-port-{port}")
            except OSError:
                claim.close()
                return False
            self.enter_context(claim)
        return _free(host, port)


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what just closed is free
        try:
            candidate.bind((host, port))
            candidate.listen(1)
        except OSError:
            return False
    return True
