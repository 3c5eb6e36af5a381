from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from core.storage import DiskStorage, FileMissing, MeasuredStorage, StorageUnavailable, UseCounter, Uses


class Kept:
    """Takes figures, or refuses them while it is `away`."""

    def __init__(self) -> None:
        self.away = False
        self.uses: list[dict[Any, tuple[int, int, int]]] = []
        self.came = Event()

    def __call__(self, uses: Uses) -> bool:
        if not self.away:
            self.uses.append({key: use[:3] for key, use in uses.items()})
            self.came.set()
        return not self.away


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_calls_are_summed_up_by_operation_and_outcome(kept: Kept, tmp_path: Path) -> None:
    counter = UseCounter(kept, every=3600)
    storage = MeasuredStorage(DiskStorage(tmp_path), counter)
    storage.put({"a/one": b"one", "a/two": b"2"})
    storage.put({"three": b"three"})
    storage.open("three").close()
    storage.delete("three")
    with pytest.raises(FileMissing):
        storage.open("three")
    with pytest.raises(StorageUnavailable):
        storage.put({"a/one/two": b"in the way"})
    with pytest.raises(ValueError, match="key"):
        storage.open("../three")

    counter.hand_over()
    counter.hand_over()

    assert kept.uses == [
        {
            ("put", "ok"): (2, 3, 9),
            ("open", "ok"): (1, 1, 0),
            ("delete", "ok"): (1, 1, 0),
            ("open", "missing"): (1, 1, 0),
            ("put", "unavailable"): (1, 1, 10),
            ("open", "failed"): (1, 1, 0),
        }
    ]


def test_figures_are_handed_over_by_themselves(kept: Kept, tmp_path: Path) -> None:
    storage = MeasuredStorage(DiskStorage(tmp_path), UseCounter(kept, every=0.01))
    storage.put({"one": b"one"})
    assert kept.came.wait(10)


def test_figures_that_nobody_took_come_with_the_next(kept: Kept, tmp_path: Path) -> None:
    counter = UseCounter(kept, every=3600)
    storage = MeasuredStorage(DiskStorage(tmp_path), counter)
    kept.away = True
    storage.put({"one": b"one"})
    counter.hand_over()
    kept.away = False
    storage.put({"two": b"two"})
    counter.hand_over()
    assert kept.uses == [{("put", "ok"): (2, 2, 6)}]
