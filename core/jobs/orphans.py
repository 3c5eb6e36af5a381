"""Files that no row speaks of: what a worker wrote before it died or lost its lease."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.artifacts import certificate_of
from core.models import Asset, Certificate
from core.parts import Parts
from core.storage import Storage, StorageUnavailable
from core.templates.catalogue import pictures_in_use

_log = structlog.get_logger(__name__)

ORPHAN_AGE: Final = timedelta(hours=24)
TEMPORARY_AGE: Final = timedelta(hours=1)
_STEP: Final = 1000
_SWEEP_LOCK: Final = 0x6365_7274_0005
T = TypeVar("T")


def collect(parts: Parts) -> int:
    """Remove what has no row and is older than a day, and temporary files older than an hour; how many files went.

    One process at a time, a thousand files at a time.
    """
    with parts.reads() as session:
        # Held by this session's one connection, not by a transaction: a sweep of millions of files takes its time.
        if not session.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _SWEEP_LOCK}):
            return 0
        removed = 0
        try:
            removed = _sweep(session, parts.storage, now=parts.clock())
        except StorageUnavailable as error:
            _log.warning("storage unavailable; the next sweep goes on", reason=str(error))
        finally:
            with suppress(SQLAlchemyError):  # a connection that broke holds no lock
                session.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _SWEEP_LOCK})
    if removed:
        _log.info("orphans removed", files=removed)
    return removed


def _sweep(session: Session, storage: Storage, *, now: datetime) -> int:
    in_templates = pictures_in_use(session)
    removed = 0
    for found in _steps(storage.walk()):
        halves = [file.key for file in found if not file.is_whole]
        removed += sum(storage.discard(key, older_than=now - TEMPORARY_AGE) for key in halves)
        old = [file.key for file in found if file.is_whole and file.modified < now - ORPHAN_AGE]
        orphans = list(_without_row(session, old, in_templates))
        removed += sum(storage.discard(key, older_than=now - ORPHAN_AGE) for key in orphans)
    return removed


def _without_row(session: Session, keys: list[str], in_templates: set[str]) -> Iterator[str]:
    certificates: dict[str, tuple[UUID, str]] = {}
    assets: dict[str, str] = {}
    for key in keys:
        named = certificate_of(key)
        if named is not None:
            certificates[key] = named
        elif key.startswith("assets/"):
            assets[key] = key.rpartition("/")[2]
        elif key.startswith("probes/"):
            yield key
    wanted = {certificate_id for certificate_id, _ in certificates.values()}
    rows = session.execute(select(Certificate.id, Certificate.files).where(Certificate.id.in_(wanted)))
    kept = {(row.id, facts["digest"]) for row in rows for facts in row.files.values()}
    known = set(session.scalars(select(Asset.digest).where(Asset.digest.in_(set(assets.values())))))
    known |= in_templates
    yield from (key for key, named in certificates.items() if named not in kept)
    yield from (key for key, digest in assets.items() if digest not in known)


def _steps(found: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(found)
    while step := list(islice(remaining, _STEP)):
        yield step
