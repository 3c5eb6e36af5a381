"""Machines made of namespaces: a network, a name, shared memory and a /tmp of its own each, and no disk that can be written.

The program that calls `become` is the first of them, `web`, and holds the bridge; `Host` makes others. What they have in common
is the kernel, the CPU and a disk with the checkout, which all of them can only read. All of it ends with the program.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from core.failpoints import VARIABLE, Failpoints
from embedded.errors import EmbeddedError
from embedded.processes import Child
from embedded.procfile import Processes, read_procfile
from embedded.system import ROOT

WEB: Final = "10.77.0.1"
OWN: Final = ("/tmp", "/dev/shm")
"""Where a host can write, in memory that no other host sees."""
_WORK: Final = "/tmp/work"
_APART: Final = ("--net", "--mount", "--uts", "--ipc")
_INSIDE: Final = "CERTMILL_CLUSTER_HOST"
_READY: Final = "ready"


def become_web() -> None:
    """Run this program anew as the host `web`, or return if it is that already. Raises EmbeddedError where that cannot be."""
    if os.environ.get(_INSIDE) == "web":
        _settle("web")
        _ip("link", "add", "bridge0", "type", "bridge")
        _ip("address", "add", f"{WEB}/24", "dev", "bridge0")
        _ip("link", "set", "bridge0", "up")
        return
    if os.geteuid() != 0:
        raise EmbeddedError("network namespaces need root: sudo make cluster-test")
    for part in (ROOT, Path(sys.prefix).resolve(), Path(sys.base_prefix)):
        if part.is_relative_to("/tmp"):
            raise EmbeddedError(f"each host has a /tmp of its own, and so would not see {part}: move it")
    if not (shutil.which("ip") and shutil.which("ss")):
        print("Installing iproute2 …", flush=True)
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "iproute2"], check=True)
    program = [sys.executable, "-m", "tests.cluster.run", *sys.argv[1:]]
    os.execvpe("unshare", ["unshare", *_APART, "--", *program], {**os.environ, _INSIDE: "web"})


class Host:
    """A machine beside `web`: `with Host("one", 11) as host`. `cut` and `heal` are done to its cable."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"10.77.0.{number}"
        self._cable = f"to-{name}"
        self._processes: Processes | None = None
        self._first = Child(
            [sys.executable, "-m", "tests.cluster.hosts", name],
            under=("unshare", *_APART, "--"),
            output=subprocess.PIPE,
            folder=ROOT,
        )
        said = self._first.output.readline().decode().strip()
        if said != _READY:
            raise EmbeddedError(f"host {name} did not come up: {said}")

    def __enter__(self) -> Self:
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", str(self._first.pid))
        _ip("link", "set", self._cable, "master", "bridge0", "up")
        for words in (("address", "add", f"{self.address}/24", "dev", "eth0"), ("link", "set", "eth0", "up")):
            self.run("ip", *words)
        return self

    def __exit__(self, *_: object) -> None:
        if self._processes is not None:
            self._processes.kill_all()
        self._first.kill()

    @property
    def under(self) -> tuple[str, ...]:
        """The command that runs another one on this host. It does not fork, so signals reach what it runs."""
        return ("nsenter", "--target", str(self._first.pid), *_APART)

    def run(self, *command: str) -> str:
        """What a command prints there."""
        done = subprocess.run([*self.under, *command], capture_output=True, text=True, check=True)
        return done.stdout

    def start(self, environment: Mapping[str, str], *names: str, logs: Path) -> None:
        """Run these of the Procfile's processes there, in an empty folder."""
        commands = read_procfile((ROOT / "Procfile").read_text())
        (logs / self.name).mkdir(parents=True, exist_ok=True)
        Failpoints(self.failpoints)
        self._processes = Processes(
            {name: f"mkdir -p {_WORK} && cd {_WORK} && {commands[name]}" for name in names},
            environment={
                **environment,
                "PYTHONPATH": str(ROOT),
                "HOME": "/tmp",
                "METRICS_FOLDER": "/tmp/metrics",
                VARIABLE: "/tmp/failpoints",
            },
            folder=ROOT,
            logs=logs / self.name,
            under=self.under,
        )
        self._processes.start_all()

    def stop(self) -> None:
        """Ask its processes to stop, and wait for that."""
        if self._processes is not None:
            self._processes.stop_all()
            self._processes = None

    def ended(self) -> str | None:
        """What to say of a process of its that ended by itself."""
        return None if self._processes is None else self._processes.ended()

    def cut(self) -> None:
        _ip("link", "set", self._cable, "down")

    def heal(self) -> None:
        _ip("link", "set", self._cable, "up")

    def peers(self) -> set[str]:
        """`address:port` of all that it is connected to now."""
        lines = self.run("ss", "--no-header", "--tcp", "--numeric", "state", "established").splitlines()
        return {line.split()[3] for line in lines}

    @property
    def failpoints(self) -> Path:
        """A folder of its own /tmp, as this program sees it; there it is `/tmp/failpoints`."""
        return Path(f"/proc/{self._first.pid}/root/tmp/failpoints")

    def files(self) -> list[str]:
        """Everything that was written there."""
        return self.run("find", *OWN, "-type", "f").split()

    def writable(self) -> set[tuple[str, str]]:
        """Where it can write: each mount with the number of its device."""
        return _writable(str(self._first.pid))


def writable_here() -> set[tuple[str, str]]:
    return _writable("self")


def _settle(name: str) -> None:
    """Make the namespaces that this process is in a machine."""
    socket.sethostname(name)
    for folder in OWN:
        _run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", folder)
    for mount, _ in _writable("self"):
        if mount not in OWN:
            _run("mount", "-o", "remount,bind,ro", mount)
    _ip("link", "set", "lo", "up")


def _writable(process: str) -> set[tuple[str, str]]:
    top: dict[str, tuple[str, bool]] = {}
    for line in Path(f"/proc/{process}/mountinfo").read_text().splitlines():
        _, _, device, _, mount, options, *_ = line.split()
        top[re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), mount)] = (
            device,
            "rw" in options.split(","),
        )
    kernels = ("/proc", "/dev/pts")
    return {(mount, device) for mount, (device, rw) in top.items() if rw and not mount.startswith(kernels)}


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmbeddedError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


if __name__ == "__main__":
    _settle(sys.argv[1])
    print(_READY, flush=True)
    signal.pause()
