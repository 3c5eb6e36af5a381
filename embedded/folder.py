"""The folder that everything lives in, `./var`: one program at a time, and secrets that stay."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import EmbeddedError


@contextmanager
def only_program(var: Path) -> Iterator[None]:
    """Hold the folder for this program. Raises EmbeddedError while another one holds it."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("a+") as lock:
        if not locked(lock.fileno()):
            lock.seek(0)
            raise EmbeddedError(
                f"another program (process {lock.read().strip() or 'unknown'}) is running on {var}: "
                "stop that one first, or run this one from a checkout of its own"
            )
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def locked(descriptor: int) -> bool:
    """Take the lock of an open file if nobody has it. It ends when the descriptor's last copy closes."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def kept_secret(file: Path) -> str:
    """The secret in this file, drawn and written at the first call; only its owner can read it."""
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(32))
    return file.read_text().strip()


def write_secret(file: Path, secret: str) -> None:
    """Replace the file as a whole, so that a crash leaves the old secret or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(f"{secret}\n")
    new.replace(file)
