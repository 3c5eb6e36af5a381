"""Where something is wrong, and how a declaration that cannot be is refused."""

from collections.abc import Sequence

from core.errors import Fault, InvalidRequest
from core.plurals import counted


class InvalidKind(InvalidRequest):
    """A declaration of a kind that cannot be; `faults` names everything that is wrong with it, never nothing."""

    code = "invalid_kind"

    def __init__(self, faults: Sequence[Fault]) -> None:
        others = counted(len(faults) - 1, "other fault")
        more = f" It has {others}." if len(faults) > 1 else ""
        super().__init__(f"The kind cannot be as it is declared. {faults[0].detail}{more}", faults=faults)


def pointer_to(*path: str | int) -> str:
    """The JSON pointer (RFC 6901) of a path of keys and positions: `("lines", 3, "rate")` is `/lines/3/rate`."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
