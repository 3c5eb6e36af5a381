"""What can be wrong with a request, in the domain's words. `api/errors.py` turns each class into an HTTP status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was sent.

    `pointer` is a JSON pointer (RFC 6901) into the request's body, `code` is stable, `detail` is a sentence for people,
    `row` the line of an uploaded file (from 1).
    """

    pointer: str
    code: str
    detail: str
    row: int | None = None


class Problem(Exception):
    """A request that cannot be answered as it was meant. `code` is stable; `detail` is a sentence for people."""

    code = "problem"

    def __init__(self, detail: str, *, code: str | None = None, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.faults = tuple(faults)


class InvalidRequest(Problem):
    """The body, the query or a header is faulty; `faults` name every place."""

    code = "invalid_request"


class Unauthenticated(Problem):
    """Nobody we know."""

    code = "unauthenticated"


class Forbidden(Problem):
    """Somebody we know, who may not do this at all. (What belongs to somebody else is NotFound.)"""

    code = "forbidden"


class NotFound(Problem):
    """Not there, or not theirs."""

    code = "not_found"


class Conflict(Problem):
    """Right in itself, but not in the present state of things."""

    code = "conflict"


class InFlight(Conflict):
    """The same request is being answered just now; `retry_after` in seconds."""

    code = "request_in_flight"
    retry_after = 1


class Gone(Problem):
    """It was here and has been erased."""

    code = "gone"


class TooLarge(Problem):
    """The body is larger than what is taken here."""

    code = "too_large"


class TooManyRequests(Problem):
    """One caller asks too much; `retry_after` in seconds."""

    code = "too_many_requests"

    def __init__(self, detail: str, *, retry_after: int, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after


class Unavailable(Problem):
    """We cannot do it just now; `retry_after` in seconds."""

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after: int = 5, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after
