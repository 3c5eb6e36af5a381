import pytest

from core.kept import Kept, Same


def test_a_value_is_made_once_while_it_is_kept() -> None:
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    kept: Kept[str, str] = Kept(100, len)
    assert [kept.get("a", make), kept.get("a", make), kept.get("b", make)] == ["A", "A", "B"]
    assert made == ["a", "b"]


def test_it_never_holds_more_than_its_budget() -> None:
    kept: Kept[int, bytes] = Kept(1000, len)
    for key in range(500):
        kept.get(key, lambda _: bytes(90))
        assert len(kept) * 90 <= 1000


def test_what_is_asked_for_again_and_again_outlives_what_is_not() -> None:
    made: list[int] = []

    def make(key: int) -> bytes:
        made.append(key)
        return bytes(100)

    kept: Kept[int, bytes] = Kept(1000, len)
    for key in range(1, 200):
        kept.get(0, make)
        kept.get(key, make)
    assert made.count(0) == 1
    kept.get(1, make)
    assert made.count(1) == 2


def test_what_fits_into_the_budget_stays_though_it_is_asked_for_in_turns() -> None:
    made: list[int] = []

    def make(key: int) -> bytes:
        made.append(key)
        return bytes(100)

    kept: Kept[int, bytes] = Kept(1000, len)
    for _ in range(20):
        for key in range(10):
            kept.get(key, make)
    assert made == list(range(10))


def test_what_is_asked_for_once_takes_no_room_where_it_must_be_asked_for_twice() -> None:
    kept: Kept[int, int] = Kept(100, lambda _: 10, asked_twice=True)
    made: list[int] = []

    def make(key: int) -> int:
        made.append(key)
        return key

    for _ in range(3):
        assert kept.get(7, make) == 7
    assert made == [7, 7]
    for key in range(1000, 6000):
        kept.get(key, make)
    assert (len(kept), kept.weight) == (1, 10)
    for key in range(6000, 20_000):  # so many that 1000 is a stranger again
        kept.get(key, make)
    kept.get(1000, make)
    assert len(kept) == 1


def test_a_value_that_would_fill_half_of_it_is_made_each_time() -> None:
    kept: Kept[str, bytes] = Kept(100, len)
    kept.get("small", lambda _: bytes(10))
    kept.get("large", lambda _: bytes(51))
    assert len(kept) == 1


def _fail(_: str) -> None:
    pytest.fail("it is kept already")


def test_nothing_can_be_a_value() -> None:
    kept: Kept[str, None] = Kept(100, lambda _: 1)
    kept.get("key", lambda _: None)
    assert kept.get("key", _fail) is None


def test_a_value_put_in_the_place_of_another_takes_its_room() -> None:
    kept: Kept[str, bytes] = Kept(1000, len)
    for _ in range(100):
        kept.put("key", bytes(400))
    kept.put("other", bytes(100))
    assert kept.get("key", lambda _: b"") == bytes(400)


def test_a_value_too_heavy_to_keep_takes_the_place_of_one_that_was_kept() -> None:
    kept: Kept[str, bytes] = Kept(1000, len)
    kept.put("key", bytes(400))
    kept.put("key", bytes(501))
    assert (len(kept), kept.weight, kept.seek("key")) == (0, 0, None)
    for number in range(20):
        kept.put(str(number), bytes(400))
    assert (len(kept), kept.weight) == (2, 800)


def test_the_same_thing_is_not_the_like_thing() -> None:
    path = [1, 2, 3]
    like = [1, 2, 3]
    assert Same(path) == Same(path)
    assert Same(path) != Same(like)
    assert Same(path) != path
