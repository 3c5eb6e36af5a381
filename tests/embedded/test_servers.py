"""Real servers under one folder: what they promise to a program that has no others."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from sqlalchemy import create_engine, text

from embedded.errors import EmbeddedError
from embedded.postgresql import PostgreSQL
from embedded.servers import RunningServers, ServerUrls, servers
from embedded.valkey import CACHE, Valkey
from tests.embedded.conftest import Program, ends, lives


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, decode_responses=True)


def _asked(url: str, statement: str) -> object:
    engine = create_engine(url)
    with engine.begin() as connection:
        answer = connection.execute(text(statement)).scalar_one_or_none()
    engine.dispose()
    return answer


def _told(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_three_servers_answer_with_the_settings_that_certmill_counts_on(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        broker, cache = _client(running.urls.broker_url), _client(running.urls.cache_url)
        assert broker.config_get("appendonly", "appendfsync", "maxmemory-policy", "save") == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
        }
        assert cache.config_get("appendonly", "maxmemory", "maxmemory-policy", "save") == {
            "appendonly": "no",
            "maxmemory": str(256 * 1024 * 1024),
            "maxmemory-policy": "allkeys-lru",
            "save": "",
        }
        for setting, value in {
            "server_encoding": "UTF8",
            "timezone": "UTC",
            "synchronous_commit": "on",
            "fsync": "on",
            "data_checksums": "on",
            "max_connections": "200",
        }.items():
            assert _asked(running.urls.database_url, f"SHOW {setting}") == value
        broker.close()
        cache.close()


def test_the_database_knows_letters_of_every_script_on_a_machine_without_locales(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "xx_YY.nonsense")
    with servers(tmp_path / "var") as running:
        assert _asked(running.urls.database_url, "SELECT upper('élan ωμέγα ж')") == "ÉLAN ΩΜΈΓΑ Ж"
        assert _asked(running.urls.database_url, "SELECT 'अनुष्का' ~ '^[[:alpha:]]'") is True


def test_nobody_gets_in_without_the_password_or_from_another_machine(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        for url in (running.urls.broker_url, running.urls.cache_url):
            without_password = f"redis://{url.rpartition('@')[2]}"
            with _client(without_password) as stranger, pytest.raises(redis.AuthenticationError):
                stranger.ping()
            with _client(url) as client:
                assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert running.database
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(
                host="127.0.0.1",
                port=running.database.port,
                user="certmill",
                password="guess",
                dbname="certmill",
            )
        assert _asked(running.urls.database_url, "SHOW listen_addresses") == "127.0.0.1"
        assert _asked(running.urls.database_url, "SHOW unix_socket_directories") == ""


def test_passwords_are_for_their_owner_only_and_on_no_command_line(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        for server in (running.database, running.broker, running.cache):
            assert server
            assert (server.folder / "password").stat().st_mode & 0o777 == 0o600
            assert server.password.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_rows_and_messages_outlive_the_program_and_cached_pages_do_not(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        _told(running.urls.database_url, "CREATE TABLE spa AS SELECT 'Lotus' AS name")
        with _client(running.urls.broker_url) as broker, _client(running.urls.cache_url) as cache:
            broker.lpush("bulk", "message")
            cache.set("page", "stored")
    with servers(tmp_path / "var") as running:
        assert _asked(running.urls.database_url, "SELECT name FROM spa") == "Lotus"
        with _client(running.urls.broker_url) as broker, _client(running.urls.cache_url) as cache:
            assert broker.lrange("bulk", 0, -1) == ["message"]
            assert cache.get("page") is None


def test_a_second_start_takes_less_than_two_seconds(tmp_path: Path) -> None:
    with servers(tmp_path / "var"):
        pass
    began = time.monotonic()
    with servers(tmp_path / "var"):
        assert time.monotonic() - began < 2


def test_servers_end_with_the_block_that_wanted_them(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        pids = tuple(s.pid for s in (running.database, running.broker, running.cache) if s)
        assert len(pids) == 3
        assert all(map(lives, pids))
    assert ends(pids, within=0)


def test_only_servers_that_nobody_gave_are_started(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql+psycopg2://db.example/certmill",
        "CACHE_URL": "redis://cache.example",
    }
    with servers(tmp_path / "var", given) as running:
        assert running.database is None
        assert running.cache is None
        assert running.broker
        assert running.urls == ServerUrls(
            database_url="postgresql+psycopg2://db.example/certmill",
            broker_url=running.broker.url,
            cache_url="redis://cache.example",
        )
    assert not (tmp_path / "var" / "postgresql").exists()


@pytest.mark.parametrize(
    "name",
    ["a" * 120, "two words", 'quo\'te "and" back\\slash', "अनुष्का ☺", "100% $HOME #1"],
    ids=["longer than a socket path", "spaces", "quotes", "unicode", "specials"],
)
def test_the_folder_may_lie_anywhere(tmp_path: Path, name: str) -> None:
    with servers(tmp_path / name / "var") as running:
        assert _asked(running.urls.database_url, "SELECT 1") == 1
        with _client(running.urls.broker_url) as broker:
            assert broker.config_get("dir") == {"dir": str(tmp_path / name / "var" / "broker")}


def test_a_second_program_on_the_same_folder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    with (
        servers(tmp_path / "var"),
        pytest.raises(EmbeddedError, match=rf"another program \(process {os.getpid()}\) is running"),
        servers(tmp_path / "var"),
    ):
        pytest.fail("two programs have it")


def test_the_servers_of_a_killed_program_end_and_the_next_one_finds_what_was_committed(
    tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    with servers(tmp_path / "var") as running:
        _told(running.urls.database_url, "CREATE TABLE spa AS SELECT 'Lotus' AS name")
    program = start_program(tmp_path / "var")
    assert len(program.servers) == 3
    program.process.kill()
    assert ends(program.servers)
    with servers(tmp_path / "var") as running:
        assert _asked(running.urls.database_url, "SELECT name FROM spa") == "Lotus"


def test_a_new_program_can_start_the_moment_the_old_one_is_killed(
    tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    program = start_program(tmp_path / "var")
    program.process.kill()
    program.process.wait()
    with servers(tmp_path / "var") as running:
        assert _asked(running.urls.database_url, "SELECT 1") == 1
        assert not any(map(lives, program.servers))


def test_a_server_that_outlived_its_program_is_stopped_by_the_next_one(
    tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    """As on a machine whose kernel cannot end children with their parent: no `setpriv` on the PATH."""
    given = ("DATABASE_URL=postgresql://db.example", "CACHE_URL=redis://cache.example")
    program = start_program(tmp_path / "var", *given, environment={"PATH": "/nowhere"})
    program.process.kill()
    program.process.wait()
    assert lives(program.servers[0])
    with servers(tmp_path / "var", dict(g.split("=") for g in given)) as running:
        assert running.broker
        with _client(running.broker.url) as broker:
            assert broker.ping()
        assert not lives(program.servers[0])


def test_a_stale_pid_file_that_names_somebody_elses_process_does_not_matter(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        assert running.database
        running.database.kill()
        pid_file = tmp_path / "var" / "postgresql" / "data" / "postmaster.pid"
        _, *rest = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getppid()), *rest]))
        running.database.start()
        running.database.wait_until_ready()
        assert _asked(running.urls.database_url, "SELECT 1") == 1


def test_a_crashed_server_comes_back_on_its_port_with_what_was_committed(tmp_path: Path) -> None:
    with servers(tmp_path / "var") as running:
        assert running.database
        assert running.broker
        _told(running.urls.database_url, "CREATE TABLE spa AS SELECT 'Lotus' AS name")
        with _client(running.urls.broker_url) as broker:
            broker.set("message", "kept")
            time.sleep(1.5)  # the broker promises a second
        for server in (running.database, running.broker):
            server.kill()
            server.start()
            server.wait_until_ready()
        assert _asked(running.urls.database_url, "SELECT name FROM spa") == "Lotus"
        with _client(running.urls.broker_url) as broker:
            assert broker.get("message") == "kept"


def test_a_cluster_that_was_half_made_when_the_machine_stopped_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "var" / "postgresql" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with servers(tmp_path / "var") as running:
        assert _asked(running.urls.database_url, "SELECT 1") == 1
    assert not half.exists()


@pytest.mark.parametrize("kind", ["database", "cache"])
def test_a_port_that_somebody_took_meanwhile_is_left_to_them(tmp_path: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        server = PostgreSQL(tmp_path) if kind == "database" else Valkey("cache", tmp_path, CACHE)
        server.port = taken = somebody.getsockname()[1]
        try:
            server.start()
            server.wait_until_ready()
            assert server.port != taken
            assert str(server.port) in server.url
        finally:
            server.stop()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    broker = Valkey("broker", tmp_path, {"appendfsync": "sometimes"})
    broker.start()
    with pytest.raises(EmbeddedError, match=r"broker ended as it started(.|\n)*argument"):
        broker.wait_until_ready()
    broker.stop()


def test_a_lost_password_is_explained(tmp_path: Path) -> None:
    with servers(tmp_path / "var"):
        pass
    (tmp_path / "var" / "postgresql" / "password").unlink()
    with (
        pytest.raises(EmbeddedError, match=r"postgresql/password is not .*data's"),
        servers(tmp_path / "var"),
    ):
        pass


def test_the_log_of_the_start_before_is_kept(tmp_path: Path) -> None:
    started: list[RunningServers] = []
    for _ in range(2):
        with servers(tmp_path / "var") as running:
            started.append(running)
    logs = tmp_path / "var" / "log"
    for file, running in zip(("postgresql.log.1", "postgresql.log"), started, strict=True):
        assert running.database
        assert f"port {running.database.port}" in (logs / file).read_text()


def test_they_listen_on_the_address_that_other_machines_reach(tmp_path: Path) -> None:
    with servers(tmp_path / "var", durable=False, host="127.0.0.2") as running:
        assert _asked(running.urls.database_url, "SELECT host(inet_server_addr())") == "127.0.0.2"
        for server in (running.database, running.broker, running.cache):
            assert server is not None
            assert f"@127.0.0.2:{server.port}/" in server.url
            assert _listens_on("127.0.0.2", server.port) == {"127.0.0.2"}
        assert _client(running.urls.cache_url).ping()


def _listens_on(address: str, port: int) -> set[str]:
    """All addresses of the program that listens here: a stranger may have the same port of another address."""
    listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    (program,) = (each.pid for each in listening if each.laddr == (address, port))
    return {each.laddr.ip for each in listening if each.pid == program}
