"""Named points in the code where tests let a process die, stop, stumble or dawdle.

In production a point is a call of an empty function. `CERTMILL_FAILPOINTS` arms a process as it starts: it names a folder that
`Failpoints` made (any other is refused), and what lies there when a point is reached happens. So a test arms points
of processes that run already, and an armed action happens once, whichever process comes first.
"""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, get_args

Point = Literal[
    "acceptance.checked",  # nothing stored yet but pictures
    "acceptance.stored",  # in the accepting transaction, all rows written
    "acceptance.committed",  # before the nudge
    "relay.marked",  # marked as sent, not sent
    "chunk.received",  # not claimed
    "chunk.claimed",  # nothing read
    "chunk.drawing",  # before each item
    "storage.half_written",  # under a temporary name
    "chunk.stored",  # files renamed, nothing recorded
    "recording.written",  # in the recording transaction, all rows written
    "recording.committed",  # not told, not acknowledged
    "completion.stamped",  # new generations set, not told
    "completion.told",  # not acknowledged
    "listing.loaded",  # queried, not stored
    "upkeep.tidied",  # in upkeep's transaction, all rows written
    "cancel.written",  # in the cancelling transaction, all rows written
    "retry.written",  # in the retrying transaction, all rows written
]
POINTS: Final[tuple[Point, ...]] = get_args(Point)
Action = Literal["crash", "stop", "raise", "delay", "disk_full", "io_error", "read_only"]

VARIABLE: Final = "CERTMILL_FAILPOINTS"
_MARK: Final = "made by core.failpoints"
_DELAY: Final = 0.5
_ERRORS: Final = {"disk_full": errno.ENOSPC, "io_error": errno.EIO, "read_only": errno.EROFS}


class InjectedError(Exception):
    """A test wants this to fail here."""


class Failpoints:
    """The folder through which a test arms the points of processes that have its path in `CERTMILL_FAILPOINTS`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()

    def arm(self, point: Point, action: Action, *, times: int = 1) -> None:
        """Let `action` happen the next `times` that anybody reaches `point`."""
        for _ in range(times):
            name = f"{time.monotonic_ns()}-{random.getrandbits(32):08x}"
            written = self.folder / f".{name}"
            written.write_text(action)
            written.rename(self.folder / f"{point}~{name}")

    def disarm(self) -> None:
        """Forget what has not happened."""
        for armed in self.folder.glob("*~*"):
            armed.unlink(missing_ok=True)

    @property
    def armed(self) -> int:
        """Actions that nobody has met yet."""
        return sum(1 for _ in self.folder.glob("*~*"))

    @property
    def reached(self) -> frozenset[str]:
        """The points that anybody came to, whether something was armed there or not."""
        return frozenset(path.name.removeprefix("reached-") for path in self.folder.glob("reached-*"))


def _pass(point: Point) -> None:
    """Where nothing is armed."""


def _reacher(folder: Path) -> Callable[[Point], None]:
    if not (folder / _MARK).exists():
        raise RuntimeError(f"{VARIABLE} names a folder that no test made: {folder}")
    noted: set[Point] = set()

    def meet(point: Point) -> None:
        if point not in noted:
            (folder / f"reached-{point}").touch()
            noted.add(point)
        for armed in folder.glob(f"{point}~*"):
            try:
                action = armed.read_text()
                armed.unlink()  # whoever removes it is the one to whom it happens
            except FileNotFoundError:
                continue
            _happen(point, action)
            return

    return meet


def _happen(point: Point, action: str) -> None:
    match action:
        case "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "raise":
            raise InjectedError(point)
        case "delay":
            time.sleep(_DELAY)
        case _:
            code = _ERRORS[action]
            raise OSError(code, os.strerror(code), point)


reach: Final = _reacher(Path(os.environ[VARIABLE])) if VARIABLE in os.environ else _pass
"""`reach("chunk.claimed")`: this is the point of that name."""
