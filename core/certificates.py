"""Issued documents: their listings, one of them, and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, BinaryIO, Final, Literal
from uuid import UUID

import orjson
from sqlalchemy import Row, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from core import scopes
from core.artifacts import EXTENSIONS, MEDIA_TYPES, artifact_key
from core.cache.listings import Page as CachedPage
from core.callers import Caller
from core.errors import Gone, NotFound
from core.failpoints import reach
from core.models import Certificate, Item, Job, Spa, User
from core.pages import Place, decode_place, encode_place
from core.parts import Parts
from core.storage import FileMissing, Storage
from core.templates.catalogue import Reference

CertificateState = Literal["valid", "revoked", "superseded", "erased"]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing is narrowed to. `q` is the beginning of a recipient's name or of a number; days are the issuer's."""

    kind: str | None = None
    spa_id: UUID | None = None
    template: Reference | None = None
    q: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    state: CertificateState | None = None


@dataclass(frozen=True, slots=True)
class PublicScope:
    """What anybody may see: valid certificates whose job and template both say so."""

    name: str = scopes.PUBLIC


@dataclass(frozen=True, slots=True)
class OwnerScope:
    """One user's certificates."""

    user_id: UUID

    @property
    def name(self) -> str:
        return scopes.owner_scope(self.user_id)


@dataclass(frozen=True, slots=True)
class EverybodyScope:
    """All certificates, each with its user."""

    name: str = scopes.EVERYBODY


Scope = PublicScope | OwnerScope | EverybodyScope


@dataclass(frozen=True, slots=True)
class Listing:
    """A page ready to send: `{"items": [...], "next": …}` in `body`, its `etag` (unquoted), and where it came from."""

    body: bytes
    etag: str
    next: str | None
    cache: Literal["hit", "miss", "bypass"]


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


def listing(parts: Parts, scope: Scope, filters: Filters, *, cursor: str | None, limit: int) -> Listing:
    """A page of certificates, newest first; cached while its generation holds. Raises `InvalidRequest` for a bad cursor."""
    place = None if cursor is None else decode_place(cursor)
    query = orjson.dumps([asdict(filters), cursor, limit]).decode()
    found = parts.listings.read(scope.name, query)
    page = found.page
    if page is None:
        with parts.sessions.begin() as session:
            page = _load(session, parts, scope, filters, place, limit)
        if found.stamp is not None:
            reach("listing.loaded")
            parts.listings.store(scope.name, query, found.stamp, page)
    return Listing(page.body, sha256(page.body).hexdigest()[:32], page.next, found.outcome)


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


def file_views(certificate_id: UUID, files: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
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


_COLUMNS: Final = (
    Certificate.id,
    Certificate.number,
    Certificate.kind,
    Certificate.recipient_name,
    Certificate.issued_at,
    Certificate.files,
    Certificate.state,
    Certificate.is_public,
    Certificate.template_id,
    Certificate.template_version,
    Certificate.job_id,
    Certificate.owner_id,
    Spa.id.label("spa_id"),
    Spa.name.label("spa_name"),
)


def _load(
    session: Session, parts: Parts, scope: Scope, filters: Filters, place: Place | None, limit: int
) -> CachedPage:
    """One keyset query: an index gives the order, whatever the page."""
    columns = (*_COLUMNS, User.name.label("user_name")) if isinstance(scope, EverybodyScope) else _COLUMNS
    wanted: Select[Any] = select(*columns).outerjoin(Spa, Spa.id == Certificate.spa_id)
    match scope:
        case PublicScope():
            wanted = wanted.where(Certificate.is_public, Certificate.state == "valid")
        case OwnerScope(user_id):
            wanted = wanted.where(Certificate.owner_id == user_id)
        case EverybodyScope():
            wanted = wanted.join(User, User.id == Certificate.owner_id)
    wanted = _narrow(wanted, filters, parts)
    if place is not None:
        wanted = wanted.where(tuple_(Certificate.issued_at, Certificate.id) < (place.moment, place.id))
    wanted = wanted.order_by(Certificate.issued_at.desc(), Certificate.id.desc()).limit(limit + 1)
    rows = session.execute(wanted).all()
    shown = rows[:limit]
    following = encode_place(Place(shown[-1].issued_at, shown[-1].id)) if len(rows) > limit else None
    entries = [_entry(row, scope) for row in shown]
    body = orjson.dumps({"items": entries, "next": following}, option=orjson.OPT_UTC_Z)
    return CachedPage(body, following)


def _narrow(wanted: Select[Any], filters: Filters, parts: Parts) -> Select[Any]:
    zone = parts.settings.timezone
    if filters.kind is not None:
        wanted = wanted.where(Certificate.kind == filters.kind)
    if filters.spa_id is not None:
        wanted = wanted.where(Certificate.spa_id == filters.spa_id)
    if filters.template is not None:
        wanted = wanted.where(Certificate.template_id == filters.template.id)
        if filters.template.number is not None:
            wanted = wanted.where(Certificate.template_version == filters.template.number)
    if filters.state is not None:
        wanted = wanted.where(Certificate.state == filters.state)
    if filters.issued_from is not None:
        wanted = wanted.where(Certificate.issued_at >= datetime.combine(filters.issued_from, time.min, zone))
    if filters.issued_to is not None:
        day_after = filters.issued_to + timedelta(days=1)
        wanted = wanted.where(Certificate.issued_at < datetime.combine(day_after, time.min, zone))
    if filters.q is not None:
        wanted = wanted.where(
            or_(
                # Both sides by PostgreSQL, whose lower() need not be Python's.
                func.lower(Certificate.recipient_name).like(func.lower(_prefix(filters.q)), escape="\\"),
                Certificate.number.like(_prefix(filters.q.upper()), escape="\\"),
            )
        )
    return wanted


def _prefix(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"{escaped}%"


def _entry(row: Row[Any], scope: Scope) -> dict[str, Any]:
    """A public entry tells number, kind, name, spa, date and files, and nothing more personal."""
    entry = {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "recipient_name": row.recipient_name,
        "spa": None if row.spa_id is None else {"id": row.spa_id, "name": row.spa_name},
        "issued_at": row.issued_at,
        "files": file_views(row.id, row.files),
    }
    if isinstance(scope, PublicScope):
        return entry
    entry |= {
        "state": row.state,
        "is_public": row.is_public,
        "template": row.template_id,
        "template_version": row.template_version,
        "job_id": row.job_id,
    }
    if isinstance(scope, EverybodyScope):
        entry["user"] = {"id": row.owner_id, "name": row.user_name}
    return entry
