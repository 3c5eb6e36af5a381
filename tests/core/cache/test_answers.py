from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
import zstandard
from redis import Redis

from core.cache.answer import Answer
from core.cache.answers import Answers, Found
from core.runtime import cache_client
from embedded.servers import ServerUrls

BODY = b'{"items": []}\n'


@pytest.fixture
def redis(server_urls: ServerUrls) -> Iterator[Redis]:
    with Redis.from_url(server_urls.cache_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def answers(redis: Redis) -> Answers:
    return Answers(redis, lifetime=10)


@pytest.fixture
def elsewhere(redis: Redis) -> Answers:
    """Another process's, which shares nothing but Redis."""
    return Answers(redis, lifetime=10)


class Loader:
    """Loads `BODY`, and counts how often."""

    def __init__(self, during: Callable[[], object] = lambda: None) -> None:
        self.times = 0
        self._during = during

    def __call__(self) -> Answer:
        self.times += 1
        self._during()
        return Answer(BODY, {"next": "further"})


def find(answers: Answers, scope: str = "public", query: str = "q", **known: tuple[str, ...]) -> Found:
    return answers.find(scope, query, Loader(), **known)


def test_a_kept_answer_comes_back_byte_for_byte_in_every_process(
    answers: Answers, elsewhere: Answers
) -> None:
    assert find(answers).outcome == "miss"
    for each in (answers, elsewhere, elsewhere):
        found = find(each)
        assert found.outcome == "hit"
        assert found.answer is not None
        assert (found.answer.body, found.answer.notes) == (BODY, {"next": "further"})


def test_an_answer_is_for_its_own_query_and_scope(answers: Answers) -> None:
    find(answers)
    assert find(answers, query="other").outcome == "miss"
    assert find(answers, "everybody").outcome == "miss"


def test_a_new_generation_forgets_the_answers_of_its_scopes_only(
    answers: Answers, elsewhere: Answers
) -> None:
    for each in (answers, elsewhere):
        find(each, "public")
        find(each, "everybody")
    assert elsewhere.start_generation(["public"])
    assert find(answers, "public").outcome == "miss"
    assert find(elsewhere, "public").outcome == "hit"  # what the other has loaded
    assert find(answers, "everybody").outcome == "hit"


def test_an_answer_loaded_before_a_generation_and_kept_after_it_is_never_served(
    answers: Answers, elsewhere: Answers
) -> None:
    slow = Loader(during=lambda: elsewhere.start_generation(["public"]))
    assert answers.find("public", "q", slow).outcome == "miss"
    for each in (answers, elsewhere):
        again = Loader()
        each.find("public", "q", again)
        if each is answers:
            assert again.times == 1


def test_after_a_wiped_cache_no_earlier_answer_is_served(answers: Answers, redis: Redis) -> None:
    slow = Loader(during=redis.flushdb)
    answers.find("public", "q", slow)
    assert find(answers).outcome == "miss"
    find(answers)
    redis.flushdb()
    assert find(answers).outcome == "miss"


def test_a_stamp_dies_although_it_is_read_all_the_time(redis: Redis) -> None:
    answers = Answers(redis, lifetime=0.4)
    first = answers.stamp("public")
    until = time.monotonic() + 0.6
    latest = first
    while time.monotonic() < until:
        latest = answers.stamp("public")
        time.sleep(0.02)
    assert first is not None
    assert latest != first


def test_a_reply_that_nobody_read_is_not_taken_for_the_next_ones(
    server_urls: ServerUrls, elsewhere: Answers
) -> None:
    client = cache_client(server_urls.cache_url, seconds=1)
    answers = Answers(client, lifetime=10)
    before = answers.stamp("public")
    left: Any = client.connection_pool.get_connection()
    left.send_command("MGET", "generation:public")
    assert left.can_read(timeout=1)
    client.connection_pool.release(left)
    assert elsewhere.start_generation(["public"])
    assert answers.stamp("public") not in (None, before)
    client.close()


def test_without_redis_the_cache_is_bypassed_and_a_generation_is_not_confirmed() -> None:
    nobody = Answers(Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.1), lifetime=10)
    for _ in range(2):
        found = find(nobody)
        assert (found.outcome, found.answer is not None) == ("bypass", True)
    assert not nobody.start_generation(["public"])
    assert nobody.stamp("public") is None
    assert nobody.find_each([("job", "")], lambda missing: [Answer(b"1") for _ in missing])[0] is not None


def test_who_has_the_answer_of_this_generation_is_told_so_by_the_stamp_alone(
    answers: Answers, elsewhere: Answers, redis: Redis
) -> None:
    etag = find(answers).etag
    for key in redis.scan_iter("answer2:*"):
        redis.delete(key)
    loader = Loader()
    found = elsewhere.find("public", "q", loader, known=(etag,))
    assert (found.answer, found.etag, loader.times) == (None, etag, 0)


def test_who_has_the_same_answer_from_another_generation_is_told_so_after_a_look(answers: Answers) -> None:
    etag = find(answers).etag
    answers.start_generation(["public"])
    loader = Loader()
    found = answers.find("public", "q", loader, known=(etag,))
    assert (found.answer, loader.times) == (None, 1)
    assert found.etag != etag


def test_an_etag_of_another_query_says_nothing(answers: Answers) -> None:
    answers.find("public", "other", lambda: Answer(b"another"))
    etag = answers.find("public", "other", lambda: Answer(b"another")).etag
    assert find(answers, known=(etag,)).answer is not None


def test_of_many_who_ask_for_one_page_at_once_one_loads_it(answers: Answers) -> None:
    gate, started = Event(), Barrier(9)
    loader = Loader(during=lambda: gate.wait(5))

    def ask() -> Found:
        started.wait(5)
        return answers.find("public", "q", loader)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        started.wait(5)
        time.sleep(0.2)
        gate.set()
        found = [each.result(5) for each in asked]
    assert loader.times == 1
    assert sorted(each.outcome for each in found) == ["hit"] * 7 + ["miss"]
    assert all(each.answer is not None and each.answer.body == BODY for each in found)


def test_what_a_loading_ends_in_all_who_waited_get_and_the_next_tries_again(answers: Answers) -> None:
    def fail() -> Answer:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        answers.find("public", "q", fail)
    assert find(answers).outcome == "miss"


def test_what_does_not_last_is_not_kept(answers: Answers) -> None:
    for _ in range(2):
        assert answers.find("job", "", lambda: Answer(b"soon", lasts=False)).outcome == "miss"


def test_what_is_brief_is_kept_no_longer_than_a_change_of_it_is_tried_to_be_told(
    answers: Answers, elsewhere: Answers, redis: Redis
) -> None:
    answers.find("job", "", lambda: Answer(b"1 of 3", brief=True))
    (key,) = redis.scan_iter("answer2:*")
    assert 0 < redis.pttl(key) <= 1000
    found = elsewhere.find("job", "", Loader())
    assert (found.outcome, found.answer and found.answer.brief) == ("hit", True)


def test_a_cache_that_takes_nothing_is_read_on(
    answers: Answers, redis: Redis, server_urls: ServerUrls
) -> None:
    """Or else who bypassed it once would see what is new, and then what was."""
    may = ["+@read", "+@connection"]
    redis.acl_setuser("reader", enabled=True, nopass=True, keys=["*"], categories=may)
    with Redis.from_url(server_urls.cache_url, username="reader", password="none") as reading:
        refused = Answers(reading, lifetime=10)
        find(answers, "kept")
        for _ in range(2):
            assert find(refused, "never kept").outcome == "bypass"
            assert not refused.start_generation(["kept"])
            assert find(refused, "kept").outcome == "hit"


def test_several_answers_come_in_one_round_and_only_those_not_kept_are_loaded(
    answers: Answers, elsewhere: Answers
) -> None:
    there = {0: b"a", 1: b"b"}
    asked: list[Sequence[int]] = []

    def load(missing: Sequence[int]) -> list[Answer | None]:
        asked.append(missing)
        return [Answer(there[place]) if place in there else None for place in missing]

    elsewhere.find("job:b", "", lambda: Answer(b"b"))
    for _ in range(2):
        found = answers.find_each([("job:a", ""), ("job:b", ""), ("job:c", "")], load)
        assert [each and each.body for each in found] == [b"a", b"b", None]
    assert asked == [[0, 2], [2]]


def test_an_answer_is_the_same_in_every_coding_and_out_of_its_packing() -> None:
    answer = Answer(BODY * 100, {"next": "n"})
    for each in (answer, Answer.unpack(answer.pack())):
        assert each.size == len(BODY) * 100
        assert each.body == BODY * 100
        assert gzip.decompress(each.form("gzip")) == each.body
        assert zstandard.decompress(each.form("zstd")) == each.body
        assert (each.digest, each.notes) == (answer.digest, {"next": "n"})
    assert len(answer.pack()) < answer.size / 5


def test_a_version_names_what_an_answer_says_whatever_else_is_in_it() -> None:
    assert Answer(b"10 s left", version="3 of 9").digest == Answer(b"9 s left", version="3 of 9").digest
    assert Answer(b"10 s left").digest != Answer(b"9 s left").digest
