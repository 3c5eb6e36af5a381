"""How a job comes in: everything is checked first, then one transaction stores it, then the relay is nudged."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from core import assets, spas
from core.callers import Caller
from core.errors import Fault, InvalidRequest
from core.jobs.chunking import insert_chunks, lane_of
from core.jobs.progress import JobView, view_of
from core.jobs.relay import relay
from core.jobs.uniques import PlacedClaim, claim_values, repeated, taken_values
from core.kinds import (
    Checked,
    Kind,
    Values,
    check_item,
    image_references,
    recipient_name,
    to_json,
    unique_claims,
)
from core.models import Job, Spa
from core.parts import Parts
from core.pictures import NormalisedImage
from core.templates.catalogue import LoadedTemplate, resolve

MAX_ITEMS: Final = 10_000
MAX_FAULTS: Final = 500
"""So many are named; a request with more is told how many there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. `template` is `id` or `id@version`; `skip_faulty` accepts the good items and lists the others."""

    template: str
    items: Sequence[Mapping[str, object]]
    renditions: tuple[str, ...]
    spa_id: UUID | None = None
    dpi: int = 150
    is_public: bool = False
    external_id: str | None = None
    priority: int = 0
    skip_faulty: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that PostgreSQL has, and the faults of the items that were skipped."""

    job: JobView
    skipped: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Accepted:
    """An item that passed, with its place in the request and in the job."""

    row: int
    values: Values
    recipient_name: str
    claims: tuple[PlacedClaim, ...]


def prepare(parts: Parts, *, owner: Caller, wanted: Wanted) -> Prepared:
    """Check everything and store inline pictures, with no transaction open. Raises `InvalidRequest` and `NotFound`."""
    with parts.sessions.begin() as session:
        template = resolve(session, owner, wanted.template)
        spa = None if wanted.spa_id is None else spas.find_spa(session, wanted.spa_id)
    if spa is None and template.kind.spa_required:
        detail = f"A {template.kind.label.lower()} is issued by a spa: name it."
        raise InvalidRequest(detail, faults=[Fault("/spa_id", "missing", detail)])
    adopted = assets.adopt_inline(parts.decoder, _picture_labels(template.kind), wanted.items)
    faults = list(adopted.faults)
    undecodable = {int(fault.pointer.split("/")[2]) for fault in faults}
    accepted = list(_check(template.kind, adopted.items, spa, faults, skip=undecodable))
    with parts.sessions.begin() as session:
        accepted = _without_strangers(session, owner, template.kind, accepted, adopted.images, faults)
        accepted = _without_taken(session, accepted, faults)
    faults.sort(key=lambda fault: int(fault.pointer.split("/")[2]))
    if faults and not (wanted.skip_faulty and accepted):
        raise _refusal(faults)
    assets.keep(parts.storage, adopted.images)
    return Prepared(template, spa, tuple(accepted), tuple(adopted.images.values()), tuple(faults))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that passed every check, ready to be stored in one transaction."""

    template: LoadedTemplate
    spa: Spa | None
    accepted: tuple[_Accepted, ...]
    images: tuple[NormalisedImage, ...]
    skipped: tuple[Fault, ...]


def submit_job(
    session: Session,
    parts: Parts,
    *,
    owner: Caller,
    wanted: Wanted,
    prepared: Prepared,
    request_id: str | None,
) -> Submission:
    """Store job, items and chunks: a handful of statements whatever the size. Call `relay` after the commit.

    Raises `InvalidRequest` where somebody else claimed a unique value in the meantime.
    """
    now = parts.clock()
    kind, template, total = prepared.template.kind, prepared.template, len(prepared.accepted)
    job = Job(
        id=uuid7(),
        owner_id=owner.user_id,
        template_id=template.template_id,
        template_version=template.number,
        kind=kind.name,
        spa_id=None if prepared.spa is None else prepared.spa.id,
        issuer=None if prepared.spa is None else spas.issuer(prepared.spa),
        renditions=list(wanted.renditions),
        dpi=wanted.dpi,
        lists_publicly=wanted.is_public and template.public_listing,
        external_id=wanted.external_id,
        priority=wanted.priority,
        lane=lane_of(total),
        verify_base=parts.settings.public_url.rstrip("/"),
        issue_date=now.astimezone(parts.settings.timezone).date(),
        request_id=request_id,
        state="waiting",
        total=total,
        issued=0,
        failed=0,
        cancelled=0,
        created_at=now,
    )
    session.add(job)
    session.flush()
    assets.record(session, owner.user_id, prepared.images, now)
    _insert_items(session, job, kind, prepared.accepted)
    claims = [
        PlacedClaim(position, placed.claim)
        for position, item in enumerate(prepared.accepted)
        for placed in item.claims
    ]
    if taken := claim_values(session, job.id, claims):
        rows = [item.row for item in prepared.accepted]
        raise _refusal([_taken_fault(PlacedClaim(rows[placed.position], placed.claim)) for placed in taken])
    insert_chunks(session, job, range(total), chunk_items=parts.settings.chunk_items)
    return Submission(view_of(job, now=now), prepared.skipped)


def nudge(parts: Parts) -> None:
    """After the commit: send what is due now rather than at the next tick."""
    relay(parts)


def _picture_labels(kind: Kind) -> dict[str, str]:
    return {field.name: field.label for field in kind.image_fields}


def _check(
    kind: Kind, items: Sequence[Mapping[str, object]], spa: Spa | None, faults: list[Fault], *, skip: set[int]
) -> Iterator[_Accepted]:
    """The items that are what their kind asks for; what is wrong with the others goes to `faults`."""
    spa_id, spa_name = (None, None) if spa is None else (spa.id, spa.name)
    for row, raw in enumerate(items):
        match check_item(kind, raw):
            case Checked(values) if row not in skip:
                yield _Accepted(
                    row,
                    values,
                    recipient_name(kind, values, spa_name=spa_name),
                    tuple(PlacedClaim(row, claim) for claim in unique_claims(kind, values, spa_id)),
                )
            case Checked():
                pass
            case found:
                faults.extend(
                    Fault(f"/items/{row}{fault.pointer}", fault.code, fault.detail)
                    for fault in found
                    if row not in skip or not _is_about_picture(kind, fault.pointer)
                )


def _is_about_picture(kind: Kind, pointer: str) -> bool:
    """Whether a fault only repeats that a picture could not be read."""
    return pointer.removeprefix("/") in {field.name for field in kind.image_fields}


def _without_strangers(
    session: Session,
    owner: Caller,
    kind: Kind,
    accepted: list[_Accepted],
    brought: Mapping[str, NormalisedImage],
    faults: list[Fault],
) -> list[_Accepted]:
    """Leave out items whose pictures the owner does not have."""
    if not kind.image_fields:
        return accepted
    used = {item.row: set(image_references(item.values)) - brought.keys() for item in accepted}
    unknown = assets.unknown(session, owner, set().union(*used.values())) if used else set()
    if not unknown:
        return accepted
    for item in accepted:
        for field in kind.image_fields:
            reference = item.values.get(field.name)
            if getattr(reference, "digest", None) in unknown:
                detail = f"{field.label}: you have no such asset; upload it first (POST /assets) or send it inline."
                faults.append(Fault(f"/items/{item.row}/{field.name}", "unknown_asset", detail))
    return [item for item in accepted if not used[item.row] & unknown]


def _without_taken(session: Session, accepted: list[_Accepted], faults: list[Fault]) -> list[_Accepted]:
    """Leave out items whose unique values come twice here or were used before."""
    claims = [placed for item in accepted for placed in item.claims]
    taken = [*repeated(claims), *taken_values(session, claims)]
    if not taken:
        return accepted
    faults.extend(_taken_fault(placed) for placed in {(p.position, p.claim.scope): p for p in taken}.values())
    rows = {placed.position for placed in taken}
    return [item for item in accepted if item.row not in rows]


def _taken_fault(placed: PlacedClaim) -> Fault:
    fault = placed.claim.taken()
    return Fault(f"/items/{placed.position}{fault.pointer}", fault.code, fault.detail)


def _refusal(faults: Sequence[Fault]) -> InvalidRequest:
    rows = len({fault.pointer.split("/")[2] for fault in faults})
    detail = f"{rows} {'item is' if rows == 1 else 'items are'} not what the template asks for. Nothing was stored."
    if len(faults) > MAX_FAULTS:
        detail += f" The first {MAX_FAULTS} of {len(faults)} faults are listed."
    return InvalidRequest(detail, code="invalid_items", faults=faults[:MAX_FAULTS])


def _insert_items(session: Session, job: Job, kind: Kind, accepted: Sequence[_Accepted]) -> None:
    """All items in one statement. Numbers come from a sequence: unique and growing; one may be missing, none comes twice."""
    rows = [
        {
            "position": position,
            "values": to_json(item.values),
            "recipient_name": item.recipient_name,
            "certificate_id": uuid7(),
            "code": make_code(),
        }
        for position, item in enumerate(accepted)
    ]
    session.execute(
        text("""
            INSERT INTO items (job_id, position, values, recipient_name, certificate_id, number, code)
            SELECT :job, position, values, recipient_name, certificate_id,
                   :prefix || lpad(nextval('certificate_number')::text, 7, '0'), code
            FROM jsonb_to_recordset(cast(:rows AS jsonb))
                AS r(position int, values jsonb, recipient_name text, certificate_id uuid, code text)"""),
        {
            "job": job.id,
            "prefix": f"{kind.number_prefix}-{job.issue_date.year}-",
            "rows": orjson.dumps(rows).decode(),
        },
    )


def make_code() -> str:
    """A public code that nobody can guess: 130 random bits in 26 characters of base 32 (RFC 4648)."""
    return base64.b32encode(secrets.token_bytes(17)).decode()[:26]
