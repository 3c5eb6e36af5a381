"""The whole of Certmill on one machine: servers, database prepared, every process of the Procfile.

with system(Path("var")) as running:
    requests.get(running.base_url, headers={"Authorization": f"Bearer {running.admin_key}"})
"""

import http.client
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from embedded.errors import EmbeddedError
from embedded.folder import kept_secret, write_secret
from embedded.ports import LOOPBACK, Ports
from embedded.procfile import Processes, read_procfile, running
from embedded.servers import RunningServers, servers

ROOT = Path(__file__).resolve().parent.parent
WEB_PORT = 8000
FLOWER_PORT = 5555
METRICS_PORT = 9464
READY_WITHIN = 120.0
_POLL = 0.1


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """Where everything is, and the processes to watch, kill and start again."""

    base_url: str
    flower_url: str
    flower_user: str
    flower_password: str
    admin_key: str
    media: str
    environment: Mapping[str, str]
    servers: RunningServers
    processes: Processes

    def wait(self, say: Callable[[str], None] = print) -> str:
        """Start again whatever ends by itself, until something does so at its start: what to say of that."""
        while True:
            revived, ended = self.processes.revive()
            for each in revived:
                say(f"{each}; it was started again")
            if ended is not None:
                return ended
            time.sleep(_POLL)


@contextmanager
def system(
    var: Path,
    *,
    root: Path = ROOT,
    given: Mapping[str, str] | None = None,
    quiet: bool = True,
    only: Collection[str] = (),
    servers_host: str = LOOPBACK,
) -> Iterator[RunningSystem]:
    """Run all of it until the block ends. Workers get 40 seconds to finish; the servers stop last.

    `given` is the environment (default: this program's): its URLs and settings are used, among them PORT,
    FLOWER_PORT and METRICS_PORT; else the first free ports are taken. `quiet` writes each process's output to `var/log/`,
    else it goes to the terminal. `only` these of the Procfile's processes (default: all), web among them, where other machines
    run the rest; for those the servers listen on `servers_host`. Raises EmbeddedError if it does not come up.
    """
    given = os.environ if given is None else given
    var = var.absolute()
    with servers(var, given, host=servers_host) as running_servers, Ports() as ports:
        environment = _environment(var, given, running_servers, ports)
        write_secret(var / "environment", _as_shell(environment, given))
        _flask(root, environment, "prepare")
        commands = read_procfile((root / "Procfile").read_text())
        processes = Processes(
            {name: command for name, command in commands.items() if not only or name in only},
            environment=environment,
            folder=root,
            logs=var / "log" if quiet else None,
        )
        with running(processes):
            base_url = _web_address(environment["HOST"], environment["PORT"])
            _wait_until_ready(base_url, processes)
            user, _, password = environment["FLOWER_BASIC_AUTH"].partition(":")
            yield RunningSystem(
                base_url=base_url,
                flower_url=f"http://127.0.0.1:{environment['FLOWER_PORT']}",
                flower_user=user,
                flower_password=password,
                admin_key=_admin_key(var, root, environment, base_url),
                media=environment["MEDIA_URL"],
                environment=environment,
                servers=running_servers,
                processes=processes,
            )


def _environment(
    var: Path, given: Mapping[str, str], running_servers: RunningServers, ports: Ports
) -> dict[str, str]:
    """What every process is started with: the given settings, and ours where none is given."""
    host = given.get("HOST") or "127.0.0.1"
    port = str(ports.take("PORT", given, host, WEB_PORT))
    ours = {
        "MEDIA_URL": (var / "media").as_uri(),
        "SECRET_KEY": kept_secret(var / "secret_key"),
        "HOST": host,
        "PORT": port,
        "PUBLIC_URL": _web_address(host, port),
        "FLOWER_PORT": str(ports.take("FLOWER_PORT", given, "127.0.0.1", FLOWER_PORT)),
        "FLOWER_DB": str(var / "flower"),
        "METRICS_FOLDER": str(var / "metrics"),
        "METRICS_PORT": str(ports.take("METRICS_PORT", given, "127.0.0.1", METRICS_PORT)),
        # Granian misses a request to stop that comes while a worker starts, and then waits for so long.
        "WEB_STOP_SECONDS": "5",
        # Receivers that somebody tries out run here, too.
        "WEBHOOK_LOOPBACK": "yes",
        "FLOWER_BASIC_AUTH": f"operator:{kept_secret(var / 'flower_password')}",
    }
    return {
        **given,
        **{name: value for name, value in ours.items() if not given.get(name)},
        **running_servers.urls.environment(),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def _web_address(host: str, port: str) -> str:
    """A URL for what listens there: of "any address", this machine's own."""
    if host in ("0.0.0.0", "::"):  # noqa: S104, compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _as_shell(environment: Mapping[str, str], given: Mapping[str, str]) -> str:
    """What we added, for a shell that wants to look inside: `set -a; . var/environment`."""
    added = {name: value for name, value in environment.items() if given.get(name) != value}
    return "\n".join(f"{name}={shlex.quote(value)}" for name, value in sorted(added.items()))


def _flask(root: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """The last line that a command of the application prints."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EmbeddedError(f"`flask {' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
    return (done.stdout.strip().splitlines() or [""])[-1]


def _wait_until_ready(base_url: str, processes: Processes) -> None:
    deadline = time.monotonic() + READY_WITHIN
    try:
        while (status := _status(base_url, "/readyz")) != http.HTTPStatus.OK:
            if ended := processes.ended():
                raise EmbeddedError(ended)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{base_url}/readyz says {status or 'nothing'} for {READY_WITHIN:.0f} s")
            time.sleep(_POLL)
    except BaseException:
        processes.kill_all()  # they hold nothing yet
        raise


def _admin_key(var: Path, root: Path, environment: Mapping[str, str], base_url: str) -> str:
    """The key that the last start made, while the system takes it, or a new one."""
    file = var / "admin_key"
    if file.exists():
        key = file.read_text().strip()
        if _status(base_url, "/jobs?limit=1", key) == http.HTTPStatus.OK:
            return key
    key = _flask(root, environment, "admin-key", "--name", "ready-made")
    write_secret(file, key)
    return key


def _status(base_url: str, path: str, key: str = "") -> int | None:
    """The status of a GET, None if nobody answers."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"} if key else {})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()
