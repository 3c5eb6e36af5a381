"""Deliveries to a real server, checked by the library of the standard's authors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import sessionmaker
from standardwebhooks import Webhook

from core.callers import Caller
from core.courier import Failure, Reply
from core.models import Attempt, Delivery
from core.parts import Parts
from core.settings import ROOT, Settings
from core.webhooks import endpoints, turns
from core.webhooks.deliveries import resend
from core.webhooks.endpoints import Wanted
from core.webhooks.relay import relay_deliveries
from core.webhooks.turns import AT_ONCE, LEASE_SECONDS, deliver
from tests.core.webhooks.conftest import AddedEndpoint, AddEndpoint
from tests.parts import Queue
from tests.receivers import Handler, Received, Receiver, answering, receiving

Deliveries = Callable[[], list[Delivery]]
Attempts = Callable[[], list[Attempt]]
PassTime = Callable[..., None]
Work = Callable[[], int]


def test_what_arrives_is_what_the_standard_says(
    endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries
) -> None:
    (event_id,) = endpoint.tell()
    endpoint.deliver()
    (came,) = receiver.received
    payload = Webhook(endpoint.secret).verify(came.body, came.headers)
    assert payload.keys() == {"type", "timestamp", "data"}
    assert (payload["type"], payload["data"]) == ("webhook.test", {})
    assert datetime.fromisoformat(payload["timestamp"]).utcoffset() == timedelta()
    assert came.headers["webhook-id"] == str(event_id)
    assert came.headers["Content-Type"] == "application/json"
    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempt) == ("delivered", 1)


def test_a_failed_try_is_repeated_with_the_same_id_and_body_and_all_tries_are_noted(
    endpoint: AddedEndpoint,
    receiver: Receiver,
    deliveries: Deliveries,
    attempts: Attempts,
    pass_time: PassTime,
) -> None:
    endpoint.tell()
    receiver.behave = answering(500, b"\x00no\xff such table")
    endpoint.deliver()
    endpoint.deliver()
    assert len(receiver.received) == 1
    pass_time(seconds=6)
    receiver.behave = answering(200, b"thanks")
    endpoint.deliver()
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert [(each.number, each.status, each.answer) for each in attempts()] == [
        (1, 500, "no\ufffd such table"),
        (2, 200, "thanks"),
    ]
    assert deliveries()[0].state == "delivered"


def test_after_ten_tries_a_delivery_has_failed_and_its_endpoint_is_disabled_and_says_why(
    endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries, pass_time: PassTime
) -> None:
    endpoint.tell()
    receiver.behave = answering(503)
    hours: float = 0
    for tries in range(1, 12):
        if tries == 10:
            # By its jitter the last try may come before the three days are over after which an endpoint is given up.
            pass_time(hours=5)
        endpoint.deliver()
        assert len(receiver.received) == min(tries, 10)
        (delivery,) = deliveries()
        if delivery.state == "waiting":
            pause = (delivery.due_at - datetime.now(UTC)).total_seconds() + 1
            hours += pause / 3600
            pass_time(seconds=pause)
    assert 67 < hours < 84
    assert deliveries()[0].state == "failed"
    row = endpoint.row()
    assert row.state == "disabled"
    assert row.disabled_because is not None
    assert "in 10 tries. The last one: status 503" in row.disabled_because


def test_retry_after_is_heeded_by_the_delivery_and_by_its_neighbours(
    endpoint: AddedEndpoint, receiver: Receiver, work: Work, pass_time: PassTime
) -> None:
    receiver.behave = answering(429, Retry_After="3600")
    endpoint.tell(20)
    assert work() == 1
    assert len(receiver.received) == AT_ONCE
    pass_time(minutes=59)
    assert work() == 0
    pass_time(minutes=2)
    receiver.behave = answering(200)
    work()
    assert Counter(Counter(receiver.ids()).values()) == {1: 16, 2: 4}


def test_410_disables_the_endpoint_at_once(
    endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries
) -> None:
    receiver.behave = answering(410)
    endpoint.tell(6)
    endpoint.deliver()
    row = endpoint.row()
    assert (row.state, row.disabled_because) == ("disabled", "It answered 410 Gone.")
    assert len(receiver.received) == AT_ONCE
    assert [each.state for each in deliveries()] == ["failed"] * 4 + ["waiting"] * 2


def test_what_waited_at_a_disabled_endpoint_goes_on_when_it_is_enabled(
    runtime: Parts, endpoint: AddedEndpoint, receiver: Receiver, work: Work, caller: Caller
) -> None:
    endpoint.tell(2)

    def set_enabled(enabled: bool) -> None:
        wanted = Wanted(receiver.url, ["job.completed"], enabled=enabled)
        with runtime.sessions.begin() as session:
            endpoints.replace_endpoint(session, runtime.courier, caller, endpoint.id, wanted)

    set_enabled(False)
    assert work() == 0
    set_enabled(True)
    work()
    assert len(receiver.received) == 2


@pytest.mark.parametrize("status", [201, 299])
def test_whatever_begins_with_a_two_is_thanks(
    endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries, status: int
) -> None:
    receiver.behave = answering(status)
    endpoint.tell()
    endpoint.deliver()
    assert deliveries()[0].state == "delivered"


@pytest.mark.parametrize("status", [199, 302, 400, 404, 500])
def test_whatever_does_not_is_tried_again(
    endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries, status: int
) -> None:
    receiver.behave = answering(status, Location=receiver.url)
    endpoint.tell()
    endpoint.deliver()
    assert deliveries()[0].state == "waiting"
    assert len(receiver.received) == 1


def test_an_address_that_leads_inside_meanwhile_is_noted_and_not_gone_to(
    runtime: Parts, endpoint: AddedEndpoint, attempts: Attempts
) -> None:
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE webhook_endpoints SET url = 'https://169.254.169.254/latest'"))
    endpoint.tell()
    endpoint.deliver()
    (attempt,) = attempts()
    assert (attempt.status, attempt.problem) == (None, "not_public")


def test_for_a_day_after_its_rotation_the_former_secret_signs_too(
    runtime: Parts, endpoint: AddedEndpoint, receiver: Receiver, caller: Caller, pass_time: PassTime
) -> None:
    with runtime.sessions.begin() as session:
        new = endpoints.rotate_secret(session, caller, endpoint.id)
    for hours, signed in ((23, 2), (2, 1)):
        pass_time(hours=hours)
        endpoint.tell()
        endpoint.deliver()
        came = receiver.received[-1]
        assert len(came.headers["webhook-signature"].split()) == signed
        Webhook(new.secret).verify(came.body, came.headers)
        if signed == 2:
            Webhook(endpoint.secret).verify(came.body, came.headers)


def test_no_more_than_four_at_once_come_to_one_endpoint(
    runtime: Parts, endpoint: AddedEndpoint, receiver: Receiver
) -> None:
    endpoint.tell(16)
    here, most, lock = 0, 0, threading.Lock()

    def count(handler: Handler, _: Received) -> None:
        nonlocal here, most
        with lock:
            here += 1
            most = max(most, here)
        time.sleep(0.03)
        with lock:
            here -= 1
        handler.answer(204)

    receiver.behave = count
    relay_deliveries(runtime)
    with ThreadPoolExecutor(3) as workers:
        list(workers.map(lambda _: endpoint.deliver(), range(3)))
    assert most == AT_ONCE
    assert Counter(receiver.ids()).most_common(1)[0][1] == 1
    assert len(receiver.received) == 16


def test_a_slow_endpoint_holds_nobody_else_up(
    runtime: Parts, add_endpoint: AddEndpoint, receiver: Receiver, queue: Queue
) -> None:
    release = threading.Event()

    def wait(handler: Handler, _: Received) -> None:
        release.wait(10)
        handler.answer(204)

    with receiving(wait) as slow:
        add_endpoint(slow.url).tell(4)
        add_endpoint(receiver.url).tell(40)
        relay_deliveries(runtime)
        with ThreadPoolExecutor(2) as workers:
            for message in list(queue.messages):
                workers.submit(deliver, runtime, UUID(message.id))
            deadline = time.monotonic() + 10
            while len(receiver.received) < 40:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert not release.is_set()
            release.set()
        assert len(slow.received) == 4


def test_a_failing_endpoint_is_left_alone_for_longer_and_longer_with_one_delivery_at_a_time(
    endpoint: AddedEndpoint, receiver: Receiver, work: Work, pass_time: PassTime
) -> None:
    endpoint.tell(1000)
    receiver.behave = answering(500)
    work()
    assert len(receiver.received) == 2 * AT_ONCE
    came = []
    for minutes in (1, 2, 3, 6, 11, 11):
        pass_time(minutes=minutes)
        before = len(receiver.received)
        work()
        came.append(len(receiver.received) - before)
    assert came == [1] * 6
    receiver.behave = answering(200)
    pass_time(minutes=11)
    work()
    assert len(set(receiver.ids())) == 1000


def test_a_worker_that_dies_on_the_way_neither_loses_a_delivery_nor_gives_it_another_id(
    runtime: Parts,
    endpoint: AddedEndpoint,
    settings: Settings,
    receiver: Receiver,
    work: Work,
    deliveries: Deliveries,
    pass_time: PassTime,
) -> None:
    told = endpoint.tell(2)
    arrived = threading.Semaphore(0)

    def hold(handler: Handler, _: Received) -> None:
        arrived.release()
        time.sleep(5)

    receiver.behave = hold
    program = (
        "import json, sys, uuid\n"
        "from core.runtime import build_runtime\nfrom core.settings import Settings\nfrom core.webhooks.turns import deliver\n"
        "settings = Settings(**json.loads(sys.argv[1]))\n"
        "deliver(build_runtime(settings, send=print), uuid.UUID(sys.argv[2]))\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(asdict(settings)), str(endpoint.id)], cwd=ROOT
    )
    for _ in told:
        assert arrived.acquire(timeout=20)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    receiver.behave = answering(204)
    endpoint.deliver()
    assert relay_deliveries(runtime) == 0
    assert len(receiver.received) == 2
    pass_time(seconds=LEASE_SECONDS + 1)
    assert work() == 1
    assert Counter(receiver.ids()) == {str(event_id): 2 for event_id in told}
    assert [(each.state, each.attempt) for each in deliveries()] == [("delivered", 2)] * 2


def test_a_worker_that_lost_its_turn_claims_nothing_and_records_nothing(
    runtime: Parts, add_endpoint: AddEndpoint, pass_time: PassTime, attempts: Attempts
) -> None:
    endpoint = add_endpoint("https://hooks.example/")
    endpoint.tell()
    with runtime.sessions.begin() as session:
        late = turns.take_turn(session, endpoint.id)
        assert late
        (claimed,) = turns.claim_due(session, late)
    with runtime.sessions.begin() as session:
        assert turns.take_turn(session, endpoint.id) is None
    pass_time(seconds=LEASE_SECONDS + 1)
    with runtime.sessions.begin() as session:
        turn = turns.take_turn(session, endpoint.id)
        assert turn
        assert len(turns.claim_due(session, turn)) == 1
    with runtime.sessions.begin() as session:
        assert turns.claim_due(session, late) == []
        for outcome in (Reply(200, b"", None, 0.1), Failure("timeout", "late", 15.0)):
            assert not turns.record(session, endpoint.id, claimed, outcome)
        turns.end_turn(session, late)
        assert turns.take_turn(session, endpoint.id) is None
    assert attempts() == []


def test_an_answer_recorded_twice_counts_once(
    runtime: Parts, add_endpoint: AddEndpoint, attempts: Attempts
) -> None:
    # As when a commit is done and PostgreSQL's answer to it is lost.
    endpoint = add_endpoint("https://hooks.example/")
    endpoint.tell(2)
    with runtime.sessions.begin() as session:
        turn = turns.take_turn(session, endpoint.id)
        assert turn
        failing, fine = turns.claim_due(session, turn)
    for _ in range(2):
        with runtime.sessions.begin() as session:
            turns.record(
                session, endpoint.id, failing, Failure("timeout", "It did not answer in time.", 15.0)
            )
            turns.record(session, endpoint.id, fine, Reply(200, b"", None, 0.1))
    assert len(attempts()) == 2
    assert endpoint.row().failures == 1


def test_a_database_that_is_away_for_a_moment_costs_no_second_delivery(
    runtime: Parts, endpoint: AddedEndpoint, receiver: Receiver, deliveries: Deliveries
) -> None:
    endpoint.tell()
    impatient = create_engine(runtime.engine.url, connect_args={"options": "-c lock_timeout=200ms"})
    worker = replace(runtime, engine=impatient, sessions=sessionmaker(impatient, expire_on_commit=False))
    with ThreadPoolExecutor(1) as pool:
        with runtime.sessions.begin() as session:

            def lock_and_answer(handler: Handler, _: Received) -> None:
                session.execute(text("LOCK TABLE webhook_attempts"))
                handler.answer(204)
                locked.set()

            locked = threading.Event()
            receiver.behave = lock_and_answer
            delivering = pool.submit(deliver, worker, endpoint.id)
            assert locked.wait(10)
            time.sleep(0.5)
            assert not delivering.done()
        delivering.result(timeout=10)
    impatient.dispose()
    assert len(receiver.received) == 1
    assert deliveries()[0].state == "delivered"


def test_a_lost_message_is_sent_again_and_one_that_comes_five_times_is_delivered_once(
    runtime: Parts, endpoint: AddedEndpoint, receiver: Receiver, queue: Queue, pass_time: PassTime
) -> None:
    endpoint.tell()
    assert relay_deliveries(runtime) == 1
    queue.messages.clear()
    assert relay_deliveries(runtime) == 0
    pass_time(seconds=11)
    assert relay_deliveries(runtime) == 1
    (message,) = queue.messages
    assert (message.task, message.queue) == ("certmill.deliver", "deliveries")
    for _ in range(5):
        deliver(runtime, UUID(message.id))
    assert len(receiver.received) == 1


def test_a_broker_that_is_down_costs_a_tick(runtime: Parts, add_endpoint: AddEndpoint, queue: Queue) -> None:
    add_endpoint("https://hooks.example/").tell()
    queue.down = True
    assert relay_deliveries(runtime) == 0
    queue.down = False
    assert relay_deliveries(runtime) == 1


def test_relays_side_by_side_send_each_endpoint_once(
    runtime: Parts, add_endpoint: AddEndpoint, queue: Queue
) -> None:
    for number in range(12):
        add_endpoint(f"https://hooks.example/{number}").tell()
    with ThreadPoolExecutor(4) as relays:
        assert sum(relays.map(lambda _: relay_deliveries(runtime), range(8))) == 12
    assert len({message.id for message in queue.messages}) == 12


def test_resent_it_has_ten_tries_anew(
    runtime: Parts,
    endpoint: AddedEndpoint,
    receiver: Receiver,
    work: Work,
    deliveries: Deliveries,
    caller: Caller,
) -> None:
    (event_id,) = endpoint.tell()
    endpoint.deliver()

    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE webhook_deliveries SET attempt = 10, state = 'failed'"))
        again = resend(session, caller, endpoint.id, event_id)
    assert again.state == "waiting"
    receiver.behave = answering(500)
    work()
    (delivery,) = deliveries()
    assert (delivery.state, delivery.attempt) == ("waiting", 11)
    assert receiver.ids() == [str(event_id)] * 2


def test_the_database_says_what_time_it_is(endpoint: AddedEndpoint, receiver: Receiver, clock: Any) -> None:
    clock.advance(days=400)
    endpoint.tell()
    endpoint.deliver()
    (came,) = receiver.received
    Webhook(endpoint.secret).verify(came.body, came.headers)
