"""People with clients, and certificates to look at that no worker had to draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from api.contract import Application
from core import artifacts
from core.artifacts import Artifact, make_artifact
from core.callers import Caller, Role
from core.jobs.completion import complete_job
from core.jobs.leases import take_lease
from core.jobs.recording import Drawn, Failed, record_chunk
from core.models import Certificate, Chunk, Item, Template, TemplateVersion
from core.names import keys_of
from core.parts import Parts
from core.spas import SpaDocument, SpaView, create_spa
from core.templates.document import TemplateDocument, digest_of
from core.users import UserView
from tests.api.contract import Client, client_with
from tests.jobs import THERAPIST, accept_job
from tests.queries import Asked, recorded

BILL: dict[str, Any] = {
    "bill_number": "BLR/25-26/00418",
    "bill_date": "2026-01-04",
    "payment_mode": "Cash",
    "customer_name": "ಶ್ರುತಿ ರಾವ್",
    "lines": [{"service_name": "Swedish massage", "hsn_code": "999723", "quantity": 1, "rate": "3400.00"}],
}
LAYOUT: dict[str, Any] = {
    "public_listing": True,
    "layout": {
        "page": {"size": "A4", "orientation": "landscape"},
        "styles": {"text": {"face": "sans", "size": 12}},
        "sides": [
            {
                "elements": [
                    {
                        "type": "text",
                        "text": "{number}",
                        "style": "text",
                        "x": 20,
                        "y": 20,
                        "width": 200,
                        "height": 20,
                    }
                ]
            }
        ],
    },
}


@pytest.fixture
def app(app: Application) -> Application:
    """Every client of these tests holds the answers to the contract."""
    app.test_client_class = Client
    return app


@pytest.fixture
def client_of(app: Application) -> Callable[[str], Client]:
    """`client_of(key)`"""

    return lambda key: client_with(app, key)


@pytest.fixture
def as_admin(client_of: Callable[[str], Client], admin_key: str) -> Client:
    return client_of(admin_key)


@pytest.fixture
def as_user(client_of: Callable[[str], Client], user_key: str) -> Client:
    return client_of(user_key)


@pytest.fixture
def as_manager(
    client_of: Callable[[str], Client],
    add_user: Callable[[Role, str], UserView],
    give_key: Callable[..., str],
) -> Client:
    return client_of(give_key(add_user("manager", "Meera")))


@pytest.fixture
def as_stranger(
    client_of: Callable[[str], Client],
    add_user: Callable[[Role, str], UserView],
    give_key: Callable[..., str],
) -> Client:
    """Another user, with nothing of their own."""
    return client_of(give_key(add_user("user", "Somebody else")))


@pytest.fixture
def add_template(runtime: Parts, admin: UserView) -> Callable[..., str]:
    """`add_template("bill", "invoice_spa_bill")`: published, for everybody; it prints nothing but its number."""

    def add(template_id: str, kind: str, *, owner: UserView = admin, is_public: bool = True) -> str:
        document = TemplateDocument.model_validate({"name": template_id, "kind": kind, **LAYOUT})
        now = runtime.clock()
        with runtime.sessions.begin() as session:
            session.add(
                Template(
                    id=template_id,
                    owner_id=owner.id,
                    name=template_id,
                    kind=kind,
                    is_public=is_public,
                    public_listing=True,
                    published=1,
                    created_at=now,
                    updated_at=now,
                )
            )
            session.flush()
            session.add(
                TemplateVersion(
                    template_id=template_id,
                    number=1,
                    document=document.to_json(),
                    digest=digest_of(document),
                    created_by=owner.id,
                    created_at=now,
                    published_at=now,
                )
            )
        return template_id

    return add


@pytest.fixture
def template(add_template: Callable[..., str]) -> str:
    """A therapist's certificate; its certificates may be listed publicly."""
    return add_template("plain", "spa_therapist")


@pytest.fixture
def spa(runtime: Parts, admin: UserView) -> SpaView:
    with runtime.sessions.begin() as session:
        return create_spa(
            session,
            Caller(admin.id, "admin", admin.name),
            SpaDocument.model_validate({"code": "indiranagar", "name": "Sohana Lotus Spa"}),
            runtime.clock(),
        )


@pytest.fixture
def queries(runtime: Parts) -> Iterator[list[Asked]]:
    """What is asked of PostgreSQL from here on."""
    with recorded(runtime.engine) as asked:
        yield asked


@pytest.fixture
def submit(runtime: Parts, template: str) -> Callable[..., UUID]:
    """`submit(user, total=3, is_public=True)`: a job that waits, and its id."""

    def make(owner: UserView, *, total: int = 1, **wanted: Any) -> UUID:
        caller = Caller(owner.id, owner.role, owner.name)
        return accept_job(
            runtime, caller, [THERAPIST] * total, template=template, renditions=("pdf", "png"), **wanted
        )

    return make


@pytest.fixture
def finish(runtime: Parts) -> Callable[..., list[UUID]]:
    """`finish(job_id, failing={2})`: issue the job's items as a worker does, with bytes that nobody drew; their ids."""

    def issue(job_id: UUID, *, failing: frozenset[int] | set[int] = frozenset()) -> list[UUID]:
        with runtime.sessions.begin() as session:
            chunks = session.scalars(select(Chunk).where(Chunk.job_id == job_id)).all()
            items = {
                item.position: item for item in session.scalars(select(Item).where(Item.job_id == job_id))
            }
        for chunk in chunks:
            drawn = {
                position: _bytes_of(job_id, items[position])
                for position in chunk.positions
                if position not in failing
            }
            runtime.storage.put({each.key: each.data for made in drawn.values() for each in made})
            with runtime.sessions.begin() as session:
                lease = take_lease(session, chunk.id, seconds=20)
                assert lease is not None
                record_chunk(
                    session,
                    lease,
                    drawn=[
                        Drawn(
                            position,
                            {each.rendition: each.facts for each in made},
                            keys_of(items[position].recipient_name),
                        )
                        for position, made in drawn.items()
                    ],
                    failed=[
                        Failed(position, {"code": "missing_glyph", "field": "candidate_name", "detail": "…"})
                        for position in failing.intersection(chunk.positions)
                    ],
                )
                # Recorded by the database's clock; these were issued when the tests' clock says.
                session.execute(
                    update(Certificate).where(Certificate.job_id == job_id).values(issued_at=runtime.clock())
                )
        complete_job(runtime, job_id)
        with runtime.sessions.begin() as session:
            query = select(Certificate.id).where(Certificate.job_id == job_id).order_by(Certificate.position)
            return list(session.scalars(query))

    return issue


def _bytes_of(job_id: UUID, item: Item) -> list[Artifact]:
    place = {"job_id": job_id, "position": item.position, "certificate_id": item.certificate_id}
    written: tuple[tuple[artifacts.Rendition, dict[str, int]], ...] = (
        ("pdf", {"pages": 1}),
        ("png", {"width": 1754, "height": 1240}),
    )
    return [
        make_artifact(rendition, f"{rendition} of {item.number}".encode() * 100, **place, **shape)  # type: ignore[arg-type]
        for rendition, shape in written
    ]
