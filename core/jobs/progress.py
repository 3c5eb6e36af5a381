"""How far a job is, for those who poll it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.callers import Caller
from core.errors import NotFound
from core.models import Item, Job
from core.pages import Page, decode_position, encode_position, newest_first


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it. `percent` counts items at rest; `eta_seconds` is None where nothing can be said yet."""

    id: UUID
    state: str
    template: str
    template_version: int
    kind: str
    spa_id: UUID | None
    owner_id: UUID
    external_id: str | None
    renditions: tuple[str, ...]
    is_public: bool
    total: int
    issued: int
    failed: int
    cancelled: int
    percent: int
    eta_seconds: int | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def at_rest(self) -> bool:
        return self.completed_at is not None

    @property
    def finished(self) -> bool:
        """Whether no item is waiting any more."""
        return self.issued + self.failed + self.cancelled == self.total

    @property
    def version(self) -> str:
        """Changes whenever anything but the clock changes: the ground of its ETag."""
        counts = f"{self.issued}-{self.failed}-{self.cancelled}"
        return f"{self.id.hex}-{self.state}-{counts}-{_mark(self.started_at)}-{_mark(self.completed_at)}"


@dataclass(frozen=True, slots=True)
class ItemView:
    """One row of a job, with its certificate's id once it is issued, or its problem."""

    position: int
    state: str
    recipient_name: str
    number: str
    certificate_id: UUID | None
    problem: dict[str, Any] | None


def show_job(session: Session, caller: Caller, job_id: UUID, *, now: datetime) -> JobView:
    """Raises `NotFound`, also for somebody else's job."""
    return view_of(find_job(session, caller, job_id), now=now)


def show_jobs(
    session: Session, caller: Caller, job_ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, JobView]:
    """Those of these jobs that are there for the caller."""
    jobs = session.scalars(select(Job).where(Job.id.in_(job_ids)))
    return {job.id: view_of(job, now=now) for job in jobs if caller.owns(job.owner_id)}


def find_job(session: Session, caller: Caller, job_id: UUID) -> Job:
    """The row itself; raises `NotFound`, also for somebody else's job."""
    job = session.get(Job, job_id)
    if job is None or not caller.owns(job.owner_id):
        raise NotFound("There is no such job.")
    return job


def list_jobs(
    session: Session,
    caller: Caller,
    *,
    state: str | None = None,
    external_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[JobView]:
    """Newest first: the caller's own jobs, or everybody's for those who see everything."""
    wanted = select(Job)
    if not caller.sees_everything:
        wanted = wanted.where(Job.owner_id == caller.user_id)
    if state is not None:
        wanted = wanted.where(Job.state == state)
    if external_id is not None:
        wanted = wanted.where(Job.external_id == external_id)
    page = newest_first(session, wanted, Job.created_at, Job.id, cursor=cursor, limit=limit)
    return page.map(lambda job: view_of(job, now=now))


def list_items(
    session: Session,
    caller: Caller,
    job_id: UUID,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ItemView]:
    """In the order in which they were sent; raises `NotFound`."""
    find_job(session, caller, job_id)
    wanted = select(Item).where(Item.job_id == job_id).order_by(Item.position).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(Item.state == state)
    if cursor is not None:
        wanted = wanted.where(Item.position > decode_position(cursor))
    items = session.scalars(wanted).all()
    shown = items[:limit]
    following = encode_position(shown[-1].position) if len(items) > limit else None
    return Page(tuple(_item_view(item) for item in shown), following)


def view_of(job: Job, *, now: datetime) -> JobView:
    done = job.issued + job.failed + job.cancelled
    return JobView(
        id=job.id,
        state=job.state,
        template=job.template_id,
        template_version=job.template_version,
        kind=job.kind,
        spa_id=job.spa_id,
        owner_id=job.owner_id,
        external_id=job.external_id,
        renditions=tuple(job.renditions),
        is_public=job.lists_publicly,
        total=job.total,
        issued=job.issued,
        failed=job.failed,
        cancelled=job.cancelled,
        percent=done * 100 // job.total,
        eta_seconds=_eta_seconds(job, done=done, now=now),
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )


def _mark(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.timestamp():.6f}"


def _eta_seconds(job: Job, *, done: int, now: datetime) -> int | None:
    """What is left at the pace so far."""
    if job.completed_at is not None or done == job.total:
        return 0
    if job.started_at is None or done == 0:
        return None
    elapsed = max((now - job.started_at).total_seconds(), 0.0)
    return round(elapsed / done * (job.total - done))


def _item_view(item: Item) -> ItemView:
    return ItemView(
        position=item.position,
        state=item.state,
        recipient_name=item.recipient_name,
        number=item.number,
        certificate_id=item.certificate_id if item.state == "issued" else None,
        # One that is tried again keeps its problem in case that is cancelled.
        problem=item.problem if item.state == "failed" else None,
    )
