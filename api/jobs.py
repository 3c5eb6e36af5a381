"""Jobs: how far they are, what became of their items, stopping them, trying again what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for

from api import answers, prepared, waiting
from api.auth import caller, requires
from api.contract import Blueprint
from api.encoding import encode
from api.runtime import runtime
from api.schemas.jobs import (
    BundleQuery,
    Item,
    ItemPage,
    ItemsQuery,
    Job,
    JobLinks,
    JobPage,
    JobPath,
    JobsQuery,
    WaitHeaders,
)
from core.cache.answer import Answer
from core.cache.answers import Outcome
from core.jobs import bundles, control, progress
from core.jobs.progress import ItemView, JobView
from core.scopes import job_scope

_LONGEST_PAUSE: Final = 10
_POLL: Final = "progress"
_BUNDLE: Final[dict[str, Any]] = {
    "description": "The bundle, sent while it is made.",
    "content": {"application/zip": {"schema": {}}, "application/pdf": {"schema": {}}},
}

jobs = Blueprint("jobs", "/jobs", tag="Jobs")


@jobs.get("", responses={200: JobPage})
@requires("user")
def list_jobs(query: JobsQuery) -> Response:
    """Jobs, newest first

    The caller's own; everybody's for admins and managers. With `ids`, those jobs in that order, for who polls many at once; one
    that is not there, or not the caller's, is left out.
    """
    if query.ids is not None:
        return _polled(query.job_ids)
    with runtime().reads() as session:
        found = progress.list_jobs(session, caller(), **query.filters, now=runtime().clock())
    return answers.page(found, shown)


@jobs.get("/<job_id>", responses={200: Job})
@requires("user")
def show(path: JobPath, header: WaitHeaders) -> Response:
    """One job: poll this

    While work remains, `Retry-After` says when to ask again. The `ETag` changes when anything but the estimate does.
    """
    if seconds := waiting.preferred(header.prefer):
        return _answer(waiting.at_rest(caller(), path.job_id, seconds=seconds))
    return prepared.kept(job_scope(path.job_id), lambda: _progress(path.job_id), query=_POLL)


@jobs.get("/<job_id>/items", responses={200: ItemPage})
@requires("user")
def list_items(path: JobPath, query: ItemsQuery) -> Response:
    """The rows of a job in the order in which they were sent, each with its certificate or its problem"""
    with runtime().reads() as session:
        found = progress.list_items(session, caller(), path.job_id, **dict(query))
    return answers.page(found, _shown_item)


@jobs.get("/<job_id>/bundle", responses={200: _BUNDLE})
@requires("user")
def bundle(path: JobPath, query: BundleQuery) -> Response:
    """Every issued document of a job at once, as a ZIP or as one PDF

    Sent while it is made. 409 while the job is under way or when nothing of it was issued. What was erased, or can't be found or
    drawn any more, is left out and said: in the ZIP's `manifest.json`, by a bookmark in the PDF. A PDF has a limit of
    documents (422): ask for some of them with `from` and `to`.
    """
    wish = bundles.Wish(query.format, query.layout, query.rendition, query.first, query.last)
    with runtime().reads() as session:
        found = bundles.find_bundle(session, runtime(), caller(), path.job_id, wish)
    return _sent(found)


@jobs.post("/<job_id>/cancel", responses={200: Job})
@requires("user")
def cancel(path: JobPath) -> Response:
    """Cancel what has not been issued

    Once this answers, nothing more of the job appears; what was issued stays. Failed items that were being tried again have
    failed as before, and their job is completed.
    """
    return _answer(control.cancel_job(runtime(), caller(), path.job_id))


@jobs.post("/<job_id>/retry", responses={202: Job})
@requires("user")
def retry(path: JobPath) -> Response:
    """Try the failed items again"""
    job = control.retry_job(runtime(), caller(), path.job_id)
    return _answer(job, 202, {"Location": address(job)})


def shown(job: JobView) -> Job:
    return Job.model_validate(asdict(job) | {"links": links(job)})


def links(job: JobView) -> JobLinks:
    items = url_for("jobs.list_items", job_id=job.id)
    bundle = url_for("jobs.bundle", job_id=job.id)
    return JobLinks(
        self=address(job),
        items=items,
        failed_items=f"{items}?state=failed",
        zip=f"{bundle}?format=zip",
        pdf=f"{bundle}?format=pdf",
    )


def address(job: JobView) -> str:
    return url_for("jobs.show", job_id=job.id)


def pace(job: JobView) -> dict[str, str]:
    """When to ask again, while there is something to ask about."""
    if job.at_rest:
        return {}
    return {"Retry-After": str(min(max(1, (job.eta_seconds or 0) // 4), _LONGEST_PAUSE))}


def _progress(job_id: UUID) -> Answer:
    with runtime().reads() as session:
        return _ready(progress.show_job(session, caller(), job_id, now=runtime().clock()))


def _ready(job: JobView) -> Answer:
    """Named by its version: it may come with another estimate. A finished job will be told completed any moment."""
    lasts = job.at_rest or not job.finished
    return Answer(encode(shown(job)), pace(job), version=job.version, lasts=lasts, brief=not job.at_rest)


def _polled(job_ids: Sequence[UUID]) -> Response:
    outcome: Outcome = "hit"

    def load(missing: Sequence[int]) -> list[Answer | None]:
        nonlocal outcome
        outcome = "miss"
        wanted = [job_ids[place] for place in missing]
        with runtime().reads() as session:
            found = progress.show_jobs(session, caller(), wanted, now=runtime().clock())
        return [None if job is None else _ready(job) for job in map(found.get, wanted)]

    asked = [(job_scope(job_id), prepared.viewpoint(_POLL)) for job_id in job_ids]
    jobs = [job for job in runtime().answers.find_each(asked, load) if job is not None]
    return prepared.send(prepared.joined(jobs, outcome))


def _answer(job: JobView, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    ready = _ready(job)
    response = answers.raw_json(ready.body, status, {**ready.notes, **(headers or {})})
    response.set_etag(ready.digest, weak=True)
    return response


def _sent(found: bundles.Bundle) -> Response:
    response = Response(content_type=found.media_type)
    response.automatically_set_content_length = False  # nobody knows it yet, and a HEAD must not say 0
    # Weak: what is drawn anew, by a later version of ours, may differ in its bytes.
    response.set_etag(found.etag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    if answers.is_known(found.etag):
        response.status_code = 304
    elif request.method != "HEAD":
        slot = bundles.Slot()
        response.call_on_close(slot.release)
        response.response = bundles.pieces_of(runtime(), found)
    return response


def _shown_item(item: ItemView) -> Item:
    issued = item.certificate_id
    url = None if issued is None else url_for("certificates.show", certificate_id=issued)
    return Item.model_validate(asdict(item) | {"certificate_url": url})
