"""The one item of a request for a job as it would look, before anybody asks for the job itself."""

from __future__ import annotations

from dataclasses import replace

from core.callers import Caller
from core.errors import InvalidRequest
from core.jobs.checking import Wanted
from core.parts import Parts
from core.templates.catalogue import resolve
from core.templates.preview import Preview, PreviewForm, Wish, preview


def preview_item(
    parts: Parts, caller: Caller, wanted: Wanted, *, form: PreviewForm, page: int = 1
) -> Preview:
    """Draw the first item, marked as a preview and stored nowhere; what is required and missing gets a stand-in.

    Raises `NotFound` for template or spa, and `InvalidRequest` with pointers below `/items/0`.
    """
    with parts.sessions() as session:
        template = resolve(session, caller, wanted.template)
    dpi = wanted.dpi or template.document.dpi
    wish = Wish(wanted.items[0], spa_id=wanted.spa_id, form=form, dpi=dpi, page=page)
    try:
        return preview(parts, caller, template, wish)
    except InvalidRequest as error:
        moved = [
            replace(fault, pointer=f"/items/0{fault.pointer.removeprefix('/values')}")
            if fault.pointer.startswith("/values")
            else fault
            for fault in error.faults
        ]
        raise InvalidRequest(error.detail, code=error.code, faults=moved) from error
