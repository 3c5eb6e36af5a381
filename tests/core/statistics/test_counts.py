"""Counts are what a look at every certificate would say, at any moment, whoever issues, revokes or folds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.pool import NullPool

from core.database import migrate
from core.doctor.counts import examine_counts
from core.jobs.leases import take_lease
from core.jobs.recording import Drawn, record_chunk
from core.jobs.upkeep import keep_up
from core.models import Certificate, CertificateCount, Chunk, CountChange, Spa
from core.parts import Parts
from core.runtime import build_runtime
from core.statistics import Selection, count_up_to, fold_changes, recount
from core.users import UserView
from tests.core.jobs.conftest import AddJob
from tests.core.statistics.conftest import Issue, record
from tests.parts import NOON, Queue

HowMany = Callable[[Selection], int]
ALL = Selection()


def fold(runtime: Parts) -> int:
    return fold_changes(runtime.sessions, zone=runtime.settings.timezone)


def rows(runtime: Parts, table: type[CountChange | CertificateCount]) -> int:
    with runtime.sessions.begin() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def differences(runtime: Parts) -> list[str]:
    with runtime.sessions.begin() as session:
        return [str(each) for each in examine_counts(session, zone=runtime.settings.timezone)]


@pytest.mark.parametrize("folded", [False, True])
def test_what_is_issued_counts_for_its_owner_its_kind_and_its_template(
    runtime: Parts, issue: Issue, how_many: HowMany, user: UserView, admin: UserView, folded: bool
) -> None:
    issue(3)
    issue(2, owner=admin, lists_publicly=False)
    if folded:
        assert fold(runtime) == 2

    assert how_many(ALL) == 5
    assert how_many(Selection(owner_id=user.id)) == 3
    assert how_many(Selection(is_public=True)) == 3
    assert how_many(Selection(owner_id=admin.id, is_public=True)) == 0
    assert how_many(Selection(kind="plain", template_id="plain", template_version=1, state="valid")) == 5
    for other in (
        {"kind": "id_card"},
        {"template_id": "other"},
        {"template_version": 2},
        {"state": "erased"},
    ):
        assert how_many(Selection(**other)) == 0
    assert differences(runtime) == []


def test_a_spas_are_counted_apart(runtime: Parts, issue: Issue, how_many: HowMany) -> None:
    spa_id = UUID(int=7)
    job_id = issue(4)
    with runtime.sessions.begin() as session:
        now = runtime.clock()
        session.add(Spa(id=spa_id, code="one", name="One", details={}, created_at=now, updated_at=now))
        session.flush()
        session.execute(
            update(Certificate)
            .where(Certificate.job_id == job_id, Certificate.position < 3)
            .values(spa_id=spa_id)
        )

    assert how_many(Selection(spa_id=spa_id)) == 3
    fold(runtime)
    assert (how_many(Selection(spa_id=spa_id)), how_many(ALL)) == (3, 4)


def test_what_is_revoked_or_erased_changes_its_count_and_not_the_whole(
    runtime: Parts, issue: Issue, how_many: HowMany
) -> None:
    job_id = issue(3)
    fold(runtime)
    with runtime.sessions.begin() as session:
        session.execute(
            update(Certificate)
            .where(Certificate.job_id == job_id, Certificate.position < 2)
            .values(state="revoked")
        )

    for _ in range(2):
        assert [how_many(Selection(state=state)) for state in ("valid", "revoked")] == [1, 2]
        assert (how_many(ALL), how_many(Selection(is_public=True))) == (3, 1)
        fold(runtime)
    with runtime.sessions.begin() as session:
        session.execute(delete(Certificate).where(Certificate.state == "revoked"))
    assert how_many(ALL) == 1
    assert differences(runtime) == []


def test_an_update_that_changes_no_count_notes_nothing(runtime: Parts, issue: Issue) -> None:
    issue(3)
    fold(runtime)
    with runtime.sessions.begin() as session:
        session.execute(
            update(Certificate).values(recipient_name="Somebody", issued_at=Certificate.issued_at)
        )

    assert rows(runtime, CountChange) == 0


def test_a_chunk_is_one_change_and_many_are_folded_into_one_count_of_each_span(
    runtime: Parts, issue: Issue
) -> None:
    for _ in range(5):
        issue(7, at=NOON)
    assert rows(runtime, CountChange) <= 15  # five recorded, five moved from the database's now to noon
    fold(runtime)

    assert rows(runtime, CountChange) == 0
    with runtime.sessions.begin() as session:
        counts = session.execute(
            select(CertificateCount.owner_id.is_(None), CertificateCount.span, CertificateCount.count)
            .where(CertificateCount.count != 0)
            .order_by(text("1, 2"))
        ).all()
    assert counts == [(False, "day", 35), (False, "month", 35), (True, "day", 35), (True, "month", 35)]


def test_what_is_rolled_back_was_never_counted(runtime: Parts, add_job: AddJob, how_many: HowMany) -> None:
    job_id = add_job(4)
    with runtime.sessions.begin() as session:
        chunk_id = session.scalars(select(Chunk.id).where(Chunk.job_id == job_id)).one()
        lease = take_lease(session, chunk_id, seconds=60)
    assert lease is not None
    with runtime.sessions.begin() as session:
        record_chunk(session, lease, drawn=[Drawn(position, {}) for position in lease.positions], failed=())
        assert rows(runtime, CountChange) == 0  # to others
        session.rollback()

    assert (how_many(ALL), rows(runtime, CountChange)) == (0, 0)


def test_to_empty_the_table_empties_the_counts(runtime: Parts, issue: Issue, how_many: HowMany) -> None:
    issue(2)
    fold(runtime)
    issue(3)
    with runtime.sessions.begin() as session:
        session.execute(text("TRUNCATE certificates"))

    assert how_many(ALL) == 0
    assert differences(runtime) == []


# --- days ----------------------------------------------------------------------------------------------------------

KOLKATA = ZoneInfo("Asia/Kolkata")
KATHMANDU = ZoneInfo("Asia/Kathmandu")  # 5:45, the oddest offset there is


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("zone", [KOLKATA, KATHMANDU, ZoneInfo("America/New_York")], ids=str)
def test_a_day_is_the_issuers_to_the_minute(
    runtime: Parts, issue: Issue, zone: ZoneInfo, folded: bool
) -> None:
    there = build_runtime(replace(runtime.settings, issuer_timezone=zone.key), send=Queue())
    issue(1, at=datetime(2026, 3, 7, 23, 59, 59, 999999, tzinfo=zone))
    issue(2, at=datetime(2026, 3, 8, 0, 0, tzinfo=zone))
    issue(4, at=datetime(2026, 3, 8, 23, 59, tzinfo=zone))  # in New York it had 23 hours
    issue(8, at=datetime(2026, 3, 9, 0, 1, tzinfo=zone))
    if folded:
        fold(there)

    found = [on(there, date(2026, 3, day)) for day in (6, 7, 8, 9, 10)]

    assert found == [0, 1, 6, 8, 0]
    assert differences(there) == []
    there.engine.dispose()
    there.cache.close()


def on(runtime: Parts, first: date, last: date | None = None) -> int:
    from core.statistics import count

    with runtime.sessions.begin() as session:
        selection = Selection(issued_from=first, issued_to=last or first)
        return count(session, selection, zone=runtime.settings.timezone).value


def test_a_period_of_any_days_counts_what_its_days_count(runtime: Parts, issue: Issue) -> None:
    begin = date(2025, 11, 20)
    days = [begin + timedelta(days=number) for number in range(0, 120, 7)]
    for number, day in enumerate(days):
        issue(1 + number % 3, at=datetime(day.year, day.month, day.day, 12, tzinfo=KOLKATA))
    fold(runtime)
    issue(1, at=datetime(2025, 12, 31, 23, 59, tzinfo=KOLKATA))  # not folded

    single = {day: on(runtime, day) for day in (begin + timedelta(days=number) for number in range(120))}
    assert sum(single.values()) > len(days)
    edges = [date(2025, 11, 20), date(2025, 11, 30), date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 1),
             date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 19)]  # fmt: skip
    for first in edges:
        for last in edges:
            if first <= last:
                assert on(runtime, first, last) == sum(n for day, n in single.items() if first <= day <= last)


def test_without_one_end_a_period_goes_on(runtime: Parts, issue: Issue, how_many: HowMany) -> None:
    for month in (1, 2, 3):
        issue(1, at=datetime(2026, month, 15, tzinfo=UTC))
    fold(runtime)

    assert how_many(Selection(issued_from=date(2026, 2, 15))) == 2
    assert how_many(Selection(issued_from=date(2026, 2, 16))) == 1
    assert how_many(Selection(issued_to=date(2026, 2, 15))) == 2
    assert how_many(Selection(issued_to=date(2026, 2, 14))) == 1


# --- many at once --------------------------------------------------------------------------------------------------


def test_parallel_recording_beside_folding_loses_and_doubles_nothing(
    runtime: Parts, add_job: AddJob, how_many: HowMany
) -> None:
    for _ in range(4):
        add_job(60, chunk_items=3)
    with runtime.sessions.begin() as session:
        chunk_ids = list(session.scalars(select(Chunk.id)))
    stop = threading.Event()
    seen: list[int] = []

    def fold_on() -> None:
        while not stop.is_set():
            fold(runtime)

    def look() -> None:
        while not stop.is_set():
            seen.append(how_many(ALL))

    def work(chunk_id: UUID) -> None:
        record(runtime, chunk_id)

    others = [threading.Thread(target=each) for each in (fold_on, fold_on, look)]
    for thread in others:
        thread.start()
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, chunk_ids))
    finally:
        stop.set()
        for thread in others:
            thread.join()

    assert all(before <= after and after % 3 == 0 for before, after in pairwise(seen))
    assert how_many(ALL) == 240
    fold(runtime)
    assert (how_many(ALL), rows(runtime, CountChange)) == (240, 0)
    assert differences(runtime) == []


def test_counting_anew_beside_recording_and_folding_gives_what_there_is(
    runtime: Parts, add_job: AddJob, how_many: HowMany
) -> None:
    add_job(90, chunk_items=3)
    with runtime.sessions.begin() as session:
        chunk_ids = list(session.scalars(select(Chunk.id)))
    stop = threading.Event()

    def count_anew() -> None:
        while not stop.is_set():
            recount(runtime.sessions, zone=runtime.settings.timezone)
            fold(runtime)

    counter = threading.Thread(target=count_anew)
    counter.start()
    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda chunk_id: record(runtime, chunk_id), chunk_ids))
    finally:
        stop.set()
        counter.join()

    assert how_many(ALL) == 90
    assert differences(runtime) == []


def test_two_that_revoke_in_the_same_moment_wait_for_no_count(
    runtime: Parts, issue: Issue, how_many: HowMany
) -> None:
    issue(2)
    fold(runtime)
    revoke = "UPDATE certificates SET state = 'revoked' WHERE position = :position"
    with runtime.sessions.begin() as one, runtime.sessions.begin() as other:
        one.execute(text(revoke), {"position": 0})
        other.execute(text("SET LOCAL lock_timeout = '1s'"))
        other.execute(text(revoke), {"position": 1})
        fold(runtime)

    assert how_many(Selection(state="revoked")) == 2


def test_upkeep_folds(runtime: Parts, issue: Issue) -> None:
    issue(2)
    keep_up(runtime)
    assert rows(runtime, CountChange) == 0


# --- what no count is kept of, what was there before, what is wrong ---------------------------------------------------


def test_without_a_kept_count_it_is_at_least_so_many(runtime: Parts, issue: Issue) -> None:
    issue(5)
    everything = select(Certificate.id).order_by(Certificate.issued_at)
    with runtime.sessions.begin() as session:
        found = [count_up_to(session, everything, bound=bound) for bound in (4, 5, 6)]

    assert [(each.value, each.is_exact) for each in found] == [(4, False), (5, True), (5, True)]


@pytest.fixture
def old_database(runtime: Parts) -> Iterator[Engine]:
    """A database of its own whose tables are those before counts were kept."""
    from sqlalchemy import create_engine

    url = runtime.engine.url
    name = f"{url.database}_old"
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect()
    server.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    server.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine = create_engine(url.set(database=name), poolclass=NullPool)
    migrate(engine, "0005")
    yield engine
    server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.close()


def test_the_migrations_count_what_was_issued_before_them_and_meanwhile(
    runtime: Parts, old_database: Engine
) -> None:
    insert = """
        INSERT INTO certificates (id, job_id, position, owner_id, template_id, template_version, kind, number, code,
                                  recipient_name, is_public, state, files, issued_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 0, '00000000-0000-0000-0000-000000000001', 'plain', 1, 'plain', n, n,
               'Asha', n % 2 = 0, CASE n % 5 WHEN 0 THEN 'revoked' ELSE 'valid' END, '{}',
               timestamptz '2026-01-05 12:00+05:30' + n * interval '1 hour'
        FROM generate_series(:first, :last) AS n"""
    with old_database.begin() as connection:
        for name in ("job_id_position", "owner_id"):  # these have neither
            connection.execute(text(f"ALTER TABLE certificates DROP CONSTRAINT fk_certificates_{name}"))
        connection.execute(text(insert), {"first": 1, "last": 60})
    migrate(old_database, "0006")
    with old_database.begin() as connection:
        connection.execute(text(insert), {"first": 61, "last": 100})
    migrate(old_database)

    there = build_runtime(
        replace(runtime.settings, database_url=old_database.url.render_as_string(hide_password=False)),
        send=Queue(),
    )
    for _ in range(2):
        assert on(there, date(2026, 1, 1), date(2026, 1, 31)) == 100
        assert on(there, date(2026, 1, 5)) == 11
        assert differences(there) == []
        fold(there)
    there.engine.dispose()
    there.cache.close()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE certificate_counts SET count = count + 1 WHERE span = 'day' AND owner_id IS NULL",
        "UPDATE certificate_counts SET count = 0 WHERE span = 'month' AND owner_id IS NOT NULL",
        "DELETE FROM certificate_counts WHERE span = 'day'",
        "UPDATE certificate_counts SET first_day = first_day - 31",
        "DELETE FROM count_changes",
        "SET session_replication_role = replica; DELETE FROM certificates WHERE position = 0",
    ],
)
def test_a_wrong_count_is_found_and_made_anew(
    runtime: Parts, issue: Issue, how_many: HowMany, harm: str
) -> None:
    issue(3)
    fold(runtime)
    issue(2)
    with runtime.sessions.begin() as session:
        session.execute(text(harm))
        session.execute(text("SET session_replication_role = origin"))
        there = session.scalar(select(func.count()).select_from(Certificate))
    assert differences(runtime) != []

    recount(runtime.sessions, zone=runtime.settings.timezone)

    assert differences(runtime) == []
    assert how_many(ALL) == there
