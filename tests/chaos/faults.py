"""What can go wrong with processes and servers, done to those of a running system on purpose.

Each fault is struck at once and, where it lasts, mended later by `tend`. Everything runs in the main thread: the kernel ends a
server together with the thread that started it.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

import psutil
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from core.failpoints import POINTS, Action, Failpoints, Point
from core.messages import BULK, RENDER_CHUNK, BrokerUnavailable, Message
from core.parts import Parts
from embedded.server import Server
from embedded.system import RunningSystem
from embedded.valkey import Valkey
from sending import sender

WORKERS: Final = ("worker-bulk", "worker-interactive")
CLOCKS: Final = ("web", *WORKERS, "beat")
"""Whose clock may be wrong."""
_POINT_ACTIONS: Final[tuple[Action, ...]] = ("crash", "crash", "crash", "raise", "delay", "stop")


class Faults:
    """`strike(name)` does one; `tend()`, called all the time, mends what was to last and starts again what ended."""

    def __init__(
        self,
        running: RunningSystem,
        parts: Parts,
        points: Failpoints,
        chance: random.Random,
        *,
        past_a_lease: float = 24.0,
    ) -> None:
        """A process that is stopped is so for `past_a_lease` seconds."""
        self._running = running
        self._parts = parts
        self._points = points
        self._chance = chance
        self._past_a_lease = past_a_lease
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()
        self._away: set[str] = set()
        self._stopped: dict[int, float] = {}
        self._unmet = list(POINTS)
        self.struck: Counter[str] = Counter()
        self.kinds: dict[str, Callable[[], object]] = {
            "kill_child": self._kill_child,
            "kill_worker": lambda: self._kill(self._chance.choice(WORKERS)),
            "kill_beat": lambda: self._kill("beat"),
            "kill_web": self._kill_web,
            "term_worker": lambda: self._signal(self._chance.choice(WORKERS), signal.SIGTERM),
            "stop_worker": self._stop_worker,
            "clock_wrong": self._set_a_clock_wrong,
            "stop_beat": lambda: self._stop([self._main("beat")], 8.0),
            "broker_killed": lambda: self._restart(self._broker, empty=False),
            "broker_restarted_empty": lambda: self._restart(self._broker, empty=True),
            "broker_flushed": lambda: self._redis(self._broker, "FLUSHALL"),
            "broker_hung": lambda: self._hang(self._broker),
            "broker_full": lambda: self._for_a_while(
                self._broker, ("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")
            ),
            "broker_read_only": lambda: self._for_a_while(
                self._broker, ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")
            ),
            "cache_killed": lambda: self._restart(self._cache, empty=False),
            "cache_flushed": lambda: self._redis(self._cache, "FLUSHALL"),
            "cache_hung": lambda: self._hang(self._cache),
            "cache_read_only": lambda: self._for_a_while(
                self._cache, ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")
            ),
            "database_restarted": self._restart_database,
            "database_connections_cut": self._cut_connections,
            "database_full": self._take_all_connections,
            "deadlock": self._deadlock,
            "duplicates": self._send_duplicates,
            "failpoint": self._arm_a_point,
            "disk": self._arm_the_disk,
        }
        if faked_clock() is None:
            del self.kinds["clock_wrong"]

    def strike(self, name: str) -> None:
        self.struck[name] += 1
        self.kinds[name]()

    def tend(self) -> None:
        """Mend what is due, start again what ended, wake what a point has stopped."""
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()
        for name, child in list(self._running.processes.children.items()):
            if child.ended() is not None:
                child.kill()  # what it left behind in its session
                self._running.processes.start(name)
        self._wake_the_stopped()

    def end(self) -> None:
        """Mend everything at once."""
        self._points.disarm()
        while self._later:
            heapq.heappop(self._later)[2]()
        self._wake_the_stopped(at_once=True)
        self.tend()

    def _after(self, seconds: float, mend: Callable[[], None]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._number), mend))

    # Processes

    def _main(self, name: str) -> int:
        return self._running.processes.children[name].pid

    def _children_of(self, name: str) -> list[int]:
        with contextlib.suppress(psutil.Error):
            return [child.pid for child in psutil.Process(self._main(name)).children(recursive=True)]
        return []

    def _kill_child(self) -> None:
        children = [pid for name in WORKERS for pid in self._children_of(name)]
        if children:
            _send(self._chance.choice(children), signal.SIGKILL)

    def _kill_web(self) -> None:
        children = self._children_of("web")
        if children and self._chance.random() < 0.5:
            _send(self._chance.choice(children), signal.SIGKILL)
        else:
            self._kill("web")

    def _kill(self, name: str) -> None:
        self._signal(name, signal.SIGKILL)

    def _signal(self, name: str, which: signal.Signals) -> None:
        _send(self._main(name), which)

    def _stop_worker(self) -> None:
        name = self._chance.choice(WORKERS)
        self._stop([self._main(name), *self._children_of(name)], self._past_a_lease)

    def _stop(self, pids: list[int], seconds: float) -> None:
        for pid in pids:
            _send(pid, signal.SIGSTOP)
            self._stopped[pid] = time.monotonic() + seconds

    def _set_a_clock_wrong(self) -> None:
        """One comes back with a clock that is an hour ahead, or behind, and has it until it ends, by us if by nobody else."""
        name = self._chance.choice(CLOCKS)
        self._running.processes.children[name].kill()
        hour = self._chance.choice(("+1h", "-1h"))
        given = {
            "LD_PRELOAD": str(faked_clock()),
            "FAKETIME": hour,
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "PYTHONPATH": str(Path(__file__).parent / "clock"),
        }
        self._running.processes.start(name, given=given)
        wrong = self._running.processes.children[name]
        self._after(self._chance.uniform(15.0, 30.0), wrong.kill)

    def _wake_the_stopped(self, *, at_once: bool = False) -> None:
        """Those that we stopped when their time is over, and those that a point has stopped after a lease's time."""
        now = time.monotonic()
        after = 0.0 if at_once else self._past_a_lease
        for name in self._running.processes.children:
            for pid in (self._main(name), *self._children_of(name)):
                with contextlib.suppress(psutil.Error):
                    if psutil.Process(pid).status() == psutil.STATUS_STOPPED:
                        self._stopped.setdefault(pid, now + after)
        for pid, until in list(self._stopped.items()):
            if until <= now or at_once:
                _send(pid, signal.SIGCONT)
                del self._stopped[pid]

    # Servers

    @property
    def _broker(self) -> Valkey:
        assert self._running.servers.broker is not None
        return self._running.servers.broker

    @property
    def _cache(self) -> Valkey:
        assert self._running.servers.cache is not None
        return self._running.servers.cache

    def _restart(self, server: Server, *, empty: bool) -> None:
        if server.name in self._away:
            return
        self._away.add(server.name)
        server.kill()
        if empty:
            for left in server.folder.glob("appendonlydir/*"):
                left.unlink()
        self._after(self._chance.uniform(0.2, 3.0), lambda: self._bring_back(server))

    def _bring_back(self, server: Server) -> None:
        server.start()
        server.wait_until_ready()
        self._away.discard(server.name)

    def _hang(self, server: Server) -> None:
        if server.name in self._away:
            return
        self._away.add(server.name)
        _send(server.pid, signal.SIGSTOP)

        def wake() -> None:
            _send(server.pid, signal.SIGCONT)
            self._away.discard(server.name)

        self._after(self._chance.uniform(2.0, 8.0), wake)

    def _for_a_while(self, server: Valkey, broken: tuple[str, ...], mended: tuple[str, ...]) -> None:
        if server.name in self._away:
            return
        self._away.add(server.name)
        self._redis(server, *broken)

        def mend() -> None:
            if self._redis(server, *mended):
                self._away.discard(server.name)
            else:
                self._after(1.0, mend)

        self._after(self._chance.uniform(1.0, 4.0), mend)

    def _redis(self, server: Valkey, *command: str) -> bool:
        """Whether it did that."""
        with contextlib.suppress(RedisError), Redis.from_url(server.url, socket_timeout=2) as client:
            client.execute_command(*command)
            return True
        return False

    def _restart_database(self) -> None:
        database = self._running.servers.database
        assert database is not None
        if self._chance.random() < 0.5:
            database.kill()
        else:
            database.stop()
        database.start()
        database.wait_until_ready()

    def _cut_connections(self) -> None:
        """Whatever anybody has just asked: it may be done, and the answer is lost."""
        with contextlib.suppress(SQLAlchemyError), self._parts.sessions.begin() as session:
            session.execute(
                text("""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()""")
            )

    def _take_all_connections(self) -> None:
        """For some seconds nobody gets a connection, for PostgreSQL has given all of them away; and nobody has one left."""
        url = self._parts.settings.database_url
        engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",  # in a transaction it would see no session that came since
            connect_args={"application_name": "taken"},
        )
        taken: list[Connection] = []
        until = time.monotonic() + self._chance.uniform(1.0, 4.0)
        while time.monotonic() < until:
            with contextlib.suppress(SQLAlchemyError):
                while True:
                    taken.append(engine.connect())
            with contextlib.suppress(SQLAlchemyError):
                for connection in taken[:1]:
                    connection.execute(
                        text("""
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE datname = current_database() AND application_name <> 'taken'""")
                    )
            time.sleep(0.05)
        for connection in taken:
            connection.close()

    def _deadlock(self) -> None:
        """Lock jobs, then chunks: recording goes the other way. PostgreSQL ends who finds out first, which is not us."""
        with contextlib.suppress(SQLAlchemyError), self._parts.sessions.begin() as session:
            session.execute(text("SET LOCAL deadlock_timeout = '1min'; SET LOCAL lock_timeout = '4s'"))
            session.execute(text("SELECT id FROM jobs WHERE finished_at IS NULL FOR UPDATE"))
            time.sleep(1.0)  # let recordings come so far
            session.execute(
                text("SELECT id FROM chunks WHERE done_at IS NULL AND leased_until IS NOT NULL FOR UPDATE")
            )

    # Messages and points

    def _send_duplicates(self) -> None:
        with contextlib.suppress(SQLAlchemyError, BrokerUnavailable):
            with self._parts.sessions.begin() as session:
                chunks = session.scalars(text("SELECT id FROM chunks ORDER BY random() LIMIT 20")).all()
            send = sender(self._parts.settings.broker_url)
            for chunk in chunks:
                for _ in range(5):
                    send(Message(RENDER_CHUNK, str(chunk), BULK, {"job": "again", "items": 0}))

    def _arm_a_point(self) -> None:
        """Every point has its turn before any comes twice."""
        if not self._unmet:
            self._unmet = list(POINTS)
        point: Point = self._unmet.pop(self._chance.randrange(len(self._unmet)))
        self._points.arm(point, self._chance.choice(_POINT_ACTIONS))

    def _arm_the_disk(self) -> None:
        action: Action = self._chance.choice(("disk_full", "read_only", "io_error"))
        self._points.arm("storage.half_written", action, times=self._chance.randint(1, 4))


def faked_clock() -> Path | None:
    """The library that shows a process another clock, where this machine has it."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


def _send(pid: int, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)
