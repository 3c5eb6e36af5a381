"""Which templates there are, for whom, and the version that a reference means.

A reference is `id`, the published version, or `id@3`, that one. A version that a job pins never changes, so what was
parsed of it once is kept in the process, by the digest of its document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.callers import Caller
from core.errors import NotFound
from core.kept import Kept
from core.kinds import BUILT_IN, Kind
from core.models import Template, TemplateVersion
from core.pages import Page, decode_name, encode_name
from core.templates.document import TemplateDocument

REFERENCE_PATTERN: Final = r"^([a-z0-9][a-z0-9-]{0,63})(?:@([1-9][0-9]{0,5}))?$"
_REFERENCE: Final = re.compile(REFERENCE_PATTERN)
_DIGEST_IN_TEXT: Final = "sha256:([0-9a-f]{64})"
_documents: Kept[str, TemplateDocument] = Kept(256, lambda _: 1)


@dataclass(frozen=True, slots=True)
class Reference:
    """A template by its id; with a `number`, that version of it."""

    id: str
    number: int | None = None


def parse_reference(text: str) -> Reference | None:
    """What `id` or `id@3` means; None for what is neither."""
    match = _REFERENCE.fullmatch(text)
    return None if match is None else Reference(match[1], int(match[2]) if match[2] else None)


@dataclass(frozen=True, slots=True)
class LoadedTemplate:
    """One version of a template, ready to use. `digest` is its document's."""

    template_id: str
    number: int
    digest: str
    document: TemplateDocument

    @property
    def kind(self) -> Kind:
        return self.document.kind

    @property
    def language(self) -> str:
        return self.document.language

    @property
    def public_listing(self) -> bool:
        return self.document.public_listing


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template as lists show it. `published` is the version that its id stands for, `draft` the one being written.

    Name, description, kind and page are the published version's, or the draft's where none is published.
    """

    id: str
    name: str
    description: str
    kind: str
    kind_label: str
    spa_required: bool
    page: Mapping[str, Any]
    owner_id: UUID | None
    is_public: bool
    public_listing: bool
    active: bool
    published: int | None
    draft: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version in a template's history; `published_at` is None for the draft."""

    number: int
    digest: str
    name: str
    created_by: UUID | None
    created_at: datetime
    published_at: datetime | None


def resolve(session: Session, caller: Caller | None, reference: str) -> LoadedTemplate:
    """The published version that a new job may use. Raises `NotFound` for what the caller may not see, too."""
    named = parse_reference(reference)
    if named is None:
        raise NotFound("There is no such template.", code="template_not_found")
    wanted = named.number or Template.published
    query = (
        _versions()
        .join(Template, Template.id == TemplateVersion.template_id)
        .where(Template.id == named.id, Template.active, _visible(caller))
        .where(TemplateVersion.number == wanted, TemplateVersion.published_at.is_not(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no published template {reference}.", code="template_not_found")
    return _load(session, row)


def load_version(session: Session, template_id: str, number: int) -> LoadedTemplate:
    """A version that a job pins, whoever asks, retired or not. Raises `NotFound`."""
    query = _versions().where(TemplateVersion.template_id == template_id, TemplateVersion.number == number)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no template {template_id}@{number}.", code="template_not_found")
    return _load(session, row)


def load_shown(
    session: Session, caller: Caller | None, template_id: str, number: int | None
) -> LoadedTemplate:
    """A version to look at: the draft too for those who may change it. Without a number, what `show_template` shows."""
    view = show_template(session, caller, template_id)
    wanted = number or view.published or view.draft
    if wanted is None or (wanted == view.draft and not may_change(caller, view)):
        raise NotFound("There is no such version.", code="template_not_found")
    return load_version(session, template_id, wanted)


def list_templates(
    session: Session, caller: Caller | None, *, cursor: str | None, limit: int, kind: str | None = None
) -> Page[TemplateView]:
    """The active templates that the caller may use or is writing, by id."""
    query = _views().where(Template.active, _visible(caller)).order_by(Template.id).limit(limit + 1)
    mine = Template.published.is_not(None)
    if caller is not None and not caller.sees_everything:
        query = query.where(or_(mine, Template.owner_id == caller.user_id))
    elif caller is None:
        query = query.where(mine)
    if kind is not None:
        query = query.where(Template.kind == kind)
    if cursor is not None:
        query = query.where(Template.id > decode_name(cursor))
    found = session.execute(query).all()
    following = encode_name(found[limit - 1].Template.id) if len(found) > limit else None
    return Page(tuple(map(_view, found[:limit])), following)


def show_template(session: Session, caller: Caller | None, template_id: str) -> TemplateView:
    """One template, retired or not. Raises `NotFound` for what the caller may not see, too."""
    row = session.execute(_views().where(Template.id == template_id, _visible(caller))).one_or_none()
    view = None if row is None else _view(row)
    if view is None or (view.published is None and not may_change(caller, view)):
        raise NotFound("There is no such template.", code="template_not_found")
    return view


def list_versions(session: Session, caller: Caller | None, template_id: str) -> tuple[VersionView, ...]:
    """The template's versions, newest first; the draft only for those who may change it. Raises `NotFound`."""
    view = show_template(session, caller, template_id)
    query = (
        select(TemplateVersion, TemplateVersion.document["name"].astext.label("name"))
        .where(TemplateVersion.template_id == template_id)
        .order_by(TemplateVersion.number.desc())
    )
    if not may_change(caller, view):
        query = query.where(TemplateVersion.published_at.is_not(None))
    return tuple(
        VersionView(
            number=version.number,
            digest=version.digest,
            name=name,
            created_by=version.created_by,
            created_at=version.created_at,
            published_at=version.published_at,
        )
        for version, name in session.execute(query)
    )


def may_change(caller: Caller | None, view: TemplateView) -> bool:
    """Built-in templates change with the program only; others are their owner's, and admins' and managers'."""
    return caller is not None and view.owner_id is not None and caller.owns(view.owner_id)


def pictures_in_use(session: Session) -> set[str]:
    """The digests of all pictures that any version of any template shows, samples included."""
    found = func.regexp_matches(cast(TemplateVersion.document, Text), _DIGEST_IN_TEXT, "g")
    return {match[0] for match in session.scalars(select(found).distinct())}


def _visible(caller: Caller | None) -> ColumnElement[bool]:
    open_to_all = or_(Template.is_public, Template.owner_id.is_(None))
    if caller is None:
        return open_to_all
    if caller.sees_everything:
        return Template.id.is_not(None)
    return or_(open_to_all, Template.owner_id == caller.user_id)


def _versions() -> Select[str, int, str]:
    return select(TemplateVersion.template_id, TemplateVersion.number, TemplateVersion.digest)


def _load(session: Session, version: Row[str, int, str]) -> LoadedTemplate:
    template_id, number, digest = version

    def read(_: str) -> TemplateDocument:
        query = select(TemplateVersion.document)
        mine = (TemplateVersion.template_id == template_id, TemplateVersion.number == number)
        return TemplateDocument.model_validate(session.scalars(query.where(*mine)).one())

    return LoadedTemplate(template_id, number, digest, _documents.get(digest, read))


def _views() -> Select[Template, str | None, Any, Any, int | None]:
    other = aliased(TemplateVersion)
    draft = (
        select(func.max(other.number))
        .where(other.template_id == Template.id, other.published_at.is_(None))
        .correlate(Template)
        .scalar_subquery()
    )
    # A template without a published version has its draft as version 1.
    shown = (TemplateVersion.template_id == Template.id) & (
        TemplateVersion.number == func.coalesce(Template.published, 1)
    )
    document = TemplateVersion.document
    return select(
        Template,
        document["description"].astext.label("description"),
        document["kind"].label("kind"),
        document["layout"]["page"].label("page"),
        draft.label("draft"),
    ).join(TemplateVersion, shown)


def _view(row: Row[Template, str | None, Any, Any, int | None]) -> TemplateView:
    template, description, kind, page, draft = row
    built_in = BUILT_IN.get(kind) if isinstance(kind, str) else None
    return TemplateView(
        id=template.id,
        name=template.name,
        description=description or "",
        kind=template.kind,
        kind_label=built_in.label if built_in else kind["label"],
        spa_required=built_in.spa_required if built_in else kind.get("spa_required", False),
        page=page,
        owner_id=template.owner_id,
        is_public=template.is_public or template.owner_id is None,
        public_listing=template.public_listing,
        active=template.active,
        published=template.published,
        draft=draft,
        created_at=template.created_at,
        updated_at=template.updated_at,
    )
