"""A flow's blocks made ready: what of them is the same in every document is looked up once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.rendering import layout
from core.rendering.drawables import Together, is_shown
from core.rendering.elements import Workshop
from core.rendering.errors import RenderingError
from core.rendering.flow import BlockFlow, FlowPart, ParagraphFlow, SpaceFlow
from core.rendering.lines import Side, side_of
from core.rendering.placeholders import Hole, parse_template
from core.rendering.rows import CellWords, RowWords, TableLook
from core.rendering.scene import Color
from core.rendering.shapes import MM
from core.rendering.strips import SideBySideFlow, Strip
from core.rendering.styles import TextStyle, color_of
from core.rendering.tables import TOTAL, PageTotal, TableFlow, plain_amount_of, spans_of
from core.rendering.values import FormatAmount, Row, Value, has_value
from core.rendering.wording import Phrase, Wording

CLAUSE: Final = "clause"  # counts the paragraphs that name it, as they are drawn
ROW: Final = "row"  # counts the rows of a table


@dataclass(slots=True)
class Counter:
    """The clauses of one document."""

    clauses: int = 0


@dataclass(frozen=True, slots=True)
class ReadyParagraph:
    source: layout.Paragraph
    wording: Wording
    style: TextStyle
    marker: Wording | None
    counts: bool

    def part(self, values: Mapping[str, Value], counter: Counter) -> FlowPart | None:
        if self.counts:
            values = {**values, CLAUSE: str(counter.clauses + 1)}
        paragraphs = self.wording.paragraphs(values)
        if paragraphs is None:
            return None
        counter.clauses += self.counts
        markers = None if self.marker is None else self.marker.paragraphs(values, one_line=True)
        marker = markers[0] if markers else None
        source = self.source
        return ParagraphFlow(
            paragraphs,
            self.style,
            align=source.align,
            indent=source.indent * MM,
            first_indent=source.first_indent * MM,
            marker=marker,
            space_before=source.space_before * MM,
            space_after=source.space_after * MM,
            keep_with_next=source.keep_with_next,
        )


@dataclass(frozen=True, slots=True)
class ReadyBlock:
    source: layout.Block
    elements: Together

    def part(self, values: Mapping[str, Value], counter: Counter) -> FlowPart | None:
        source = self.source
        return BlockFlow(
            self.elements,
            values,
            box_height=source.height * MM,
            space_before=source.space_before * MM,
            space_after=source.space_after * MM,
            at_bottom=source.at_bottom,
            keep_with_next=source.keep_with_next,
        )


@dataclass(frozen=True, slots=True)
class ReadySpacer:
    source: layout.Spacer

    def part(self, values: Mapping[str, Value], counter: Counter) -> FlowPart | None:
        return SpaceFlow(self.source.height * MM)


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A row that the template writes out itself."""

    source: layout.TableRow
    cells: tuple[CellWords, ...]
    fill: Color | None
    rule_above: Color | None

    def words(self, values: Mapping[str, Value], rule: Color | None) -> RowWords | None:
        """None where it is not to be shown: by its conditions, or as every placeholder in it is without a value."""
        if not is_shown(self.source, values):
            return None
        names = [name for cell in self.cells for name in cell.wording.names]
        if names and not any(has_value(values, name) for name in names):
            return None
        return RowWords(
            self.cells, values, self.fill, self.rule_above, rule, rules_from=self.source.rules_from
        )


@dataclass(frozen=True, slots=True)
class ReadyTable:
    source: layout.Table
    look: TableLook
    cells: tuple[CellWords, ...]
    header: tuple[CellWords, ...]
    written: tuple[ReadyRow, ...]
    totals: tuple[ReadyRow, ...]
    empty: CellWords | None
    page_total: PageTotal | None
    shared: tuple[str, ...]
    """Names in the columns that a row may take from the document where it has none of its own."""

    def part(self, values: Mapping[str, Value], counter: Counter) -> FlowPart | None:
        source, look = self.source, self.look
        rows = [row for ready in self.written if (row := ready.words(values, look.rule))]
        rows.extend(self._rows(values, len(rows)))
        page_total = self.page_total
        if not rows:
            page_total = None
            if self.empty is not None:
                rows = [RowWords((self.empty,), values, rule_below=look.rule)]
        totals = [row for ready in self.totals if (row := ready.words(values, look.rule))]
        header = None
        if source.show_header:
            header = RowWords(self.header, values, look.header_fill, rule_below=look.header_rule or look.rule)
        if not rows and not totals and (header is None or source.rows_from is None):
            return None
        return TableFlow(
            shares=[column.width for column in source.columns],
            look=look,
            header=header,
            repeat_header=source.repeat_header,
            rows=rows,
            totals=totals,
            page_total=page_total,
            inset_left=source.inset_left * MM,
            inset_right=source.inset_right * MM,
            space_before=source.space_before * MM,
            space_after=source.space_after * MM,
            keep_with_next=source.keep_with_next,
        )

    def _rows(self, values: Mapping[str, Value], before: int) -> list[RowWords]:
        name, look = self.source.rows_from, self.look
        if name is None:
            return []
        common = {shared: values[shared] for shared in self.shared if shared in values}
        total = self.source.page_total
        rows: list[RowWords] = []
        for index, row in enumerate(_rows_of(values, name)):
            source = f"{name}/{index}"
            rows.append(
                RowWords(
                    cells=self.cells,
                    values={**common, **row, ROW: str(index + 1)},
                    fill=look.stripe_fill if (before + index) % 2 else None,
                    rule_below=look.rule,
                    amount=Decimal(0) if total is None else plain_amount_of(row, total, source),
                    source=source,
                )
            )
        return rows


@dataclass(frozen=True, slots=True)
class ReadySideBySide:
    source: layout.SideBySide
    strips: tuple[ReadyFlow, ...]

    def part(self, values: Mapping[str, Value], counter: Counter) -> FlowPart | None:
        return self.joined([ready.parts(values, counter) for ready in self.strips])

    def joined(self, columns: Sequence[Sequence[FlowPart]]) -> SideBySideFlow | None:
        """The parts of each strip side by side; None where there are none."""
        source = self.source
        if not any(columns):
            return None
        return SideBySideFlow(
            tuple(Strip(one.width, tuple(parts)) for one, parts in zip(source.strips, columns, strict=True)),
            gap=source.gap * MM,
            space_before=source.space_before * MM,
            space_after=source.space_after * MM,
            keep_together=source.keep_together,
            keep_with_next=source.keep_with_next,
        )


ReadyPart = ReadyParagraph | ReadyTable | ReadySpacer | ReadyBlock | ReadySideBySide


@dataclass(frozen=True, slots=True)
class ReadyFlow:
    """The blocks of a flow, or of a strip of one, with their conditions."""

    blocks: tuple[tuple[layout.FlowBlock, ReadyPart], ...]

    def parts(self, values: Mapping[str, Value], counter: Counter | None = None) -> list[FlowPart]:
        """What of the flow one document has."""
        counter = counter or Counter()
        shown = (ready.part(values, counter) for source, ready in self.blocks if is_shown(source, values))
        return [part for part in shown if part is not None]


def ready_flow(
    blocks: Sequence[layout.FlowBlock], workshop: Workshop, format_amount: FormatAmount
) -> ReadyFlow:
    return ReadyFlow(tuple((block, _ready(block, workshop, format_amount)) for block in blocks))


def _ready(block: layout.FlowBlock, workshop: Workshop, format_amount: FormatAmount) -> ReadyPart:
    match block:
        case layout.Paragraph():
            return _ready_paragraph(block, workshop)
        case layout.Table():
            return _TableMaker(block, workshop, format_amount).table()
        case layout.Spacer():
            return ReadySpacer(block)
        case layout.Block():
            return ReadyBlock(block, workshop.ready(block.elements))
        case layout.SideBySide():
            strips = (ready_flow(strip.blocks, workshop, format_amount) for strip in block.strips)
            return ReadySideBySide(block, tuple(strips))


def _ready_paragraph(block: layout.Paragraph, workshop: Workshop) -> ReadyParagraph:
    wording = workshop.wording(block.text, block.runs, block.style)
    marker = None if block.marker is None else workshop.wording(block.marker, (), block.style)
    return ReadyParagraph(
        source=block,
        wording=wording,
        style=workshop.styles.style(block.style),
        marker=marker,
        counts=CLAUSE in wording.names or (marker is not None and CLAUSE in marker.names),
    )


class _TableMaker:
    def __init__(self, table: layout.Table, workshop: Workshop, format_amount: FormatAmount) -> None:
        self._table = table
        self._styles = workshop.styles
        self._format_amount = format_amount

    def table(self) -> ReadyTable:
        table, look = self._table, self._table.look
        header_style = look.header_style or look.row_style
        columns = list(enumerate(table.columns))
        cells = tuple(
            self._cell(column.text, column.style or look.row_style, column.align, index, index + 1)
            for index, column in columns
        )
        header = tuple(
            self._cell(
                column.header, column.header_style or header_style, column.align, index, index + 1
            )._replace(decimal=False)
            for index, column in columns
        )
        names = {name for cell in cells for name in cell.wording.names}
        return ReadyTable(
            source=table,
            look=self._look(),
            cells=cells,
            header=header,
            written=tuple(self._row(row) for row in table.rows),
            totals=tuple(self._row(row) for row in table.totals),
            empty=self._cell(table.empty, look.row_style, "center", 0, len(columns)) if table.empty else None,
            page_total=self._page_total(),
            shared=tuple(sorted(names)),
        )

    def _look(self) -> TableLook:
        look = self._table.look
        return TableLook(
            padding_x=look.padding_x * MM,
            padding_y=look.padding_y * MM,
            flush=look.flush,
            header_fill=_color(look.header_fill),
            stripe_fill=_color(look.stripe_fill),
            rule=_color(look.rule),
            rule_width=look.rule_width,
            header_rule=_color(look.header_rule),
            frame=_color(look.frame),
            column_rule=_color(look.column_rule),
            min_row_height=look.min_row_height * MM,
        )

    def _row(self, row: layout.TableRow) -> ReadyRow:
        columns = self._table.columns
        spans = spans_of(row.spans, len(row.cells), len(columns))
        cells: list[CellWords] = []
        for index, (text, (first, last)) in enumerate(zip(row.cells, spans, strict=True)):
            align = row.align[index] if index < len(row.align) else columns[last - 1].align
            style = row.style or columns[first].style or self._table.look.row_style
            cells.append(self._cell(text, style, align, first, last))
        return ReadyRow(row, tuple(cells), _color(row.fill), _color(row.rule_above))

    def _page_total(self) -> PageTotal | None:
        name = self._table.page_total
        if name is None:
            return None
        columns = self._table.columns
        at = next(i for i, column in enumerate(columns) if Hole(name) in parse_template(column.text).lines[0])
        style = columns[at].style or self._table.look.row_style
        total = self._cell(f"{{{TOTAL}}}", style, columns[at].align, at, at + 1, bold=True)
        label = None
        if at > 0 and self._table.page_total_label:
            label = self._cell(self._table.page_total_label, style, "end", 0, at, bold=True)
        return PageTotal(label, total, self._format_amount)

    def _cell(
        self, text: str, style: str, align: layout.CellAlign, first: int, last: int, *, bold: bool = False
    ) -> CellWords:
        """Figures that end at the right of a column are of one width, so that they stand below each other."""
        decimal = align == "decimal"
        look = self._styles.style(style, tabular=decimal or align == "end", weight="bold" if bold else None)
        side: Side = "right"  # for figures, which run from left to right in every script
        if align != "decimal":
            side = side_of(align, right_to_left=self._styles.right_to_left)
        return CellWords(Wording((Phrase(parse_template(text), look),)), look, side, first, last, decimal)


def _rows_of(values: Mapping[str, Value], name: str) -> Sequence[Row]:
    value = values.get(name)
    if not value:
        return ()
    if isinstance(value, tuple):
        return value
    raise RenderingError("not_rows", name, "rows were expected here")


def _color(color: str | None) -> Color | None:
    return None if color is None else color_of(color)
