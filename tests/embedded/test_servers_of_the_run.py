"""What `server_urls` gives every test: here, or with `--given-servers` on servers of the user's."""

from contextlib import closing

import redis
from sqlalchemy import create_engine, text

from embedded.servers import ServerUrls


def test_the_database_is_new_and_in_utf_8(server_urls: ServerUrls) -> None:
    engine = create_engine(server_urls.database_url)
    with engine.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    engine.dispose()
    assert name.startswith("certmill_tests_")
    assert encoding == "UTF8"


def test_the_broker_never_forgets_and_the_cache_is_another_place(server_urls: ServerUrls) -> None:
    with (
        closing(redis.Redis.from_url(server_urls.broker_url, decode_responses=True)) as broker,
        closing(redis.Redis.from_url(server_urls.cache_url, decode_responses=True)) as cache,
    ):
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        broker.set("certmill:tests", "broker's")
        assert cache.get("certmill:tests") is None
        broker.delete("certmill:tests")
