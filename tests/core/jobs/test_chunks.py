"""Chunks rendered by real painters onto a real disk, from built-in templates."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.assets import Shelf
from core.callers import Caller
from core.certificates import file_views, find_file, open_file, show
from core.errors import Conflict
from core.jobs import chunks, orphans
from core.jobs.control import cancel_job, retry_job
from core.jobs.upkeep import keep_up
from core.models import Certificate, Chunk, Item, Job
from core.parts import Parts
from core.spas import SpaDocument, create_spa
from core.storage import DiskStorage, StorageUnavailable
from core.templates.builtin import publish_builtin
from tests.jobs import THERAPIST, accept_job
from tests.parts import Queue

BILL = {
    "bill_number": "BLR/0001",
    "bill_date": "2026-01-04",
    "payment_mode": "Cash",
    "customer_name": "ಶ್ರುತಿ ರಾವ್",
    "lines": [{"service_name": "Swedish massage", "hsn_code": "999723", "quantity": 1, "rate": "3400.00"}],
}
Submit = Callable[..., UUID]


@pytest.fixture
def submit(runtime: Parts, caller: Caller) -> Submit:
    """`submit([item, …], renditions=("pdf",))`: a job that PostgreSQL has and the queue was told of."""
    publish_builtin(runtime)
    return partial(accept_job, runtime, caller)


def issued(runtime: Parts, job_id: UUID) -> list[Certificate]:
    with runtime.sessions.begin() as session:
        query = select(Certificate).where(Certificate.job_id == job_id).order_by(Certificate.position)
        return list(session.scalars(query))


def test_every_rendition_is_stored_under_its_own_digest(
    runtime: Parts, submit: Submit, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    job_id = submit([THERAPIST], renditions=("pdf", "png", "jpg", "webp", "thumbnail"))
    assert queue.work(runtime) == 1
    assert job_row(job_id).state == "completed"
    (certificate,) = issued(runtime, job_id)
    beginnings = {
        "pdf": b"%PDF-1.",
        "png": b"\x89PNG",
        "jpg": b"\xff\xd8",
        "webp": b"RIFF",
        "thumbnail": b"\xff\xd8",
    }
    assert certificate.files.keys() == beginnings.keys()
    with runtime.sessions.begin() as session:
        for view in file_views(certificate.id, certificate.files):
            name = view["url"].rpartition("/")[2]
            found = find_file(session, caller, certificate.id, name)
            with open_file(runtime.storage, found) as file:
                data = file.read()
            assert hashlib.sha256(data).hexdigest() == view["digest"] == found.digest
            assert len(data) == view["size"]
            assert data.startswith(beginnings[view["rendition"]])
        seen = show(session, caller, certificate.id)
    assert seen.verify_url == f"https://certmill.example/verify/{certificate.code}"
    assert seen.data["candidate_name"] == "अनन्या शर्मा"


def test_a_second_attempt_draws_the_same_bytes_to_the_same_place(
    runtime: Parts, submit: Submit, queue: Queue
) -> None:
    job_id = submit([THERAPIST], renditions=("pdf", "png", "thumbnail"))
    work = _work(runtime, job_id)
    first, second = (
        chunks.artifacts_of(runtime, work, work.items[0], pictures=Shelf(runtime.storage)) for _ in range(2)
    )
    assert [(each.key, each.data) for each in first] == [(each.key, each.data) for each in second]


def test_what_cannot_be_drawn_fails_alone_and_says_why(
    runtime: Parts, submit: Submit, queue: Queue, job_row: Callable[[UUID], Job]
) -> None:
    # A hieroglyph is a letter, but no font of ours has it.
    job_id = submit([THERAPIST, {**THERAPIST, "candidate_name": "𓀀 Rao"}, THERAPIST])
    queue.work(runtime)
    job = job_row(job_id)
    assert (job.state, job.issued, job.failed) == ("completed", 2, 1)
    with runtime.sessions.begin() as session:
        item = session.get_one(Item, (job_id, 1))
    assert item.state == "failed"
    assert item.problem is not None
    assert (item.problem["code"], item.problem["field"]) == ("missing_glyph", "candidate_name")
    assert [certificate.position for certificate in issued(runtime, job_id)] == [0, 2]


class FullStorage(DiskStorage):
    """A disk without room."""

    def put(self, files: Mapping[str, bytes]) -> None:
        if files:
            raise StorageUnavailable("No space left on device")


def test_storage_without_room_delays_a_chunk_and_fails_nothing(
    runtime: Parts,
    submit: Submit,
    queue: Queue,
    job_row: Callable[[UUID], Job],
    let_pass: Callable[[timedelta], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    job_id = submit([THERAPIST])
    full = replace(runtime, storage=FullStorage(tmp_path_factory.mktemp("full")))
    assert queue.work(full) == 1
    assert (job_row(job_id).issued, job_row(job_id).failed) == (0, 0)
    let_pass(timedelta(seconds=11))
    keep_up(runtime)
    keep_up(runtime)
    queue.work(runtime)
    assert (job_row(job_id).state, job_row(job_id).issued) == ("completed", 1)


class Listening(DiskStorage):
    """A disk, and the names of what it was given at a time."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.heard: list[set[str]] = []

    def put(self, files: Mapping[str, bytes]) -> None:
        super().put(files)
        self.heard.append(set(files))


def test_a_worker_holds_no_more_files_than_so_many_bytes_until_they_are_stored(
    runtime: Parts,
    submit: Submit,
    queue: Queue,
    job_row: Callable[[UUID], Job],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage = Listening(tmp_path_factory.mktemp("media"))
    job_id = submit([THERAPIST] * 5, renditions=("pdf", "thumbnail"))
    work = _work(runtime, job_id)
    first = chunks.artifacts_of(runtime, work, work.items[0], pictures=Shelf(runtime.storage))
    # Enough for one and most of the next. Their numbers differ, and so do their bytes, by a few.
    monkeypatch.setattr(chunks, "_HELD", 1.9 * sum(len(artifact.data) for artifact in first))
    queue.work(replace(runtime, storage=storage))
    assert [len(files) for files in storage.heard] == [4, 4, 2]
    assert (job_row(job_id).state, job_row(job_id).issued) == ("completed", 5)
    assert len(set().union(*storage.heard)) == 10
    assert {file.key for file in storage.walk()} == set().union(*storage.heard)


def _work(runtime: Parts, job_id: UUID) -> chunks.Work:
    with runtime.sessions.begin() as session:
        return chunks.read_work(session, job_id)


class SmallMemory(DiskStorage):
    """A process that cannot hold one chunk's files."""

    def put(self, files: Mapping[str, bytes]) -> None:
        if files:
            raise MemoryError


def test_a_worker_without_memory_counts_as_lost_and_its_poison_item_says_so(
    runtime: Parts, submit: Submit, queue: Queue, job_row: Callable[[UUID], Job], tmp_path: Path
) -> None:
    job_id = submit([THERAPIST])
    small = replace(runtime, storage=SmallMemory(tmp_path))
    assert queue.work(small) == 3
    assert (job_row(job_id).state, job_row(job_id).failed) == ("completed", 1)
    with runtime.sessions.begin() as session:
        problem = session.get_one(Item, (job_id, 0)).problem
    assert problem is not None
    assert problem["code"] == "render_crashed"
    assert "out of memory" in problem["detail"]


def test_a_worker_that_must_stop_gives_its_chunk_back_and_another_takes_it_at_once(
    runtime: Parts,
    submit: Submit,
    queue: Queue,
    job_row: Callable[[UUID], Job],
    chunks_of: Callable[[UUID], list[Chunk]],
) -> None:
    job_id = submit([THERAPIST] * 6)
    (message,) = queue.messages
    queue.messages.clear()
    asked = iter([False, False, True])
    chunks.render(runtime, UUID(message.id), must_stop=lambda: next(asked))
    (chunk,) = chunks_of(job_id)
    assert (chunk.leased_until, chunk.losses, job_row(job_id).issued) == (None, 0, 0)
    assert queue.work(runtime) == 1
    assert job_row(job_id).issued == 6


def test_after_a_cancel_was_answered_nothing_more_appears(
    runtime: Parts, built_in_templates: None, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    one_by_one = replace(runtime, settings=replace(runtime.settings, chunk_items=1))
    job_id = accept_job(one_by_one, caller, [THERAPIST] * 3)
    first, *others = list(queue.messages)
    chunks.render(runtime, UUID(first.id))
    answer = cancel_job(runtime, caller, job_id)
    assert (answer.state, answer.issued, answer.cancelled) == ("cancelled", 1, 2)
    for message in others:
        chunks.render(runtime, UUID(message.id))
    job = job_row(job_id)
    assert (job.issued, job.cancelled, len(issued(runtime, job_id))) == (1, 2, 1)
    with pytest.raises(Conflict):
        cancel_job(runtime, caller, job_id)


def test_a_cancelled_bill_s_number_is_free_again(
    runtime: Parts, submit: Submit, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    spa_id = add_spa(runtime, caller)
    cancelled = submit([BILL], template="invoice-classic", spa_id=spa_id)
    cancel_job(runtime, caller, cancelled)
    again = submit([BILL], template="invoice-classic", spa_id=spa_id)
    queue.work(runtime)
    assert job_row(again).issued == 1


def test_only_failed_items_are_tried_again(
    runtime: Parts, submit: Submit, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    job_id = submit([THERAPIST, {**THERAPIST, "candidate_name": "𓀀 Rao"}])
    queue.work(runtime)
    before = issued(runtime, job_id)
    with runtime.sessions.begin() as session:
        session.execute(
            text('UPDATE items SET values = values || \'{"candidate_name": "Rao"}\' WHERE position = 1')
        )
    assert retry_job(runtime, caller, job_id).state == "rendering"
    with pytest.raises(Conflict):
        retry_job(runtime, caller, job_id)
    assert queue.work(runtime) == 1
    job = job_row(job_id)
    assert (job.state, job.issued, job.failed) == ("completed", 2, 0)
    assert issued(runtime, job_id)[0].id == before[0].id


def test_who_cancels_a_retry_has_the_job_as_it_was_before(
    runtime: Parts, submit: Submit, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    job_id = submit([THERAPIST, {**THERAPIST, "candidate_name": "𓀀 Rao"}])
    queue.work(runtime)
    with runtime.sessions.begin() as session:
        before = session.get_one(Item, (job_id, 1)).problem
    retry_job(runtime, caller, job_id)
    answer = cancel_job(runtime, caller, job_id)
    assert (answer.state, answer.issued, answer.failed, answer.cancelled) == ("completed", 1, 1, 0)
    with runtime.sessions.begin() as session:
        item = session.get_one(Item, (job_id, 1))
    assert (item.state, item.problem) == ("failed", before)
    assert queue.work(runtime) == 1
    assert job_row(job_id).failed == 1
    assert retry_job(runtime, caller, job_id).state == "rendering"


def test_a_failed_bill_is_not_tried_again_once_its_number_was_used(
    runtime: Parts, submit: Submit, queue: Queue, caller: Caller, job_row: Callable[[UUID], Job]
) -> None:
    spa_id = add_spa(runtime, caller)
    failed = submit([{**BILL, "customer_name": "𓀀 Rao"}], template="invoice-classic", spa_id=spa_id)
    queue.work(runtime)
    assert job_row(failed).failed == 1
    submit([BILL], template="invoice-classic", spa_id=spa_id)
    queue.work(runtime)
    with pytest.raises(Conflict, match="cannot be tried again"):
        retry_job(runtime, caller, failed)
    assert job_row(failed).failed == 1


def test_a_message_that_comes_late_or_twice_does_nothing(
    runtime: Parts, submit: Submit, queue: Queue
) -> None:
    job_id = submit([THERAPIST])
    (message,) = queue.messages
    for _ in range(3):
        chunks.render(runtime, UUID(message.id))
    assert len(issued(runtime, job_id)) == 1


def test_orphans_go_after_a_day_and_what_a_row_speaks_of_stays(
    runtime: Parts, submit: Submit, queue: Queue, clock: Any
) -> None:
    job_id = submit([THERAPIST])
    queue.work(runtime)
    (certificate,) = issued(runtime, job_id)
    orphan = f"documents/{job_id.hex}/000/{certificate.id.hex}-{'0' * 64}.pdf"
    runtime.storage.put({orphan: b"by a worker that lost its lease"})
    kept = {file.key for file in runtime.storage.walk()} - {orphan}
    modified = next(file.modified for file in runtime.storage.walk() if file.key == orphan)
    clock.now = modified + timedelta(hours=23)
    assert orphans.collect(runtime) == 0
    clock.advance(hours=2)
    assert orphans.collect(runtime) == 1
    assert {file.key for file in runtime.storage.walk()} == kept


def add_spa(runtime: Parts, caller: Caller) -> UUID:
    document = SpaDocument.model_validate({"code": "indiranagar", "name": "Sohana Lotus Spa"})
    with runtime.sessions.begin() as session:
        return create_spa(session, replace(caller, role="admin"), document, runtime.clock()).id
