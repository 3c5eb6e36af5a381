"""The system that Certmill replaces, rebuilt: a table for each kind of document, all of them read for every listing.

A page is what is newest in each of seven tables, as ORM objects with their users, put together and sorted in Python and cut by
offset: page n reads 7 × 50 n rows. `/listing` asks the tables one after another, as that system does; `/parallel` all at
once, each in a thread and on a connection of its own, as it was planned. Nothing else is in it: no log, no access control, no
total. DATABASE_URL says where; `fill` copies the certificates that are there into its tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from sqlalchemy import Connection, DateTime, Engine, ForeignKey, MetaData, create_engine, select, text
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    declared_attr,
    joinedload,
    mapped_column,
    relationship,
)

from benchmarks.loading import KINDS

_PAGE: Final = 50
_SCHEMA: Final = "old"

app = Flask(__name__)


class _Base(DeclarativeBase):
    metadata = MetaData(schema=_SCHEMA)


class _User(_Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str | None]


class _Document(_Base):
    """What each of the seven tables has."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_name: Mapped[str]
    number: Mapped[str]
    spa_name: Mapped[str]
    pdf_path: Mapped[str]
    image_path: Mapped[str]
    thumbnail_path: Mapped[str]
    is_public: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)

    @declared_attr
    def user_id(cls) -> Mapped[int]:  # noqa: N805, SQLAlchemy's way
        return mapped_column(ForeignKey(_User.id), index=True)

    @declared_attr
    def user(cls) -> Mapped[_User]:  # noqa: N805
        return relationship(_User)


TABLES: Final[tuple[type[_Document], ...]] = tuple(
    type(kind, (_Document,), {"__tablename__": kind}) for kind in KINDS
)


@app.get("/listing")
def listing() -> Response:
    with Session(_engine()) as session:
        return _page(_newest(session, table, _wanted()) for table in TABLES)


@app.get("/parallel")
def parallel() -> Response:
    wanted = _wanted()
    return _page(_threads().map(lambda table: _newest_alone(table, wanted), TABLES))


def _wanted() -> int:
    """How many rows of each table may stand on this page or before it."""
    return int(request.args.get("page", "1")) * _PAGE


def _newest(session: Session, table: type[_Document], rows: int) -> list[_Document]:
    wanted = (
        select(table)
        .options(joinedload(table.user))
        .where(table.is_public)
        .order_by(table.created_at.desc())
        .limit(rows)
    )
    return list(session.scalars(wanted))


def _newest_alone(table: type[_Document], rows: int) -> list[_Document]:
    with Session(_engine()) as session:
        return _newest(session, table, rows)


def _page(found: Iterable[list[_Document]]) -> Response:
    documents = sorted(chain.from_iterable(found), key=lambda document: document.created_at, reverse=True)
    end = _wanted()
    return jsonify(items=[_shown(document) for document in documents[end - _PAGE : end]])


def _shown(document: _Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "kind": document.__tablename__,
        "number": document.number,
        "recipient_name": document.recipient_name,
        "spa": document.spa_name,
        "user": {"id": document.user.id, "name": document.user.name},
        "pdf": document.pdf_path,
        "image": document.image_path,
        "thumbnail": document.thumbnail_path,
        "is_public": document.is_public,
        "created_at": document.created_at.isoformat(),
    }


@cache
def _engine() -> Engine:
    return create_engine(os.environ["DATABASE_URL"], pool_size=20)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(len(TABLES))


def fill(connection: Connection) -> None:
    """Make the seven tables and copy every valid certificate into that of its kind."""
    connection.execute(text(f"CREATE SCHEMA {_SCHEMA}"))
    _Base.metadata.create_all(connection)
    connection.execute(
        text("CREATE TEMP TABLE numbered AS SELECT row_number() OVER (ORDER BY id) AS number, * FROM users")
    )
    connection.execute(
        text(f"INSERT INTO {_SCHEMA}.users (id, name, email) SELECT number, name, email FROM numbered")
    )
    for table in TABLES:
        connection.execute(
            text(f"""
                INSERT INTO {_SCHEMA}.{table.__tablename__} (user_id, recipient_name, number, spa_name, pdf_path, image_path,
                                                            thumbnail_path, is_public, created_at)
                SELECT u.number, c.recipient_name, c.number, s.name, '/media/' || c.code || '.pdf',
                       '/media/' || c.code || '.png', '/media/thumbnails/' || c.code || '.png', c.is_public, c.issued_at
                FROM certificates c JOIN numbered u ON u.id = c.owner_id JOIN spas s ON s.id = c.spa_id
                WHERE c.kind = :kind AND c.state = 'valid' ORDER BY c.issued_at"""),
            {"kind": table.__tablename__},
        )
    connection.execute(text("DROP TABLE numbered"))
