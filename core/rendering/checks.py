"""What is wrong with a layout whatever the values: found when a template is published, not when it is used."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Final

from core.plurals import counted
from core.rendering import layout
from core.rendering.engraving import guilloche_path, rule_path, seal_path
from core.rendering.errors import LayoutFault, RenderingError
from core.rendering.fonts import FontLibrary
from core.rendering.layout import Layout
from core.rendering.ornaments import NoRoom, TooFine
from core.rendering.placeholders import MalformedTemplateError, parse_template
from core.rendering.scene import Path
from core.rendering.styles import StyleBook, inherited
from core.rendering.svgpath import PathSyntaxError, parse_path


def check_layout(source: Layout, *, fonts: FontLibrary, assets: Container[str]) -> tuple[LayoutFault, ...]:
    """Every fault of a layout, none where it can be prepared. `assets` are the names of the template's own pictures."""
    check = _Check(source, fonts, assets)
    check.all()
    return tuple(check.faults)


MOST_SEGMENTS: Final = 100_000
"""What the paths of a layout may have together: some 25 MB while the layout is in use."""


class _Check:
    def __init__(self, source: Layout, fonts: FontLibrary, assets: Container[str]) -> None:
        self.faults: list[LayoutFault] = []
        self._layout = source
        self._fonts = fonts
        self._assets = assets
        self._segments = 0

    def all(self) -> None:
        source = self._layout
        self._page()
        for name in source.styles:
            self._named_style(name)
        for number, side in enumerate(source.sides):
            self._elements(f"/sides/{number}/elements", side.elements)
        for place, elements in (
            ("every_page", source.every_page),
            ("first_page", source.first_page),
            ("later_pages", source.later_pages),
            ("last_page", source.last_page),
        ):
            self._elements(f"/{place}", elements)
        if source.flow is not None:
            self._flow(source.flow)

    def _fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append(LayoutFault(pointer, code, detail))

    def _page(self) -> None:
        source = self._layout
        if source.page.size is None and (source.page.width is None or source.page.height is None):
            self._fault("/page", "no_page_size", "A page has a named size, or a width and a height.")
        if source.flow is None and not source.sides:
            self._fault("/sides", "no_pages", "A layout has sides or a flow.")
        if source.flow is not None and source.sides:
            self._fault("/sides", "sides_and_flow", "A layout has sides or a flow, not both.")
        if source.flow is None and (
            source.every_page or source.first_page or source.later_pages or source.last_page
        ):
            self._fault(
                "/flow", "no_flow", "Only the pages of a flow have elements by the place of the page."
            )

    def _named_style(self, name: str) -> None:
        pointer = f"/styles/{name}"
        own = self._layout.styles[name]
        if own.face is not None and own.face not in self._fonts.families:
            families = ", ".join(sorted(self._fonts.families))
            self._fault(
                f"{pointer}/face", "unknown_face", f"There is no face {own.face}; there are {families}."
            )
        try:
            inherited(self._layout.styles, name)
        except KeyError as missing:
            self._fault(f"{pointer}/based_on", "unknown_style", f"There is no style {missing.args[0]}.")
        except RecursionError as circle:
            self._fault(f"{pointer}/based_on", "circular_style", f"A style is based on itself: {circle}.")

    def _style(self, pointer: str, name: str | None) -> None:
        if name is not None and name not in self._layout.styles:
            self._fault(pointer, "unknown_style", f"There is no style {name}.")

    def _template(self, pointer: str, text: str | None) -> None:
        try:
            parse_template(text or "")
        except MalformedTemplateError as error:
            self._fault(pointer, "bad_placeholder", f"This is no text with placeholders: {error}.")

    def _words(self, pointer: str, source: layout.Text | layout.Paragraph) -> None:
        self._style(f"{pointer}/style", source.style)
        self._template(f"{pointer}/text", source.text)
        if (source.text is None) == (not source.runs):
            self._fault(pointer, "text_or_runs", "Words are given as one text or as several runs.")
        for number, run in enumerate(source.runs):
            self._template(f"{pointer}/runs/{number}/text", run.text)
            self._template(f"{pointer}/runs/{number}/join", run.join)
            self._style(f"{pointer}/runs/{number}/style", run.style)

    def _elements(self, pointer: str, elements: Sequence[layout.Element]) -> None:
        for number, element in enumerate(elements):
            self._element(f"{pointer}/{number}", element)

    def _element(self, pointer: str, element: layout.Element) -> None:
        match element:
            case layout.Text():
                self._words(pointer, element)
                self._box(pointer, element)
                self._smallest(pointer, element)
            case layout.Image():
                self._box(pointer, element)
                self._image(pointer, element)
            case layout.Signature():
                self._box(pointer, element)
                self._style(f"{pointer}/style", element.style)
                self._smallest(pointer, element)
            case layout.Qr():
                self._template(f"{pointer}/text", element.text)
            case layout.Ornament():
                try:
                    self._engrave(pointer, len(parse_path(element.d)) * len(element.at))
                except PathSyntaxError as error:
                    self._fault(f"{pointer}/d", "bad_path", f"This is no path: {error}.")
            case layout.Guilloche():
                self._ornament(pointer, partial(guilloche_path, element))
            case layout.Border():
                for number, rule in enumerate(element.rules):
                    self._ornament(f"{pointer}/rules/{number}", partial(rule_path, element, rule))
            case layout.Seal():
                self._seal(pointer, element)
            case layout.Group():
                self._elements(f"{pointer}/elements", element.elements)
            case _:
                pass

    def _engrave(self, pointer: str, segments: int) -> None:
        """Count a path's segments, of which a layout has a bounded number."""
        before, self._segments = self._segments, self._segments + segments
        if before <= MOST_SEGMENTS < self._segments:
            detail = f"From here on the ornament of this layout has more than {MOST_SEGMENTS:,} segments."
            self._fault(pointer, "too_much_ornament", detail)

    def _ornament(self, pointer: str, cut: Callable[[], Path]) -> None:
        """`cut` gives an ornament's path. What comes after too much ornament is not cut any more."""
        if self._segments > MOST_SEGMENTS:
            return
        try:
            self._engrave(pointer, len(cut()))
        except TooFine as error:
            self._fault(pointer, "too_fine", f"This ornament cannot be engraved: {error}.")
        except NoRoom as error:
            self._fault(pointer, "no_room", f"This ornament does not fit: {error}.")

    def _seal(self, pointer: str, seal: layout.Seal) -> None:
        known = len(self.faults)
        self._style(f"{pointer}/style", seal.style)
        for name, text in (("text", seal.text), ("foot", seal.foot)):
            self._template(f"{pointer}/{name}", text)
            if text and seal.style is None:
                self._fault(f"{pointer}/style", "no_style", "Lettering has a style.")
            if len(self.faults) == known and parse_template(text).names:
                detail = "A seal's lettering is the same on every document and has no placeholders."
                self._fault(f"{pointer}/{name}", "not_static", detail)
        if len(self.faults) > known or self._segments > MOST_SEGMENTS:
            return
        try:
            styles = StyleBook(self._layout.styles, self._fonts, "en")
            self._ornament(pointer, partial(seal_path, seal, styles))
        except RenderingError as error:
            self._fault(pointer, error.code, f"The lettering of this seal cannot be drawn: {error.detail}.")
        except (KeyError, RecursionError):
            return  # a style that is told where it is wrong

    def _box(self, pointer: str, element: layout.Text | layout.Image | layout.Signature) -> None:
        for name, length in (("width", element.width), ("height", element.height)):
            if length == 0:
                self._fault(f"{pointer}/{name}", "empty_box", "Nothing fits into a box without extent.")

    def _smallest(self, pointer: str, element: layout.Text | layout.Signature) -> None:
        try:
            size = inherited(self._layout.styles, element.style).size
        except (KeyError, RecursionError):
            return  # told where it is wrong
        if element.min_size is not None and size is not None and element.min_size > size:
            detail = f"The smallest size is above the {size:g} pt of style {element.style}."
            self._fault(f"{pointer}/min_size", "min_size_above_size", detail)

    def _image(self, pointer: str, element: layout.Image) -> None:
        if (element.field is None) == (element.asset is None):
            self._fault(
                pointer, "field_or_asset", "A picture comes from a field or is an asset of the template."
            )
        elif element.asset is not None and element.asset not in self._assets:
            self._fault(f"{pointer}/asset", "missing_asset", f"The template has no asset {element.asset}.")

    def _flow(self, flow: layout.Flow) -> None:
        for name, frame in (("first", flow.first), ("later", flow.later)):
            if frame.width == 0 or frame.height == 0:
                self._fault(f"/flow/{name}", "empty_box", "Nothing fits into a frame without extent.")
        for number, block in enumerate(flow.blocks):
            self._block(f"/flow/blocks/{number}", block, flow.later)

    def _block(self, pointer: str, block: layout.FlowBlock, frame: layout.Frame) -> None:
        match block:
            case layout.Paragraph():
                self._words(pointer, block)
                self._template(f"{pointer}/marker", block.marker)
            case layout.Table():
                self._table(pointer, block)
            case layout.Block():
                self._elements(f"{pointer}/elements", block.elements)
                if block.height > frame.height:
                    detail = "A block is higher than the frame of later pages."
                    self._fault(f"{pointer}/height", "block_too_high", detail)
            case layout.SideBySide():
                if block.gap * (len(block.strips) - 1) >= frame.width:
                    self._fault(f"{pointer}/gap", "empty_box", "The gaps leave no room for the strips.")
                for number, strip in enumerate(block.strips):
                    for place, part in enumerate(strip.blocks):
                        self._block(f"{pointer}/strips/{number}/blocks/{place}", part, frame)
            case layout.Spacer():
                pass

    def _table(self, pointer: str, table: layout.Table) -> None:
        look = f"{pointer}/look"
        self._style(f"{look}/row_style", table.look.row_style)
        self._style(f"{look}/header_style", table.look.header_style)
        for number, column in enumerate(table.columns):
            here = f"{pointer}/columns/{number}"
            self._template(f"{here}/header", column.header)
            self._template(f"{here}/text", column.text)
            self._style(f"{here}/style", column.style)
            self._style(f"{here}/header_style", column.header_style)
        for name, rows in (("rows", table.rows), ("totals", table.totals)):
            for number, row in enumerate(rows):
                self._row(f"{pointer}/{name}/{number}", row, len(table.columns))
        self._template(f"{pointer}/page_total_label", table.page_total_label)
        self._template(f"{pointer}/empty", table.empty)
        if table.rows_from is None and not (table.rows or table.totals):
            self._fault(pointer, "no_rows", "A table has rows of its own or takes them from a field.")
        self._page_total(pointer, table)

    def _row(self, pointer: str, row: layout.TableRow, columns: int) -> None:
        self._style(f"{pointer}/style", row.style)
        for number, cell in enumerate(row.cells):
            self._template(f"{pointer}/cells/{number}", cell)
        spans = [*row.spans, *[1] * (len(row.cells) - len(row.spans))]
        if not row.cells or len(row.spans) > len(row.cells) or sum(spans) > columns:
            cells, over = counted(len(row.cells), "cell"), counted(sum(spans), "column")
            detail = f"A row of {cells} over {over} does not fit a table of {columns}."
            self._fault(pointer, "cells_and_columns", detail)
        if row.rules_from >= columns:
            self._fault(
                f"{pointer}/rules_from", "no_such_column", f"The table has {counted(columns, 'column')}."
            )

    def _page_total(self, pointer: str, table: layout.Table) -> None:
        if table.page_total is None:
            return
        try:
            shown = any(table.page_total in parse_template(column.text).names for column in table.columns)
        except MalformedTemplateError:
            return  # told where it is wrong
        if table.rows_from is None or not shown:
            detail = f"No column of this table shows {table.page_total}."
            self._fault(f"{pointer}/page_total", "no_such_column", detail)
