"""A body that runs over as many pages as it needs: paragraphs, blocks and spaces one below the other (tables: tables.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.rendering.drawables import Together
from core.rendering.errors import RenderingError
from core.rendering.galley import TOLERANCE, Galley
from core.rendering.layout import Align
from core.rendering.lines import Line, crowding, set_line, side_of
from core.rendering.paragraphs import Paragraph, even_lines, joined_again, without_wide_words
from core.rendering.scene import Tag
from core.rendering.styles import TextStyle
from core.rendering.values import Value

_TOGETHER = 2  # lines of a paragraph that no page break parts


class FlowPart(Protocol):
    """One document's part of a flow. Lengths are points; `width` is that of the frame."""

    @property
    def space_before(self) -> float: ...
    @property
    def space_after(self) -> float: ...
    @property
    def keep_with_next(self) -> bool: ...

    def first_height(self, width: float) -> float:
        """What must stand together where it begins."""

    def height(self, width: float) -> float:
        """The whole of it, as far as that matters for what is kept with it."""

    def flow(self, galley: Galley) -> None:
        """Set it, on further pages if need be. May raise RenderingError."""


def flow_parts(parts: Sequence[FlowPart], galley: Galley) -> None:
    """Set parts one below the other. Spaces between them add up; at the top of a page there is none."""
    for index, part in enumerate(parts):
        galley.skip(part.space_before)
        needed = kept_together(parts, index, galley.frame.width)
        if not galley.at_top and not galley.holds(needed) and galley.could_hold(needed):
            galley.next_page()
        part.flow(galley)
        galley.skip(part.space_after)


def kept_together(parts: Sequence[FlowPart], index: int, width: float) -> float:
    """The height of a part's beginning, or of all of it and what it is kept with."""
    height = 0.0
    while parts[index].keep_with_next and index + 1 < len(parts):
        following = parts[index + 1]
        height += parts[index].height(width) + parts[index].space_after + following.space_before
        index += 1
    return height + parts[index].first_height(width)


class ParagraphFlow:
    """Text that breaks over pages, but never so that one line stands alone."""

    def __init__(
        self,
        paragraphs: Sequence[Paragraph],
        style: TextStyle,
        *,
        align: Align,
        indent: float,
        first_indent: float,
        marker: Paragraph | None,
        space_before: float,
        space_after: float,
        keep_with_next: bool,
    ) -> None:
        self.space_before = space_before
        self.space_after = space_after
        self.keep_with_next = keep_with_next
        self._paragraphs = paragraphs
        self._style = style
        self._align = align
        self._indent = indent
        self._first_indent = first_indent
        self._marker = marker
        self._broken: tuple[float, list[Line]] | None = None
        self._crowding = 0.0
        self._tag = Tag("P")

    def first_height(self, width: float) -> float:
        lines = self.lines(width)
        return sum(map(self._height_of, lines if len(lines) <= _TOGETHER + 1 else lines[:_TOGETHER]))

    def height(self, width: float) -> float:
        return sum(map(self._height_of, self.lines(width)))

    def flow(self, galley: Galley) -> None:
        lines = self.lines(galley.frame.width)
        at_start = True
        while lines:
            count = self._that_fit(lines, galley, at_start)
            self._set(lines[:count], galley, at_start)
            at_start = at_start and count == 0
            rest = lines[count:]
            if not rest:
                return
            width = galley.frame.width
            galley.next_page()
            if galley.frame.width == width:
                lines = rest
            else:
                first_indent = self._first_indent if at_start else 0.0
                lines = self._break(joined_again(rest), galley.frame.width, first_indent)

    def _that_fit(self, lines: Sequence[Line], galley: Galley, at_start: bool) -> int:
        """How many lines go onto this page: none rather than one, and never all but one."""
        count = 0
        room = galley.remaining + TOLERANCE
        while count < len(lines) and (room := room - self._height_of(lines[count])) >= 0:
            count += 1
        if count == len(lines):
            return count
        if galley.at_top and count == 0:
            raise RenderingError("too_tall_for_the_page", "", "a line of text is taller than its frame")
        wanted = min(count, len(lines) - _TOGETHER)
        if wanted < (_TOGETHER if at_start else 1):
            wanted = 0
        return count if galley.at_top and wanted <= 0 else max(wanted, 0)

    def _set(self, lines: Sequence[Line], galley: Galley, at_start: bool) -> None:
        for index, line in enumerate(lines):
            style = line.tallest(self._style)
            baseline = galley.y + self._crowding + style.baseline
            is_first = at_start and index == 0
            if is_first and self._marker is not None:
                self._set_marker(self._marker, line, baseline, galley)
            indent = self._indent + (self._first_indent if is_first else 0.0)
            width = galley.frame.width - indent
            left = galley.frame.x + (0.0 if line.base else indent)
            side = side_of(self._align, right_to_left=line.base == 1)
            set_line(line, left, baseline, width, side, galley.marks, tag=self._tag)
            galley.advance(self._height_of(line))

    def _set_marker(self, marker: Paragraph, line: Line, baseline: float, galley: Galley) -> None:
        frame = galley.frame
        side = side_of("start", right_to_left=line.base == 1)
        set_line(marker.whole, frame.x, baseline, frame.width, side, galley.marks, tag=self._tag)

    def lines(self, width: float) -> list[Line]:
        """All of it, broken for a frame of that width."""
        if self._broken is None or self._broken[0] != width:
            self._broken = (width, self._break(self._paragraphs, width, self._first_indent))
        return self._broken[1]

    def _break(self, paragraphs: Sequence[Paragraph], width: float, first_indent: float) -> list[Line]:
        measure = width - self._indent
        fill = self._align != "center"
        lines: list[Line] = []
        for paragraph in paragraphs:
            whole = without_wide_words(paragraph, min(measure, measure - first_indent))
            lines.extend(even_lines(whole, measure, measure - first_indent, fill=fill))
            first_indent = 0.0
        self._crowding = max(self._crowding, crowding(lines, self._style))
        return lines

    def _height_of(self, line: Line) -> float:
        return line.tallest(self._style).line_height + self._crowding


@dataclass(frozen=True, slots=True)
class BlockFlow:
    """Elements in a box of a fixed height that no page break parts."""

    elements: Together
    values: Mapping[str, Value]
    box_height: float
    space_before: float
    space_after: float
    at_bottom: bool
    keep_with_next: bool = False

    def first_height(self, width: float) -> float:
        return self.box_height

    def height(self, width: float) -> float:
        return self.box_height

    def flow(self, galley: Galley) -> None:
        if not galley.holds(self.box_height):
            if galley.at_top:
                raise RenderingError("too_tall_for_the_page", "", "a block is taller than its frame")
            galley.next_page()
        if self.at_bottom:
            galley.y = galley.frame.bottom - self.box_height
        self.elements.draw(self.values, galley.frame.x, galley.y, galley.marks)
        galley.advance(self.box_height)


@dataclass(frozen=True, slots=True)
class SpaceFlow:
    """A space that a page break swallows."""

    space: float
    space_before: float = 0.0
    space_after: float = 0.0
    keep_with_next: bool = False

    def first_height(self, width: float) -> float:
        return 0.0

    def height(self, width: float) -> float:
        return self.space

    def flow(self, galley: Galley) -> None:
        if len(galley.pages) == 1 or not galley.at_top:
            galley.advance(min(self.space, max(galley.remaining, 0.0)))
