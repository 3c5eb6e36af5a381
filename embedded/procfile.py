"""A Procfile's processes, run side by side and stopped together."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from embedded.errors import EmbeddedError
from embedded.processes import Child

_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")
HOPELESS_SECONDS = 5.0
"""A process that ends sooner after its start is not started again."""
_COLOURS = (36, 33, 32, 35, 34, 31)


def read_procfile(text: str) -> dict[str, str]:
    """The commands by their names. Blank lines and comments do not count."""
    lines = [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    matches = [(line, _LINE.fullmatch(line)) for line in lines]
    wrong = [line for line, match in matches if match is None]
    if wrong:
        raise EmbeddedError(f"not a line of a Procfile: {wrong[0]!r}")
    return {match["name"]: match["command"] for _, match in matches if match}


class Processes:
    """The running processes of a Procfile, by name."""

    def __init__(
        self,
        commands: Mapping[str, str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        logs: Path | None,
        stop_within: float = 40.0,
        under: Sequence[str] = (),
    ) -> None:
        """`logs` is a folder for files of their output; without it, they print under their names. `under` is a command that
        runs each of them (on another machine, say)."""
        self.children: dict[str, Child] = {}
        self._started_at: dict[str, float] = {}
        self._commands = commands
        self._environment = dict(environment)
        self._folder = folder
        self._logs = logs
        self._stop_within = stop_within
        self._under = under
        self._printer = _Printer(list(commands), sys.stdout)

    def start(self, name: str, *, given: Mapping[str, str] | None = None) -> None:
        """Start one, or start it again after it ended; with more in its environment than the others have, where `given`."""
        command = ["/bin/sh", "-c", self._commands[name]]
        environment = {**self._environment, **(given or {})}
        launch = partial(Child, command, environment=environment, folder=self._folder, under=self._under)
        if self._logs is None:
            child = launch(output=subprocess.PIPE)
            self._printer.follow(name, child)
        else:
            with (self._logs / f"{name}.log").open("ab") as log:
                child = launch(output=log)
        self.children[name] = child
        self._started_at[name] = time.monotonic()

    def start_all(self) -> None:
        for name in self._commands:
            self.start(name)

    def ended(self) -> str | None:
        """What to say of a process that has ended by itself, if one has."""
        return next((self._last_word(name, code) for name, code in self._codes()), None)

    def revive(self) -> tuple[list[str], str | None]:
        """Start again what ended by itself: what to say of each. The second value is what to say of one that ended so
        soon after its start that starting it again would be in vain."""
        revived: list[str] = []
        for name, code in self._codes():
            said = self._last_word(name, code)
            if time.monotonic() - self._started_at[name] < HOPELESS_SECONDS:
                return revived, said
            self.children[name].kill()  # what it left behind in its session
            self.start(name)
            revived.append(said)
        return revived, None

    def _codes(self) -> list[tuple[str, int]]:
        codes = ((name, child.ended()) for name, child in self.children.items())
        return [(name, code) for name, code in codes if code is not None]

    def _last_word(self, name: str, code: int) -> str:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        where = "" if self._logs is None else f"; see {self._logs / name}.log"
        return f"{name} {how}{where}"

    def stop_all(self) -> None:
        """Ask all of them to finish, wait for that, kill what is left. Interrupted, it kills at once."""
        try:
            for child in self.children.values():
                child.ask_to_stop()
            deadline = time.monotonic() + self._stop_within
            for child in self.children.values():
                child.wait(max(0.0, deadline - time.monotonic()))
        finally:
            self.kill_all()

    def kill_all(self) -> None:
        for child in self.children.values():
            child.kill()
        self._printer.finish()

    def hurry(self) -> None:
        """Let nobody finish: whoever waits in `stop_all` is done at once. A signal handler may call it."""
        for child in self.children.values():
            child.send_kill()


@contextmanager
def running(processes: Processes) -> Iterator[Processes]:
    try:
        processes.start_all()
        yield processes
    finally:
        processes.stop_all()


class _Printer:
    """Lines of many processes on one terminal, each under its name and in its colour."""

    def __init__(self, names: list[str], terminal: TextIO) -> None:
        width = max(map(len, names), default=0)
        colourful = terminal.isatty() and "NO_COLOR" not in os.environ
        self._prefixes = {
            name: f"\x1b[{_COLOURS[i % len(_COLOURS)]}m{name:<{width}} │\x1b[0m "
            if colourful
            else f"{name:<{width}} │ "
            for i, name in enumerate(names)
        }
        self._terminal = terminal
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def follow(self, name: str, child: Child) -> None:
        thread = threading.Thread(target=self._copy, args=(self._prefixes[name], child), daemon=True)
        thread.start()
        self._threads.append(thread)

    def finish(self) -> None:
        """Wait for the last lines."""
        for thread in self._threads:
            thread.join(timeout=2)

    def _copy(self, prefix: str, child: Child) -> None:
        with child.output as lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip("\n")
                with self._lock:
                    self._terminal.write(f"{prefix}{text}\n")
                    self._terminal.flush()
