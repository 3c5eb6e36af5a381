"""A chunk is rendered: claim (short transaction), draw and store (none), record (short transaction), tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any, Final, cast
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import assets, spas, traces
from core.artifacts import Artifact, Rendition, make_artifact
from core.failpoints import reach
from core.figures import Stopwatch, instruments
from core.jobs.completion import complete_job
from core.jobs.leases import Lease, Renewal, hand_over_lease, return_lease, take_lease
from core.jobs.recording import Drawn, Failed, Outcome, record_chunk
from core.jobs.relay import nudge
from core.jobs.upkeep import lose_chunk
from core.kinds import counted_kind
from core.models import Item, Job
from core.names import keys_of
from core.parts import Parts
from core.rendering.errors import RenderingError
from core.rendering.painters.pdf import PdfMetadata
from core.renditions import paint
from core.scopes import job_scope
from core.storage import FileMissing, StorageUnavailable
from core.templates.catalogue import LoadedTemplate, load_version
from core.templates.drawing import Drawing, Facts, Pictures, draw

_log = structlog.get_logger(__name__)

PRODUCER: Final = "Certmill"
_RECORDING_TRIES: Final = 4
_HELD: Final = 8 << 20  # bytes of files that wait to be stored together


class _Stopped(Exception):
    """This worker is asked to stop, and what is left of the chunk is more than it may still do."""


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Work:
    """All that a chunk's documents are drawn from."""

    job: Job
    template: LoadedTemplate
    items: tuple[Item, ...]

    @property
    def kind(self) -> str:
        """What it is counted under."""
        return counted_kind(self.job.kind)


def render(parts: Parts, chunk_id: UUID, *, must_stop: Callable[[], bool] = never) -> None:
    """Draw, store and issue a chunk. A message that comes late or twice finds nothing to claim, and that is all.

    Once `must_stop` says so, the chunk is given back after the item that is being drawn.
    """
    reach("chunk.received")
    begun = perf_counter()
    with parts.sessions.begin() as session:
        lease = take_lease(session, chunk_id, seconds=parts.settings.lease_seconds)
        if lease is None:
            return
        _begin_job(session, lease.job_id)
    # The claim is committed before anything is read: an attempt that dies of what it reads must count.
    with structlog.contextvars.bound_contextvars(
        job_id=str(lease.job_id), chunk_id=str(chunk_id), attempt=lease.attempt
    ):
        reach("chunk.claimed")
        if lease.is_taken_over:
            _log.warning("lease expired; taken over")
        outcome = _render(parts, lease, must_stop, begun)
        reach("recording.committed")
        if outcome is Outcome.FINISHED:
            complete_job(parts, lease.job_id)
        elif outcome is Outcome.RECORDED:
            parts.answers.start_generation([job_scope(lease.job_id)])
        nudge(parts)


def _begin_job(session: Session, job_id: UUID) -> None:
    session.execute(
        text("""
            UPDATE jobs SET state = 'rendering', started_at = coalesce(started_at, clock_timestamp())
            WHERE id = :id AND state = 'waiting'"""),
        {"id": job_id},
    )


def read_work(session: Session, job_id: UUID, *which: ColumnElement[bool]) -> Work:
    """A job with its items, or with those of them for which `which` holds."""
    job = session.get_one(Job, job_id)
    items = session.scalars(select(Item).where(Item.job_id == job_id, *which).order_by(Item.position))
    return Work(job, load_version(session, job.template_id, job.template_version), tuple(items))


def _render(parts: Parts, lease: Lease, must_stop: Callable[[], bool], begun: float) -> Outcome:
    with parts.reads() as session:
        waiting = (Item.position.in_(lease.positions), Item.state == "waiting")
        work = read_work(session, lease.job_id, *waiting)
    with (
        structlog.contextvars.bound_contextvars(request_id=work.job.request_id),
        traces.span(
            "chunk",
            cause=work.job.traceparent,
            job_id=str(lease.job_id),
            chunk_id=str(lease.chunk_id),
            request_id=work.job.request_id or "",
            items=len(work.items),
        ),
        Renewal(parts.sessions, lease, seconds=parts.settings.lease_seconds) as renewal,
    ):
        try:
            finished = _draw_all(parts, work, renewal, must_stop)
        except StorageUnavailable as error:
            with parts.sessions.begin() as session:
                seconds = return_lease(session, lease)
            _log.warning("storage unavailable; the chunk waits", reason=str(error), seconds=seconds)
            return Outcome.LOST
        except _Stopped:
            _log.info("chunk given back, for this worker stops")
            with parts.sessions.begin() as session:
                hand_over_lease(session, lease)
            return Outcome.LOST
        except MemoryError:
            # As if the kernel had killed this process. Raised further, Celery would end its parent and all children.
            _log.error("out of memory; nothing recorded")
            lose_chunk(parts, lease.chunk_id, attempt=lease.attempt, how="out of memory")
            return Outcome.LOST
        if finished is None or (outcome := _record(parts, work, lease, *finished)) is Outcome.LOST:
            _log.warning("lease lost; nothing recorded")
            return Outcome.LOST
        _note_chunk(work, perf_counter() - begun, *finished)
        return outcome


def _note_chunk(work: Work, seconds: float, drawn: list[Drawn], failed: list[Failed]) -> None:
    instruments.chunk_seconds.labels(work.kind, work.job.lane).observe(seconds)
    _log.info("chunk", ms=round(seconds * 1000, 1), drawn=len(drawn), failed=len(failed))


def _draw_all(
    parts: Parts, work: Work, renewal: Renewal, must_stop: Callable[[], bool]
) -> tuple[list[Drawn], list[Failed]] | None:
    """Every item drawn and stored, or failed with its reason; None where the lease was lost meanwhile."""
    drawn: list[Drawn] = []
    failed: list[Failed] = []
    files: dict[str, bytes] = {}
    held = 0
    # For one chunk only: a logo is read once, and nobody's photo stays in a worker's memory.
    pictures = assets.Shelf(parts.storage)
    for item in work.items:
        if renewal.lost:
            return None
        if must_stop():
            raise _Stopped
        reach("chunk.drawing")
        try:
            artifacts = artifacts_of(parts, work, item, pictures=pictures)
        except RenderingError as error:
            problem = {"code": error.code, "field": error.field, "detail": error.detail}
            failed.append(Failed(item.position, problem))
        except (StorageUnavailable, MemoryError):
            raise
        except Exception:  # noqa: BLE001, whatever surprise one item holds, it must not take its neighbours along
            _log.exception("item not drawn", position=item.position)
            detail = "Something of ours failed over this item. It was noted and may be tried again."
            failed.append(Failed(item.position, {"code": "internal_error", "field": "", "detail": detail}))
        else:
            files.update((artifact.key, artifact.data) for artifact in artifacts)
            held += sum(len(artifact.data) for artifact in artifacts)
            if held > _HELD:
                parts.storage.put(files)
                files, held = {}, 0
            facts: dict[str, dict[str, Any]] = {each.rendition: each.facts for each in artifacts}
            drawn.append(Drawn(item.position, facts, keys_of(item.recipient_name)))
    parts.storage.put(files)
    reach("chunk.stored")
    return drawn, failed


def _record(parts: Parts, work: Work, lease: Lease, drawn: list[Drawn], failed: list[Failed]) -> Outcome:
    """Record, once more if the database was away for a moment: the lease is kept meanwhile, and fences what came through."""
    for attempt in range(1, _RECORDING_TRIES + 1):
        begun = perf_counter()
        try:
            with parts.sessions.begin() as session:
                outcome = record_chunk(session, lease, drawn=drawn, failed=failed)
                reach("recording.written")
            instruments.recording_seconds.labels(work.job.lane).observe(perf_counter() - begun)
            return outcome
        except OperationalError as error:
            if attempt == _RECORDING_TRIES:
                raise
            _log.warning("not recorded yet", error=type(error.orig).__name__, attempt=attempt)
            sleep(attempt)
    raise AssertionError("a loop that returns or raises")


def artifacts_of(parts: Parts, work: Work, item: Item, *, pictures: Pictures) -> list[Artifact]:
    """An item in every rendition that its job asks for. Raises as `draw_item`."""
    begun = perf_counter()
    with traces.span("draw item", position=item.position):
        artifacts = list(_drawn(parts, work, item, pictures))
    instruments.item_seconds.labels(work.kind).observe(perf_counter() - begun)
    return artifacts


def _drawn(parts: Parts, work: Work, item: Item, pictures: Pictures) -> Iterator[Artifact]:
    job = work.job
    watch = Stopwatch(instruments.rendition_seconds, work.kind)
    drawing = draw_item(parts, work, item, pictures=pictures)
    watch.lap("composing")
    metadata = PdfMetadata(
        title=drawing.title,
        author=PRODUCER if job.issuer is None else str(job.issuer["name"]),
        subject=f"{work.template.kind.label} {item.number}",
        language=work.template.language,
        created=job.created_at,
    )
    wanted = cast(Collection[Rendition], job.renditions)
    for painted in paint(drawing.scene, wanted, dpi=job.dpi, metadata=metadata, fonts=parts.fonts):
        watch.lap(painted.rendition)
        yield make_artifact(
            painted.rendition,
            painted.data,
            job_id=job.id,
            position=item.position,
            certificate_id=item.certificate_id,
            **painted.shape,
        )


def draw_item(parts: Parts, work: Work, item: Item, *, pictures: Pictures) -> Drawing:
    """An item's document: the same, whenever it is drawn. Raises `RenderingError` and `StorageUnavailable`."""
    job = work.job
    facts = Facts(
        number=item.number,
        code=item.code,
        verify_url=f"{job.verify_base}/verify/{item.code}",
        issue_date=job.issue_date,
    )
    try:
        return draw(
            work.template,
            work.template.kind.from_json(item.values),
            spas.issuer_values(job.issuer),
            facts,
            pictures=pictures,
            fonts=parts.fonts,
        )
    except FileMissing as missing:
        raise RenderingError("missing_image", "", f"A picture is not in storage: {missing}.") from missing
