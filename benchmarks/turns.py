"""Drawing by turns: each approach in a process of its own that draws when it is told to, and says what that cost.

`Drawer` is the side that tells; `serve` is the side that draws. They speak lines of JSON. Standard library only, as peers
live in an environment of their own.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Document:
    """What one document cost: CPU of all threads and processes that drew it, and the size of its file."""

    cpu_ms: float
    bytes: int


def serve(
    draw: Callable[[int], bytes],
    *,
    cpu_seconds: Callable[[], float] = time.process_time,
    peak_bytes: Callable[[], int] | None = None,
) -> None:
    """Draw what standard input asks for, until it ends. `draw` makes a file of the document of a number."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not spoil the answers
    gc.collect()
    for line in sys.stdin:
        order = json.loads(line)
        answer: Any = None
        match order:
            case {"draw": list(numbers)}:
                answer = [_measured(draw, number, cpu_seconds) for number in numbers]
            case {"save": int(number), "as": str(path)}:
                Path(path).write_bytes(draw(number))
            case {"peak": _}:
                answer = (peak_bytes or _own_peak)()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _measured(draw: Callable[[int], bytes], number: int, cpu_seconds: Callable[[], float]) -> list[float]:
    before = cpu_seconds()
    file = draw(number)
    return [(cpu_seconds() - before) * 1000, len(file)]


def _own_peak() -> int:
    # not getrusage's, which a process inherits from the one that started it
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


class Drawer:
    """A process that draws, and what it has drawn so far. Raises RuntimeError with its last words where it ends early."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self.drawn: list[Document] = []
        self.next = 0
        """The number of the document that comes next."""
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed with the process
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, text=True
        )

    def __enter__(self) -> "Drawer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        with self._said, self._process.stdout:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def draw(self, numbers: Sequence[int], *, count: bool = True) -> list[Document]:
        """Draw those documents, one after another. What does not `count` warms up."""
        documents = [Document(ms, size) for ms, size in self._ask({"draw": list(numbers)})]
        if count:
            self.drawn += documents
        return documents

    def save(self, number: int, path: Path) -> None:
        self._ask({"save": number, "as": str(path)})

    def peak_bytes(self) -> int:
        """The most memory that its processes had at once, each process's most added up."""
        peak: int = self._ask({"peak": True})
        return peak

    def _ask(self, order: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        if line := self._process.stdout.readline():
            return json.loads(line)
        self._process.wait(timeout=20)
        self._said.seek(0)
        raise RuntimeError(f"{self.name} ended:\n{self._said.read()[-3000:]}")
