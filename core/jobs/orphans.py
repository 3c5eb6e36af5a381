"""Files that no row speaks of: what a worker wrote before it died or lost its lease."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select

from core.artifacts import certificate_of
from core.models import Asset, Certificate
from core.parts import Parts
from core.storage.disk import TEMPORARY, DiskStorage
from core.templates.catalogue import pictures_in_use

_log = structlog.get_logger(__name__)

ORPHAN_AGE: Final = timedelta(hours=24)
TEMPORARY_AGE: Final = timedelta(hours=1)
_STEP: Final = 1000


def collect(parts: Parts) -> int:
    """Remove what has no row and is older than a day, and temporary files older than an hour; how many files went."""
    storage = parts.storage
    if not isinstance(storage, DiskStorage):
        return 0
    now = parts.clock().timestamp()
    removed = 0
    old: list[str] = []
    for name, status in storage.walk():
        age = now - status.st_mtime
        if name.rpartition("/")[2].startswith(TEMPORARY):
            if age > TEMPORARY_AGE.total_seconds():
                storage.discard_temporary(name)
                removed += 1
        elif age > ORPHAN_AGE.total_seconds():
            old.append(name)
    for keys in _steps(old):
        for key in _without_row(parts, keys):
            storage.delete(key)
            removed += 1
    if removed:
        _log.info("orphans removed", files=removed)
    return removed


def _without_row(parts: Parts, keys: list[str]) -> Iterator[str]:
    certificates: dict[str, tuple[UUID, str]] = {}
    assets: dict[str, str] = {}
    for key in keys:
        named = certificate_of(key)
        if named is not None:
            certificates[key] = named
        elif key.startswith("assets/"):
            assets[key] = key.rpartition("/")[2]
    with parts.sessions() as session:
        rows = session.execute(
            select(Certificate.id, Certificate.files).where(
                Certificate.id.in_({id_ for id_, _ in certificates.values()})
            )
        )
        kept = {(row.id, facts["digest"]) for row in rows for facts in row.files.values()}
        known = set(session.scalars(select(Asset.digest).where(Asset.digest.in_(set(assets.values())))))
        known |= pictures_in_use(session)
    yield from (key for key, named in certificates.items() if named not in kept)
    yield from (key for key, digest in assets.items() if digest not in known)


def _steps(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while step := list(islice(remaining, _STEP)):
        yield step
