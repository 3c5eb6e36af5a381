"""The one item of a request for a job as it would look, before anybody asks for the job itself."""

from __future__ import annotations

from typing import Final

from core.callers import Caller
from core.jobs.checking import Wanted
from core.parts import Parts
from core.templates.catalogue import LoadedTemplate, resolve
from core.templates.preview import Inspection, Preview, PreviewForm, Wish, inspect, preview
from core.templates.reports import Places


def preview_item(
    parts: Parts, caller: Caller, wanted: Wanted, *, form: PreviewForm, page: int = 1
) -> Preview:
    """Draw the first item, marked as a preview and stored nowhere; what is required and missing gets a stand-in.

    Raises `NotFound` for template or spa, and `InvalidRequest` with pointers below `/items/0`.
    """
    template = _template(parts, caller, wanted)
    dpi = wanted.dpi or template.document.dpi
    wish = Wish(wanted.items[0], wanted.spa_id, places=_PLACES, form=form, dpi=dpi, page=page)
    return preview(parts, caller, template, wish)


def inspect_item(parts: Parts, caller: Caller, wanted: Wanted) -> Inspection:
    """Look at the first item as `preview_item` would draw it. Raises as that does."""
    wish = Wish(wanted.items[0], wanted.spa_id, places=_PLACES)
    return inspect(parts, caller, _template(parts, caller, wanted), wish)


_PLACES: Final = Places("/items/0", "/template")


def _template(parts: Parts, caller: Caller, wanted: Wanted) -> LoadedTemplate:
    with parts.reads() as session:
        return resolve(session, caller, wanted.template)
