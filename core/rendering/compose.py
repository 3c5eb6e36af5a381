"""From a layout and values to a scene. Every decision falls here; painters only draw.

`prepare` does once what a template's documents share; `PreparedLayout.compose` does the rest for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.rendering import layout
from core.rendering.blocks import ReadyFlow, ready_flow
from core.rendering.checks import check_layout
from core.rendering.drawables import Together
from core.rendering.elements import Workshop
from core.rendering.errors import LayoutError
from core.rendering.flow import flow_parts
from core.rendering.fonts import FontLibrary
from core.rendering.galley import FrameBox, Galley
from core.rendering.layout import Layout, page_size
from core.rendering.scene import Color, ImageSource, Part, Scene, ScenePage
from core.rendering.shapes import MM
from core.rendering.styles import StyleBook, color_of
from core.rendering.values import FormatAmount, Value, plain_amount


@dataclass(frozen=True, slots=True)
class Flowing:
    """The pages of a flow: what stands on them besides it, and its frames."""

    flow: ReadyFlow
    first: FrameBox
    later: FrameBox
    every_page: Together
    first_page: Together
    later_pages: Together
    last_page: Together


@dataclass(frozen=True, slots=True, eq=False)
class PreparedLayout:
    """A layout made ready for its documents: styles, fonts and pictures looked up, texts parsed, what never changes drawn.

    What is the same in every document stands in the same `Still`s in every scene. Safe between threads.
    """

    width: float
    height: float
    paper: Color
    sides: tuple[Together, ...]
    flowing: Flowing | None

    def compose(self, values: Mapping[str, Value]) -> Scene:
        """The scene of one document. Same values, same scene.

        Raises RenderingError where it can't be drawn as the layout says: text that does not fit, a character that no font
        has, a value of the wrong kind.
        """
        if self.flowing is not None:
            return self._composed_flow(self.flowing, values)
        count = str(len(self.sides))
        pages: list[ScenePage] = []
        for number, side in enumerate(self.sides, start=1):
            marks: list[Part] = []
            side.draw({**values, "page": str(number), "pages": count}, 0.0, 0.0, marks)
            pages.append(self._page(marks))
        return Scene(tuple(pages))

    def _composed_flow(self, flowing: Flowing, values: Mapping[str, Value]) -> Scene:
        galley = Galley(flowing.first, flowing.later)
        flow_parts(flowing.flow.parts(values), galley)
        count = len(galley.pages)
        pages: list[ScenePage] = []
        for number, body in enumerate(galley.pages, start=1):
            known = {**values, "page": str(number), "pages": str(count)}
            marks: list[Part] = []
            flowing.every_page.draw(known, 0.0, 0.0, marks)
            (flowing.first_page if number == 1 else flowing.later_pages).draw(known, 0.0, 0.0, marks)
            if number == count:
                flowing.last_page.draw(known, 0.0, 0.0, marks)
            pages.append(self._page(marks + body))
        return Scene(tuple(pages))

    def _page(self, marks: list[Part]) -> ScenePage:
        return ScenePage(self.width, self.height, tuple(marks), self.paper)


def prepare(
    source: Layout,
    *,
    fonts: FontLibrary,
    assets: Mapping[str, ImageSource],
    language: str = "en",
    format_amount: FormatAmount = plain_amount,
) -> PreparedLayout:
    """What all documents of a layout share, done once. `assets` are the template's own pictures by name.

    Raises LayoutError with every fault of the layout, RenderingError where a part that is the same in every document can't
    be drawn.
    """
    workshop = workshop_of(source, fonts=fonts, assets=assets, language=language)
    width, height = page_size(source.page)
    return PreparedLayout(
        width=width * MM,
        height=height * MM,
        paper=color_of(source.page.color),
        sides=tuple(workshop.drawn(side.elements) for side in source.sides),
        flowing=None if source.flow is None else _flowing(source, source.flow, workshop, format_amount),
    )


def workshop_of(
    source: Layout, *, fonts: FontLibrary, assets: Mapping[str, ImageSource], language: str
) -> Workshop:
    """What makes a layout's elements ready. Raises LayoutError with every fault of the layout."""
    if faults := check_layout(source, fonts=fonts, assets=assets):
        raise LayoutError(faults)
    return Workshop(StyleBook(source.styles, fonts, language), assets)


def compose(
    source: Layout,
    values: Mapping[str, Value],
    *,
    fonts: FontLibrary,
    assets: Mapping[str, ImageSource],
    language: str = "en",
    format_amount: FormatAmount = plain_amount,
) -> Scene:
    """One document of a layout that is drawn but once; see `prepare` and `PreparedLayout.compose`."""
    prepared = prepare(source, fonts=fonts, assets=assets, language=language, format_amount=format_amount)
    return prepared.compose(values)


def _flowing(source: Layout, flow: layout.Flow, workshop: Workshop, format_amount: FormatAmount) -> Flowing:
    return Flowing(
        flow=ready_flow(flow.blocks, workshop, format_amount),
        first=frame_box(flow.first),
        later=frame_box(flow.later),
        every_page=workshop.drawn(source.every_page),
        first_page=workshop.drawn(source.first_page),
        later_pages=workshop.drawn(source.later_pages),
        last_page=workshop.drawn(source.last_page),
    )


def frame_box(frame: layout.Frame) -> FrameBox:
    return FrameBox(frame.x * MM, frame.y * MM, frame.width * MM, frame.height * MM)
