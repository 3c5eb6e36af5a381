"""The stored bytes of a certificate's renditions, and where they lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Literal
from uuid import UUID

Rendition = Literal["pdf", "png", "jpg", "webp", "thumbnail"]
RENDITIONS: Final[tuple[Rendition, ...]] = ("pdf", "png", "jpg", "webp", "thumbnail")
DEFAULT_RENDITIONS: Final[tuple[Rendition, ...]] = ("pdf", "png", "thumbnail")

EXTENSIONS: Final[Mapping[str, str]] = {
    "pdf": "pdf",
    "png": "png",
    "jpg": "jpg",
    "webp": "webp",
    "thumbnail": "jpg",
}
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
}
"""By file extension."""

_FOLDER = "documents"
_POSITIONS_PER_FOLDER = 1000
_KEY: Final = re.compile(rf"{_FOLDER}/([0-9a-f]{{32}})/\d+/([0-9a-f]{{32}})-([0-9a-f]{{64}})\.[a-z]+")


@dataclass(frozen=True, slots=True)
class Artifact:
    """`facts` is what its certificate's row keeps: digest (SHA-256), size in bytes, and pages or width and height in pixels."""

    rendition: Rendition
    key: str
    data: bytes
    facts: dict[str, Any]


def make_artifact(
    rendition: Rendition, data: bytes, *, job_id: UUID, position: int, certificate_id: UUID, **shape: int
) -> Artifact:
    """Name the bytes after themselves: the same bytes always lie under the same key."""
    digest = sha256(data).hexdigest()
    key = artifact_key(
        job_id=job_id,
        position=position,
        certificate_id=certificate_id,
        digest=digest,
        extension=EXTENSIONS[rendition],
    )
    return Artifact(rendition, key, data, {"digest": digest, "size": len(data), **shape})


def artifact_key(*, job_id: UUID, position: int, certificate_id: UUID, digest: str, extension: str) -> str:
    """`documents/<job>/<thousand>/<certificate>-<sha-256>.<extension>`: one job's files lie together, a thousand to a folder."""
    folder = f"{_FOLDER}/{job_id.hex}/{position // _POSITIONS_PER_FOLDER:03d}"
    return f"{folder}/{certificate_id.hex}-{digest}.{extension}"


def certificate_of(key: str) -> tuple[UUID, str] | None:
    """The certificate and digest that an artifact's key names; None for other keys."""
    match = _KEY.fullmatch(key)
    return None if match is None else (UUID(match[2]), match[3])
