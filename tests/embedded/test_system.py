"""All of it together, around a small application of the same shape as Certmill's: the commands and the routes of it
that the start relies on."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from embedded.errors import EmbeddedError
from embedded.procfile import HOPELESS_SECONDS
from embedded.system import RunningSystem, system
from tests.embedded.conftest import ROOT, ends, lives

WSGI = """
import os, secrets
from pathlib import Path
import click
from flask import Flask, jsonify, request

app = Flask(__name__)
keys = Path("keys")

@app.cli.command()
def prepare():
    if Path("broken").exists():
        raise SystemExit("the migration has a fault")
    print("prepared", file=Path("prepared").open("a"))

@app.cli.command("admin-key")
@click.option("--name")
def admin_key(name):
    key = secrets.token_hex()
    print(key, file=keys.open("a"))
    print(f"A key for {name}:")
    print(key)

@app.get("/readyz")
def readyz():
    return "", 200 if Path("prepared").exists() else 503

@app.get("/jobs")
def jobs():
    known = keys.exists() and request.authorization and request.authorization.token in keys.read_text().split()
    return "", 200 if known else 401

@app.get("/environment")
def environment():
    return jsonify(dict(os.environ))
"""
PROCFILE = """
web: exec granian --interface wsgi --host "$HOST" --port "$PORT" --no-ws wsgi:app
worker: trap 'echo finished; exit' TERM; while :; do sleep 0.1; done
"""
RUN = "import sys; from pathlib import Path; from embedded.run import main; sys.exit(main(Path(sys.argv[1])))"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "check out"
    root.mkdir()
    (root / "wsgi.py").write_text(WSGI)
    (root / "Procfile").write_text(PROCFILE)
    return root


@contextmanager
def _system(checkout: Path, **settings: str) -> Iterator[RunningSystem]:
    given = {"PATH": os.environ["PATH"], **settings}
    with system(checkout / "var", root=checkout, given=given) as running:
        yield running


def _answer(url: str, path: str, key: str = "") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def test_it_is_ready_when_the_block_begins_and_gone_when_it_ends(checkout: Path) -> None:
    with _system(checkout) as running:
        assert _answer(running.base_url, "/readyz")[0] == 200
        assert _answer(running.base_url, "/jobs", running.admin_key)[0] == 200
        pids = tuple(child.pid for child in running.processes.children.values())
        assert len(pids) == 2
    assert ends(pids, within=0)
    assert (checkout / "var" / "log" / "worker.log").read_text() == "finished\n"
    with pytest.raises(ConnectionRefusedError):
        _answer(running.base_url, "/readyz")


def test_of_the_processes_some_may_run_elsewhere(checkout: Path) -> None:
    given = {"PATH": os.environ["PATH"]}
    with system(
        checkout / "var", root=checkout, given=given, only=("web",), servers_host="127.0.0.2"
    ) as running:
        assert list(running.processes.children) == ["web"]
        assert "@127.0.0.2:" in running.environment["BROKER_URL"]


def test_every_process_is_told_where_the_servers_and_the_files_are(checkout: Path) -> None:
    with _system(checkout, BULK_WORKERS="3") as running:
        told = json.loads(_answer(running.base_url, "/environment")[1])
        expected = {
            **running.servers.urls.environment(),
            "MEDIA_URL": f"file://{str(checkout).replace(' ', '%20')}/var/media",
            "SECRET_KEY": (checkout / "var" / "secret_key").read_text().strip(),
            "FLOWER_BASIC_AUTH": f"{running.flower_user}:{running.flower_password}",
            "BULK_WORKERS": "3",
        }
        assert {name: told[name] for name in expected} == expected
        assert running.environment["SECRET_KEY"] == told["SECRET_KEY"]


def test_what_is_given_is_used(checkout: Path) -> None:
    given = {
        "CACHE_URL": "redis://cache.example",
        "MEDIA_URL": "s3://documents",
        "SECRET_KEY": "given",
        "FLOWER_BASIC_AUTH": "boss:word",
    }
    with _system(checkout, **given) as running:
        told = json.loads(_answer(running.base_url, "/environment")[1])
        assert {name: told[name] for name in given} == given
        assert (running.media, running.flower_user, running.flower_password) == (
            "s3://documents",
            "boss",
            "word",
        )
        assert running.servers.cache is None
    assert not (checkout / "var" / "cache").exists()


def test_a_shell_can_look_inside(checkout: Path) -> None:
    with _system(checkout) as running:
        file = checkout / "var" / "environment"
        assert file.stat().st_mode & 0o777 == 0o600
        shown = subprocess.run(
            ["sh", "-c", 'set -a; . "$1"; echo "$DATABASE_URL $PORT"', "sh", str(file)],
            capture_output=True,
            text=True,
            check=True,
        )
        port = urlsplit(running.base_url).port
        assert shown.stdout == f"{running.servers.urls.database_url} {port}\n"


def test_secrets_stay_from_start_to_start(checkout: Path) -> None:
    with _system(checkout) as first:
        pass
    with _system(checkout) as second:
        pass
    for name in ("admin_key", "flower_password"):
        assert getattr(first, name) == getattr(second, name)
    assert first.environment["SECRET_KEY"] == second.environment["SECRET_KEY"]
    for name in ("admin_key", "flower_password", "secret_key"):
        assert (checkout / "var" / name).stat().st_mode & 0o777 == 0o600


def test_a_key_that_no_longer_opens_is_replaced(checkout: Path) -> None:
    with _system(checkout) as first:
        pass
    (checkout / "keys").write_text("")
    with _system(checkout) as second:
        assert second.admin_key != first.admin_key
        assert _answer(second.base_url, "/jobs", second.admin_key)[0] == 200


def test_a_failing_preparation_shows_what_it_said(checkout: Path) -> None:
    (checkout / "broken").touch()
    with pytest.raises(EmbeddedError, match="the migration has a fault"), _system(checkout):
        pass


def test_a_process_that_does_not_start_is_named(checkout: Path) -> None:
    (checkout / "Procfile").write_text("web: exec granian --interface wsgi --port $PORT no_such_module:app\n")
    said = r"web ended with exit code \d+; see .*/var/log/web.log"
    with pytest.raises(EmbeddedError, match=said), _system(checkout):
        pass


def test_a_given_port_that_is_taken_is_refused_and_one_of_ours_moves_on(checkout: Path) -> None:
    with _system(checkout) as first:
        port = str(urlsplit(first.base_url).port)
        other = checkout.parent / "other"
        other.mkdir()
        for name in ("wsgi.py", "Procfile"):
            (other / name).write_text((checkout / name).read_text())
        with pytest.raises(EmbeddedError, match=rf"port {port} already"), _system(other, PORT=port):
            pass
        with _system(other) as second:
            assert second.base_url != first.base_url


class Run:
    """`make run` on a checkout, as a program of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def read_until(self, part: str) -> str:
        """The line that says it. Ends with the program's output otherwise."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if part in line:
                return line
        pytest.fail(f"it never said {part!r}, but:\n{''.join(self.said)}")

    def rest(self) -> str:
        assert self.process.stdout is not None
        self.said.extend(self.process.stdout)
        return "".join(self.said)


@pytest.fixture
def run(checkout: Path) -> Iterator[Callable[[], Run]]:
    with ExitStack() as stack:

        def start() -> Run:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", RUN, str(checkout)],
                    env={**os.environ, "PYTHONPATH": str(ROOT)},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return Run(process)

        yield start


def test_ctrl_c_ends_everything_in_order_and_well(run: Callable[[], Run], checkout: Path) -> None:
    running = run()
    address = running.read_until("Console").split()[1]
    running.read_until("Ctrl-C")
    running.process.send_signal(signal.SIGINT)
    said = running.rest()
    assert running.process.wait() == 0
    assert "worker │ finished\n" in said
    assert said.endswith("Stopped.\n")
    with pytest.raises(ConnectionRefusedError):
        _answer(address, "/readyz")
    assert (checkout / "var" / "admin_key").read_text().strip() in said


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_or_a_closed_terminal_is_like_ctrl_c(
    run: Callable[[], Run], asked: signal.Signals
) -> None:
    running = run()
    running.read_until("Ctrl-C")
    running.process.send_signal(asked)
    assert "worker │ finished\n" in running.rest()
    assert running.process.wait() == 0


def test_ctrl_c_while_it_starts_ends_it_too(run: Callable[[], Run]) -> None:
    running = run()
    running.read_until("Starting")
    time.sleep(0.3)
    running.process.send_signal(signal.SIGINT)
    assert "Traceback" not in running.rest()
    assert running.process.wait() == 0


def test_a_second_ctrl_c_does_not_wait(run: Callable[[], Run], checkout: Path) -> None:
    (checkout / "Procfile").write_text(f"{PROCFILE}\nstubborn: trap '' TERM; while :; do sleep 0.1; done\n")
    running = run()
    running.read_until("Ctrl-C stops")
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    running.read_until("Ctrl-C stops at once")
    running.process.send_signal(signal.SIGINT)
    running.rest()
    assert running.process.wait() == 0
    assert time.monotonic() - began < 10


def test_a_process_that_dies_is_started_again_and_one_that_cannot_run_stops_everything(
    run: Callable[[], Run], checkout: Path
) -> None:
    (checkout / "Procfile").write_text(f"{PROCFILE}\nbeat: until test -e fault; do sleep 0.1; done; exit 7\n")
    running = run()
    running.read_until("Ctrl-C stops")
    time.sleep(HOPELESS_SECONDS)
    (checkout / "fault").touch()
    running.read_until("beat ended with exit code 7; it was started again")
    assert running.rest().endswith("Stopped, because beat ended with exit code 7.\n")
    assert running.process.wait() == 1


def test_what_is_wrong_is_said_without_a_traceback(run: Callable[[], Run], checkout: Path) -> None:
    (checkout / "broken").touch()
    running = run()
    said = running.rest()
    assert running.process.wait() == 1
    assert "the migration has a fault" in said
    assert "embedded/system.py" not in said


def test_when_it_is_killed_nothing_of_it_stays(run: Callable[[], Run], checkout: Path) -> None:
    running = run()
    running.read_until("Ctrl-C")
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children").read_text()
    pids = tuple(map(int, children.split()))
    assert len(pids) == 5  # three servers, web, worker
    assert all(map(lives, pids))
    running.process.kill()
    assert ends(pids)
