"""Issued certificates, their listings and their files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import Answer, PageQuery, Request
from core.artifacts import Rendition
from core.certificates import CertificateState
from core.listings import Match
from core.templates.catalogue import REFERENCE_PATTERN

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)
"""Between these a day has a beginning and an end in every time zone."""


class CertificatePath(Request):
    certificate_id: UUID


class Revocation(Request):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        description="For those who keep the books; whoever verifies the document is not told."
    )


class OwnerPath(Request):
    user_id: UUID


class FilePath(Request):
    certificate_id: UUID
    file_name: str = Field(
        pattern=r"^[0-9a-f]{64}\.[a-z]{3,4}$",
        description="SHA-256 of the bytes, a dot, and pdf, png, jpg or webp.",
    )


class FileQuery(Request):
    download: bool = Field(
        default=False, description="Answer as an attachment, with a name to save it under."
    )
    expires: int | None = Field(
        default=None, ge=0, description="Of a signed address: the moment it ends, Unix time."
    )
    signature: str | None = Field(default=None, max_length=100, description="Of a signed address.")


class ListingQuery(PageQuery):
    """What a listing may be narrowed to. Days are the issuer's."""

    kind: str | None = Field(default=None, max_length=64)
    spa_id: UUID | None = None
    template: str | None = Field(
        default=None,
        pattern=REFERENCE_PATTERN,
        description="All versions of a template by its `id`, one by `id@version`.",
    )
    q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)] | None = Field(
        default=None,
        description="The beginning of a number, or of words of a recipient's name, in any order and any script.",
    )
    match: Match = Field(
        default="prefix", description="With `similar`, words of `q` may be spelt otherwise than the name's."
    )
    issued_from: date | None = Field(default=None, ge=EARLIEST, le=LATEST)
    issued_to: date | None = Field(default=None, ge=EARLIEST, le=LATEST)

    count: bool = Field(default=False, description="Say how many there are on all pages.")


class OwnListingQuery(ListingQuery):
    state: CertificateState | None = None


class SpaName(Answer):
    id: UUID
    name: str


class Owner(Answer):
    id: UUID
    name: str


class File(Answer):
    """One rendition. The address carries the SHA-256 of its bytes, so what it leads to never changes."""

    rendition: Rendition
    url: str
    media_type: str
    digest: str
    size: int = Field(description="In bytes.")
    pages: int | None = Field(default=None, description="Of a PDF.")
    width: int | None = Field(default=None, description="Of an image, in pixels.")
    height: int | None = Field(default=None, description="Of an image, in pixels.")


class SignedFile(File):
    signed_url: str = Field(
        description="Leads to the file without a key, for a browser or a mail; for ten minutes at most."
    )


class PublicCertificate(Answer):
    id: UUID
    number: str
    kind: str
    recipient_name: str
    spa: SpaName | None
    issued_at: datetime
    files: list[File]


class ListedCertificate(PublicCertificate):
    state: CertificateState
    is_public: bool
    template: str
    template_version: int
    job_id: UUID


class OwnedCertificate(ListedCertificate):
    user: Owner


class _Listing(Answer):
    next: str | None
    previous: str | None
    total: int | None = Field(default=None, description="With `count`: how many there are on all pages.")
    total_is_exact: bool | None = Field(
        default=None, description="With `count`: false where there are more than `total`."
    )


class PublicListing(_Listing):
    items: list[PublicCertificate]


class OwnListing(_Listing):
    items: list[ListedCertificate]


class WholeListing(_Listing):
    items: list[OwnedCertificate]


class Issuer(Answer):
    id: UUID
    code: str
    name: str


class Certificate(Answer):
    """One certificate, with all that it says."""

    id: UUID
    number: str
    code: str = Field(description="In its QR code's address: who holds it may verify the document.")
    verify_url: str
    kind: str
    template: str
    template_version: int
    state: CertificateState
    recipient_name: str
    spa: Issuer | None
    owner_id: UUID
    job_id: UUID
    position: int
    is_public: bool
    issued_at: datetime
    revoked_at: datetime | None
    revocation_reason: str | None
    data: dict[str, Any]
    files: list[SignedFile]
