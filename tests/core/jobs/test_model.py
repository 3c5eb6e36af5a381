"""The product's SQL against the same rules in plain Python: at random, and for two workers on one chunk in every order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from core.callers import Caller
from core.parts import Parts
from tests.core.jobs.conftest import AddJob
from tests.core.jobs.model import World
from tests.properties import EXAMPLES

WORKERS = st.integers(0, 2)
ANY = st.integers(0, 1000)
HISTORIES = EXAMPLES // 10


@pytest.fixture
def forget_job(runtime: Parts) -> Callable[[UUID], None]:
    def forget(job_id: UUID) -> None:
        with runtime.sessions.begin() as session:
            for table in ("certificates", "chunks", "items"):
                session.execute(text(f"DELETE FROM {table} WHERE job_id = :job"), {"job": job_id})
            session.execute(text("DELETE FROM jobs WHERE id = :job"), {"job": job_id})

    return forget


def machine(
    runtime: Parts, caller: Caller, add_job: AddJob, forget_job: Callable[[UUID], None]
) -> type[RuleBasedStateMachine]:
    class Machine(RuleBasedStateMachine):
        """Three workers, somebody who cancels and retries, upkeep, and time that runs out for leases."""

        world: World

        @initialize(total=st.integers(6, 9), chunk_items=st.integers(1, 4))
        def submit(self, total: int, chunk_items: int) -> None:
            self.world = World(runtime, caller, add_job(total, chunk_items=chunk_items))

        @rule(worker=WORKERS, chunk=ANY)
        def claim(self, worker: int, chunk: int) -> None:
            self.world.claim(worker, self._chunk(chunk))

        @rule(worker=WORKERS)
        def renew(self, worker: int) -> None:
            self.world.renew(worker)

        @rule(worker=WORKERS, failing=st.frozensets(st.integers(0, 8), max_size=2))
        def record(self, worker: int, failing: frozenset[int]) -> None:
            self.world.record(worker, failing)

        @rule(worker=WORKERS)
        def hand_over(self, worker: int) -> None:
            self.world.hand_over(worker)

        @rule(worker=WORKERS)
        def die(self, worker: int) -> None:
            self.world.die(worker)

        @rule(chunk=ANY)
        def expire(self, chunk: int) -> None:
            self.world.expire(self._chunk(chunk))

        @rule()
        def keep_up(self) -> None:
            self.world.keep_up()

        @rule()
        def complete(self) -> None:
            self.world.complete()

        @rule()
        def cancel(self) -> None:
            self.world.cancel()

        @rule()
        def retry(self) -> None:
            self.world.retry()

        @invariant()
        def agree(self) -> None:
            if hasattr(self, "world"):
                self.world.agree()

        def teardown(self) -> None:
            if hasattr(self, "world"):
                forget_job(self.world.job_id)

        def _chunk(self, number: int) -> UUID:
            """Open ones as a rule; sometimes one that is done."""
            ids = sorted(self.world.chunks)
            still_open = [each for each in ids if not self.world.chunks[each].done]
            among = still_open if still_open and number % 5 else ids
            return among[number % len(among)]

    return Machine


def test_the_sql_does_what_the_rules_say(
    runtime: Parts, caller: Caller, add_job: AddJob, forget_job: Callable[[UUID], None]
) -> None:
    run_state_machine_as_test(
        machine(runtime, caller, add_job, forget_job),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


Steps = tuple[str, ...]
TWO_WORKERS: tuple[Steps, ...] = (("claim 0", "renew 0", "record 0"), ("claim 1", "renew 1", "record 1"))
BESIDE: tuple[tuple[tuple[Steps, ...], int], ...] = (
    ((("expire",), ("cancel",)), 560),
    ((("expire", "keep_up"),), 280),
    ((("complete",),), 70),
)
"""What happens meanwhile, and how many orders there are: 8! / (3! 3!) / 2 for two lone steps."""


def interleavings(threads: tuple[Steps, ...]) -> Iterator[Steps]:
    """Every order of all steps in which each thread keeps its own. The workers are alike, so 0 claims first."""
    if not any(threads):
        yield ()
    for number, thread in enumerate(threads):
        if thread and not (thread[0] == "claim 1" and threads[0][:1] == ("claim 0",)):
            rest = (*threads[:number], thread[1:], *threads[number + 1 :])
            for others in interleavings(rest):
                yield (thread[0], *others)


@pytest.mark.parametrize(("beside", "expected"), BESIDE)
def test_two_workers_on_one_chunk_agree_with_the_rules_in_every_order(
    runtime: Parts,
    caller: Caller,
    add_job: AddJob,
    beside: tuple[Steps, ...],
    expected: int,
) -> None:
    job_id = add_job(6)
    tried = 0
    for order in interleavings((*TWO_WORKERS, *beside)):
        begin_anew(runtime, job_id)
        world = World(runtime, caller, job_id)
        (chunk_id,) = world.chunks
        steps: dict[str, Callable[[], None]] = {
            "claim 0": partial(world.claim, 0, chunk_id),
            "claim 1": partial(world.claim, 1, chunk_id),
            "renew 0": partial(world.renew, 0),
            "renew 1": partial(world.renew, 1),
            "record 0": partial(world.record, 0),
            "record 1": partial(world.record, 1),
            "expire": partial(world.expire, chunk_id),
            "keep_up": world.keep_up,
            "cancel": world.cancel,
            "complete": world.complete,
        }
        for step in order:
            steps[step]()
        try:
            world.agree()
        except AssertionError:
            print(*order, sep=" → ")
            raise
        tried += 1
    assert tried == expected


def begin_anew(runtime: Parts, job_id: UUID) -> None:
    with runtime.sessions.begin() as session:
        for statement in (
            "DELETE FROM certificates WHERE job_id = :job",
            "UPDATE items SET state = 'waiting', problem = NULL WHERE job_id = :job",
            """UPDATE chunks SET attempt = 0, losses = 0, sent_at = NULL, leased_until = NULL, done_at = NULL
               WHERE job_id = :job""",
            """UPDATE jobs SET state = 'waiting', issued = 0, failed = 0, cancelled = 0, finished_at = NULL, tell_at = NULL,
               completed_at = NULL WHERE id = :job""",
        ):
            session.execute(text(statement), {"job": job_id})
