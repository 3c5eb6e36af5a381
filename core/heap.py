"""The memory of this process, as the system sees it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Final

_SELDOM: Final = (60_000, 10, 10)
"""New objects are searched after more than the longest documents draw with, so that what one draws is gone by then and only what
is kept is looked at; all that is not frozen after six million objects more, not after 70,000."""


def settle() -> None:
    """To be called once a process has what it will always have: Python looks for garbage among that no more, and among the rest
    less often. Drawing leaves next to none, and to look through all that is kept took a twentieth of its CPU, in pauses of a
    third of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def give_back() -> None:
    """Return the pages that the heap holds and nobody uses, which the coming and going of what is kept leaves all over it: a
    tenth of a worker's memory, for a millisecond or two and a fault for each page that is wanted again. glibc's malloc_trim(3);
    with another allocator, nothing."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
