"""How a process treats its memory."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from core import heap


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Node:
    """Refers to itself, so that only the search for garbage ends it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_settled_process_has_is_looked_through_no_more_and_what_comes_later_is() -> None:
    heap.settle()
    assert gc.get_freeze_count() > 10_000
    node = weakref.ref(Node())
    while (
        node() is not None
    ):  # ends with a search that happens by itself, or the test's time-out says that none does
        _ = [Node() for _ in range(1000)]


def test_garbage_from_before_is_not_kept_for_ever() -> None:
    node = weakref.ref(Node())
    heap.settle()
    assert node() is None
