"""What the servers have in common: a folder, a port, a password, and at most one process of theirs alive."""

import contextlib
import os
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from embedded.errors import EmbeddedError
from embedded.folder import kept_secret, locked
from embedded.ports import LOOPBACK, free_port
from embedded.processes import Child

READY_WITHIN = 60.0
STOP_WITHIN = 30.0
_PORTS_TRIED = 5


class Server(ABC):
    """One server under one folder, on one address behind a password."""

    stop_signal: ClassVar[signal.Signals]
    program: ClassVar[str]

    def __init__(self, name: str, var: Path, *, durable: bool, host: str = LOOPBACK) -> None:
        """`durable=False` lets the machine lose what was just written: for tests, which begin anew. `host` is the IPv4 address
        of this machine to listen on; whoever reaches that address reaches the server."""
        self.name = name
        self.host = host
        self.durable = durable
        self.folder = var / name
        self.log = var / "log" / f"{name}.log"
        self.port = free_port(host)
        self._child: Child | None = None
        for folder in (self.folder, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.password = kept_secret(self.folder / "password")

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _launched(self, log: int, alive: int) -> Child:
        """A process of this server that listens on `self.port`, prints to `log` and keeps `alive` open."""

    @abstractmethod
    def _answers(self) -> bool:
        """Does it take requests?"""

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Begin to start it. A process that an earlier program left behind is stopped first."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        self._launch()

    def wait_until_ready(self) -> None:
        """Raises EmbeddedError with the end of its log if it does not come up."""
        deadline = time.monotonic() + READY_WITHIN
        ports = 1
        while True:
            time.sleep(0.01)
            assert self._child is not None
            if self._child.ended() is not None:
                if "Address already in use" not in self._last_words() or ports == _PORTS_TRIED:
                    raise EmbeddedError(f"{self.name} ended as it started. {self._last_words()}")
                ports += 1
                self.port = free_port(self.host)
                self._launch()
            elif self._answers():
                return
            elif time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} does not answer. {self._last_words()}")

    def stop(self) -> None:
        """End it in order: what it holds is on disk afterwards."""
        if self._child is not None:
            self._child.ask_to_stop()
            self._child.wait(STOP_WITHIN)
            self._child.kill()
            self._child = None

    def kill(self) -> None:
        """End it as a crash would; `start` brings it back on the same port."""
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _launch(self) -> None:
        alive = self._claim()
        try:
            log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                self._child = self._launched(log, alive)
            finally:
                os.close(log)
            os.ftruncate(alive, 0)
            os.pwrite(alive, f"{self._child.pid}\n".encode(), 0)
        finally:
            os.close(alive)

    def _claim(self) -> int:
        """A descriptor whose lock is held while any process that inherits it lives: no stale pid misleads."""
        descriptor = os.open(self.folder / "alive", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            for orphans_signal in (self.stop_signal, signal.SIGKILL):
                if locked(descriptor):
                    return descriptor
                self._signal_orphan(os.pread(descriptor, 32, 0), orphans_signal)
                deadline = time.monotonic() + STOP_WITHIN
                while time.monotonic() < deadline:
                    if locked(descriptor):
                        return descriptor
                    time.sleep(0.02)
            raise EmbeddedError(
                f"a {self.name} of an earlier program still runs on {self.folder}: stop it first"
            )
        except BaseException:
            # Whatever ends it: a lock that nobody holds any more must not be held by this program.
            os.close(descriptor)
            raise

    def _signal_orphan(self, recorded: bytes, orphans_signal: signal.Signals) -> None:
        with contextlib.suppress(ValueError, FileNotFoundError, ProcessLookupError, PermissionError):
            pid = int(recorded)
            if (
                not Path("/proc/self").exists()
                or self.program.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
            ):
                os.kill(pid, orphans_signal)

    def _last_words(self) -> str:
        with contextlib.suppress(FileNotFoundError):
            lines = self.log.read_text(errors="replace").splitlines()[-15:]
            return "\n".join([f"The end of {self.log}:", *lines])
        return f"It left no {self.log}."
