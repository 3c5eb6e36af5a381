"""Which addresses may be connected to: public ones, by the registries of special-purpose addresses and not by a library's mood.

<https://www.iana.org/assignments/iana-ipv4-special-registry> and <…/iana-ipv6-special-registry>
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

MAX_URL: Final = 2000

_CLOSED_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # between a provider and its customers; also a cloud's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host, by a public number
            "169.254.0.0/16",  # link-local, and most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# The other way round: only what is given out to the world, so that mapped, translated, unique-local and link-local
# addresses and whatever comes next are out without a line of their own.
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols: Teredo, ORCHID, benchmarking
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries any IPv4 address
            "3fff::/20",
        ),
    )
)

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LOCAL_NAMES: Final = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
)
_PRINTABLE: Final = re.compile(r"[!-~]+")


class AddressRefused(Exception):
    """An address that nothing is sent to. `code` is stable, `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `host` is a name in small letters or an address without brackets; `path` has the query too."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


_PORTS: Final = {"http": 80, "https": 443}


def parse_target(url: str, *, allows_loopback: bool) -> Target:
    """Raises `AddressRefused` for what is no address of the world's, as far as it can be seen without asking anybody.

    `allows_loopback`: this machine is allowed too, over http as well.
    """
    if len(url) > MAX_URL or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise AddressRefused("bad_url", f"This is no web address of at most {MAX_URL} plain characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("bad_url", "This is no web address.") from None
    scheme = parts.scheme
    if scheme not in ("http", "https") or not host:
        raise AddressRefused("bad_url", "A web address begins with https:// and a host.")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise AddressRefused("bad_url", "Leave out names, passwords and what follows a #.")
    literal = _check_host(host, allows_loopback=allows_loopback)
    is_loopback = literal.is_loopback if literal else host == "localhost"
    if scheme == "http" and not (allows_loopback and is_loopback):
        raise AddressRefused("not_https", "Only https is delivered to.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = _PORTS[scheme] if port is None else port
    if port == 0:
        raise AddressRefused("bad_url", "There is no port 0.")
    return Target("http" if scheme == "http" else "https", host, port, path)


def _check_host(host: str, *, allows_loopback: bool) -> Address | None:
    """The address that a host is written as, if it is one."""
    literal = _literal(host)
    if literal is not None:
        check_addresses([literal], allows_loopback=allows_loopback)
        return literal
    if host == "localhost" and allows_loopback:
        return None
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused("bad_url", "This host is no name of a machine; write other scripts as xn--….")
    # A host that ends in a number is an IPv4 address to somebody: 2130706433, 127.1, 0x7f.1, 0177.0.0.1 (WHATWG URL, 3.5).
    if _NUMBER.fullmatch(labels[-1]):
        raise AddressRefused("bad_url", "Write an IPv4 address as four plain numbers.")
    if len(labels) == 1 or any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES):
        raise AddressRefused("not_public", "This host is not part of the public internet.")
    return None


def _literal(host: str) -> Address | None:
    if "%" in host:  # a zone, as in fe80::1%eth0
        raise AddressRefused("not_public", "This host is not part of the public internet.")
    try:
        return ip_address(host)
    except ValueError:
        if ":" in host:
            raise AddressRefused("bad_url", "This host is no IPv6 address.") from None
        return None


def check_addresses(addresses: Collection[Address], *, allows_loopback: bool) -> None:
    """Raises `AddressRefused` unless all of them may be connected to: a name with one foot inside is refused whole."""
    for address in addresses:
        if not (is_public(address) or (allows_loopback and address.is_loopback)):
            raise AddressRefused("not_public", "This host is not part of the public internet.")


def is_public(address: Address) -> bool:
    """Whether an address is given out for anybody to reach."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)
