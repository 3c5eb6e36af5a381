"""Whether a request is what its template asks for: every fault at once, before anything is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from core import assets, spas
from core.callers import Caller
from core.errors import Fault, InvalidRequest
from core.jobs.uniques import PlacedClaim, claims_of, repeated, taken_values
from core.kinds import Checked, ImageReference, Kind, Values, check_item, image_references, recipient_name
from core.models import Spa
from core.parts import Parts
from core.pictures import NormalisedImage
from core.templates.catalogue import LoadedTemplate, resolve

MAX_ITEMS: Final = 10_000
MAX_FAULTS: Final = 500
"""So many are named; a request with more is told how many there are."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for. `template` is `id` or `id@version`; `dpi` is the template's where None;
    `skip_faulty` accepts the good items and lists the others."""

    template: str
    items: Sequence[Mapping[str, object]]
    renditions: tuple[str, ...]
    spa_id: UUID | None = None
    dpi: int | None = None
    is_public: bool = False
    external_id: str | None = None
    priority: int = 0
    skip_faulty: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """An item that passed, with its place in the request and in the job."""

    row: int
    values: Values
    recipient_name: str
    claims: tuple[PlacedClaim, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What a request names: its template's version, and the spa that issues."""

    template: LoadedTemplate
    spa: Spa | None

    @property
    def faults(self) -> tuple[Fault, ...]:
        kind = self.template.kind
        if self.spa is not None or not kind.spa_required:
            return ()
        return (Fault("/spa_id", "missing", f"{kind.label}: name the spa that issues it."),)


@dataclass(frozen=True, slots=True)
class CheckedItems:
    """What there is to say of a request's items, and the pictures that came with them, by digest. Nothing is stored."""

    accepted: tuple[Accepted, ...]
    images: Mapping[str, NormalisedImage]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that passed every check, ready to be stored in one transaction."""

    template: LoadedTemplate
    spa: Spa | None
    accepted: tuple[Accepted, ...]
    images: tuple[NormalisedImage, ...]
    skipped: tuple[Fault, ...]


def check_request(parts: Parts, *, owner: Caller, wanted: Wanted) -> Prepared:
    """Check everything and store inline pictures, with no transaction open. Raises `InvalidRequest` and `NotFound`."""
    named = find_named(parts, owner, wanted)
    if named.faults:
        raise InvalidRequest(named.faults[0].detail, faults=named.faults)
    found = check_items(parts, owner, wanted, named)
    if found.faults and not (wanted.skip_faulty and found.accepted):
        raise refusal(found.faults)
    assets.keep(parts.storage, found.images)
    return Prepared(named.template, named.spa, found.accepted, tuple(found.images.values()), found.faults)


def find_named(parts: Parts, owner: Caller, wanted: Wanted) -> Named:
    """Raises `NotFound` for the template, `InvalidRequest` for the spa."""
    with parts.reads() as session:
        template = resolve(session, owner, wanted.template)
        return Named(template, None if wanted.spa_id is None else spas.find_spa(session, wanted.spa_id))


def check_items(parts: Parts, owner: Caller, wanted: Wanted, named: Named) -> CheckedItems:
    """Every item against the template's fields, and against what is used already. Faults come in the items' order."""
    template, spa = named.template, named.spa
    adopted = assets.adopt_inline(parts.decoder, _picture_labels(template.kind), wanted.items)
    faults = list(adopted.faults)
    undecodable = {row_of(fault.pointer) for fault in faults}
    accepted = list(_check(template, adopted.items, spa, faults, skip=undecodable))
    with parts.reads() as session:
        accepted = _without_strangers(session, owner, template.kind, accepted, adopted.images, faults)
        accepted = _without_taken(session, accepted, faults)
    faults.sort(key=lambda fault: row_of(fault.pointer))
    return CheckedItems(tuple(accepted), adopted.images, tuple(faults))


def row_of(pointer: str) -> int:
    """The item that a pointer leads into: 3 for `/items/3/name`."""
    return int(pointer.split("/")[2])


def _picture_labels(kind: Kind) -> dict[str, str]:
    return {field.name: field.label for field in kind.image_fields}


def _check(
    template: LoadedTemplate,
    items: Sequence[Mapping[str, object]],
    spa: Spa | None,
    faults: list[Fault],
    *,
    skip: set[int],
) -> Iterator[Accepted]:
    """The items that are what their kind asks for; what is wrong with the others goes to `faults`."""
    kind = template.kind
    spa_id, spa_name = (None, None) if spa is None else (spa.id, spa.name)
    for row, raw in enumerate(items):
        match check_item(kind, raw):
            case Checked(values) if row not in skip:
                yield Accepted(
                    row,
                    values,
                    recipient_name(kind, values, spa_name=spa_name),
                    claims_of(template, row, values, spa_id),
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
    accepted: list[Accepted],
    brought: Mapping[str, NormalisedImage],
    faults: list[Fault],
) -> list[Accepted]:
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
            if isinstance(reference, ImageReference) and reference.digest in unknown:
                detail = f"{field.label}: you have no such asset; upload it first (POST /assets) or send it inline."
                faults.append(Fault(f"/items/{item.row}/{field.name}", "unknown_asset", detail))
    return [item for item in accepted if not used[item.row] & unknown]


def _without_taken(session: Session, accepted: list[Accepted], faults: list[Fault]) -> list[Accepted]:
    """Leave out items whose unique values come twice here or were used before."""
    claims = [placed for item in accepted for placed in item.claims]
    taken = [*repeated(claims), *taken_values(session, claims)]
    if not taken:
        return accepted
    faults.extend(taken_fault(placed) for placed in {(p.position, p.claim.scope): p for p in taken}.values())
    rows = {placed.position for placed in taken}
    return [item for item in accepted if item.row not in rows]


def taken_fault(placed: PlacedClaim) -> Fault:
    fault = placed.claim.taken()
    return Fault(f"/items/{placed.position}{fault.pointer}", fault.code, fault.detail)


def refusal(faults: Sequence[Fault]) -> InvalidRequest:
    rows = len({row_of(fault.pointer) for fault in faults})
    detail = f"{rows} {'item is' if rows == 1 else 'items are'} not what the template asks for. Nothing was stored."
    if len(faults) > MAX_FAULTS:
        detail += f" The first {MAX_FAULTS} of {len(faults)} faults are listed."
    return InvalidRequest(detail, code="invalid_items", faults=faults[:MAX_FAULTS])
