"""The scopes of kept answers: each has a generation of its own."""

from __future__ import annotations

from typing import Final
from uuid import UUID

PUBLIC: Final = "public"
EVERYBODY: Final = "everybody"
TEMPLATES: Final = "templates"
SPAS: Final = "spas"
CALLERS: Final = "callers"
"""Who may do what: keys and users."""


def owner_scope(owner_id: UUID) -> str:
    """The scope of one user's certificates."""
    return f"owner:{owner_id.hex}"


def job_scope(job_id: UUID) -> str:
    """The scope of how far one job is."""
    return f"job:{job_id.hex}"


def narrowed(
    listing: str, *, template: str | None = None, spa_id: UUID | None = None, kind: str | None = None
) -> str:
    """The scope of a listing that shows one template's certificates only, or else one spa's, or else one kind's: jobs of
    others leave its pages as they are."""
    if template is not None:
        return f"{listing}:template:{template}"
    if spa_id is not None:
        return f"{listing}:spa:{spa_id.hex}"
    return listing if kind is None else f"{listing}:kind:{kind}"


def every_narrowing(listing: str, *, template: str, spa_id: UUID | None, kind: str) -> list[str]:
    """All scopes of a listing in which a certificate of that template, spa and kind may appear."""
    narrow = [narrowed(listing), narrowed(listing, template=template), narrowed(listing, kind=kind)]
    return narrow if spa_id is None else [*narrow, narrowed(listing, spa_id=spa_id)]
