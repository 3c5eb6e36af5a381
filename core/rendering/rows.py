"""The rows of a table: their words, and these broken into lines in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from core.rendering.errors import RenderingError
from core.rendering.figures import Tail, tail_of
from core.rendering.galley import TOLERANCE
from core.rendering.lines import Line, Side, crowding, set_line
from core.rendering.paragraphs import Paragraph, even_lines, without_wide_words
from core.rendering.scene import Color, Part, Tag
from core.rendering.styles import TextStyle
from core.rendering.values import Value
from core.rendering.wording import Wording

_SMALLEST: Final = 0.6  # of its size: how small a figure may be set so as to stand uncut in its column


@dataclass(frozen=True, slots=True)
class TableLook:
    """How a table's rows, rules and fills look. Lengths in points."""

    padding_x: float
    padding_y: float
    flush: bool
    header_fill: Color | None
    stripe_fill: Color | None
    rule: Color | None
    rule_width: float
    header_rule: Color | None
    frame: Color | None
    column_rule: Color | None
    min_row_height: float


class CellWords(NamedTuple):
    """What stands in a cell of one or more columns side by side."""

    wording: Wording
    style: TextStyle
    side: Side
    first: int
    last: int
    decimal: bool = False
    """Whether a figure stands with its decimal point below those of the rows above."""


class RowWords(NamedTuple):
    """A row with the values for its words. `source` names it where something in it can't be drawn."""

    cells: tuple[CellWords, ...]
    values: Mapping[str, Value]
    fill: Color | None = None
    rule_above: Color | None = None
    rule_below: Color | None = None
    amount: Decimal = Decimal(0)
    source: str = ""
    rules_from: int = 0
    """The column at which its fill and its rules begin."""


class SetCell(NamedTuple):
    lines: Sequence[Line]
    style: TextStyle
    side: Side
    x: float
    width: float
    factor: float
    """Its type's size as a part of the style's."""
    pitch: float
    """From baseline to baseline, in points."""

    @property
    def height(self) -> float:
        return len(self.lines) * self.pitch


class SetRow(NamedTuple):
    """A row broken into lines. `first_baseline` is below the top of its text, `height` includes the padding."""

    cells: tuple[SetCell, ...]
    height: float
    first_baseline: float
    words: RowWords


def tails_of(rows: Iterable[RowWords], columns: int) -> list[float]:
    """For each column, the room that its figures take after their last whole digits, in points."""
    tails = [0.0] * columns
    for row in rows:
        for cell in row.cells:
            if cell.decimal and (figure := tail_of(cell.wording.text(row.values), cell.style)):
                tails[cell.last - 1] = max(tails[cell.last - 1], figure.width)
    return tails


def set_row(row: RowWords, edges: Sequence[float], tails: Sequence[float], look: TableLook) -> SetRow:
    """A row's words in lines. `edges` are where its columns begin and end, `tails` what `tails_of` says of them."""
    cells = [cell for _, cell in set_cells(row, edges, tails, look)]
    first_baseline = max((cell.style.baseline for cell in cells), default=0.0)
    content = max(
        (first_baseline - cell.style.baseline + cell.height for cell in cells),
        default=row.cells[0].style.line_height,
    )
    height = content + 2 * look.padding_y
    spare = max(0.0, look.min_row_height - height)
    return SetRow(tuple(cells), height + spare, look.padding_y + spare / 2 + first_baseline, row)


def set_cells(
    row: RowWords, edges: Sequence[float], tails: Sequence[float], look: TableLook
) -> Iterator[tuple[CellWords, SetCell]]:
    """Those cells of a row that have words, in lines."""
    outer = 0.0 if look.flush else look.padding_x
    for words in row.cells:
        wording, style, side, first, last, decimal = words
        x = edges[first] + (look.padding_x if first else outer)
        end = edges[last] - (outer if last == len(edges) - 1 else look.padding_x)
        width = max(end - x, 0.0)
        paragraphs = _paragraphs(wording, row)
        if decimal and paragraphs and (figure := tail_of(wording.text(row.values), style)):
            width = _up_to_its_end(paragraphs[0], figure, tails[last - 1], width)
        if len(paragraphs) == 1 and (whole := paragraphs[0].whole).width <= width + TOLERANCE:  # most cells
            yield words, SetCell((whole,), style, side, x, width, 1.0, style.line_height)
        elif paragraphs:
            factor = _factor(paragraphs, width)
            lines = [line for paragraph in paragraphs for line in _lines(paragraph, width / factor)]
            pitch = style.line_height + (crowding(lines, style) * factor if len(lines) > 1 else 0.0)
            yield words, SetCell(lines, style, side, x, width, factor, pitch)


def draw_row(
    row: SetRow, left: float, top: float, marks: list[Part], tag: Tag | None, role: Literal["TH", "TD"]
) -> None:
    """Add the words of a row whose top left corner is at a place. Without a `tag` of its own it is decoration."""
    for lines, _, side, x, width, factor, pitch in row.cells:
        baseline = top + row.first_baseline
        cell = None if tag is None else Tag(role, tag)
        for line in lines:
            set_line(line, left + x, baseline, width, side, marks, factor, cell)
            baseline += pitch


def split_row(row: SetRow, height: float, padding_y: float) -> tuple[SetRow | None, SetRow | None]:
    """The part of a row that fits into a height, and the rest of it; None where not one line does."""
    room = height - 2 * padding_y + TOLERANCE
    base = row.first_baseline - padding_y
    heads: list[SetCell] = []
    rests: list[SetCell] = []
    for cell in row.cells:
        count = max(0, int((room - base + cell.style.baseline) / cell.pitch))
        if count == 0:
            return None, None
        heads.append(cell._replace(lines=cell.lines[:count]))
        if cell.lines[count:]:
            rests.append(cell._replace(lines=cell.lines[count:]))
    words = row.words._replace(rule_below=None)
    head = _reset(heads, padding_y, words)
    return head, _reset(rests, padding_y, row.words._replace(amount=Decimal(0), rule_above=None))


def _reset(cells: Sequence[SetCell], padding_y: float, words: RowWords) -> SetRow:
    first_baseline = max(cell.style.baseline for cell in cells)
    content = max(first_baseline - cell.style.baseline + cell.height for cell in cells)
    return SetRow(tuple(cells), content + 2 * padding_y, padding_y + first_baseline, words)


def _up_to_its_end(paragraph: Paragraph, figure: Tail, tail: float, width: float) -> float:
    """The width of a cell whose right edge brings a figure's decimal point to where `tail` begins.

    Where the column is too narrow for that, as near to it as the figure can be without leaving the column.
    """
    return max(width - tail + figure.width + figure.hung, min(paragraph.width, width))


def _paragraphs(wording: Wording, row: RowWords) -> Sequence[Paragraph]:
    try:
        return wording.paragraphs(row.values) or ()
    except RenderingError as fault:
        if not row.source:
            raise
        raise RenderingError(fault.code, f"{row.source}/{fault.field}", fault.detail) from None


def _factor(paragraphs: Sequence[Paragraph], width: float) -> float:
    """How much smaller a cell's type is set. A single word, as a figure is, is never cut where that can help."""
    widest = max([paragraph.width for paragraph in paragraphs])
    if widest <= width + TOLERANCE or any(len(paragraph.whole.tokens) > 1 for paragraph in paragraphs):
        return 1.0
    return max(width / widest, _SMALLEST)


def _lines(paragraph: Paragraph, width: float) -> Sequence[Line]:
    if paragraph.width <= width + TOLERANCE:
        return (paragraph.whole,)
    return even_lines(without_wide_words(paragraph, width), width, fill=True)
