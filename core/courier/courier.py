"""POSTs to addresses that users named: resolved once, every answer checked, the checked one connected to.

No redirect is followed, no proxy asked, no body unpacked. Whatever the other side does, it takes 15 seconds and 64 KiB at most.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from ipaddress import ip_address
from itertools import chain
from typing import TYPE_CHECKING, Final

from core.courier.addresses import Address, AddressRefused, Target, check_addresses, parse_target
from core.courier.outcomes import Failure, Reply
from core.courier.watch import Watch, within

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

CONNECT_SECONDS: Final = 5.0
"""For the name and the connection together."""
TOTAL_SECONDS: Final = 15.0
_MOST_ADDRESSES: Final = 4  # of one name that are tried

Resolve = Callable[[str, int], Sequence[Address]]
"""The addresses of a host, best first; raises `OSError`."""
Post = Callable[[str, Mapping[str, str], bytes], Reply | Failure]
"""What came of a POST of these headers and bytes to an address. Nothing that the other side does raises."""


def resolve(host: str, port: int) -> list[Address]:
    """As this machine resolves names."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(address) for address in dict.fromkeys(str(entry[4][0]) for entry in found)]


class Courier:
    """Carries requests out. Threads may share it; nothing is connected or read before the first request.

    `allows_loopback`: this machine may be named too, over http as well (development and tests). `trust` says whose certificates
    are believed; None: those that the system believes.
    """

    def __init__(
        self,
        *,
        allows_loopback: bool,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.allows_loopback: Final = allows_loopback
        self._resolve: Final = resolve
        self._given_trust: Final = trust
        self._connect_seconds: Final = connect_seconds
        self._total_seconds: Final = total_seconds

    @contextmanager
    def round(self) -> Iterator[Post]:
        """For requests that are made within seconds, by threads at once: those to one address share connections."""
        lines: dict[tuple[str, str, int], list[HTTPConnection]] = {}

        def post(url: str, headers: Mapping[str, str], body: bytes) -> Reply | Failure:
            watch = Watch(self._total_seconds)
            try:
                target = parse_target(url, allows_loopback=self.allows_loopback)
            except AddressRefused as refused:
                return Failure(refused.code, refused.detail, watch.passed)
            idle = lines.setdefault((target.scheme, target.host, target.port), [])
            connection = _take(idle) or self._connect(target, watch)
            if isinstance(connection, Failure):
                return connection
            outcome = line.exchange(connection, target, headers, body, watch)
            idle.append(connection)
            return outcome

        from core.courier import line  # with urllib3: only for processes that send

        try:
            yield post
        finally:
            for connection in chain.from_iterable(lines.values()):
                connection.close()

    def _connect(self, target: Target, watch: Watch) -> HTTPConnection | Failure:
        from core.courier import line

        connecting = Watch(self._connect_seconds)
        try:
            return line.connect(target, self._addresses(target, connecting), self._trust, connecting)
        except AddressRefused as refused:
            return Failure(refused.code, refused.detail, watch.passed)
        except TimeoutError:
            return Failure("connect_timeout", "It could not be connected to in time.", watch.passed)
        except ssl.SSLError as error:
            return Failure("tls", f"No secure connection: {_reason(error)}.", watch.passed)
        except (OSError, ValueError) as error:
            return Failure("connect", f"It could not be connected to: {_reason(error)}.", watch.passed)

    def _addresses(self, target: Target, watch: Watch) -> Sequence[Address]:
        """All that the name stands for now, each of them checked; nobody asks again before the connection stands."""
        addresses = within(watch.left, lambda: self._resolve(target.host, target.port))
        check_addresses(addresses, allows_loopback=self.allows_loopback)
        if target.scheme == "http" and not all(address.is_loopback for address in addresses):
            raise AddressRefused("not_https", "Only https is delivered to.")
        return addresses[:_MOST_ADDRESSES]

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return self._given_trust or ssl.create_default_context()


def _take(idle: list[HTTPConnection]) -> HTTPConnection | None:
    """One that the other side has not closed meanwhile."""
    with suppress(IndexError):  # other threads take from it, too
        while True:
            connection = idle.pop()
            if connection.is_connected:
                return connection
            connection.close()
    return None


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not accepted, {error.verify_message}"
        case ssl.SSLError():
            return (error.reason or "no TLS").lower().replace("_", " ")
        case socket.gaierror() | ValueError():
            return "there is no such host"
        case OSError():
            return (error.strerror or str(error) or "no answer").lower()
    return "no answer"
