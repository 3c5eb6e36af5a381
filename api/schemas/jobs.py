"""Jobs and their items."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from api.schemas.base import Answer, CreationHeaders, PageQuery, Request
from api.schemas.problems import Fault
from core.artifacts import DEFAULT_RENDITIONS, Rendition
from core.jobs.bundles import Arrangement, Form
from core.jobs.checking import MAX_FAULTS, MAX_ITEMS
from core.jobs.validation import EFFORT
from core.templates.catalogue import REFERENCE_PATTERN
from core.templates.preview import PreviewForm

JobState = Literal["waiting", "rendering", "completed", "cancelled"]
ItemState = Literal["waiting", "issued", "failed", "cancelled"]
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

MAX_WAIT = 30
MAX_POLLED = 100
_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


class JobPath(Request):
    job_id: UUID


class WaitHeaders(Request):
    prefer: str | None = Field(
        default=None,
        alias="Prefer",
        description=f"`wait=N` holds the answer until the job is at rest, at most N and {MAX_WAIT} seconds.",
    )


class JobHeaders(CreationHeaders, WaitHeaders):
    """What a client may say beside the job that it wants."""


class NewJob(Request):
    """What to make: a template, and the values of each certificate."""

    template: str = Field(
        pattern=REFERENCE_PATTERN,
        description="`id`, its published version, or `id@version`.",
        examples=["therapist-classic", "therapist-classic@2"],
    )
    items: list[dict[str, Any]] = Field(
        min_length=1,
        max_length=MAX_ITEMS,
        description="The values of each certificate. `GET /certificates/templates/{id}/fields` has their JSON Schema.",
    )
    spa_id: UUID | None = Field(default=None, description="Who issues it. Most kinds need one.")
    renditions: list[Rendition] = Field(
        default=list(DEFAULT_RENDITIONS), min_length=1, max_length=5, description="The forms to draw it in."
    )
    dpi: Annotated[StrictInt, Field(ge=72, le=300)] | None = Field(
        default=None, description="Of the images. Without it the template's, mostly 150."
    )
    is_public: StrictBool = Field(
        default=False, description="May be listed publicly, if the template says so too."
    )
    external_id: ExternalId | None = Field(default=None, description="The job's name in the client's books.")
    priority: Annotated[StrictInt, Field(ge=-9, le=9)] = Field(
        default=0, description="Among the caller's own jobs; higher goes first."
    )
    on_error: Literal["refuse", "skip"] = Field(
        default="refuse",
        description="With a faulty item: `refuse` takes nothing, `skip` takes the others and lists what it left out.",
    )


class Validation(Answer):
    """What a request for a job would come to."""

    valid: bool = Field(description="Every item would be accepted and, as far as it was looked at, drawn.")
    total: int = Field(description="Items in the request.")
    accepted: int = Field(description="Items without errors.")
    preflighted: int = Field(
        description="Items that were looked at as documents: of those without other faults the first ones, "
        f"as many as {EFFORT:g} seconds of computing allow."
    )
    error_count: int
    warning_count: int
    errors: list[Fault] = Field(
        description=f"What would refuse the request, or fail an item: the first {MAX_FAULTS}."
    )
    warnings: list[Fault] = Field(
        description=f"What can be drawn and may not please: the first {MAX_FAULTS}."
    )


class PreviewedJob(NewJob):
    """What to look at: the body of a job with one item. What it requires and does not have yet gets a stand-in."""

    items: list[dict[str, Any]] = Field(
        min_length=1, max_length=1, description="The values of the certificate."
    )


class PreviewQuery(Request):
    format: PreviewForm | Literal["json"] | None = Field(
        default=None, description="Without it, what `Accept` prefers; else PNG. `json` is the report."
    )
    page: int = Field(default=1, ge=1, le=500, description="Of an image.")


class JobsQuery(PageQuery):
    state: JobState | None = None
    external_id: ExternalId | None = None
    ids: str | None = Field(
        default=None,
        pattern=rf"^{_UUID}(?:,{_UUID}){{0,{MAX_POLLED - 1}}}$",
        description=f"Up to {MAX_POLLED} jobs by their ids, with commas between them; instead of the other filters and a cursor.",
    )

    @field_validator("ids")
    @classmethod
    def _stand_alone(cls, ids: str | None, info: ValidationInfo) -> str | None:
        if ids is not None and any(
            info.data.get(other) is not None for other in ("state", "external_id", "cursor")
        ):
            raise PydanticCustomError("not_alone", "ids goes without state, external_id and cursor")
        return ids

    @property
    def job_ids(self) -> list[UUID]:
        """Each of `ids` once."""
        return [UUID(each) for each in dict.fromkeys((self.ids or "").split(","))]

    @property
    def filters(self) -> dict[str, Any]:
        return self.model_dump(exclude={"ids"})


class ItemsQuery(PageQuery):
    state: ItemState | None = None


class BundleQuery(Request):
    format: Form = Field(
        default="zip", description="The issued files as they are, or one PDF of all documents with bookmarks."
    )
    layout: Arrangement = Field(
        default="pages",
        description="Of a PDF. `sheets`: pages as cards upon A4 with crop marks, fronts and backs for printing on both sides.",
    )
    rendition: Rendition | None = Field(
        default=None, description="Of a ZIP. Without it all that the job has, but not the thumbnails."
    )
    first: int | None = Field(
        default=None, alias="from", ge=0, description="The first item, by its position."
    )
    last: int | None = Field(default=None, alias="to", ge=0, description="The last item, by its position.")


class JobLinks(Answer):
    self: str
    items: str
    failed_items: str
    zip: str = Field(description="Every document as a file.")
    pdf: str = Field(description="Every document in one PDF.")


class Job(Answer):
    """One request for certificates, and how far it is."""

    id: UUID
    state: JobState
    template: str
    template_version: int
    kind: str
    spa_id: UUID | None
    owner_id: UUID
    external_id: str | None
    renditions: list[Rendition]
    is_public: bool
    total: int
    issued: int
    failed: int
    cancelled: int
    percent: int = Field(description="Of the items, how many are at rest.")
    eta_seconds: int | None = Field(
        description="What is left at the pace so far; null while nothing can be said."
    )
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    links: JobLinks


class AcceptedJob(Job):
    skipped: list[Fault] = Field(description="With `on_error: skip`: what was wrong with the items left out.")


class JobPage(Answer):
    items: list[Job]
    next: str | None


class ItemProblem(Answer):
    """Why an item could not be drawn."""

    code: str
    field: str = Field(description="The field it is about; empty where it is about none.")
    detail: str


class Item(Answer):
    """One row of a job."""

    position: int = Field(description="In the job, from 0.")
    state: ItemState
    recipient_name: str
    number: str
    certificate_id: UUID | None
    certificate_url: str | None
    problem: ItemProblem | None


class ItemPage(Answer):
    items: list[Item]
    next: str | None
