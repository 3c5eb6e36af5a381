"""Tables that flow over pages, row by row (the rows themselves: rows.py)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from core.rendering.errors import RenderingError
from core.rendering.galley import TOLERANCE, Galley
from core.rendering.rows import (
    CellWords,
    RowWords,
    SetCell,
    SetRow,
    TableLook,
    draw_row,
    set_cells,
    set_row,
    split_row,
    tails_of,
)
from core.rendering.scene import Color, Fill, Part, Segment, Stroke, Tag
from core.rendering.shapes import line as straight
from core.rendering.shapes import rectangle
from core.rendering.values import FormatAmount, Row


@dataclass(frozen=True, slots=True)
class PageTotal:
    """A row at the end of each page: a label, and the sum of that page's rows."""

    label: CellWords | None
    sum: CellWords
    format_amount: FormatAmount


TOTAL: Final = "page_total"  # the placeholder that a page's sum is put into


class TableFlow:
    """One document's table. `shares` are the columns' widths relative to each other."""

    def __init__(
        self,
        *,
        shares: Sequence[float],
        look: TableLook,
        header: RowWords | None,
        repeat_header: bool,
        rows: Sequence[RowWords],
        totals: Sequence[RowWords],
        page_total: PageTotal | None,
        inset_left: float,
        inset_right: float,
        space_before: float,
        space_after: float,
        keep_with_next: bool,
    ) -> None:
        self.space_before = space_before
        self.space_after = space_after
        self.keep_with_next = keep_with_next
        self._shares = shares
        self._look = look
        self._header = header
        self._repeat_header = repeat_header
        self._rows = rows
        self._totals = totals
        self._page_total = page_total
        self._insets = (inset_left, inset_right)
        self._edges: list[float] = []
        self._tails: list[float] | None = None
        self._known: dict[int, SetRow] = {}  # by the row's identity: it holds a mapping, which has no hash
        self._tag = Tag("Table")

    def first_height(self, width: float) -> float:
        """What stands together at its start: the header, a row, and the totals where that row is the only one."""
        self._measure(width)
        rows = [self._set(row) for row in (self._header, *self._rows[:1]) if row is not None]
        if len(self._rows) <= 1:
            rows.extend(self._set(row) for row in self._totals)
        return sum(row.height for row in rows) + self._page_total_height()

    def height(self, width: float) -> float:
        """All of it, as it is on one page."""
        self._measure(width)
        rows = [row for row in (self._header, *self._rows, *self._totals) if row is not None]
        return sum(self._set(row).height for row in rows) + self._page_total_height()

    def words(self) -> Iterator[RowWords]:
        """Every row that it has, but for the totals of its pages."""
        if self._header is not None:
            yield self._header
        yield from self._rows
        yield from self._totals

    def set_cells(self, row: RowWords, width: float) -> Iterator[tuple[CellWords, SetCell]]:
        """The cells of a row that have words, as they are set where the frame has a width."""
        self._measure(width)
        yield from set_cells(row, self._edges, self._room_after_points(), self._look)

    def flow(self, galley: Galley) -> None:
        """Raises RenderingError, `too_tall_for_the_page` among others."""
        rest = _Rest(deque(self._rows), deque(self._totals))
        is_first = True
        while is_first or rest:
            self._measure(galley.frame.width)
            page = _PageOfTable(self._look, galley, galley.frame.x + self._insets[0], self._edges, self._tag)
            if self._header is not None and (is_first or self._repeat_header):
                page.add_header(self._set(self._header), is_told=is_first)
            before = len(page.rows)
            self._fill(page, rest)
            if rest and len(page.rows) == before:
                if galley.at_top:
                    detail = "a row of a table does not fit on a page"
                    raise RenderingError("too_tall_for_the_page", "", detail)
                galley.next_page()  # nothing fitted: all of it begins on the next page
                continue
            page.finish()
            is_first = False
            if rest:
                galley.next_page()

    def _fill(self, page: _PageOfTable, rest: _Rest) -> None:
        """Move what fits on a page from the rest there."""
        totals_height = sum(self._set(row).height for row in rest.totals)
        reserve = self._page_total_height()
        amount = Decimal(0)
        count = 0
        while rest.has_rows:
            row = rest.cut or self._set(rest.rows[0])
            needed = row.height + reserve
            is_alone = count == 0 and page.is_fresh  # no page would have more room for it
            tail = None
            fits = page.holds(needed + (totals_height if rest.is_last_row else 0.0))
            if not fits and not is_alone:
                break
            if not fits and not page.holds(needed):
                head, tail = split_row(row, page.remaining - reserve, self._look.padding_y)
                if head is None:
                    return
                row = head
            page.add(row)
            amount += rest.took(tail)
            count += 1
            if tail is not None:
                break
        if count:
            self._add_page_total(page, amount)
        if not rest.has_rows:
            self._fill_totals(page, rest)

    def _fill_totals(self, page: _PageOfTable, rest: _Rest) -> None:
        """All of them together, or on a page of their own as many as it holds."""
        rows = [self._set(row) for row in rest.totals]
        if not page.is_fresh and not page.holds(sum(row.height for row in rows)):
            return
        for row in rows:
            if not page.holds(row.height):
                return
            page.add(row)
            rest.totals.popleft()

    def _measure(self, width: float) -> None:
        """Where columns begin and end, relative to the left edge of the table."""
        left, right = self._insets
        whole = sum(self._shares)
        edges = [0.0]
        for share in self._shares:
            edges.append(edges[-1] + (width - left - right) * share / whole)
        if edges != self._edges:
            self._edges = edges
            self._known.clear()

    def _set(self, row: RowWords) -> SetRow:
        """One of its own rows, which is asked for its height before it is drawn."""
        known = self._known.get(id(row))
        if known is None:
            known = self._known[id(row)] = self._set_now(row)
        return known

    def _set_now(self, row: RowWords) -> SetRow:
        return set_row(row, self._edges, self._room_after_points(), self._look)

    def _room_after_points(self) -> list[float]:
        """Of all its rows, those on other pages too: see `tails_of`."""
        if self._tails is None:
            page_total = [] if self._page_total is None else [self._page_total_row(Decimal(0))]
            self._tails = tails_of((*self._rows, *self._totals, *page_total), len(self._shares))
        return self._tails

    def _page_total_height(self) -> float:
        if self._page_total is None:
            return 0.0
        return self._set_now(self._page_total_row(Decimal(0))).height

    def _page_total_row(self, amount: Decimal) -> RowWords:
        assert self._page_total is not None
        page_total = self._page_total
        cells = (page_total.sum,) if page_total.label is None else (page_total.label, page_total.sum)
        values = {TOTAL: page_total.format_amount(amount)}
        return RowWords(cells, values, rule_below=self._look.rule)

    def _add_page_total(self, page: _PageOfTable, amount: Decimal) -> None:
        if self._page_total is not None:
            page.add(self._set_now(self._page_total_row(amount)))


@dataclass(slots=True)
class _Rest:
    """What of a table is not set yet. `cut` is what is left of a row that is taller than a page."""

    rows: deque[RowWords]
    totals: deque[RowWords]
    cut: SetRow | None = None

    def __bool__(self) -> bool:
        return self.has_rows or bool(self.totals)

    @property
    def has_rows(self) -> bool:
        return self.cut is not None or bool(self.rows)

    @property
    def is_last_row(self) -> bool:
        return len(self.rows) + (self.cut is not None) == 1

    def took(self, tail: SetRow | None) -> Decimal:
        """The next row was set, but for its `tail`. What it adds to the sum of its page, where it begins."""
        amount = Decimal(0) if self.cut is not None else self.rows.popleft().amount
        self.cut = tail
        return amount


class _PageOfTable:
    """The part of a table that stands on one page."""

    def __init__(
        self, look: TableLook, galley: Galley, left: float, edges: Sequence[float], tag: Tag
    ) -> None:
        self.rows: list[SetRow] = []
        self.is_fresh = galley.at_top
        self._look = look
        self._galley = galley
        self._left = left
        self._edges = edges
        self._tag = tag
        self._header: SetRow | None = None
        self._header_is_told = False
        self._height = 0.0

    @property
    def remaining(self) -> float:
        return self._galley.remaining - self._height

    def holds(self, height: float) -> bool:
        return height <= self.remaining + TOLERANCE

    def add(self, row: SetRow) -> None:
        self.rows.append(row)
        self._height += row.height

    def add_header(self, row: SetRow, *, is_told: bool) -> None:
        """A header that stands on each page is told once to those who listen."""
        self._header, self._header_is_told = row, is_told
        self.add(row)

    def finish(self) -> None:
        """Set the rows: fills below rules below text, what looks alike as one mark.

        A rule above a row covers the one below the row before it.
        """
        look, galley, left = self._look, self._galley, self._left
        right = left + self._edges[-1]
        top = y = galley.y
        fills: dict[Color, list[Segment]] = {}
        rules: dict[Color, list[Segment]] = {}
        rules_above: dict[Color, list[Segment]] = {}
        texts: list[Part] = []
        for row in self.rows:
            words = row.words
            start = left + self._edges[words.rules_from]
            if words.fill is not None:
                fills.setdefault(words.fill, []).extend(rectangle(start, y, right - start, row.height))
            if words.rule_above is not None:
                rules_above.setdefault(words.rule_above, []).extend(straight(start, y, right, y))
            is_header = row is self._header
            tag = Tag("TR", self._tag) if not is_header or self._header_is_told else None
            draw_row(row, left, y, texts, tag, "TH" if is_header else "TD")
            y += row.height
            if words.rule_below is not None:
                rules.setdefault(words.rule_below, []).extend(straight(start, y, right, y))
        if look.column_rule is not None:
            for edge in self._edges[1:-1]:
                rules.setdefault(look.column_rule, []).extend(straight(left + edge, top, left + edge, y))
        if look.frame is not None:
            rules.setdefault(look.frame, []).extend(rectangle(left, top, right - left, y - top))
        galley.marks.extend(Fill(tuple(path), color) for color, path in fills.items())
        for path_by_color in (rules, rules_above):
            for color, path in path_by_color.items():
                galley.marks.append(Stroke(tuple(path), color, look.rule_width))
        galley.marks.extend(texts)
        galley.advance(self._height)


def plain_amount_of(row: Row, column: str, source: str) -> Decimal:
    """What a row adds to a page's total: the plain decimal beside a column's text. A row without it adds nothing.

    Raises RenderingError `not_a_number` for a text there that is none.
    """
    plain = row.get(f"{column}.value")
    if not plain:
        return Decimal(0)
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise RenderingError(
            "not_a_number", f"{source}/{column}", f"{plain!r} can't be added to a page's total"
        )
    return amount


def spans_of(spans: Sequence[int], cells: int, columns: int) -> Iterator[tuple[int, int]]:
    """From which column to which each cell of a row reaches. A cell without a span has one column, the last the rest."""
    column = 0
    for index in range(cells):
        width = spans[index] if index < len(spans) else 1
        end = columns if index == cells - 1 else min(columns, column + width)
        yield column, end
        column = end
