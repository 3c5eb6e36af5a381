"""The servers that a machine lacks: PostgreSQL, a broker and a cache, real ones, under one folder.

with servers(Path("var")) as running:
    create_engine(running.urls.database_url)
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded.folder import only_program
from embedded.ports import LOOPBACK
from embedded.postgresql import PostgreSQL
from embedded.server import Server
from embedded.valkey import BROKER, CACHE, Valkey


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Where the three servers are."""

    database_url: str
    broker_url: str
    cache_url: str

    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "BROKER_URL": self.broker_url,
            "CACHE_URL": self.cache_url,
        }


@dataclass(frozen=True, slots=True)
class RunningServers:
    """The three addresses, and the servers among them that are ours (None: the user's)."""

    urls: ServerUrls
    database: PostgreSQL | None
    broker: Valkey | None
    cache: Valkey | None


@contextmanager
def servers(
    var: Path,
    given: Mapping[str, str] | None = None,
    *,
    durable: bool = True,
    host: str = LOOPBACK,
) -> Iterator[RunningServers]:
    """Run those servers whose URL is not `given` (by the names of the environment), until the block ends.

    Everything they write is under `var`, which one program has for itself; they listen on `host`. An EmbeddedError says what
    to do.
    Call it in the main thread: the servers end with the thread that started them.
    """
    given = given or {}
    var = var.absolute()
    with only_program(var), ExitStack() as stack:
        database = None if given.get("DATABASE_URL") else PostgreSQL(var, durable=durable, host=host)
        broker = (
            None if given.get("BROKER_URL") else Valkey("broker", var, BROKER, durable=durable, host=host)
        )
        cache = None if given.get("CACHE_URL") else Valkey("cache", var, CACHE, durable=durable, host=host)
        ours: list[Server] = [server for server in (broker, cache, database) if server]
        for server in ours:
            stack.callback(server.stop)
            server.start()
        for server in ours:
            server.wait_until_ready()
        urls = ServerUrls(
            database_url=database.url if database else given["DATABASE_URL"],
            broker_url=broker.url if broker else given["BROKER_URL"],
            cache_url=cache.url if cache else given["CACHE_URL"],
        )
        yield RunningServers(urls, database, broker, cache)
