"""`make run`: all of Certmill in the foreground, until Ctrl-C."""

import signal
import sys
from pathlib import Path
from types import FrameType

from embedded.errors import EmbeddedError
from embedded.system import ROOT, RunningSystem, system


def main(root: Path = ROOT) -> int:
    """Run until somebody asks to stop (0), or something stops by itself or does not start (1)."""
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a script's `&` leaves SIGINT ignored
        signal.signal(asked, _as_ctrl_c)
    try:
        print("Starting …", flush=True)
        with system(root / "var", root=root, quiet=False) as running:
            ended = _watched(running)
    except EmbeddedError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        ended = None
    print(f"Stopped, because {ended}." if ended else "Stopped.", flush=True)
    return 1 if ended else 0


def _watched(running: RunningSystem) -> str | None:
    """What ended by itself, or None when somebody asked to stop."""
    try:
        print(_banner(running), flush=True)
        ended = running.wait()
    except KeyboardInterrupt:
        ended = None
    signal.signal(signal.SIGINT, lambda *_: running.processes.hurry())
    for asked_again in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked_again, signal.SIG_IGN)  # a closing terminal says it twice
    reason = f"{ended}: stopping the rest." if ended else "Stopping."
    print(f"\n{reason} Workers finish what they hold; Ctrl-C stops at once.", flush=True)
    return ended


def _as_ctrl_c(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _banner(running: RunningSystem) -> str:
    lines = [
        "",
        "Certmill is running.",
        "",
        f"Console     {running.base_url}/",
        f"API docs    {running.base_url}/docs",
        f"Flower      {running.flower_url}/",
        f"            user {running.flower_user}, password {running.flower_password}",
        f"Admin key   {running.admin_key}",
        f"Documents   {running.media}",
        "",
        "Ctrl-C stops everything; workers finish first.",
        "",
    ]
    rule = "─" * 78
    return "\n".join(["", rule, *(f"  {line}".rstrip() for line in lines), rule, ""])


if __name__ == "__main__":
    sys.exit(main())
