"""A layout looked at part by part, as it is before it is published: every finding has its place.

`preflight` asks this of one item after the other, and of a layout that was made ready; to make one ready stops at the first
part that is the same in every document and can't be drawn. Here nothing stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.rendering.blocks import ready_flow
from core.rendering.compose import frame_box, workshop_of
from core.rendering.elements import Workshop
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Flow, Layout
from core.rendering.preflight import Examination, drawn_assets
from core.rendering.report import Report
from core.rendering.scene import ImageSource
from core.rendering.values import FormatAmount, Value, plain_amount


def proof(
    source: Layout,
    values: Mapping[str, Value],
    *,
    fonts: FontLibrary,
    assets: Mapping[str, ImageSource],
    language: str = "en",
    format_amount: FormatAmount = plain_amount,
) -> Report:
    """What `prepare` and then `compose` would come upon with these values, all of it; what may not please; how its own
    pictures are drawn. Raises LayoutError as `prepare` does.
    """
    workshop = workshop_of(source, fonts=fonts, assets=assets, language=language)
    examination = Examination(workshop)
    if source.flow is not None:
        pages = _flow(examination, source, source.flow, values, workshop, format_amount)
    else:
        pages = len(source.sides)
        for number, side in enumerate(source.sides):
            with examination.at(f"/sides/{number}/elements"):
                known = {**values, "page": str(number + 1), "pages": str(pages)}
                examination.elements(side.elements, known)
    return replace(examination.report(pages), own_pictures=drawn_assets(source, assets))


def _flow(
    examination: Examination,
    source: Layout,
    flow: Flow,
    values: Mapping[str, Value],
    workshop: Workshop,
    format_amount: FormatAmount,
) -> int:
    """The body and its pages; how many those are."""
    ready = ready_flow(flow.blocks, workshop, format_amount)
    with examination.at("/flow"):
        pages = examination.flow(ready, frame_box(flow.first), frame_box(flow.later), values)
    # What only a second page would show is looked at too, where a first one alone comes of these values.
    for number in range(1, max(pages, 2) + 1):
        known = {**values, "page": str(number), "pages": str(pages)}
        beside = "first_page" if number == 1 else "later_pages"
        for name in ("every_page", beside, *(["last_page"] if number == pages else [])):
            with examination.at(f"/{name}"):
                examination.elements(getattr(source, name), known, shown=number <= pages)
    return pages
