"""What a template version says: a page and its elements. Parsed once from YAML or JSON, then trusted.

Places and sizes on the page are millimetres from its top left corner; type sizes, line widths and tracking are points
(1/72 inch). Text may hold placeholders of one fixed grammar, `{name}` or `{spa.name}`, and nothing else; `{{` and `}}` are
literal braces. An element with `when` is drawn only where that placeholder has a value, with `unless` only where it has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

PLACEHOLDER: Final = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")

HexColor = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$", max_length=81)]
StyleName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
TextTemplate = Annotated[str, StringConstraints(max_length=8000)]
Millimetres = Annotated[float, Field(ge=-2000, le=2000)]
Length = Annotated[float, Field(ge=0, le=2000)]
Opacity = Annotated[float, Field(ge=0, le=1)]
Align = Literal["start", "center", "end", "justify"]
CellAlign = Literal["start", "center", "end", "decimal"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Style(_Part):
    """How text looks. `based_on` inherits what is not set here."""

    based_on: StyleName | None = None
    face: str | None = Field(
        None, description="A family of fonts/, such as `serif`, `sans`, `script`, `display`."
    )
    weight: Literal["regular", "medium", "bold"] | None = None
    italic: bool | None = None
    size: Annotated[float, Field(ge=2, le=400)] | None = Field(None, description="Points.")
    leading: Annotated[float, Field(ge=0.7, le=4)] | None = Field(
        None, description="Baseline distance as a multiple of size."
    )
    tracking: Annotated[float, Field(ge=-10, le=40)] | None = Field(
        None,
        description="Extra space after each cluster, in thousandths of the size divided by 10 (1 = 1 % of the size).",
    )
    color: HexColor | None = None
    opacity: Opacity | None = None
    capitals: Literal["none", "upper", "small"] | None = Field(
        None, description="`upper` changes cased scripts only."
    )


class _Drawn(_Part):
    when: Name | None = None
    unless: Name | None = None


class _Boxed(_Drawn):
    x: Millimetres
    y: Millimetres
    width: Length
    height: Length


class Run(_Drawn):
    """A stretch of a paragraph in a style of its own (the paragraph's where none is named).

    `join` is set before it where something of the same text stands before it already: with `, ` or a line break there,
    an address whose parts may be missing never shows a stray comma.
    """

    text: TextTemplate
    join: TextTemplate = ""
    style: StyleName | None = None


class Text(_Boxed):
    """Text in a box. What does not fit fails the item with `text_does_not_fit`. `text` is one style; `runs` are several.

    With `max_lines` it is closed up a little, then shrunk, down to `min_size`, onto one line for each line of the text
    before it is wrapped; wrapped text is as large as its lines and the box's height allow. Without, it is wrapped first and
    shrunk only where the box is too low. `top` sets the capitals of the first line on the box's top edge, `bottom` the
    descenders of the last on its bottom edge, `middle` the capitals midway.
    """

    type: Literal["text"]
    text: TextTemplate | None = None
    runs: tuple[Run, ...] = ()
    style: StyleName
    align: Align = "start"
    vertical: Literal["top", "middle", "bottom"] = "top"
    min_size: Annotated[float, Field(ge=2, le=400)] | None = None
    max_lines: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="None: as many as the box holds."
    )


class Image(_Boxed):
    """A picture from an image field, or one of the template's own assets."""

    type: Literal["image"]
    field: Name | None = None
    asset: str | None = None
    fit: Literal["contain", "cover", "stretch"] = "contain"
    align: Literal["start", "center", "end"] = "center"
    vertical: Literal["top", "middle", "bottom"] = "middle"
    radius: Length | Literal["circle"] = Field(
        0, description="Rounded corners in mm, or an ellipse in the box."
    )
    opacity: Opacity = 1.0


class Signature(_Boxed):
    """A signature field: its picture, contained and resting on the box's bottom edge, or its typed name in `style`."""

    type: Literal["signature"]
    field: Name
    style: StyleName
    align: Literal["start", "center", "end"] = "center"
    min_size: Annotated[float, Field(ge=2, le=400)] | None = None


class Qr(_Drawn):
    """A QR code. `size` includes the quiet zone of `quiet` modules."""

    type: Literal["qr"]
    text: TextTemplate = "{verify_url}"
    x: Millimetres
    y: Millimetres
    size: Annotated[float, Field(ge=8, le=200)]
    color: HexColor = "#000000"
    background: HexColor | None = "#ffffff"
    quiet: Annotated[int, Field(ge=0, le=8)] = 2
    correction: Literal["L", "M", "Q", "H"] = "M"
    link: bool = True


class _Stroked(_Drawn):
    stroke: HexColor | None = None
    stroke_width: Annotated[float, Field(gt=0, le=100)] = 0.5
    dash: tuple[Annotated[float, Field(gt=0, le=500)], ...] = ()
    opacity: Opacity = 1.0


class Line(_Stroked):
    type: Literal["line"]
    x1: Millimetres
    y1: Millimetres
    x2: Millimetres
    y2: Millimetres
    cap: Literal["butt", "round", "square"] = "butt"


class Rectangle(_Stroked):
    type: Literal["rectangle"]
    x: Millimetres
    y: Millimetres
    width: Length
    height: Length
    radius: Length = 0
    fill: HexColor | None = None


class Placement(_Part):
    """Where a path's own origin goes (mm), after scaling (−1 mirrors) and turning (degrees clockwise) about that origin."""

    x: Millimetres = 0
    y: Millimetres = 0
    scale_x: Annotated[float, Field(ge=-1000, le=1000)] = 1
    scale_y: Annotated[float, Field(ge=-1000, le=1000)] = 1
    rotate: Annotated[float, Field(ge=-360, le=360)] = 0


class Ornament(_Stroked):
    """A vector path in SVG's path language (`d`, units of mm), drawn once for each placement: seals, corners, flourishes."""

    type: Literal["path"]
    d: Annotated[str, StringConstraints(max_length=100_000)]
    fill: HexColor | None = None
    even_odd: bool = False
    cap: Literal["butt", "round", "square"] = "butt"
    join: Literal["miter", "round", "bevel"] = "miter"
    at: Annotated[tuple[Placement, ...], Field(min_length=1, max_length=500)] = (Placement(),)


class Lathe(_Part):
    """What an engraver's lathe is set to. Two strands swing about each other along the run: `waves` times, their swing `weave`
    of the room. Each strand is drawn in `lines` phases, which ripple `ripples` times in each wave."""

    waves: Annotated[int, Field(ge=1, le=400)]
    ripples: Annotated[int, Field(ge=1, le=16)] = 3
    lines: Annotated[int, Field(ge=1, le=80)] = 5
    weave: Annotated[float, Field(ge=0, le=1)] = Field(0.4, description="0: one strand that does not swing.")


class Guilloche(_Drawn, Lathe):
    """Fine interlaced lines, as on a banknote, inside a box.

    `border`: along the inside of the box's edges, `depth` deep, without end; `waves` are those of a longer side.
    `band`: a strip along the box's longer side. `rosette`: a ring that fills the box, `hole` of its radius empty.
    `field`: a ground for text, `lines` from top to bottom that draw together and apart; at a `weave` of 1 they touch.
    """

    type: Literal["guilloche"]
    form: Literal["border", "band", "rosette", "field"]
    x: Millimetres
    y: Millimetres
    width: Length
    height: Length
    depth: Annotated[float, Field(gt=0, le=200)] = 6
    hole: Annotated[float, Field(ge=0.05, le=0.95)] = 0.3
    stroke: HexColor
    stroke_width: Annotated[float, Field(gt=0, le=5)] = 0.25
    opacity: Opacity = 1.0


class Rule(_Part):
    """One rule of a frame: `width` in points, `inset` in mm from the frame's edge to the rule's middle."""

    inset: Length = 0
    width: Annotated[float, Field(gt=0, le=20)] = 0.5
    beads: Length = Field(0, description="The distance of beads in mm, where it is a row of beads.")
    stroke: HexColor | None = Field(None, description="The frame's colour where none is named.")


class Border(_Drawn):
    """A frame of parallel rules around a box.

    Its corners are `corner_size` large at the frame's edge: `round`, `scooped` (hollow), `notched` (stepped) or `bevelled`.
    """

    type: Literal["border"]
    x: Millimetres
    y: Millimetres
    width: Length
    height: Length
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=12)]
    corner: Literal["square", "round", "scooped", "notched", "bevelled"] = "square"
    corner_size: Length = 6
    stroke: HexColor
    fill: HexColor | None = Field(None, description="Within the first rule.")
    opacity: Opacity = 1.0


class Seal(_Drawn):
    """A seal in a square of `size`: a cut edge, a ring that carries lettering, and room in the middle.

    `text` runs along the top of the ring and `foot` along its bottom, both the same on every document and no larger than the
    style's size; they shrink down to `min_size` and then do not fit. `rosette` fills the middle, a ring around the `hole` in
    which other elements may stand.
    """

    type: Literal["seal"]
    x: Millimetres
    y: Millimetres
    size: Annotated[float, Field(ge=5, le=300)]
    edge: Literal["scalloped", "serrated", "plain"] = "scalloped"
    teeth: Annotated[int, Field(ge=8, le=240)] = 60
    fill: HexColor | None = Field(None, description="Of the whole; none leaves the paper.")
    ring: HexColor | None = Field(None, description="Of the ring that carries the lettering.")
    ring_width: Length | None = Field(None, description="A fifth of the radius where none is given.")
    stroke: HexColor = Field(description="Of its lines.")
    stroke_width: Annotated[float, Field(gt=0, le=5)] = 0.3
    text: Annotated[TextTemplate, StringConstraints(max_length=120)] = ""
    foot: Annotated[TextTemplate, StringConstraints(max_length=120)] = ""
    style: StyleName | None = None
    min_size: Annotated[float, Field(ge=2, le=400)] | None = None
    rosette: Lathe | None = None
    hole: Annotated[float, Field(ge=0.05, le=0.95)] = Field(0.5, description="Of the rosette.")


class Group(_Drawn):
    """Elements moved together; `when` and `unless` hold for all of them."""

    type: Literal["group"]
    x: Millimetres = 0
    y: Millimetres = 0
    elements: tuple[Element, ...]


class Column(_Part):
    """One column of a table. `text` may use the row's own column names, and `{row}` for its number from 1.

    With `align: decimal` figures stand with their decimal points below each other, the longest decimals at the column's
    end; a closing bracket hangs over it. What is no figure stands at the end.
    """

    header: TextTemplate = ""
    text: TextTemplate
    width: Annotated[float, Field(gt=0, le=2000)] = Field(
        description="A share of the table's width, relative to the other columns'."
    )
    align: CellAlign = "start"
    style: StyleName | None = None
    header_style: StyleName | None = None


class TableRow(_Drawn):
    """A row of its own (facts, totals): a text for each column, or fewer cells each spanning `spans` columns.

    It is left out where it has placeholders and none of them has a value.
    """

    cells: tuple[TextTemplate, ...]
    spans: tuple[Annotated[int, Field(ge=1, le=50)], ...] = ()
    align: tuple[CellAlign, ...] = ()
    style: StyleName | None = None
    fill: HexColor | None = None
    rule_above: HexColor | None = None
    rules_from: Annotated[int, Field(ge=0, le=29)] = Field(
        0, description="The column, from 0, at which its fill and its rules begin."
    )


class TableLook(_Part):
    row_style: StyleName
    header_style: StyleName | None = None
    padding_x: Length = 1.5
    flush: bool = Field(
        False, description="The outer columns have no padding outwards: text ends where rules end."
    )
    padding_y: Length = 1.2
    header_fill: HexColor | None = None
    stripe_fill: HexColor | None = None
    rule: HexColor | None = Field(None, description="A line under each row.")
    rule_width: Annotated[float, Field(gt=0, le=20)] = 0.4
    header_rule: HexColor | None = None
    frame: HexColor | None = None
    column_rule: HexColor | None = None
    min_row_height: Length = 0


class Table(_Drawn):
    """Rows from a rows field (`rows_from`) or written out (`rows`), then `totals`. Flows over pages, its header repeated.

    `page_total` names a money column; each page then ends with a row of that page's sum, labelled by `page_total_label`.
    A row never breaks across pages; the totals keep at least one row with them.
    """

    type: Literal["table"]
    rows_from: Name | None = None
    rows: tuple[TableRow, ...] = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=30)]
    look: TableLook
    show_header: bool = True
    repeat_header: bool = True
    totals: tuple[TableRow, ...] = ()
    page_total: Name | None = None
    page_total_label: TextTemplate = "Total of this page"
    empty: TextTemplate = Field("", description="What stands in the body where there is no row.")
    inset_left: Length = 0
    inset_right: Length = 0
    space_before: Length = 0
    space_after: Length = 0
    keep_with_next: bool = False


class Paragraph(_Drawn):
    """Text that flows and breaks over pages, never leaving one line alone where two can go together.

    `{clause}`, in its marker or its text, is its number among the paragraphs drawn so far that count themselves in this way.
    """

    type: Literal["paragraph"]
    text: TextTemplate | None = None
    runs: tuple[Run, ...] = ()
    style: StyleName
    align: Align = "start"
    indent: Length = 0
    first_indent: Millimetres = Field(0, description="Of the first line, relative to `indent`.")
    marker: TextTemplate | None = Field(
        None, description="Set at the left of the first line: a bullet or a clause number."
    )
    space_before: Length = 0
    space_after: Length = 0
    keep_with_next: bool = False


class Spacer(_Drawn):
    type: Literal["spacer"]
    height: Length


class Block(_Drawn):
    """Elements placed in a box of a fixed height that does not break over pages. Its x and y are relative to the flow."""

    type: Literal["block"]
    height: Length
    elements: tuple[Element, ...]
    space_before: Length = 0
    space_after: Length = 0
    at_bottom: bool = Field(False, description="Pushed down to the end of the frame of its page.")
    keep_with_next: bool = False


class Strip(_Part):
    """One of the strips of a `SideBySide`. `width` is a share of what the gaps leave."""

    width: Annotated[float, Field(gt=0, le=2000)] = 1
    blocks: tuple[StripBlock, ...]


class SideBySide(_Drawn):
    """Strips of a flow, each running down a column of its own. What follows stands below the longest of them."""

    type: Literal["side_by_side"]
    strips: Annotated[tuple[Strip, ...], Field(min_length=1, max_length=12)]
    gap: Length = 8
    space_before: Length = 0
    space_after: Length = 0
    keep_together: bool = Field(False, description="All on one page, where a page can hold it.")
    keep_with_next: bool = False


class Frame(_Part):
    x: Millimetres
    y: Millimetres
    width: Length
    height: Length


class Flow(_Part):
    """A body that runs over as many pages as it needs: `first` is its frame on the first page, `later` on the others.

    A block's space after and the next one's space before add up; at the top of a page there is none.
    """

    first: Frame
    later: Frame
    blocks: tuple[FlowBlock, ...]


class Page(_Part):
    """A sheet in mm, as it is looked at: a named `size`, upright unless `orientation` says otherwise, or its own lengths."""

    size: Literal["A4", "A5", "Letter", "CR80"] | None = None
    orientation: Literal["portrait", "landscape"] = "portrait"
    width: Annotated[float, Field(ge=20, le=1200)] | None = None
    height: Annotated[float, Field(ge=20, le=1200)] | None = None
    color: HexColor = "#ffffff"


_SIZES: Final = {"A4": (210.0, 297.0), "A5": (148.0, 210.0), "Letter": (215.9, 279.4), "CR80": (53.98, 85.60)}


def page_size(page: Page) -> tuple[float, float]:
    """Width and height in mm. Its own lengths come before those of a named size."""
    short, long = _SIZES[page.size or "A4"]
    width, height = (short, long) if page.orientation == "portrait" else (long, short)
    return page.width or width, page.height or height


class Side(_Part):
    """A page on which everything has its place."""

    elements: tuple[Element, ...]


Element = Annotated[
    Text | Image | Signature | Qr | Line | Rectangle | Ornament | Guilloche | Border | Seal | Group,
    Field(discriminator="type"),
]
StripBlock = Annotated[Paragraph | Table | Spacer | Block, Field(discriminator="type")]
FlowBlock = Annotated[Paragraph | Table | Spacer | Block | SideBySide, Field(discriminator="type")]


class Layout(_Part):
    """`sides` are fixed pages in order. With a `flow`, the flow's pages come instead, and `first_page`, `later_pages`,
    `last_page` and `every_page` are drawn on them (under the body). Texts there may use `{page}` and `{pages}`."""

    page: Page
    styles: dict[StyleName, Style]
    sides: tuple[Side, ...] = ()
    flow: Flow | None = None
    every_page: tuple[Element, ...] = ()
    first_page: tuple[Element, ...] = ()
    later_pages: tuple[Element, ...] = ()
    last_page: tuple[Element, ...] = ()


def elements_of(source: Layout) -> Iterator[tuple[str, Element]]:
    """Every element of a layout with its JSON pointer into it; a group, then what is in it."""
    for number, side in enumerate(source.sides):
        yield from _elements(f"/sides/{number}/elements", side.elements)
    for name in ("every_page", "first_page", "later_pages", "last_page"):
        yield from _elements(f"/{name}", getattr(source, name))
    if source.flow is not None:
        yield from _in_blocks("/flow/blocks", source.flow.blocks)


def _in_blocks(pointer: str, blocks: Sequence[FlowBlock]) -> Iterator[tuple[str, Element]]:
    for number, block in enumerate(blocks):
        if isinstance(block, Block):
            yield from _elements(f"{pointer}/{number}/elements", block.elements)
        elif isinstance(block, SideBySide):
            for place, strip in enumerate(block.strips):
                yield from _in_blocks(f"{pointer}/{number}/strips/{place}/blocks", strip.blocks)


def _elements(pointer: str, elements: Sequence[Element]) -> Iterator[tuple[str, Element]]:
    for number, element in enumerate(elements):
        yield f"{pointer}/{number}", element
        if isinstance(element, Group):
            yield from _elements(f"{pointer}/{number}/elements", element.elements)


Group.model_rebuild()
Block.model_rebuild()
Strip.model_rebuild()
SideBySide.model_rebuild()
Flow.model_rebuild()
Layout.model_rebuild()
