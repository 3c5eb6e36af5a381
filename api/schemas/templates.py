"""Templates, their versions, and what their documents look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from flask_openapi3.models import RawModel
from pydantic import Field, StrictBool, StrictInt, StringConstraints

from api import documents
from api.schemas.base import Answer, PageQuery, Request
from api.schemas.problems import Fault
from core.templates.document import ID_PATTERN
from core.templates.preview import PreviewForm

TemplateId = Annotated[str, StringConstraints(pattern=ID_PATTERN)]


class TemplateFile(RawModel):
    """A template document in YAML or JSON; `GET /certificates/templates/schema` has its JSON Schema."""

    mimetypes: ClassVar[list[str]] = list(documents.MEDIA_TYPES)  # type: ignore[misc]


class TemplatePath(Request):
    template_id: TemplateId


class TemplatesQuery(PageQuery):
    kind: str | None = Field(default=None, max_length=40, description="Only templates of this kind.")


class VersionQuery(Request):
    version: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Which version; without it the published one, or the first draft."
    )


class TemplateOptions(Request):
    """What a new template has besides its document: members beside `name`, `kind`, `layout` and the rest."""

    id: TemplateId | None = None
    is_public: StrictBool = False
    publish: StrictBool = False


class PreviewQuery(VersionQuery):
    format: PreviewForm | Literal["json"] | None = Field(
        default=None, description="Without it, what `Accept` prefers; else PNG. `json` is the report."
    )
    dpi: Annotated[int, Field(ge=30, le=200)] = Field(default=100, description="Of an image.")
    page: Annotated[int, Field(ge=1, le=500)] = Field(default=1, description="Of an image.")


class WantedPreview(Request):
    """An item as it is so far: what is required and missing is drawn with a stand-in. Without any values, the sample."""

    values: dict[str, Any] = Field(default_factory=dict)
    spa_id: UUID | None = None
    version: StrictInt | None = Field(default=None, ge=1)


class TemplateLinks(Answer):
    self: str
    fields: str
    versions: str
    preview: str


class PageFormat(Answer):
    """As the layout says it: a named size and its orientation, or lengths in mm."""

    size: str | None
    orientation: str
    width: float | None
    height: float | None


class Template(Answer):
    """A template. `published` is the version that its id alone stands for, `draft` the one being written."""

    id: str
    name: str
    description: str
    kind: str
    kind_label: str
    spa_required: bool
    page: PageFormat
    owner_id: UUID | None = Field(description="Null for the built-in ones.")
    is_public: bool = Field(description="Everybody may use it.")
    public_listing: bool = Field(
        description="Its certificates may be listed publicly, if their job says so too."
    )
    active: bool
    published: int | None
    draft: int | None
    created_at: datetime
    updated_at: datetime
    links: TemplateLinks


class TemplatePage(Answer):
    items: list[Template]
    next: str | None


class TemplateWithDocument(Template):
    version: int = Field(description="Which version `document` is.")
    digest: str = Field(description="SHA-256 of the document's canonical JSON.")
    document: dict[str, Any]


class PublishedTemplate(Template):
    """What was published, and what may not please about it."""

    warnings: list[Fault] = Field(
        description="With its sample: type set much smaller, words cut, pictures under 200 dpi, the template's own too."
    )


class CreatedTemplate(TemplateWithDocument):
    warnings: list[Fault] = Field(
        description="What may not please, as `publish` tells it; nothing of a draft."
    )


class TemplateVersion(Answer):
    number: int
    digest: str
    name: str
    created_by: UUID | None
    created_at: datetime
    published_at: datetime | None = Field(
        description="Null for the draft. A published version never changes."
    )


class TemplateVersions(Answer):
    items: list[TemplateVersion]
