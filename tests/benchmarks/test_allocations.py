"""What is watched is what the Procfile starts."""

from __future__ import annotations

from benchmarks.allocations.run import watched
from embedded.procfile import read_procfile
from embedded.system import ROOT


def test_the_bulk_worker_of_the_procfile_is_watched_with_all_its_options() -> None:
    command = read_procfile((ROOT / "Procfile").read_text())["worker-bulk"]
    before, options = command.split(" celery ")
    with_memray = watched(command)
    assert with_memray.startswith(f"{before} ")
    assert "memray run " in with_memray
    assert with_memray.endswith(f" -m celery {options}")
