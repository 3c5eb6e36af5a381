"""What was broken on purpose is found, named and, where it can be, mended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, text

from api.contract import Application
from core.callers import Caller
from core.doctor import examine, mend
from core.models import Certificate, Job
from core.parts import Parts
from tests.jobs import THERAPIST, accept_job
from tests.parts import Queue


@pytest.fixture
def submit(runtime: Parts, caller: Caller, built_in_templates: None) -> Callable[[int], UUID]:
    return lambda total: accept_job(runtime, caller, [THERAPIST] * total)


@pytest.fixture
def job_id(runtime: Parts, queue: Queue, submit: Callable[[int], UUID]) -> UUID:
    """A job of six, issued and completed."""
    job_id = submit(6)
    queue.work(runtime)
    return job_id


def run(runtime: Parts, statement: str) -> None:
    with runtime.sessions.begin() as session:
        session.execute(text(statement))


def checks(runtime: Parts) -> set[str]:
    return {finding.check for finding in examine(runtime, at_rest=True)}


def test_where_all_is_well_nothing_is_found(runtime: Parts, job_id: UUID) -> None:
    assert list(examine(runtime, at_rest=True, redraw=True)) == []


def test_what_is_on_its_way_is_not_called_wrong(runtime: Parts, submit: Callable[[int], UUID]) -> None:
    submit(6)
    assert list(examine(runtime)) == []
    assert checks(runtime) == {"not_at_rest", "chunk_open"}


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE jobs SET issued = 5, failed = 1", {"counters_differ"}),
        ("UPDATE jobs SET finished_at = NULL", {"counters_differ", "state_differs"}),
        ("UPDATE jobs SET state = 'rendering'", {"state_differs"}),
        (
            "UPDATE jobs SET state = 'rendering', completed_at = NULL, finished_at = finished_at - interval '1 hour'",
            {"untold", "not_at_rest"},
        ),
        ("DELETE FROM certificates WHERE position = 3", {"issued_without_certificate", "orphan"}),
        ("UPDATE chunks SET leased_until = clock_timestamp()", {"lease_left", "chunk_open"}),
        ("UPDATE chunks SET done_at = NULL", {"chunk_without_work", "chunk_open"}),
        (
            """WITH gone AS (DELETE FROM certificates WHERE position = 3)
               UPDATE items SET state = 'waiting' WHERE position = 3""",
            {"waiting_without_chunk", "counters_differ", "orphan"},
        ),
        (
            "INSERT INTO unique_values SELECT 'bills', '1', job_id, 0 FROM items WHERE position = 0; "
            "DELETE FROM certificates WHERE position = 0; "
            "UPDATE items SET state = 'failed', problem = '{}' WHERE position = 0; "
            "UPDATE jobs SET issued = 5, failed = 1",
            {"value_left", "orphan"},
        ),
        ("DELETE FROM count_changes; DELETE FROM certificate_counts", {"count_differs"}),
    ],
)
def test_rows_that_do_not_agree_are_found_and_mended(
    runtime: Parts, job_id: UUID, queue: Queue, harm: str, found: set[str]
) -> None:
    run(runtime, harm)
    assert checks(runtime) == found

    mend(runtime, list(examine(runtime, at_rest=True)))
    queue.work(runtime)

    assert checks(runtime) == set()


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM certificates; DELETE FROM items WHERE position = 3", "items_missing"),
        ("UPDATE certificates SET number = 'X-1' WHERE position = 0", "certificate_differs"),
        ("UPDATE items SET number = 'X-1' WHERE position < 2", "number_twice"),
        ("UPDATE items SET code = 'X' WHERE position < 2", "code_twice"),
    ],
)
def test_what_needs_a_person_is_named(runtime: Parts, job_id: UUID, harm: str, found: str) -> None:
    run(runtime, harm)
    assert found in checks(runtime)


def documents_of(runtime: Parts) -> Path:
    return Path(urlsplit(runtime.settings.media_url).path) / "documents"


@pytest.mark.parametrize("spoilt", [None, b"%PDF-1.7 not ours"])
def test_a_file_that_is_gone_or_spoilt_is_drawn_again(
    runtime: Parts, job_id: UUID, spoilt: bytes | None
) -> None:
    path = sorted(documents_of(runtime).rglob("*.pdf"))[2]
    before = path.read_bytes()
    path.unlink()
    if spoilt:
        path.write_bytes(spoilt)
    (finding,) = examine(runtime, at_rest=True)
    assert finding.check == ("file_differs" if spoilt else "file_missing")

    mend(runtime, [finding])

    assert path.read_bytes() == before
    assert checks(runtime) == set()


def test_a_file_that_never_was_finished_and_one_without_a_row_are_left_over(
    runtime: Parts, job_id: UUID
) -> None:
    whole = next(documents_of(runtime).rglob("*.pdf"))
    whole.with_name(".partial-0").touch()
    whole.with_name(f"{'0' * 32}-{'0' * 64}.pdf").touch()
    assert {finding.check for finding in examine(runtime)} == set()
    assert checks(runtime) == {"temporary_left", "orphan"}


def test_a_template_that_draws_otherwise_now_is_found_by_drawing_again(runtime: Parts, job_id: UUID) -> None:
    run(runtime, """UPDATE items SET values = values || '{"candidate_name": "Rao"}' WHERE position = 0""")
    (finding,) = examine(runtime, redraw=True)
    assert (finding.check, finding.position) == ("drawn_differently", 0)


def test_the_command_says_by_its_exit_code_whether_something_was_found(
    runtime: Parts, app: Application, job_id: UUID
) -> None:
    def doctor(*options: str) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=["doctor", *options])
        return done.exit_code, done.stdout

    assert doctor() == (0, "all well\n")
    run(runtime, "UPDATE jobs SET issued = 5, failed = 1")
    code, said = doctor()
    assert code == 1
    assert "counters_differ" in said
    assert doctor("--mend")[0] == 0
    with runtime.sessions() as session:
        assert session.get_one(Job, job_id).issued == 6
        assert len(session.scalars(select(Certificate)).all()) == 6
