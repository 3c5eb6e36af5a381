"""All documents of a job at once: the stored files as a ZIP, or one PDF drawn anew, as pages or as cards on sheets.

Both are made while they are sent. The database is asked for some items at a time and left in peace while a client reads;
nothing is written to disk. A PDF costs the CPU of drawing, in the web process: so it has at most `BUNDLE_DOCUMENTS`, one piece
is drawn at a time in a process, and a process sends few bundles at once, for each holds a thread.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import Any, Final, Literal, cast
from uuid import UUID

import orjson
import structlog
from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import Session

from core import assets
from core.archives import Archive, Deflated, stored
from core.artifacts import EXTENSIONS, Rendition, artifact_key
from core.callers import Caller
from core.errors import Conflict, Fault, InvalidRequest, Unavailable
from core.jobs.chunks import PRODUCER, draw_item, read_work
from core.jobs.progress import find_job, view_of
from core.models import Certificate, Item, Job
from core.parts import Parts
from core.plurals import counted
from core.rendering.errors import RenderingError
from core.rendering.imposition import Document, DoesNotFit, Grid, grid_for
from core.rendering.layout import page_size
from core.rendering.painters import PdfMetadata, bound, imposed
from core.rendering.shapes import MM
from core.storage import FileMissing
from core.templates.catalogue import LoadedTemplate, load_version

_log = structlog.get_logger(__name__)

Form = Literal["zip", "pdf"]
Arrangement = Literal["pages", "sheets"]

AT_ONCE: Final = 4
"""Bundles that one process sends at a time; the rest of its threads are for everybody else."""
_BATCH: Final = 50
_RETRY_AFTER: Final = 15
_NAME_BYTES: Final = 120
_IN_NO_NAME: Final = frozenset('\\/:*?"<>|')

_slots = BoundedSemaphore(AT_ONCE)
_drawing = Lock()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a job: items `first` to `last`, by position; `rendition` of a ZIP, None: all but the thumbnails."""

    form: Form = "zip"
    arrangement: Arrangement = "pages"
    rendition: Rendition | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """What will be sent, as far as it is known before. `etag` changes when anything in the bundle does."""

    job: Job
    template: LoadedTemplate
    wish: Wish
    documents: int
    grid: Grid | None
    etag: str

    @property
    def media_type(self) -> str:
        return {"zip": "application/zip", "pdf": "application/pdf"}[self.wish.form]

    @property
    def filename(self) -> str:
        wish = self.wish
        reach = "" if wish.first is None and wish.last is None else f"-{wish.first or 0}-{self.last}"
        sheets = "-sheets" if self.grid else ""
        return f"{self.job.template_id}-{self.job.id.hex[-8:]}{reach}{sheets}.{wish.form}"

    @property
    def first(self) -> int:
        return self.wish.first or 0

    @property
    def last(self) -> int:
        last = self.job.total - 1 if self.wish.last is None else self.wish.last
        return min(last, self.job.total - 1)


class Slot:
    """A place among the bundles that this process sends at once."""

    def __init__(self) -> None:
        if not _slots.acquire(blocking=False):
            raise Unavailable(
                f"{AT_ONCE} bundles are being sent just now.",
                retry_after=_RETRY_AFTER,
                code="too_many_bundles",
            )
        self._is_held = True

    def release(self) -> None:
        """Safe to be called again."""
        if self._is_held:
            self._is_held = False
            _slots.release()


def find_bundle(session: Session, parts: Parts, caller: Caller, job_id: UUID, wish: Wish) -> Bundle:
    """What a job's bundle will be. Raises `NotFound`; `Conflict` while the job is under way or with nothing to send; and
    `InvalidRequest` for a wish that cannot be fulfilled, with pointers into the query."""
    job = find_job(session, caller, job_id)
    _check(wish, job)
    if job.completed_at is None:
        raise Conflict("The job is under way: its bundle would lack documents.", code="job_under_way")
    counted = select(Certificate.state, func.count()).where(*_reach(job, wish)).group_by(Certificate.state)
    counts: dict[str, int] = dict(iter(session.execute(counted)))
    documents = sum(count for state, count in counts.items() if state != "erased")
    if not documents:
        raise Conflict("There is no issued document of this job here.", code="nothing_issued")
    template = load_version(session, job.template_id, job.template_version)
    grid = None
    if wish.form == "pdf":
        _check_count(documents, parts.settings.bundle_documents)
        grid = _grid_of(template) if wish.arrangement == "sheets" else None
    said = f"{view_of(job, now=parts.clock()).version} {wish} {sorted(counts.items())}"
    return Bundle(job, template, wish, documents, grid, sha256(said.encode()).hexdigest()[:32])


def pieces_of(parts: Parts, bundle: Bundle) -> Iterator[bytes]:
    """The bytes, made as they are asked for. Raises `StorageUnavailable` and what the database raises: a bundle that breaks
    off has no end, and no reader opens it."""
    return _zip_pieces(parts, bundle) if bundle.wish.form == "zip" else _pdf_pieces(parts, bundle)


def _check(wish: Wish, job: Job) -> None:
    faults: list[Fault] = []
    if wish.form == "zip" and wish.arrangement == "sheets":
        faults.append(
            Fault("?layout", "not_with_zip", "Only a PDF has sheets; a ZIP has the files as they are.")
        )
    if wish.form == "pdf" and wish.rendition is not None:
        faults.append(Fault("?rendition", "not_with_pdf", "A PDF is drawn anew; renditions are a ZIP's."))
    if wish.rendition is not None and wish.rendition not in job.renditions:
        had = ", ".join(job.renditions)
        faults.append(Fault("?rendition", "not_rendered", f"The job has {had}, and no {wish.rendition}."))
    if wish.first is not None and wish.last is not None and wish.last < wish.first:
        faults.append(Fault("?to", "before_from", "It comes before `from`."))
    if wish.first is not None and wish.first >= job.total:
        faults.append(Fault("?from", "too_large", f"The job's last item is {job.total - 1}."))
    if faults:
        raise InvalidRequest("The bundle cannot be made as it is asked for.", faults=faults)


def _check_count(documents: int, most: int) -> None:
    if documents > most:
        detail = (
            f"One PDF has at most {counted(most, 'document')}, and these are {documents}: ask for some of them "
            "with `from` and `to`, or for a ZIP, which has no limit."
        )
        raise InvalidRequest(detail, faults=[Fault("?format", "too_many_documents", detail)])


def _grid_of(template: LoadedTemplate) -> Grid:
    width, height = page_size(template.document.layout.page)
    try:
        return grid_for(width * MM, height * MM)
    except DoesNotFit as fault:
        raise InvalidRequest(str(fault), faults=[Fault("?layout", "page_too_large", str(fault))]) from fault


def _reach(job: Job, wish: Wish) -> list[Any]:
    reach = [Certificate.job_id == job.id]
    if wish.first is not None:
        reach.append(Certificate.position >= wish.first)
    if wish.last is not None:
        reach.append(Certificate.position <= wish.last)
    return reach


def _batches(parts: Parts, bundle: Bundle) -> Iterator[list[Row[Any]]]:
    """Items in their order, each with its certificate if it has one. No transaction is open while the caller has them."""
    wanted = (
        select(
            Item.position,
            Item.number,
            Item.recipient_name,
            Item.state.label("item_state"),
            Certificate.id,
            Certificate.state,
            Certificate.files,
            Certificate.issued_at,
        )
        .outerjoin(Certificate, (Certificate.job_id == Item.job_id) & (Certificate.position == Item.position))
        .where(Item.job_id == bundle.job.id)
        .order_by(Item.position)
        .limit(_BATCH)
    )
    place = bundle.first
    while place <= bundle.last:
        with parts.reads() as session:
            rows: list[Any] = list(session.execute(wanted.where(Item.position.between(place, bundle.last))))
        if not rows:
            return
        yield rows
        place = rows[-1].position + 1


def _zip_pieces(parts: Parts, bundle: Bundle) -> Iterator[bytes]:
    archive = Archive()
    manifest = Deflated()
    manifest.write(f'{{"job": "{bundle.job.id}", "template": "{bundle.job.template_id}@')
    manifest.write(f'{bundle.job.template_version}", "items": [')
    zone = parts.settings.timezone
    separator = "\n"
    for batch in _batches(parts, bundle):
        for row in batch:
            entry: dict[str, Any] = {
                "position": row.position,
                "number": row.number,
                "state": row.state or row.item_state,
            }
            if row.state is not None and row.state != "erased":
                entry |= {"certificate_id": row.id, "files": [], "missing": []}
                for rendition in _renditions(bundle, row):
                    name = _file_name(row, rendition)
                    facts = row.files[rendition]
                    data = _read(parts, bundle.job, row, rendition)
                    if data is None:
                        entry["missing"].append(rendition)
                        continue
                    yield from archive.entry(name, stored(data), row.issued_at.astimezone(zone))
                    entry["files"].append({"name": name, "sha256": facts["digest"], "size": facts["size"]})
            manifest.write(separator + orjson.dumps(entry).decode())
            separator = ",\n"
    manifest.write("\n]}\n")
    yield from archive.entry("manifest.json", manifest.content(), _made(bundle).astimezone(zone))
    yield from archive.end()


def _renditions(bundle: Bundle, row: Row[Any]) -> list[Rendition]:
    """What of a certificate goes in: thumbnails are for listings, unless there is nothing else."""
    if bundle.wish.rendition is not None:
        return [bundle.wish.rendition] if bundle.wish.rendition in row.files else []
    had = cast(list[Rendition], list(row.files))
    return [rendition for rendition in had if rendition != "thumbnail"] or had


def _read(parts: Parts, job: Job, row: Row[Any], rendition: Rendition) -> bytes | None:
    """A file's bytes; None where they are not in storage, or not those that were issued."""
    digest = row.files[rendition]["digest"]
    key = artifact_key(
        job_id=job.id,
        position=row.position,
        certificate_id=row.id,
        digest=digest,
        extension=EXTENSIONS[rendition],
    )
    try:
        with parts.storage.open(key) as file:
            data = file.read()
    except FileMissing:
        _log.error("file missing from a bundle", key=key)
        return None
    if sha256(data).hexdigest() != digest:
        _log.error("file damaged; left out of a bundle", key=key)
        return None
    return data


def _file_name(row: Row[Any], rendition: Rendition) -> str:
    """`000123-THC-2026-0000124-Ananya-Sharma.pdf`: unique by its position, safe on every system."""
    suffix = "-thumbnail" if rendition == "thumbnail" else ""
    stem = f"{row.position:06d}-{_safe(row.number)}-{_safe(row.recipient_name)}".rstrip("-")
    return f"{stem}{suffix}.{EXTENSIONS[rendition]}"


def _safe(text: str) -> str:
    """A text as a part of a file's name: letters of every script stay; blanks, marks that systems mind and what shows nothing
    become hyphens."""
    kept = "".join(
        "-"
        if character in _IN_NO_NAME or character.isspace() or unicodedata.category(character).startswith("C")
        else character
        for character in unicodedata.normalize("NFC", text)
    )
    words = "-".join(word for word in kept.split("-") if word)
    return words.encode("utf-8")[:_NAME_BYTES].decode("utf-8", errors="ignore").strip(". -")


def _pdf_pieces(parts: Parts, bundle: Bundle) -> Iterator[bytes]:
    job = bundle.job
    metadata = PdfMetadata(
        title=f"{bundle.template.document.name}: {counted(bundle.documents, 'document')}",
        author=PRODUCER if job.issuer is None else str(job.issuer["name"]),
        subject=bundle.template.kind.label,
        language=bundle.template.language,
        created=_made(bundle),
    )
    documents = _documents(parts, bundle)
    if bundle.grid is None:
        return _one_at_a_time(bound(documents, fonts=parts.fonts, metadata=metadata))
    return _one_at_a_time(imposed(documents, bundle.grid, fonts=parts.fonts, metadata=metadata))


def _one_at_a_time(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Nobody else in this process draws a piece meanwhile, and nobody waits for a client that reads slowly."""
    while True:
        with _drawing:
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def _documents(parts: Parts, bundle: Bundle) -> Iterator[Document]:
    """Every issued document, drawn anew from its item; what cannot be is said in its place."""
    for batch in _batches(parts, bundle):
        issued = [row for row in batch if row.state is not None]
        there = exists().where(
            Certificate.job_id == Item.job_id,
            Certificate.position == Item.position,
            # Asked with the values, and not before: what is erased in this moment is not drawn.
            Certificate.state != "erased",
        )
        with parts.reads() as session:
            among = Item.position.in_([row.position for row in issued])
            work = read_work(session, bundle.job.id, among, there)
        items = {item.position: item for item in work.items}
        pictures = assets.Shelf(parts.storage)
        for row in issued:
            item = items.get(row.position)
            if item is None:
                yield Document(f"{row.number}: erased", None)
                continue
            title = f"{item.number} {item.recipient_name}"
            try:
                yield Document(title, draw_item(parts, work, item, pictures=pictures).scene)
            except RenderingError as error:
                _log.error("left out of a bundle", position=item.position, code=error.code)
                yield Document(f"{title}: left out. {error.detail}", None)


def _made(bundle: Bundle) -> datetime:
    """When the last of it was made, as far as the job knows."""
    return bundle.job.completed_at or bundle.job.created_at
