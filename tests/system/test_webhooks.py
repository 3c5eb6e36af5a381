"""Webhooks from the running system to a receiver on this machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from standardwebhooks import Webhook

from embedded.client import Client
from embedded.system import RunningSystem
from tests.receivers import Handler, Received, answering, receiving
from tests.system.conftest import Listen, submit, wait_for, wait_until
from tests.system.test_races import therapists


def test_every_certificate_is_told_under_one_id(client: Client, listen: Listen) -> None:
    """Once, where the machine keeps up; what was sent and not recorded in time comes again, under the same id."""
    with receiving() as receiver:
        made = listen(receiver.url, ["certificate.issued", "job.completed"])
        job = submit(client, therapists(150, renditions=["thumbnail"]))
        wait_for(client, job)
        wait_until(lambda: len(set(receiver.ids())) >= 151, within=60)
        received = list(receiver.received)  # one may come again at any moment
    told = [Webhook(made["secret"]).verify(came.body, came.headers) for came in received]
    by_id = dict(zip([came.headers["webhook-id"] for came in received], told, strict=True))
    assert Counter(each["type"] for each in by_id.values()) == {"certificate.issued": 150, "job.completed": 1}
    assert {each["data"]["position"] for each in told if "position" in each["data"]} == set(range(150))


def test_a_killed_delivery_worker_loses_nothing(
    running: RunningSystem, client: Client, query: Callable[..., list[Any]], listen: Listen
) -> None:
    arrived = threading.Event()

    def hold(handler: Handler, _: Received) -> None:
        arrived.set()
        time.sleep(3)

    with receiving(hold) as receiver:
        made = listen(receiver.url, ["certificate.issued"])
        job = submit(client, therapists(20, renditions=["thumbnail"]))
        assert arrived.wait(30)
        os.kill(running.processes.children["worker-deliveries"].pid, signal.SIGKILL)
        receiver.behave = answering(204)
        wait_until(lambda: running.processes.revive()[0], within=5)
        wait_for(client, job)
        unfinished = (
            "SELECT event_id FROM webhook_deliveries WHERE endpoint_id = :id AND state <> 'delivered'"
        )
        wait_until(lambda: not query(unfinished, id=made["id"]), within=60)
    tries = Counter(receiver.ids())
    assert len(tries) == 20
    assert 1 <= sum(count - 1 for count in tries.values()) <= 4
