"""Whoever starts the servers: root, an ordinary user, the only user that a container has."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.servers import servers
from tests.embedded.conftest import Program

ORDINARY = 54321
DAC_OVERRIDE = 1 << 1

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

# This checkout or its interpreter may lie where an ordinary user cannot read. The test's program may, by a
# capability that it takes from its children before it starts any.
AS_ORDINARY_USER = (
    "setpriv",
    f"--reuid={ORDINARY}",
    f"--regid={ORDINARY}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
    "--securebits=+no_setuid_fixup",
    "--",
)
AS_ONLY_USER_THERE_IS = ("unshare", "--user", "--map-root-user", "--")

needs_namespaces = pytest.mark.skipif(
    subprocess.run([*AS_ONLY_USER_THERE_IS, "true"], check=False, capture_output=True).returncode != 0,
    reason="no user namespaces on this machine",
)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may pass through (pytest's own are closed to others)."""
    with tempfile.TemporaryDirectory(prefix="certmill-open-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _status(pid: int, name: str) -> list[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1:] for line in lines if line.startswith(f"{name}:"))


def _permissions(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owners of the folder, of what lies beside it, and of all above it."""
    found = {}
    for path in [*folder.parent.iterdir(), *folder.parents]:
        status = path.stat()
        found[path] = (status.st_mode, status.st_uid, status.st_gid)
    return found


@only_root
def test_for_root_postgresql_runs_as_nobody_with_no_privilege_left(open_folder: Path) -> None:
    with servers(open_folder / "var") as running:
        assert running.database
        assert set(_status(running.database.pid, "Uid")) == {"65534"}
        assert _status(running.database.pid, "Groups") == []
        assert _status(running.database.pid, "CapEff") == ["0" * 16]


@only_root
def test_for_root_in_a_closed_folder_it_may_pass_and_nothing_else(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    with servers(closed / "var") as running:
        assert running.database
        assert set(_status(running.database.pid, "Uid")) == {"65534"}
        assert int(_status(running.database.pid, "CapEff")[0], 16) == DAC_OVERRIDE
    with servers(closed / "var"):
        pass  # and again, on what it made


@only_root
@needs_namespaces
def test_root_without_other_users_gives_postgresql_a_number_of_its_own(
    tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    """As in a container that maps one user only."""
    for _ in range(2):
        program = start_program(tmp_path / "var", under=AS_ONLY_USER_THERE_IS)
        assert len(program.servers) == 3
        assert (tmp_path / "var" / "postgresql" / "data").stat().st_uid == 0
        program.process.terminate()
        program.process.wait()


@only_root
def test_an_ordinary_user_needs_nothing_of_root(
    open_folder: Path, start_program: Callable[..., Program]
) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, ORDINARY, ORDINARY)
    for _ in range(2):
        program = start_program(home / "var", under=AS_ORDINARY_USER)
        assert len(program.servers) == 3
        for pid in program.servers:
            assert set(_status(pid, "Uid")) == {str(ORDINARY)}
            assert _status(pid, "CapEff") == ["0" * 16]
        program.process.terminate()
        program.process.wait()
    for path in home.rglob("*"):
        assert path.lstat().st_uid == ORDINARY, path


@only_root
def test_an_ordinary_user_is_told_about_a_folder_that_root_has_used(
    open_folder: Path, start_program: Callable[..., Program]
) -> None:
    with servers(open_folder / "var"):
        pass
    os.chown(open_folder / "var" / "postgresql", ORDINARY, ORDINARY)
    program = start_program(open_folder / "var", under=AS_ORDINARY_USER)
    assert program.servers == ()
    assert "Permission denied" in program.process.communicate()[1]


@only_root
def test_root_runs_what_an_ordinary_user_made_as_that_user(
    open_folder: Path, start_program: Callable[..., Program]
) -> None:
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, ORDINARY, ORDINARY)
    program = start_program(home / "var", under=AS_ORDINARY_USER)
    program.process.terminate()
    program.process.wait()
    with servers(home / "var") as running:
        assert running.database
        assert set(_status(running.database.pid, "Uid")) == {str(ORDINARY)}


def test_nothing_outside_the_folder_changes(tmp_path: Path) -> None:
    var = tmp_path / "checkout" / "var"
    var.mkdir(parents=True)
    (var.parent / "core").mkdir(mode=0o750)
    before = _permissions(var)
    with servers(var):
        assert _permissions(var) == before
    assert _permissions(var) == before


def test_what_the_servers_hold_is_closed_to_others(tmp_path: Path) -> None:
    with servers(tmp_path / "var"):
        for name in ("broker", "cache", "postgresql/data"):
            assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o700


@only_root
@needs_namespaces
def test_a_root_that_can_be_nobody_else_is_told_what_to_do(
    tmp_path: Path, start_program: Callable[..., Program]
) -> None:
    forbid_more = ("sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', "sh")
    program = start_program(tmp_path / "var", under=(*AS_ONLY_USER_THERE_IS, *forbid_more))
    assert "run as an ordinary user, or set DATABASE_URL" in program.process.communicate()[1]
