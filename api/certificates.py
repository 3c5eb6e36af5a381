"""Certificates: asking for them, listing them, looking at one."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from flask import Response

from api import answers, files, idempotency, journal, prepared, previews, waiting
from api.auth import caller, everybody, requires
from api.contract import Blueprint
from api.jobs import address, pace, shown
from api.runtime import runtime
from api.schemas.certificates import (
    Certificate,
    CertificatePath,
    ListingQuery,
    OwnerPath,
    OwnListing,
    OwnListingQuery,
    PublicListing,
    Revocation,
    WholeListing,
)
from api.schemas.jobs import AcceptedJob, JobHeaders, NewJob, PreviewedJob, PreviewQuery, Validation
from api.schemas.previews import DocumentReport
from api.schemas.problems import Fault
from core import certificates as core
from core import revocation
from core.idempotency import StoredAnswer
from core.jobs import validation
from core.jobs.acceptance import accept
from core.jobs.checking import MAX_FAULTS, Wanted
from core.jobs.preview import inspect_item, preview_item
from core.jobs.submission import Submission
from core.listings import EverybodyScope, Filters, OwnerScope, PublicScope, Scope, listing
from core.templates.catalogue import parse_reference

certificates = Blueprint("certificates", "/certificates", tag="Certificates")
certificates.described.add((DocumentReport, "serialization"))


@certificates.post("/generate", responses={202: AcceptedJob, 201: AcceptedJob})
@requires("user")
def generate(header: JobHeaders, body: NewJob) -> Response:
    """Ask for certificates: the answer is a job

    Every item is checked before anything is stored: all are accepted, or the answer is a problem that names every fault.
    202 says that the job is safe; `Location` is where to poll. With `Prefer: wait=N` the answer is 201 when the job came to
    rest in time.
    """
    accepted = accept(
        runtime(),
        owner=caller(),
        wanted=_wanted(body),
        request_id=journal.request_id(),
        asked=idempotency.asked(header),
        answer=_accepted,
    )
    return _held(accepted, seconds=waiting.preferred(header.prefer))


@certificates.post("/validate", responses={200: Validation})
@requires("user", scope="read")
def validate(body: NewJob) -> Response:
    """Find out what a request for certificates would come to: the same body, and nothing is stored

    `errors` are what `generate` would refuse, and what would fail items later: a text that does not fit, a character that no
    font has. `warnings` do not stop a document: a picture under 200 dpi, a word that was cut, type set much smaller. Every
    item is checked; `preflighted` says how many were looked at as documents.
    """
    found = validation.validate(runtime(), caller(), _wanted(body))
    return answers.json(_validation(found))


@certificates.post("/preview", responses={200: previews.ANSWER})
@requires("user", scope="read")
def preview(query: PreviewQuery, body: PreviewedJob) -> Response:
    """See what a certificate would look like: marked as a preview, stored nowhere

    `X-Pages` says how many pages the document has, `X-Warnings` how many things about it may not please. As JSON the answer is
    the report: what these are, what would stop the document, and how each field came out.
    """
    form = previews.wanted_form(query.format)
    if form == "json":
        return previews.report(inspect_item(runtime(), caller(), _wanted(body)))
    return previews.answer(preview_item(runtime(), caller(), _wanted(body), form=form, page=query.page), form)


@certificates.get("/generated/public", responses={200: PublicListing})
@everybody
def list_public(query: ListingQuery) -> Response:
    """The public listing: valid certificates whose job and template both say so, newest first"""
    return _listing(PublicScope(), query)


@certificates.get("/user/<user_id>", responses={200: OwnListing})
@requires("user")
def list_of_user(path: OwnerPath, query: OwnListingQuery) -> Response:
    """One user's certificates, newest first"""
    caller().check_owns(path.user_id, "user")
    return _listing(OwnerScope(path.user_id), query)


@certificates.get("", responses={200: WholeListing})
@requires("manager")
def list_all(query: OwnListingQuery) -> Response:
    """Everybody's certificates, each with its user, newest first"""
    return _listing(EverybodyScope(), query)


@certificates.get("/<certificate_id>", responses={200: Certificate})
@requires("user")
def show(path: CertificatePath) -> Response:
    """One certificate, with its data and files"""
    return _shown(path.certificate_id)


@certificates.post("/<certificate_id>/revoke", responses={200: Certificate})
@requires("user")
def revoke(path: CertificatePath, body: Revocation) -> Response:
    """Say that a certificate no longer stands

    Whoever verifies it is told so from now on, the public listing has it no more, and `certificate.revoked` goes to webhooks.
    It cannot be taken back. 409 where it was revoked or replaced before.
    """
    revocation.revoke(runtime(), caller(), path.certificate_id, reason=body.reason)
    return _shown(path.certificate_id)


def _shown(certificate_id: UUID) -> Response:
    with runtime().reads() as session:
        found = core.show(session, caller(), certificate_id)
    signed = [asdict(file) | {"signed_url": files.signed_url(file.url)} for file in found.files]
    return answers.json(Certificate.model_validate(asdict(found) | {"files": signed}))


def _wanted(body: NewJob) -> Wanted:
    given = dict(body)
    skip_faulty = given.pop("on_error") == "skip"
    renditions = tuple(dict.fromkeys(given.pop("renditions")))
    return Wanted(**given, renditions=renditions, skip_faulty=skip_faulty)


def _validation(found: validation.Validation) -> Validation:
    errors, warnings = (
        [Fault.model_validate(each) for each in faults[:MAX_FAULTS]]
        for faults in (found.errors, found.warnings)
    )
    return Validation(
        valid=not found.errors,
        total=found.total,
        accepted=found.accepted,
        preflighted=found.preflighted,
        error_count=len(found.errors),
        warning_count=len(found.warnings),
        errors=errors,
        warnings=warnings,
    )


def _accepted(submission: Submission) -> StoredAnswer:
    skipped = [Fault.model_validate(fault) for fault in submission.skipped]
    job = AcceptedJob(**dict(shown(submission.job)), skipped=skipped)
    return answers.created(job, address(submission.job), 202, headers=pace(submission.job))


def _held(accepted: StoredAnswer, *, seconds: int) -> Response:
    """What was accepted; or, for who prefers to wait and does not wait in vain, what it came to."""
    if seconds == 0:
        return answers.stored(accepted)
    job = waiting.at_rest(caller(), UUID(accepted.body["id"]), seconds=seconds)
    applied = {"Preference-Applied": f"wait={seconds}", "Location": address(job)}
    if not job.at_rest:
        return answers.json(accepted.body, accepted.status, {**accepted.headers, **applied})
    done = AcceptedJob(**dict(shown(job)), skipped=accepted.body["skipped"])
    return answers.json(done, 201, applied)


def _listing(scope: Scope, query: ListingQuery) -> Response:
    narrowed = query.model_dump(exclude={"cursor", "limit", "template", "count"})
    template = None if query.template is None else parse_reference(query.template)
    filters = Filters(**narrowed, template=template)
    found = listing(
        runtime(),
        scope,
        filters,
        cursor=query.cursor,
        limit=query.limit,
        counted=query.count,
        known=prepared.known(),
    )
    return prepared.send(found, lambda page: answers.page_links(page.notes))
