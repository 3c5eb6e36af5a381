from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from core.cache.listings import Listings, Page
from embedded.servers import ServerUrls

PAGE = Page(b'{"items": []}\n', "further")


@pytest.fixture
def redis(server_urls: ServerUrls) -> Iterator[Redis]:
    with Redis.from_url(server_urls.cache_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def listings(redis: Redis) -> Listings:
    return Listings(redis, lifetime=10)


def stored(listings: Listings, scope: str = "public", query: str = "q") -> bytes:
    stamp = listings.read(scope, query).stamp
    assert stamp is not None
    listings.store(scope, query, stamp, PAGE)
    return stamp


def test_a_stored_page_comes_back_byte_for_byte(listings: Listings) -> None:
    assert listings.read("public", "q").outcome == "miss"
    stored(listings)
    found = listings.read("public", "q")
    assert found.outcome == "hit"
    assert found.page == PAGE


def test_a_page_answers_only_its_own_query_and_scope(listings: Listings) -> None:
    stored(listings)
    assert listings.read("public", "other").outcome == "miss"
    assert listings.read("everybody", "q").outcome == "miss"


def test_a_new_generation_forgets_the_pages_of_its_scopes_only(listings: Listings) -> None:
    stored(listings, "public")
    stored(listings, "everybody")
    assert listings.start_generation(["public"])
    assert listings.read("public", "q").outcome == "miss"
    assert listings.read("everybody", "q").outcome == "hit"


def test_a_page_loaded_before_a_generation_and_stored_after_it_is_never_served(listings: Listings) -> None:
    slow = listings.read("public", "q").stamp
    assert slow is not None
    listings.start_generation(["public"])
    listings.store("public", "q", slow, PAGE)
    assert listings.read("public", "q").outcome == "miss"


def test_after_a_wiped_cache_no_earlier_page_is_served(listings: Listings, redis: Redis) -> None:
    slow = stored(listings)
    redis.flushdb()
    assert listings.read("public", "q").stamp != slow
    listings.store("public", "q", slow, PAGE)
    assert listings.read("public", "q").outcome == "miss"


def test_a_stamp_dies_although_it_is_read_all_the_time(redis: Redis) -> None:
    listings = Listings(redis, lifetime=0.4)
    first = stored(listings)
    until = time.monotonic() + 0.6
    latest: bytes | None = first
    while time.monotonic() < until:
        latest = listings.read("public", "q").stamp
        time.sleep(0.02)
    assert latest != first


def test_without_redis_the_cache_is_bypassed_and_a_generation_is_not_confirmed() -> None:
    nobody = Listings(Redis(host="127.0.0.1", port=9, socket_connect_timeout=0.1), lifetime=10)
    assert nobody.read("public", "q").outcome == "bypass"
    assert not nobody.start_generation(["public"])
    nobody.store("public", "q", b"0" * 16, PAGE)
