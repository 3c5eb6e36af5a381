"""What must hold between rows and files: each certificate's files are there, whole and its own; no other file is."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.artifacts import EXTENSIONS, artifact_key, certificate_of
from core.assets import Shelf
from core.doctor.findings import Finding
from core.jobs.chunks import artifacts_of, read_work
from core.models import Certificate, Item
from core.parts import Parts
from core.storage import FileMissing, Storage

_STEP: Final = 500
_PIECE: Final = 1 << 20


def examine_files(parts: Parts, *, at_rest: bool, redraw: bool) -> Iterator[Finding]:
    """Every byte is read. `redraw` draws every certificate again, to see that it is the same; that costs what rendering costs."""
    known: set[str] = set()
    for certificates in _certificates(parts):
        for certificate in certificates:
            for key in _keys(certificate):
                known.add(key)
                if fault := _fault(parts.storage, key):
                    yield _finding(fault[0], fault[1], certificate, key)
            if redraw:
                yield from _redrawn(parts, certificate)
    if at_rest:
        for stored in parts.storage.walk():
            if not stored.is_whole:
                yield Finding("temporary_left", "a file that was never finished", key=stored.key)
            elif certificate_of(stored.key) and stored.key not in known:
                yield Finding("orphan", "no certificate has this file", key=stored.key)


def draw_again(parts: Parts, job_id: UUID, position: int) -> dict[str, bytes]:
    """An item's files as they are drawn now, by key."""
    with parts.sessions.begin() as session:
        work = read_work(session, job_id, Item.position == position)
    artifacts = artifacts_of(parts, work, work.items[0], pictures=Shelf(parts.storage))
    return {artifact.key: artifact.data for artifact in artifacts}


def _certificates(parts: Parts) -> Iterator[list[Certificate]]:
    """All but the erased, who have no files, a few hundred at a time."""
    after: UUID | None = None
    while True:
        with parts.sessions.begin() as session:
            found = _next(session, after)
        if not found:
            return
        yield found
        after = found[-1].id


def _next(session: Session, after: UUID | None) -> list[Certificate]:
    wanted = select(Certificate).where(Certificate.state != "erased").order_by(Certificate.id).limit(_STEP)
    return list(session.scalars(wanted if after is None else wanted.where(Certificate.id > after)))


def _keys(certificate: Certificate) -> list[str]:
    return [
        artifact_key(
            job_id=certificate.job_id,
            position=certificate.position,
            certificate_id=certificate.id,
            digest=facts["digest"],
            extension=EXTENSIONS[rendition],
        )
        for rendition, facts in certificate.files.items()
    ]


def _fault(storage: Storage, key: str) -> tuple[str, str] | None:
    try:
        with storage.open(key) as stream:
            digest = _digest(stream)
    except FileMissing:
        return "file_missing", "its certificate is issued"
    named = certificate_of(key)
    if named is None or named[1] != digest:
        return "file_differs", f"its bytes have the digest {digest}"
    return None


def _digest(stream: BinaryIO) -> str:
    digest = sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _redrawn(parts: Parts, certificate: Certificate) -> Iterator[Finding]:
    drawn = draw_again(parts, certificate.job_id, certificate.position)
    for key in set(_keys(certificate)) - drawn.keys():
        yield _finding("drawn_differently", "drawn again, it has other bytes", certificate, key)


def _finding(check: str, detail: str, certificate: Certificate, key: str) -> Finding:
    return Finding(check, detail, certificate.job_id, certificate.position, key)
