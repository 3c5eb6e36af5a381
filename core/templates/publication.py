"""How templates come and change: a draft is written and rewritten, then published as a version that never changes."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core import assets
from core.callers import Caller
from core.errors import Conflict, Fault, Forbidden, InvalidRequest
from core.models import Template, TemplateVersion
from core.parts import Parts
from core.templates.catalogue import LoadedTemplate, TemplateView, load_version, may_change, show_template
from core.templates.checking import check_template
from core.templates.document import ID_PATTERN, TemplateDocument, digest_of, pictures_in

_ID: Final = re.compile(ID_PATTERN)
_RESERVED_IDS: Final = frozenset({"schema"})  # an address of its own
_NOT_IN_ID: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template to be made. Without an `id`, its name gives one. `is_public`: everybody may use it."""

    document: TemplateDocument
    id: str | None = None
    is_public: bool = False
    publish: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A template whose draft was published, and what may not please about that; pointers into its document."""

    view: TemplateView
    warnings: tuple[Fault, ...]


def check_new(parts: Parts, caller: Caller, wanted: Wanted) -> tuple[Fault, ...]:
    """What takes a while before `create_template`, with no transaction open; what may not please where it is published.

    Raises `Forbidden` and `InvalidRequest`.
    """
    if wanted.is_public and not caller.sees_everything:
        raise Forbidden("Only admins and managers make templates public.", code="role_too_small")
    _check_listing(caller, wanted.document)
    with parts.reads() as session:
        _check_pictures(session, caller, wanted.document, already=())
    if not wanted.publish:
        return ()
    return _check_whole(
        parts, LoadedTemplate(wanted.id or "new", 1, digest_of(wanted.document), wanted.document)
    )


def create_template(session: Session, caller: Caller, wanted: Wanted, now: datetime) -> TemplateView:
    """The new template, its document as draft 1 or published at once. Call `check_new` before.

    Raises `Conflict` for an id that is taken.
    """
    template_id = wanted.id or _id_from(wanted.document.name)
    made = template_id not in _RESERVED_IDS and session.scalar(
        insert(Template)
        .values(
            id=template_id,
            owner_id=caller.user_id,
            is_public=wanted.is_public,
            published=1 if wanted.publish else None,
            created_at=now,
            **_summary(wanted.document, now),
        )
        .on_conflict_do_nothing()
        .returning(Template.id)
    )
    if not made:
        detail = f"There is a template {template_id} already."
        raise Conflict(detail, code="id_taken", faults=[Fault("/id", "id_taken", detail)])
    version = _version(template_id, 1, wanted.document, caller.user_id, now)
    version.published_at = now if wanted.publish else None
    session.add(version)
    session.flush()
    return show_template(session, caller, template_id)


def revise_template(
    session: Session, caller: Caller, template_id: str, document: TemplateDocument, now: datetime
) -> TemplateView:
    """The document becomes the draft: in the place of the one there is, or as a new version after the published.

    Raises `NotFound`, `Forbidden`, and `InvalidRequest` where the kind is another than that of what is published.
    """
    view = _own(session, caller, template_id)
    _check_listing(caller, document, already=view.public_listing)
    _check_pictures(session, caller, document, already=_pictures_of(session, template_id))
    if view.published is not None and document.kind.name != view.kind:
        detail = (
            f"The template makes documents of the kind {view.kind}; make another template for another kind."
        )
        raise InvalidRequest(detail, faults=[Fault("/kind", "kind_changed", detail)])
    mine = TemplateVersion.template_id == template_id
    # The row of the template is the lock under which its versions get their numbers.
    session.get_one(Template, template_id, with_for_update=True, populate_existing=True)
    rewritten = session.scalar(
        update(TemplateVersion)
        .where(mine, TemplateVersion.published_at.is_(None))
        .values(
            document=document.to_json(), digest=digest_of(document), created_by=caller.user_id, created_at=now
        )
        .returning(TemplateVersion.number)
    )
    if rewritten is None:
        last = session.scalar(select(func.max(TemplateVersion.number)).where(mine)) or 0
        session.add(_version(template_id, last + 1, document, caller.user_id, now))
    values = {"updated_at": now} if view.published is not None else _summary(document, now)
    session.execute(update(Template).where(Template.id == template_id).values(**values))
    session.flush()
    return show_template(session, caller, template_id)


def _check_listing(caller: Caller, document: TemplateDocument, *, already: bool = False) -> None:
    """What anybody finds in the public listing speaks for the house. `already`: somebody who may has allowed it."""
    if document.public_listing and not (already or caller.sees_everything):
        raise Forbidden(
            "Only admins and managers let certificates be listed publicly.", code="role_too_small"
        )


def publish_draft(parts: Parts, caller: Caller, template_id: str) -> Published:
    """The draft becomes the version that the template's id stands for, and never changes again.

    Raises `InvalidRequest` with everything that is wrong with it, `Conflict` without a draft, `NotFound`, `Forbidden`.
    """
    with parts.reads() as session:
        view = _own(session, caller, template_id)
        if view.draft is None:
            raise Conflict("There is no draft to publish; PUT one first.", code="nothing_to_publish")
        draft = load_version(session, template_id, view.draft)
    warnings = _check_whole(parts, draft)
    now = parts.clock()
    with parts.sessions.begin() as session:
        if not publish_version(session, template_id, draft.number, draft.digest, now):
            raise Conflict(
                "The draft was changed at the same moment; look at it again.", code="draft_changed"
            )
        values = _summary(draft.document, now) | {"published": draft.number, "active": True}
        session.execute(update(Template).where(Template.id == template_id).values(**values))
        return Published(show_template(session, caller, template_id), warnings)


def publish_version(session: Session, template_id: str, number: int, digest: str, now: datetime) -> bool:
    """Close a draft for ever, if it still is what was checked. One statement: nothing that is published can change."""
    closed = session.scalar(
        update(TemplateVersion)
        .where(
            TemplateVersion.template_id == template_id,
            TemplateVersion.number == number,
            TemplateVersion.digest == digest,
            TemplateVersion.published_at.is_(None),
        )
        .values(published_at=now)
        .returning(TemplateVersion.number)
    )
    return closed is not None


def retire_template(session: Session, caller: Caller, template_id: str, now: datetime) -> None:
    """No new job may use it, and lists leave it out. Its documents and the jobs under way stay. Raises as `revise`."""
    _own(session, caller, template_id)
    session.execute(update(Template).where(Template.id == template_id).values(active=False, updated_at=now))


def _own(session: Session, caller: Caller, template_id: str) -> TemplateView:
    view = show_template(session, caller, template_id)
    if may_change(caller, view):
        return view
    if view.owner_id is None:
        raise Forbidden(
            "Built-in templates stay as they are; make your own from a copy.", code="built_in_template"
        )
    raise Forbidden("Only its owner, admins and managers change a template.", code="not_the_owner")


def _check_whole(parts: Parts, template: LoadedTemplate) -> tuple[Fault, ...]:
    """What may not please about a template. Raises `InvalidRequest` with everything that makes it one that cannot be drawn.

    It sets all of it, so it stands outside of transactions.
    """
    today = parts.clock().astimezone(parts.settings.timezone).date()
    pictures = assets.Shelf(parts.storage)
    found = check_template(template, pictures=pictures, fonts=parts.fonts, today=today)
    if found.errors:
        raise InvalidRequest(
            "The template cannot be published.", code="invalid_template", faults=found.errors
        )
    return found.warnings


def _check_pictures(
    session: Session, caller: Caller, document: TemplateDocument, *, already: Iterable[str]
) -> None:
    """A document may name only pictures that its author has, or that the template shows already."""
    named = dict(pictures_in(document.to_json()))
    strange = assets.unknown(session, caller, set(named.values()) - set(already))
    faults = [
        Fault(pointer, "unknown_asset", "You have no such asset; upload it first (POST /assets).")
        for pointer, digest in named.items()
        if digest in strange
    ]
    if faults:
        raise InvalidRequest("The template names pictures that are not there.", faults=faults)


def _pictures_of(session: Session, template_id: str) -> set[str]:
    """The digests that any version of the template names already."""
    documents = session.scalars(
        select(TemplateVersion.document).where(TemplateVersion.template_id == template_id)
    )
    return {digest for document in documents for _, digest in pictures_in(document)}


def _summary(document: TemplateDocument, now: datetime) -> dict[str, object]:
    """What the row of the template repeats of its document, for lists."""
    return {
        "name": document.name,
        "kind": document.kind.name,
        "public_listing": document.public_listing,
        "updated_at": now,
    }


def _version(
    template_id: str, number: int, document: TemplateDocument, author: UUID | None, now: datetime
) -> TemplateVersion:
    return TemplateVersion(
        template_id=template_id,
        number=number,
        document=document.to_json(),
        digest=digest_of(document),
        created_by=author,
        created_at=now,
        published_at=None,
    )


def _id_from(name: str) -> str:
    """An id that reads like the name, with six random digits: `gift-voucher-3f9a1c`."""
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _NOT_IN_ID.sub("-", latin).strip("-")[:50].strip("-") or "template"
    made = f"{words}-{secrets.token_hex(3)}"
    assert _ID.fullmatch(made)
    return made
