"""Issued documents: one of them, and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from core.artifacts import EXTENSIONS, MEDIA_TYPES, artifact_key
from core.callers import Caller
from core.errors import Gone, NotFound
from core.models import Certificate, Item, Job, Spa
from core.storage import FileMissing, Storage

CertificateState = Literal["valid", "revoked", "superseded", "erased"]


@dataclass(frozen=True, slots=True)
class FileView:
    """One rendition: where to fetch it, and what it is. `pages` of a PDF, `width` and `height` in pixels of an image."""

    rendition: str
    url: str
    media_type: str
    digest: str
    size: int
    pages: int | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One certificate with all that it says."""

    id: UUID
    number: str
    code: str
    verify_url: str
    kind: str
    template: str
    template_version: int
    state: str
    recipient_name: str
    spa: Mapping[str, str] | None
    owner_id: UUID
    job_id: UUID
    position: int
    is_public: bool
    issued_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None
    data: Mapping[str, Any]
    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """A rendition that somebody may have: where its bytes lie, and what they are. `filename` is what a download is called."""

    key: str
    media_type: str
    size: int
    digest: str
    filename: str
    is_public: bool


def show(session: Session, caller: Caller, certificate_id: UUID) -> CertificateView:
    """All of it, for its owner and those who see everything. Raises `NotFound` for others, `Gone` for what was erased."""
    certificate = find_certificate(session, certificate_id, lambda found: caller.owns(found.owner_id))
    job = session.get_one(Job, certificate.job_id)
    item = session.get_one(Item, (certificate.job_id, certificate.position))
    spa = None if certificate.spa_id is None else session.get_one(Spa, certificate.spa_id)
    return CertificateView(
        id=certificate.id,
        number=certificate.number,
        code=certificate.code,
        verify_url=f"{job.verify_base}/verify/{certificate.code}",
        kind=certificate.kind,
        template=certificate.template_id,
        template_version=certificate.template_version,
        state=certificate.state,
        recipient_name=certificate.recipient_name,
        spa=None if spa is None else {"id": str(spa.id), "code": spa.code, "name": spa.name},
        owner_id=certificate.owner_id,
        job_id=certificate.job_id,
        position=certificate.position,
        is_public=certificate.is_public,
        issued_at=certificate.issued_at,
        revoked_at=certificate.revoked_at,
        revocation_reason=certificate.revocation_reason,
        data=item.values,
        files=tuple(FileView(**facts) for facts in file_views(certificate.id, certificate.files)),
    )


def find_file(
    session: Session,
    caller: Caller | None,
    certificate_id: UUID,
    file_name: str,
    *,
    signed: bool = False,
) -> CertificateFile:
    """The file `<sha-256>.<extension>` of a certificate. `signed`: the address is the permission. Raises `NotFound`, `Gone`."""
    certificate = find_certificate(
        session,
        certificate_id,
        lambda found: signed or found.is_public or (caller is not None and caller.owns(found.owner_id)),
    )
    digest, _, extension = file_name.partition(".")
    for rendition, facts in certificate.files.items():
        if facts["digest"] == digest and EXTENSIONS[rendition] == extension:
            break
    else:
        raise NotFound("This certificate has no such file.")
    key = artifact_key(
        job_id=certificate.job_id,
        position=certificate.position,
        certificate_id=certificate.id,
        digest=digest,
        extension=extension,
    )
    suffix = f"-{rendition}" if rendition == "thumbnail" else ""
    return CertificateFile(
        key=key,
        media_type=MEDIA_TYPES[extension],
        size=facts["size"],
        digest=digest,
        filename=f"{certificate.number}{suffix}.{extension}",
        is_public=certificate.is_public,
    )


def open_file(storage: Storage, file: CertificateFile) -> BinaryIO:
    """The bytes, as a seekable stream that the caller closes; no transaction should wait for it. Raises `NotFound`."""
    try:
        return storage.open(file.key)
    except FileMissing:
        raise NotFound("The file is not in storage.", code="file_missing") from None


def file_views(certificate_id: UUID | str, files: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What an answer says of a certificate's files."""
    return [
        {
            "rendition": rendition,
            "url": f"/certificates/{certificate_id}/files/{facts['digest']}.{EXTENSIONS[rendition]}",
            "media_type": MEDIA_TYPES[EXTENSIONS[rendition]],
            **facts,
        }
        for rendition, facts in files.items()
    ]


def find_certificate(
    session: Session, certificate_id: UUID, may_see: Callable[[Certificate], bool]
) -> Certificate:
    """Raises `NotFound` where there is none, or none for that caller, and `Gone` for what was erased."""
    certificate = session.get(Certificate, certificate_id)
    if certificate is None or not may_see(certificate):
        raise NotFound("There is no such certificate.")
    if certificate.state == "erased":
        raise Gone("This certificate has been erased.")
    return certificate
