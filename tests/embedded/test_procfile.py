"""A Procfile's processes: started together, watched, stopped together."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from embedded.errors import EmbeddedError
from embedded.procfile import Processes, read_procfile, running
from tests.embedded.conftest import ROOT, ends, lives

PATIENT = "trap 'sleep 0.5; touch finished; exit' TERM; touch began; while :; do sleep 0.1; done"
STUBBORN = "trap '' TERM; touch began; while :; do sleep 0.1; done"
UNENDING = "touch began; exec sleep 600"


@pytest.fixture
def processes(tmp_path: Path) -> Callable[..., Processes]:
    def make(*, logs: bool = True, stop_within: float = 10.0, **commands: str) -> Processes:
        return Processes(
            {name.replace("_", "-"): command for name, command in commands.items()},
            environment={"PATH": os.environ["PATH"], "GREETING": "good day"},
            folder=tmp_path,
            logs=tmp_path if logs else None,
            stop_within=stop_within,
        )

    return make


def _appears(file: Path, within: float = 10.0) -> bool:
    deadline = time.monotonic() + within
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return file.exists()


def _first_ended(started: Processes, within: float = 10.0) -> str | None:
    deadline = time.monotonic() + within
    while (ended := started.ended()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return ended


def test_a_line_is_a_name_and_a_command_for_the_shell() -> None:
    text = "# how\n\nweb: exec granian --port ${PORT:-8000} wsgi:app\nworker-bulk:  exec celery -n bulk@%h\n"
    assert read_procfile(text) == {
        "web": "exec granian --port ${PORT:-8000} wsgi:app",
        "worker-bulk": "exec celery -n bulk@%h",
    }


def test_a_line_that_is_none_is_named() -> None:
    with pytest.raises(EmbeddedError, match="granian without a name"):
        read_procfile("web: exec granian\ngranian without a name\n")


def test_our_own_procfile_has_the_seven_processes_and_no_shell_stands_before_them() -> None:
    commands = read_procfile((ROOT / "Procfile").read_text())
    assert list(commands) == [
        "web",
        "worker-interactive",
        "worker-bulk",
        "worker-deliveries",
        "beat",
        "exporter",
        "flower",
    ]
    for command in commands.values():
        assert "exec " in command


def test_processes_run_in_the_folder_with_the_environment_and_log_each_for_itself(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    with running(processes(one='echo "$GREETING"; pwd; exec sleep 60', two="echo second >&2; exec sleep 60")):
        assert _appears(tmp_path / "one.log")
        time.sleep(0.2)
    assert (tmp_path / "one.log").read_text() == f"good day\n{tmp_path}\n"
    assert (tmp_path / "two.log").read_text() == "second\n"


def test_without_logs_the_lines_come_under_the_names_of_their_processes(
    processes: Callable[..., Processes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(
        processes(
            logs=False,
            web="echo hello; exec sleep 60",
            worker_bulk="echo ok; echo अ; touch began; exec sleep 60",
        )
    ):
        assert _appears(tmp_path / "began")
    assert sorted(capsys.readouterr().out.splitlines()) == [
        "web         │ hello",
        "worker-bulk │ ok",
        "worker-bulk │ अ",
    ]


def test_one_that_ends_by_itself_is_named_with_the_reason(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    with running(processes(web="exec sleep 60", beat="exit 3")) as started:
        assert _first_ended(started) == f"beat ended with exit code 3; see {tmp_path / 'beat'}.log"
    with running(processes(web=UNENDING)) as started:
        assert _appears(tmp_path / "began")
        os.kill(started.children["web"].pid, signal.SIGKILL)
        assert _first_ended(started) == f"web was killed by signal 9; see {tmp_path / 'web'}.log"


def test_one_that_was_killed_can_be_started_again(processes: Callable[..., Processes]) -> None:
    with running(processes(worker="exec sleep 60", web="exec sleep 60")) as started:
        first = started.children["worker"]
        first.kill()
        assert started.ended()
        started.start("worker")
        assert started.ended() is None
        assert started.children["worker"].pid != first.pid


def test_each_may_finish_what_it_holds(processes: Callable[..., Processes], tmp_path: Path) -> None:
    with running(processes(worker=PATIENT)):
        assert _appears(tmp_path / "began")
    assert (tmp_path / "finished").exists()


def test_one_that_will_not_stop_is_killed_in_the_end(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    with running(processes(worker=STUBBORN, stop_within=0.5)) as started:
        assert _appears(tmp_path / "began")
        began = time.monotonic()
    assert 0.4 < time.monotonic() - began < 5
    assert not lives(started.children["worker"].pid)


def test_what_a_process_leaves_behind_is_swept_up(
    processes: Callable[..., Processes], tmp_path: Path
) -> None:
    """A worker whose main process was killed leaves its children."""
    with running(processes(worker="sleep 600 & echo $! > child; touch began; wait")) as started:
        assert _appears(tmp_path / "began")
        os.kill(started.children["worker"].pid, signal.SIGKILL)
        child = int((tmp_path / "child").read_text())
    assert ends((child,))


def test_if_one_cannot_start_the_others_stop(processes: Callable[..., Processes], tmp_path: Path) -> None:
    started = processes(first="exec sleep 60", second="exec sleep 60")
    (tmp_path / "second.log").mkdir()
    with pytest.raises(IsADirectoryError), running(started):
        pass
    assert not lives(started.children["first"].pid)


def test_a_command_can_run_all_of_them(tmp_path: Path) -> None:
    under = ("env", "PLACE=host one")
    started = Processes(
        {"web": "echo $PLACE > said; mv said whole"},
        environment={"PATH": os.environ["PATH"]},
        folder=tmp_path,
        logs=tmp_path,
        under=under,
    )
    with running(started):
        assert _appears(tmp_path / "whole")
    assert (tmp_path / "whole").read_text() == "host one\n"
