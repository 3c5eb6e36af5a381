"""What a request for a job would come to, found out without storing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import thread_time
from typing import Final

from core import assets, spas
from core.callers import Caller
from core.errors import Fault
from core.jobs.checking import Accepted, CheckedItems, Named, Wanted, check_items, find_named, row_of
from core.kinds import ImageReference, image_references
from core.parts import Parts
from core.rendering.errors import RenderingError
from core.rendering.scene import ImageSource
from core.storage import FileMissing
from core.templates.drawing import examine
from core.templates.reports import Findings, Places, findings_of
from core.templates.sample import facts_of
from core.templates.stand_ins import SPA

EFFORT: Final = 5.0
"""Seconds of computing that one request may take for looking at its documents."""

_CODE: Final = "A" * 26  # as long as those of documents that are issued


@dataclass(frozen=True, slots=True)
class Validation:
    """`accepted` counts the items without errors; `preflighted` those looked at as documents. Errors and warnings stand in
    the order of their items, after those that concern all."""

    total: int
    accepted: int
    preflighted: int
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def validate(parts: Parts, caller: Caller, wanted: Wanted, *, effort: float = EFFORT) -> Validation:
    """Every fault that would refuse the request or fail one of its items, and what may not please.

    All items are checked by their fields. Those that pass are looked at as documents: the first one, and as many after it as
    `effort` allows. Raises `NotFound` for the template, `InvalidRequest` for the spa.
    """
    named = find_named(parts, caller, wanted)
    checked = check_items(parts, caller, wanted, named)
    errors = dict.fromkeys((*named.faults, *checked.faults))
    warnings: dict[Fault, None] = {}
    faulty = {row_of(fault.pointer) for fault in checked.faults}
    preflighted = 0
    for item, findings in _looked_at(parts, named, checked, until=thread_time() + effort):
        preflighted += 1
        errors |= dict.fromkeys(findings.errors)
        warnings |= dict.fromkeys(findings.warnings)
        faulty |= {item.row} if findings.errors else set()
    total = len(wanted.items)
    return Validation(
        total=total,
        accepted=0 if named.faults else total - len(faulty),
        preflighted=preflighted,
        errors=tuple(sorted(errors, key=_place)),
        warnings=tuple(sorted(warnings, key=_place)),
    )


def _looked_at(
    parts: Parts, named: Named, checked: CheckedItems, *, until: float
) -> Iterator[tuple[Accepted, Findings]]:
    template = named.template
    # Where a spa is required and none is named, a made-up one stands in.
    snapshot = dict(SPA) if named.faults else None if named.spa is None else spas.issuer(named.spa)
    issuer = spas.issuer_values(snapshot)
    today = parts.clock().astimezone(parts.settings.timezone).date()
    facts = facts_of(template, today, parts.settings.public_url, code=_CODE)
    stored = assets.Shelf(parts.storage)
    shown = _outlines(parts, checked, issuer)
    for item in checked.accepted:
        try:
            report = examine(
                template,
                item.values,
                issuer,
                facts,
                own_pictures=stored,
                pictures=lambda digest: shown.get(digest) or stored(digest),
                fonts=parts.fonts,
            )
        except RenderingError as error:
            yield item, Findings((Fault("/template", error.code, f"The template: {error.detail}."),), ())
        except FileMissing as missing:
            detail = f"A picture is not in storage: {missing}."
            yield item, Findings((Fault(f"/items/{item.row}", "missing_image", detail),), ())
        else:
            yield item, findings_of(report, template.kind, Places(f"/items/{item.row}", "/template"))
        if thread_time() > until:
            return


def _outlines(
    parts: Parts, checked: CheckedItems, issuer: Mapping[str, str | ImageReference]
) -> Mapping[str, ImageSource]:
    """The pictures of all items without their bytes: what it takes to see how they are drawn."""
    brought = {digest: assets.outline(image) for digest, image in checked.images.items()}
    used = {value.digest for value in issuer.values() if isinstance(value, ImageReference)}
    used = used.union(*(image_references(item.values) for item in checked.accepted)) - brought.keys()
    with parts.reads() as session:
        return {**assets.outlines(session, used), **brought}


def _place(fault: Fault) -> int:
    return row_of(fault.pointer) if fault.pointer.startswith("/items/") else -1
