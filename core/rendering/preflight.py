"""What stands in the way of a document, and what it had to put up with: everything at once, where compose stops at the first.

Texts are fitted and pictures placed by the very code that composes. A character that no font has is left out, so that the
rest of its text can be looked at too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, NamedTuple

from core.rendering import layout
from core.rendering.blocks import (
    CLAUSE,
    Counter,
    ReadyBlock,
    ReadyFlow,
    ReadyParagraph,
    ReadyPart,
    ReadySideBySide,
    ReadyTable,
)
from core.rendering.compose import PreparedLayout
from core.rendering.drawables import Conditional, Drawable, Drawn, Shape, Together, is_shown
from core.rendering.elements import Workshop, is_static, picture_box
from core.rendering.errors import RenderingError
from core.rendering.flow import BlockFlow, FlowPart, ParagraphFlow, flow_parts
from core.rendering.galley import FrameBox, Galley
from core.rendering.layout import Layout, elements_of
from core.rendering.lines import Line
from core.rendering.mending import mend, path_of, with_text, without
from core.rendering.paragraphs import Paragraph, greedy_lines, without_wide_words
from core.rendering.pictures import PictureBox, SignatureBox
from core.rendering.report import Finding, Overflow, Report, SetText, ShownPicture
from core.rendering.scene import ImageSource, Part, Picture
from core.rendering.shapes import MM
from core.rendering.strips import widths_of
from core.rendering.tables import TableFlow
from core.rendering.textboxes import TextBox, sizes_between
from core.rendering.values import Value
from core.rendering.wording import Wording, told

_SMALLEST: Final = 1.0  # points: below it nobody would read what fits
_MOST_TOLD: Final = 8  # characters in one sentence


def preflight(prepared: PreparedLayout, values: Mapping[str, Value]) -> Report:
    """Look at one document as it would be composed. Same values, same report."""
    examination = Examination()
    if prepared.flowing is not None:
        flowing = prepared.flowing
        pages = examination.flow(flowing.flow, flowing.first, flowing.later, values)
        for number in range(1, pages + 1):
            known = {**values, "page": str(number), "pages": str(pages)}
            examination.element(flowing.every_page, known)
            examination.element(flowing.first_page if number == 1 else flowing.later_pages, known)
            if number == pages:
                examination.element(flowing.last_page, known)
    else:
        pages = len(prepared.sides)
        for number, side in enumerate(prepared.sides, start=1):
            examination.element(side, {**values, "page": str(number), "pages": str(pages)})
    return examination.report(pages)


def drawn_assets(source: Layout, assets: Mapping[str, ImageSource]) -> tuple[ShownPicture, ...]:
    """How a layout draws the template's own pictures, each with its place. `assets` need not have their bytes."""
    found: list[ShownPicture] = []
    for place, element in elements_of(source):
        if isinstance(element, layout.Image) and element.asset is not None:
            parts: list[Part] = []
            picture_box(element, assets[element.asset]).draw({}, 0.0, 0.0, parts)
            shown = (_shown("", part) for part in parts if isinstance(part, Picture))
            found += [picture._replace(asset=element.asset, place=place) for picture in shown]
    return tuple(found)


class Examination:
    """The findings of one document so far, each once.

    With a `workshop` it looks at a layout rather than at what was made ready of it: each finding has its place there.
    """

    def __init__(self, workshop: Workshop | None = None) -> None:
        self._workshop = workshop
        self._place = ""
        self._missing: dict[tuple[str, str], dict[str, None]] = {}
        self._texts: dict[SetText, None] = {}
        self._pictures: dict[ShownPicture, None] = {}
        self._faults: dict[Finding, None] = {}

    def report(self, pages: int) -> Report:
        missing: dict[str, tuple[str, ...]] = {}
        faults: list[Finding] = []
        for (place, field), found in self._missing.items():
            missing[field] = tuple(dict.fromkeys((*missing.get(field, ()), *found)))
            faults.append(Finding("missing_glyph", field, _told(tuple(found)), place))
        for fault in self._faults:
            if fault.code != "missing_glyph" or (fault.place, fault.field) not in self._missing:
                faults.append(fault)
        return Report(pages, missing, tuple(self._texts), tuple(self._pictures), tuple(faults))

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """What is found inside the block stands a step further into the layout."""
        before = self._place
        if self._workshop is not None:
            self._place = f"{before}{step}"
        try:
            yield
        finally:
            self._place = before

    def elements(
        self,
        elements: Sequence[layout.Element],
        values: Mapping[str, Value],
        *,
        shown: bool = True,
        stills: bool = True,
    ) -> None:
        """Elements of a layout, each at its place. `stills`: what is the same in every document is drawn before any of
        them, and so looked at whether it is `shown` in this one or not."""
        assert self._workshop is not None
        for number, element in enumerate(elements):
            here = shown and is_shown(element, values)
            with self.at(f"/{number}"):
                if isinstance(element, layout.Group):
                    with self.at("/elements"):
                        self.elements(element.elements, values, shown=here, stills=stills)
                elif here or (stills and is_static(element)):
                    self.element(self._workshop.ready((element,)), values)

    def element(self, part: Drawable, values: Mapping[str, Value]) -> None:
        match part:
            case Drawn() | Shape():
                pass  # the same in every document
            case Together(parts=parts):
                for each in parts:
                    self.element(each, values)
            case Conditional(inner=inner):
                if is_shown(part, values):
                    self.element(inner, values)
            case SignatureBox():
                self.element(part.chosen(values), values)
            case TextBox():
                self._text_box(part, values)
            case _:
                self._draw(part, values)

    def flow(self, flow: ReadyFlow, first: FrameBox, later: FrameBox, values: Mapping[str, Value]) -> int:
        """The body of a document; over how many pages it runs."""
        # Where its frames differ, type may be set smaller in the narrower one.
        width = min(first.width, later.width)
        galley = Galley(first, later)
        parts = self._parts(flow, values, width, Counter())
        try:
            flow_parts(parts, galley)
        except RenderingError as fault:
            self._note(fault)
        return len(galley.pages)

    def _draw(self, part: Drawable, values: Mapping[str, Value]) -> None:
        """Draw a part that is not looked into, for its faults and its pictures."""
        parts: list[Part] = []
        try:
            part.draw(values, 0.0, 0.0, parts)
        except RenderingError as fault:
            self._note(fault)
        if isinstance(part, PictureBox) and part.source is None:
            shown = [_shown(part.field, each) for each in parts if isinstance(each, Picture)]
            self._pictures |= {picture._replace(place=self._place): None for picture in shown}

    def _text_box(self, box: TextBox, values: Mapping[str, Value]) -> None:
        read = self._read(box.wording, values, one_line=box.max_lines == 1)
        if not read.paragraphs:
            return
        fields = _filled(box.wording, values)
        full, smallest = box.style.size, box.sizes[-1]
        fit = box.fit(read.paragraphs)
        if fit is not None:
            self._add_text(fields, full, fit.factor, read.paragraphs, fit.lines)
            return
        overflow = _overflow(box, read.paragraphs)
        fault = box.too_long(values)
        would = "" if overflow.fits_at is None else f"; it would at {overflow.fits_at:g} pt"
        self._note(RenderingError(fault.code, fault.field, fault.detail + would))
        lines = len(_broken(box, read.paragraphs))
        self._texts[SetText(fields, full, smallest, lines, overflow, place=self._place)] = None

    def _parts(
        self, flow: ReadyFlow, values: Mapping[str, Value], width: float, counter: Counter
    ) -> list[FlowPart]:
        """What of a flow one document has, its boxes looked into and left empty, what can't be read left out."""
        shown: list[FlowPart] = []
        for number, (source, ready) in enumerate(flow.blocks):
            if is_shown(source, values):
                with self.at(f"/blocks/{number}"):
                    part = self._part(ready, values, width, counter)
                if part is not None:
                    shown.append(part)
        return shown

    def _part(
        self, ready: ReadyPart, values: Mapping[str, Value], width: float, counter: Counter
    ) -> FlowPart | None:
        match ready:
            case ReadyBlock():
                if self._workshop is None:
                    self.element(ready.elements, values)
                else:
                    with self.at("/elements"):
                        self.elements(ready.source.elements, values, stills=False)
                part = ready.part(values, counter)
                assert isinstance(part, BlockFlow)
                return replace(part, elements=Together(()))
            case ReadySideBySide(source=source, strips=strips):
                widths = widths_of([strip.width for strip in source.strips], source.gap * MM, width)
                columns: list[list[FlowPart]] = []
                for number, (strip, own) in enumerate(zip(strips, widths, strict=True)):
                    with self.at(f"/strips/{number}"):
                        columns.append(self._parts(strip, values, own, counter))
                return ready.joined(columns)
            case ReadyParagraph():
                return self._paragraph(ready, values, width, counter)
            case ReadyTable():
                return self._table(ready, values, width, counter)
            case _:
                return ready.part(values, counter)

    def _paragraph(
        self, ready: ReadyParagraph, values: Mapping[str, Value], width: float, counter: Counter
    ) -> FlowPart | None:
        if ready.counts:
            values = {**values, CLAUSE: str(counter.clauses + 1)}
        read = self._read(ready.wording, values)
        known = read.values
        if read.paragraphs is not None and ready.marker is not None:
            known = self._read(ready.marker, known, one_line=True).values
        try:
            part = ready.part(known, counter)
        except RenderingError:
            return None  # noted already, and the template's own
        if read.paragraphs is not None and isinstance(part, ParagraphFlow):
            fields = _filled(ready.wording, known)
            self._add_text(fields, ready.style.size, 1.0, read.paragraphs, part.lines(width))
        return part

    def _table(
        self, ready: ReadyTable, values: Mapping[str, Value], width: float, counter: Counter
    ) -> FlowPart | None:
        part, values = self._part_of_table(ready, values, counter)
        if not isinstance(part, TableFlow):
            return part
        mended = values
        for row in part.words():
            for cell in row.cells:
                read = self._read(cell.wording, row.values, source=row.source)
                if read.is_broken:
                    return None
                for name in read.mended:
                    mended = with_text(mended, path_of(row.source, name), str(read.values[name]))
        if mended is not values:
            part, _ = self._part_of_table(ready, mended, counter)
        if isinstance(part, TableFlow):
            self._cells(part, width)
        return part

    def _part_of_table(
        self, ready: ReadyTable, values: Mapping[str, Value], counter: Counter
    ) -> tuple[FlowPart | None, Mapping[str, Value]]:
        """The table, and the values without those that are no rows or no numbers."""
        while True:
            try:
                return ready.part(values, counter), values
            except RenderingError as fault:
                self._note(fault)
                values = without(values, fault.field)

    def _cells(self, table: TableFlow, width: float) -> None:
        for row in table.words():
            for words, cell in table.set_cells(row, width):
                fields = tuple(path_of(row.source, name) for name in _filled(words.wording, row.values))
                paragraphs = words.wording.paragraphs(row.values) or ()
                if cell.factor == 1.0 and not _is_cut(paragraphs, cell.lines):
                    continue
                self._add_text(fields, cell.style.size, cell.factor, paragraphs, cell.lines)

    def _read(
        self, wording: Wording, values: Mapping[str, Value], *, one_line: bool = False, source: str = ""
    ) -> _Read:
        """The words of a text, without the characters that no font has."""
        try:
            return _Read(wording.paragraphs(values, one_line=one_line), values)
        except RenderingError as fault:
            found, mended = mend(wording, values)
            for name, characters in found.items():
                noted = self._missing.setdefault((self._place, path_of(source, name)), {})
                noted |= dict.fromkeys(characters)
            if fault.field not in found:
                self._note(RenderingError(fault.code, path_of(source, fault.field), fault.detail))
        known = {**values, **mended}
        try:
            return _Read(wording.paragraphs(known, one_line=one_line), known, tuple(mended))
        except RenderingError:
            return _Read(None, known, tuple(mended), is_broken=True)

    def _add_text(
        self,
        fields: tuple[str, ...],
        full_size: float,
        factor: float,
        paragraphs: Sequence[Paragraph],
        lines: Sequence[Line],
    ) -> None:
        if fields:
            text = SetText(
                fields,
                full_size,
                full_size * factor,
                len(lines),
                has_cut_word=_is_cut(paragraphs, lines),
                place=self._place,
            )
            self._texts[text] = None

    def _note(self, fault: RenderingError) -> None:
        self._faults[Finding(fault.code, fault.field, fault.detail, self._place)] = None


class _Read(NamedTuple):
    """A text as far as it can be set, and the values for it. `mended` are those that lost characters."""

    paragraphs: Sequence[Paragraph] | None
    values: Mapping[str, Value]
    mended: tuple[str, ...] = ()
    is_broken: bool = False
    """The template's own text has characters that no font has."""


def _told(characters: Sequence[str]) -> str:
    """What compose says of the first one, said of all."""
    if len(characters) == 1:
        return f"no font has the character {told(characters[0])}"
    first, rest = characters[:_MOST_TOLD], len(characters) - _MOST_TOLD
    others = f" and {rest} more" if rest > 0 else ""
    return f"no font has the characters {', '.join(map(told, first))}{others}"


def _filled(wording: Wording, values: Mapping[str, Value]) -> tuple[str, ...]:
    """The placeholders of a text that print something."""
    return tuple([name for name in dict.fromkeys(wording.names) if isinstance(values.get(name), str)])


def _is_cut(paragraphs: Sequence[Paragraph], lines: Sequence[Line]) -> bool:
    """Whether there are more pieces on the lines than there are in the text."""
    whole = sum([len(paragraph.whole.tokens) for paragraph in paragraphs])
    return sum([len(line.tokens) for line in lines]) > whole


def _overflow(box: TextBox, paragraphs: Sequence[Paragraph]) -> Overflow:
    factor = box.sizes[-1] / box.style.size
    lines = _broken(box, paragraphs)
    smaller = replace(box, sizes=sizes_between(box.style.size, min(_SMALLEST, box.sizes[-1])))
    fit = smaller.fit(paragraphs)
    return Overflow(
        width=box.width / MM,
        height=box.height / MM,
        needed_width=max(line.width for line in lines) * factor / MM,
        needed_height=box.height_of(lines) * factor / MM,
        max_lines=box.max_lines,
        fits_at=None if fit is None else fit.factor * box.style.size,
    )


def _broken(box: TextBox, paragraphs: Sequence[Paragraph]) -> list[Line]:
    """A text at the smallest size that its box allows, on as many lines as it takes."""
    if box.max_lines is not None and len(paragraphs) >= box.max_lines:
        return [paragraph.whole for paragraph in paragraphs]
    width = box.width * box.style.size / box.sizes[-1]
    cut = [without_wide_words(paragraph, width) for paragraph in paragraphs]
    return [line for paragraph in cut for line in greedy_lines(paragraph, width)]


def _shown(field: str, picture: Picture) -> ShownPicture:
    left, top, right, bottom = picture.crop
    return ShownPicture(field, picture.width / MM, picture.height / MM, (right - left, bottom - top))
