"""For a process whose clock is wrong: libfaketime (0.9.10) refuses Python's sleep, which waits for a moment of the very clock
that it was told to leave alone. Waits for locks are right there."""

import threading
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    threading.Event().wait(float(seconds))


time.sleep = _sleep
