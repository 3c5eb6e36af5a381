"""Child processes that end with this program, whatever ends it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from embedded.errors import EmbeddedError


class Child:
    """A running process in a session of its own, so that Ctrl-C in a terminal reaches only this program."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: IO[bytes] | int,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        under: Sequence[str] = (),
        standard_input: bytes = b"",
        kept_open: Sequence[int] = (),
    ) -> None:
        """Start it. `under` is a command that runs it (as another user, say), `kept_open` descriptors for it.

        Only in the main thread: the kernel sends a child its stop signal when the thread that began it ends.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedError("a child ends with the thread that starts it: start it in the main thread")
        self._stop_signal = stop_signal
        self._process = subprocess.Popen(
            [*under, *_dying_with_parent(stop_signal), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            pass_fds=kept_open,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(standard_input)  # if it ended before it read, whoever waits for it finds out why

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> IO[bytes]:
        """What it prints, where it was started with a pipe."""
        assert self._process.stdout is not None
        return self._process.stdout

    def ended(self) -> int | None:
        """Its exit code (negative: the signal that ended it), or None while it runs."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        self._process.send_signal(self._stop_signal)

    def wait(self, seconds: float) -> bool:
        """Has it ended within so many seconds?"""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, for it and for what it left behind in its session."""
        self.send_kill()
        self._process.wait()

    def send_kill(self) -> None:
        """The same without waiting, as a signal handler needs it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def _dying_with_parent(stop_signal: signal.Signals) -> list[str]:
    """Only Linux knows this. Elsewhere what outlives a SIGKILL of this program is found by the next start."""
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"] if setpriv else []
