"""The producing end, on a real broker."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from core.messages import BULK, RENDER_CHUNK, BrokerUnavailable, Message
from core.settings import Settings
from sending import sender

MESSAGE = Message(
    RENDER_CHUNK, "0190b0a0-0000-7000-8000-000000000001", BULK, {"job": "course 7", "items": 32}
)


@pytest.mark.given_servers
def test_a_message_lies_in_its_queue_as_a_worker_and_an_operator_read_it(settings: Settings) -> None:
    with Redis.from_url(settings.broker_url) as broker:
        broker.flushdb()

        sender(settings.broker_url)(MESSAGE)

        (taken,) = broker.lrange(BULK, 0, -1)
        broker.flushdb()
    message = json.loads(taken)
    assert message["headers"]["task"] == RENDER_CHUNK
    assert message["headers"]["argsrepr"] == f"['{MESSAGE.id}']"
    assert message["content-type"] == "application/json"
    assert "course 7" in message["headers"]["kwargsrepr"]


def test_a_broker_that_is_down_costs_milliseconds() -> None:
    for _ in range(3):
        send = sender("redis://127.0.0.1:1/0")
        started = time.perf_counter()
        with pytest.raises(BrokerUnavailable):
            send(MESSAGE)
        assert time.perf_counter() - started < 0.3


@pytest.fixture
def hung_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_broker_that_hangs_costs_one_request_a_second_and_the_others_nothing(hung_server: int) -> None:
    send = sender(f"redis://127.0.0.1:{hung_server}/0")
    started = time.perf_counter()
    with pytest.raises(BrokerUnavailable):
        send(MESSAGE)
    first = time.perf_counter() - started

    for _ in range(20):
        with pytest.raises(BrokerUnavailable):
            send(MESSAGE)

    assert first < 3
    assert time.perf_counter() - started - first < 0.1
