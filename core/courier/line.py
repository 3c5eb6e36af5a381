"""One connection, to an address that was checked, under the name that it was checked for."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from core.courier.addresses import Address, Target
from core.courier.outcomes import Failure, Reply
from core.courier.watch import Alarm, Watch

MAX_BODY: Final = 64 * 1024
_BROKEN: Final = (OSError, ValueError, HTTPException, HTTPError)
"""All that a connection and what comes over it can be wrong with."""


def connect(
    target: Target, addresses: Sequence[Address], trust: ssl.SSLContext, watch: Watch
) -> HTTPConnection:
    """To the first of the addresses that answers before the watch ends. Raises `OSError`, of which TLS and lateness are kinds."""
    for number, address in enumerate(addresses, start=1):
        line = _line(target, address, trust)
        line.timeout = watch.left
        try:
            line.connect()
        except (OSError, HTTPError) as error:
            line.close()
            if number == len(addresses) or watch.is_over:
                raise _cause(error) from error
        else:
            return line
    raise OSError("no such host")


def exchange(
    line: HTTPConnection, target: Target, headers: Mapping[str, str], body: bytes, watch: Watch
) -> Reply | Failure:
    """Send the request and hear the answer. Of a body that breaks off or never ends, what came in time is kept.

    The line is closed unless it can carry another request.
    """
    headers = {"Host": target.authority, "Accept-Encoding": "identity", **headers}
    try:
        with Alarm(line.sock, watch.left):
            line.timeout = watch.left
            line.request(
                "POST",
                target.path,
                body,
                headers,
                preload_content=False,
                decode_content=False,
                enforce_content_length=False,
            )
            line.timeout = watch.left
            answer = line.getresponse()
            if watch.is_over:  # headers that were cut off look as if they had come to an end
                raise TimeoutError
            beginning, is_whole = _beginning(answer)
            if not is_whole:
                line.close()
            return Reply(answer.status, beginning, answer.headers.get("Retry-After"), watch.passed)
    except _BROKEN as error:
        line.close()
        if watch.is_over or isinstance(error, TimeoutError):
            return Failure("timeout", "It did not answer in time.", watch.passed)
        return Failure("no_answer", "It closed the connection without an answer in HTTP.", watch.passed)


def _line(target: Target, address: Address, trust: ssl.SSLContext) -> HTTPConnection:
    if target.scheme == "http":
        return HTTPConnection(str(address), target.port)
    # The name is what the certificate must be for and what SNI says; the address is where the bytes go.
    return HTTPSConnection(str(address), target.port, server_hostname=target.host, ssl_context=trust)


def _beginning(answer: BaseHTTPResponse) -> tuple[bytes, bool]:
    """What there is of a body, and whether that is all."""
    body = bytearray()
    with suppress(*_BROKEN):
        while len(body) < MAX_BODY:
            piece = answer.read1(MAX_BODY - len(body))
            if not piece:
                return bytes(body), True
            body += piece
    return bytes(body), False


def _cause(error: Exception) -> OSError:
    """What the system said, below urllib3's words for it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    return cause or OSError(str(error))
