from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from core.jobs.leases import take_lease
from core.jobs.relay import LEAST_AHEAD, relay
from core.messages import BULK, INTERACTIVE, RENDER_CHUNK
from core.parts import Parts
from core.users import UserView
from tests.core.jobs.conftest import AddJob
from tests.parts import Queue


def claim_all_sent(runtime: Parts, queue: Queue) -> list[UUID]:
    """What workers would do first with all that was sent."""
    claimed = []
    while queue.messages:
        chunk_id = UUID(queue.messages.pop(0).id)
        with runtime.sessions.begin() as session:
            if take_lease(session, chunk_id, seconds=20):
                claimed.append(chunk_id)
    return claimed


def finish(runtime: Parts, chunk_ids: list[UUID]) -> None:
    with runtime.sessions.begin() as session:
        session.execute(
            text("UPDATE chunks SET done_at = clock_timestamp(), leased_until = NULL WHERE id = ANY(:ids)"),
            {"ids": chunk_ids},
        )


def test_a_small_job_goes_out_at_once_in_one_message(runtime: Parts, add_job: AddJob, queue: Queue) -> None:
    add_job(40, chunk_items=4)
    relay(runtime)
    queue.messages.clear()
    add_job(5)
    assert relay(runtime) == 1
    assert [(message.queue, message.notes["items"]) for message in queue.messages] == [("interactive", 5)]


def test_a_message_tells_an_operator_which_job_and_how_many_items(
    runtime: Parts, add_job: AddJob, queue: Queue
) -> None:
    job_id = add_job(32)
    relay(runtime)
    (message,) = queue.messages
    assert (message.task, message.queue) == (RENDER_CHUNK, "bulk")
    assert message.notes == {"job": str(job_id), "items": 32, "attempt": 1}


def test_the_broker_holds_no_more_than_is_about_to_be_taken(
    runtime: Parts, add_job: AddJob, queue: Queue
) -> None:
    add_job(1000, chunk_items=10)
    assert relay(runtime) == LEAST_AHEAD[BULK]
    assert relay(runtime) == 0
    for workers in (4, 4, 8, 16):
        assert len(claim_all_sent(runtime, queue)) == workers
        relay(runtime)
    with runtime.sessions.begin() as session:
        leased, ahead = session.execute(
            text("""
                SELECT count(*) FILTER (WHERE leased_until IS NOT NULL),
                       count(*) FILTER (WHERE leased_until IS NULL) FROM chunks WHERE sent_at IS NOT NULL""")
        ).one()
    assert (leased, ahead) == (32, 32)


def test_owners_with_backlogs_take_turns(
    runtime: Parts, add_job: AddJob, queue: Queue, add_user: Callable[..., UserView]
) -> None:
    owners = [add_user("user", name) for name in ("Asha", "Bina", "Chitra")]
    early = {owners[0].id: add_job(400, owner=owners[0], chunk_items=4)}
    jobs = early | {owner.id: add_job(80, owner=owner, chunk_items=4) for owner in owners[1:]}
    owner_of = {job_id: owner_id for owner_id, job_id in jobs.items()}
    served: Counter[UUID] = Counter()
    for _ in range(12):
        relay(runtime)
        served.update(owner_of[UUID(str(message.notes["job"]))] for message in queue.messages)
        finish(runtime, claim_all_sent(runtime, queue))
    shares = [served[owner.id] for owner in owners]
    assert max(shares) - min(shares) <= 1
    assert sum(shares) == 12 * LEAST_AHEAD[BULK]


def test_twenty_owners_with_equal_backlogs_finish_within_a_twentieth_of_each_other(
    runtime: Parts, add_job: AddJob, queue: Queue, add_user: Callable[..., UserView]
) -> None:
    owners = [add_user("user", f"Owner {number}") for number in range(20)]
    owner_of = {add_job(100, owner=owner, chunk_items=1): owner.id for owner in owners}
    served: Counter[UUID] = Counter()
    chance = random.Random(20)
    held: list[UUID] = []
    while sum(served.values()) < 20 * 60:
        relay(runtime)
        served.update(owner_of[UUID(str(message.notes["job"]))] for message in queue.messages)
        held += claim_all_sent(runtime, queue)
        chance.shuffle(held)  # workers finish in any order
        done, held = held[:2], held[2:]
        finish(runtime, done)
    assert max(served.values()) <= 1.05 * min(served.values())


def test_what_an_owner_has_under_way_counts_as_turns_taken(
    runtime: Parts, add_job: AddJob, queue: Queue, add_user: Callable[..., UserView]
) -> None:
    first, second = add_user("user", "Asha"), add_user("user", "Bina")
    add_job(400, owner=first, chunk_items=4)
    relay(runtime)
    claim_all_sent(runtime, queue)
    late = add_job(400, owner=second, chunk_items=4)
    relay(runtime)
    assert {message.notes["job"] for message in queue.messages} == {str(late)}


def test_a_job_of_higher_priority_goes_first_among_its_owners(
    runtime: Parts, add_job: AddJob, queue: Queue
) -> None:
    add_job(40, chunk_items=4)
    urgent = add_job(40, chunk_items=4, priority=5)
    relay(runtime)
    assert {message.notes["job"] for message in queue.messages} == {str(urgent)}


def test_a_broker_that_is_down_costs_a_tick_and_no_chunk(
    runtime: Parts, add_job: AddJob, queue: Queue
) -> None:
    add_job(3)
    add_job(64)
    queue.down = True
    assert relay(runtime) == 0
    queue.down = False
    assert relay(runtime) == 1 + 2
    assert len({message.id for message in queue.messages}) == 3


def test_what_a_wiped_broker_lost_is_sent_again(
    runtime: Parts, add_job: AddJob, queue: Queue, let_pass: Callable[[timedelta], None]
) -> None:
    add_job(3)
    add_job(64)
    relay(runtime)
    lost = {message.id for message in queue.messages}
    queue.messages.clear()
    let_pass(timedelta(seconds=11))
    relay(runtime)
    relay(runtime)
    assert {message.id for message in queue.messages} == lost


def test_a_chunk_that_a_worker_holds_is_not_sent_again(runtime: Parts, add_job: AddJob, queue: Queue) -> None:
    add_job(32)
    relay(runtime)
    claim_all_sent(runtime, queue)
    with runtime.sessions.begin() as session:
        session.execute(text("UPDATE chunks SET sent_at = sent_at - interval '1 hour'"))
    assert relay(runtime) == 0


def test_relays_that_run_at_once_send_each_chunk_once(runtime: Parts, add_job: AddJob, queue: Queue) -> None:
    for _ in range(20):
        add_job(5)
    add_job(640)
    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(lambda _: relay(runtime), range(16)))
    assert sent == len(queue.messages) == len({message.id for message in queue.messages})
    assert sent == LEAST_AHEAD[INTERACTIVE] + LEAST_AHEAD[BULK]


def test_more_is_sent_once_half_of_what_was_ahead_is_taken(
    runtime: Parts, add_job: AddJob, queue: Queue
) -> None:
    for _ in range(40):
        add_job(1)
    assert relay(runtime) == LEAST_AHEAD[INTERACTIVE] == 16
    for taken, sent in ((7, 0), (1, 8), (7, 0), (1, 8)):
        finish(runtime, [UUID(queue.messages.pop(0).id) for _ in range(taken)])
        assert relay(runtime) == sent


def test_one_owner_s_many_small_jobs_do_not_stand_before_another_s_single_one(
    runtime: Parts, add_job: AddJob, queue: Queue, add_user: Callable[..., UserView]
) -> None:
    many, single = add_user("user", "Asha"), add_user("user", "Bina")
    for _ in range(50):
        add_job(5, owner=many)
    relay(runtime)
    mine = add_job(1, owner=single)
    finish(runtime, claim_all_sent(runtime, queue)[:1])
    relay(runtime)
    assert queue.messages[0].notes["job"] == str(mine)
