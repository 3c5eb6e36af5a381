"""Templates: which there are, what they ask for, what they look like; making, changing and publishing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from flask import Response, url_for

from api import answers, bodies, documents, prepared, previews
from api.auth import caller, requires
from api.contract import Blueprint
from api.encoding import encode
from api.idempotency import once
from api.runtime import runtime
from api.schemas.base import CreationHeaders
from api.schemas.problems import Fault as ShownFault
from api.schemas.templates import (
    CreatedTemplate,
    PageFormat,
    PreviewQuery,
    PublishedTemplate,
    Template,
    TemplateFile,
    TemplateLinks,
    TemplateOptions,
    TemplatePage,
    TemplatePath,
    TemplatesQuery,
    TemplateVersion,
    TemplateVersions,
    TemplateWithDocument,
    VersionQuery,
    WantedPreview,
)
from core.cache.answer import Answer
from core.errors import Fault, InvalidRequest
from core.idempotency import StoredAnswer
from core.kinds import item_json_schema
from core.scopes import TEMPLATES
from core.templates import catalogue, publication
from core.templates.catalogue import LoadedTemplate, TemplateView
from core.templates.document import parse_document, template_json_schema
from core.templates.preview import Wish, inspect, preview
from core.templates.publication import Wanted

T = TypeVar("T")

_SCHEMA_TYPE: Final = "application/schema+json"
_SCHEMA: Final[dict[str, Any]] = {"content": {_SCHEMA_TYPE: {"schema": {"type": "object"}}}}

templates = Blueprint("templates", "/certificates/templates", tag="Templates")


@templates.get("", responses={200: TemplatePage})
@requires("user")
def list_templates(query: TemplatesQuery) -> Response:
    """The templates that the caller may use, by id

    Built-in and public ones, and the caller's own, drafts among them.
    """

    def load() -> Answer:
        with runtime().reads() as session:
            return prepared.page_of(catalogue.list_templates(session, caller(), **dict(query)), _shown)

    return prepared.kept(TEMPLATES, load, headers=lambda page: answers.page_links(page.notes))


@templates.get("/schema", responses={200: _SCHEMA})
@requires("user")
def schema() -> Response:
    """The language of templates, as JSON Schema: editors check a template file against it while one types"""
    response = answers.json(template_json_schema())
    response.content_type = _SCHEMA_TYPE
    return response


@templates.post("", responses={201: CreatedTemplate})
@requires("user")
def create(header: CreationHeaders, raw: TemplateFile) -> Response:
    """Make a template

    Send its document, YAML or JSON, with `id`, `is_public` and `publish` beside its other members if need be. It begins as
    draft 1; with `publish` it is checked as a whole and published at once.
    """
    wanted = _wanted(documents.read_document())
    warnings = publication.check_new(runtime(), caller(), wanted)

    def store() -> StoredAnswer:
        view = publication.create_template(session, caller(), wanted, runtime().clock())
        loaded = catalogue.load_shown(session, caller(), view.id, None)
        created = CreatedTemplate(**dict(_with_document(view, loaded)), warnings=_told(warnings))
        return answers.created(created, _address(view.id))

    with runtime().sessions.begin() as session:
        answer = once(session, header, store)
    prepared.forget(TEMPLATES)
    return answer


@templates.get("/<template_id>", responses={200: TemplateWithDocument})
@requires("user")
def show(path: TemplatePath, query: VersionQuery) -> Response:
    """One template with the document of a version"""

    def load() -> Answer:
        with runtime().reads() as session:
            view = catalogue.show_template(session, caller(), path.template_id)
            loaded = catalogue.load_shown(session, caller(), path.template_id, query.version)
        return prepared.made_of(_with_document(view, loaded))

    return prepared.kept(TEMPLATES, load)


@templates.put("/<template_id>", responses={200: TemplateWithDocument})
@requires("user")
def revise(path: TemplatePath, raw: TemplateFile) -> Response:
    """Write the draft: send the whole document

    What is published stays as it is; the draft becomes the next version when it is published. The document may name the `id`
    of this address, as a file does.
    """
    raw_document = documents.read_document()
    if isinstance(raw_document, dict) and raw_document.get("id") == path.template_id:
        raw_document = {name: value for name, value in raw_document.items() if name != "id"}
    document = parse_document(raw_document)
    with runtime().sessions.begin() as session:
        view = publication.revise_template(session, caller(), path.template_id, document, runtime().clock())
        loaded = catalogue.load_shown(session, caller(), path.template_id, view.draft)
    prepared.forget(TEMPLATES)
    return answers.json(_with_document(view, loaded))


@templates.post("/<template_id>/publish", responses={200: PublishedTemplate})
@requires("user")
def publish(path: TemplatePath) -> Response:
    """Publish the draft: from now on it is what the id stands for, and never changes

    Everything is checked, and all of it set with the sample: whatever is wrong is named at once with its place in the document,
    and `warnings` are what may not please.
    """
    published = publication.publish_draft(runtime(), caller(), path.template_id)
    prepared.forget(TEMPLATES)
    return answers.json(PublishedTemplate(**dict(_shown(published.view)), warnings=_told(published.warnings)))


@templates.delete("/<template_id>", responses={204: None})
@requires("user")
def retire(path: TemplatePath) -> Response:
    """Retire a template: no new job may use it, its documents stay"""
    with runtime().sessions.begin() as session:
        publication.retire_template(session, caller(), path.template_id, runtime().clock())
    prepared.forget(TEMPLATES)
    return answers.nothing()


@templates.get("/<template_id>/versions", responses={200: TemplateVersions})
@requires("user")
def list_versions(path: TemplatePath) -> Response:
    """Its versions, newest first"""

    def load() -> Answer:
        with runtime().reads() as session:
            found = catalogue.list_versions(session, caller(), path.template_id)
        return prepared.made_of(
            TemplateVersions(items=[TemplateVersion.model_validate(each) for each in found])
        )

    return prepared.kept(TEMPLATES, load)


@templates.get("/<template_id>/fields", responses={200: _SCHEMA})
@requires("user")
def show_fields(path: TemplatePath, query: VersionQuery) -> Response:
    """What an item must hold, as JSON Schema, with hints for a form in `x-certmill-…`"""

    def load() -> Answer:
        with runtime().reads() as session:
            kind = catalogue.load_shown(session, caller(), path.template_id, query.version).kind
        described = item_json_schema(kind.fields, kind.rules, kind.label)
        hints = {"x-certmill-kind": kind.name, "x-certmill-spa-required": kind.spa_required}
        return Answer(encode(described | hints))

    return prepared.kept(TEMPLATES, load, content_type=_SCHEMA_TYPE)


@templates.get("/<template_id>/preview", responses={200: previews.ANSWER})
@requires("user")
def show_sample(path: TemplatePath, query: PreviewQuery) -> Response:
    """The template with its sample: for a catalogue"""
    with runtime().reads() as session:
        loaded = catalogue.load_shown(session, caller(), path.template_id, query.version)
    form = previews.wanted_form(query.format)
    # The same document is drawn the same for the whole day that its sample is dated.
    today = runtime().clock().astimezone(runtime().settings.timezone).date()
    etag = f"{loaded.digest[:32]}-{form}-{query.dpi}-{query.page}-{today:%Y%m%d}"
    response = Response(status=304) if answers.is_known(etag) else _preview(loaded, Wish(), query)
    response.set_etag(etag)
    return response


@templates.post("/<template_id>/preview", responses={200: previews.ANSWER})
@requires("user", scope="read")
def show_preview(path: TemplatePath, query: PreviewQuery, body: WantedPreview) -> Response:
    """What an item would look like, marked as a preview and stored nowhere

    `X-Pages` says how many pages the document has, `X-Warnings` how many things about it may not please. As JSON the answer is
    the report: what these are, what would stop the document, and how each field came out.
    """
    with runtime().reads() as session:
        loaded = catalogue.load_shown(session, caller(), path.template_id, body.version or query.version)
    return _preview(loaded, Wish(values=body.values, spa_id=body.spa_id), query)


def _preview(loaded: LoadedTemplate, wish: Wish, query: PreviewQuery) -> Response:
    form = previews.wanted_form(query.format)
    if form == "json":
        return previews.report(inspect(runtime(), caller(), loaded, wish))
    shown = replace(wish, form=form, dpi=query.dpi, page=query.page)
    return previews.answer(preview(runtime(), caller(), loaded, shown), form)


def _wanted(raw: object) -> Wanted:
    """The new template that a body describes, or every fault of its options and its document."""
    members = raw if isinstance(raw, dict) else {}
    options = {name: members[name] for name in TemplateOptions.model_fields if name in members}
    rest = {name: value for name, value in members.items() if name not in options}
    chosen, faults = _tried(lambda: bodies.parse(TemplateOptions, options))
    document, more = _tried(lambda: parse_document(rest if isinstance(raw, dict) else raw))
    if chosen is None or document is None:
        raise InvalidRequest("The template is faulty.", code="invalid_template", faults=(*faults, *more))
    return Wanted(document=document, **dict(chosen))


def _tried(parse: Callable[[], T]) -> tuple[T | None, tuple[Fault, ...]]:
    try:
        return parse(), ()
    except InvalidRequest as error:
        return None, error.faults


def _shown(view: TemplateView) -> Template:
    return Template.model_validate(_facts(view))


def _with_document(view: TemplateView, loaded: LoadedTemplate) -> TemplateWithDocument:
    return TemplateWithDocument(
        **_facts(view), version=loaded.number, digest=loaded.digest, document=loaded.document.to_json()
    )


def _told(faults: Iterable[Fault]) -> list[ShownFault]:
    return [ShownFault.model_validate(fault) for fault in faults]


def _facts(view: TemplateView) -> dict[str, Any]:
    address = _address(view.id)
    links = TemplateLinks(
        self=address, fields=f"{address}/fields", versions=f"{address}/versions", preview=f"{address}/preview"
    )
    page = PageFormat(
        size=view.page.get("size"),
        orientation=view.page.get("orientation", "portrait"),
        width=view.page.get("width"),
        height=view.page.get("height"),
    )
    facts = {name: getattr(view, name) for name in TemplateView.__slots__}
    return facts | {"page": page, "links": links}


def _address(template_id: str) -> str:
    return url_for("templates.show", template_id=template_id)
