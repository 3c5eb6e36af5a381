"""Listings of a million certificates: PostgreSQL finds each page by an index and reads little more than it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import product
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from api.app import create_app
from benchmarks.loading import indexed_afterwards, load_certificates, load_owners, vacuum
from core import users
from core.database import migrate
from core.parts import Parts
from core.runtime import build_runtime
from core.settings import Settings
from embedded.servers import ServerUrls
from tests.databases import own_database
from tests.parts import Queue
from tests.queries import Plan, carried_out, recorded

pytestmark = [pytest.mark.xdist_group("million"), pytest.mark.slow]

ROWS: Final = 1_000_000
OWNERS: Final = 5_000
PAGE: Final = 200
"""The most that a page holds: more is not sorted, unless all that a search found."""
LOOKED_AT: Final = 10_000
"""So many rows may be read for a page of fifty. A kind or a spa is found among an owner's, not by an index of both."""
FOUND: Final = 2_000
"""So many whom a search found may be sorted."""
LOOKED_AT_BY_SEARCHES: Final = 30_000
"""A search looks until it has met as many, and finds few by an index. One of fifty is met within so many."""
SMALL: Final = frozenset({"spas", "users"})
"""What may be read whole where PostgreSQL thinks that cheaper than looking up each."""


@dataclass(frozen=True, slots=True)
class Million:
    """A database with a million certificates, and the API on it. `deep` is a day that nine tenths of them came after."""

    parts: Parts
    client: FlaskClient
    headers: dict[str, str]
    addresses: dict[str, str]
    spa: str
    deep: date

    def asked(self, path: str, query: dict[str, str]) -> tuple[dict[str, Any], list[Plan]]:
        """A page from the database, and how that went about it; a search first finds out whether there are few."""
        self.parts.cache.flushdb()
        with recorded(self.parts.engine) as asked:
            answer = self.client.get(path, query_string=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        statements = [each for each in asked if "FROM certificates" in each.statement]
        assert len(statements) == (2 if "q" in query else 1)
        return answer.get_json(), [carried_out(self.parts.engine, each) for each in statements]


@pytest.fixture(scope="session")
def million(server_urls: ServerUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Million]:
    media = tmp_path_factory.mktemp("million")
    server = make_url(server_urls.database_url)
    with own_database(server, f"{server.database}_million") as database_url:
        settings = Settings(
            **asdict(replace(server_urls, database_url=database_url)),
            media_url=media.as_uri(),
            secret_key="-" * 32,
        )
        parts = build_runtime(settings, send=Queue())
        yield _loaded(parts)
        parts.engine.dispose()
        parts.cache.close()
        parts.decoder.close()


def _loaded(parts: Parts) -> Million:
    migrate(parts.engine)
    with parts.sessions.begin() as session:
        _forget_foreign_keys(session)
        load_owners(session, OWNERS)
        with indexed_afterwards(session):
            load_certificates(session, 0, ROWS, alone=True, files={})
        admin = users.ensure_admin(session, name="Adya", now=parts.clock())
        key = users.create_key(session, user_id=admin.id, name="tests", now=parts.clock())
        large, small = session.scalars(
            text("SELECT id FROM users WHERE name LIKE 'Owner %' ORDER BY id LIMIT 2")
        )
        spa = session.scalar(
            text("SELECT spa_id FROM jobs WHERE owner_id = :small LIMIT 1"), {"small": small}
        )
        oldest = session.scalar(text("SELECT min(issued_at) FROM certificates"))
        newest = session.scalar(text("SELECT max(issued_at) FROM certificates"))
    vacuum(parts)
    assert isinstance(oldest, datetime)
    assert isinstance(newest, datetime)
    return Million(
        parts=parts,
        client=create_app(parts).test_client(),
        headers={"Authorization": f"Bearer {key.secret}"},
        addresses={
            "public": "/certificates/generated/public",
            "owner": f"/certificates/user/{small}",
            "large owner": f"/certificates/user/{large}",
            "everybody": "/certificates",
        },
        spa=str(spa),
        deep=(oldest + (newest - oldest) / 10).date(),
    )


def _forget_foreign_keys(session: Session) -> None:
    """Certificates come without their items, and jobs without their templates."""
    keys = session.execute(
        text("""
            SELECT conrelid::regclass AS of, conname AS name FROM pg_constraint
            WHERE conrelid IN ('certificates'::regclass, 'jobs'::regclass) AND contype = 'f'""")
    ).all()
    for key in keys:
        session.execute(text(f'ALTER TABLE {key.of} DROP CONSTRAINT "{key.name}"'))


FILTERS: Final[dict[str, Callable[[Million], dict[str, str]]]] = {
    "nothing": lambda _: {},
    "kind": lambda _: {"kind": "id_card"},
    "a kind that nobody has": lambda _: {"kind": "daily_sheet"},
    "spa": lambda million: {"spa_id": million.spa},
    "template": lambda _: {"template": "id-card-classic"},
    "template version": lambda _: {"template": "id-card-classic@1"},
    "from": lambda million: {"issued_from": million.deep.isoformat()},
    "to": lambda million: {"issued_to": million.deep.isoformat()},
    "valid": lambda _: {"state": "valid"},
    "revoked": lambda _: {"state": "revoked"},
    "superseded": lambda _: {"state": "superseded"},
    "erased": lambda _: {"state": "erased"},
    "kind and revoked": lambda _: {"kind": "id_card", "state": "revoked"},
    "number": lambda _: {"q": "TC-2026-0000123"},
    "common number": lambda _: {"q": "TC-2026"},
    "name": lambda _: {"q": "asha 3f"},
    "common name": lambda _: {"q": "asha"},
    "a name that nobody has": lambda _: {"q": "zzz"},
    "a name by its sound": lambda _: {"q": "asha 3f", "match": "similar"},
}
OF_STATE: Final = frozenset({"valid", "revoked", "superseded", "erased", "kind and revoked"})
CASES: Final = [
    (listing, filters)
    for listing, filters in product(("public", "owner", "large owner", "everybody"), FILTERS)
    if listing != "public" or filters not in OF_STATE
]


@pytest.mark.parametrize("listing, filters", CASES)
def test_the_first_page_is_read_by_an_index(million: Million, listing: str, filters: str) -> None:
    _, plans = million.asked(million.addresses[listing], FILTERS[filters](million))
    check(plans)


@pytest.mark.parametrize("listing, filters", [case for case in CASES if case[1] not in ("from", "to")])
def test_a_page_far_down_is_read_by_an_index_in_every_direction(
    million: Million, listing: str, filters: str
) -> None:
    path, query = million.addresses[listing], FILTERS[filters](million)
    before, _ = million.asked(path, {**query, "issued_to": million.deep.isoformat()})
    if before["next"] is None:
        return  # there is no such page
    page, plans = million.asked(path, {**query, "cursor": before["next"]})
    assert page["items"]
    assert page["items"][0]["issued_at"] <= before["items"][-1]["issued_at"]
    check(plans)
    for direction, cursor in page.items():
        if direction != "items" and isinstance(cursor, str):
            found, plans = million.asked(path, {**query, "cursor": cursor})
            assert found["items"]
            check(plans)


@pytest.mark.parametrize("state", ["waiting", "rendering", "cancelled", "completed"])
def test_jobs_of_a_state_are_read_by_an_index(million: Million, state: str) -> None:
    with recorded(million.parts.engine) as asked:
        answer = million.client.get("/jobs", query_string={"state": state}, headers=million.headers)
    assert answer.status_code == 200, answer.text
    (statement,) = (each for each in asked if "FROM jobs" in each.statement)
    plan = carried_out(million.parts.engine, statement)
    of_jobs = [step for step in plan.steps if "jobs" in step.relation + step.index]
    assert all(step.index and step.looked_at <= PAGE for step in of_jobs), plan.text


def check(plans: list[Plan]) -> None:
    """The last is that of the page; one before it is that of a search's look for those whom it finds."""
    for plan in plans:
        assert not _faults(plan, searches=len(plans) > 1), plan.text
    page, searches = plans[-1], len(plans) > 1
    if searches and not any(step.relation == "certificates" for step in page.steps):
        return  # nothing was found, and nothing is read
    indexes = ("ix_certificates_", "pk_certificates") if searches else "ix_certificates_"
    if not any(step.index.startswith(indexes) for step in page.steps):
        raise AssertionError(f"uses no index\n{page.text}")


def _faults(plan: Plan, *, searches: bool) -> list[str]:
    """What is wrong with a plan. What a search found may be sorted; of a common name it looks at more to meet enough."""
    faults = []
    for step in plan.steps:
        if "Sort" in step.kind and step.looked_at > (FOUND if searches else PAGE):
            faults.append(f"sorts {step.looked_at} rows")
        elif searches and step.kind == "Bitmap Index Scan":
            continue  # of a common name's entries, a fifth of a microsecond each
        elif (
            step.reads
            and step.relation not in SMALL
            and step.looked_at > (LOOKED_AT_BY_SEARCHES if searches else LOOKED_AT)
        ):
            faults.append(f"looks at {step.looked_at} rows of {step.relation or step.index}")
    return faults
