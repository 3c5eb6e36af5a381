"""Cards on sheets, to be printed on both sides and cut: which goes where, and where the knife goes.

Sheets are A4, upright. Cards stand edge to edge in the middle of it, row by row, so that one cut parts two neighbours and a
knife a hair off leaves the neighbour's ground on a card, not white paper: pages hold nothing beyond their edge (no bleed)
that a gutter could take. Fronts are on one sheet, backs on the next, mirrored left to right: turned over its long edge,
as printers turn it, a sheet has every back behind its front.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from core.rendering.scene import Scene, ScenePage
from core.rendering.shapes import MM

SHEET_WIDTH: Final = 210 * MM
SHEET_HEIGHT: Final = 297 * MM
MARK_LENGTH: Final = 3 * MM
MARK_DISTANCE: Final = 2 * MM
"""Of a crop mark from the cards: what is left of it after a cut that is off."""
_MARGIN: Final = MARK_LENGTH + MARK_DISTANCE
_TOLERANCE: Final = 0.01  # pt
_NOWHERE: Final = -1


class DoesNotFit(Exception):
    """A page is too large for a sheet with its crop marks, or not as large as the other cards."""


class Document(NamedTuple):
    """A document of many, and what it is called. Without a scene it is left out, and the title says so."""

    title: str
    scene: Scene | None


class Placed(NamedTuple):
    """A page on a sheet, by its upper left corner."""

    page: ScenePage
    x: float
    y: float


class Bookmark(NamedTuple):
    """Where a document's first card is; nowhere for what was left out."""

    title: str
    card: Placed | None


class Sheet(NamedTuple):
    """One side of a sheet."""

    cards: tuple[Placed, ...]
    bookmarks: tuple[Bookmark, ...]


class Cell(NamedTuple):
    """A place on a sheet: sheet from 0, column from the left, row from the top."""

    sheet: int
    column: int
    row: int


class Line(NamedTuple):
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """One card: a page, and the page behind it if there is one."""

    front: ScenePage
    back: ScenePage | None


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of a sheet, each `width` × `height`, the first at `left`, `top`. Lengths in points, y down."""

    columns: int
    rows: int
    width: float
    height: float

    @property
    def cells(self) -> int:
        return self.columns * self.rows

    @property
    def left(self) -> float:
        return (SHEET_WIDTH - self.columns * self.width) / 2

    @property
    def top(self) -> float:
        return (SHEET_HEIGHT - self.rows * self.height) / 2

    def cell_of(self, card: int) -> Cell:
        """Where the front of a card goes, by its number from 0."""
        sheet, place = divmod(card, self.cells)
        row, column = divmod(place, self.columns)
        return Cell(sheet, column, row)

    def behind(self, cell: Cell) -> Cell:
        """Where the back goes of a card whose front is in `cell`, on the other side of the sheet as it is looked at."""
        return cell._replace(column=self.columns - 1 - cell.column)

    def corner_of(self, cell: Cell) -> tuple[float, float]:
        """The upper left corner of a cell."""
        return self.left + cell.column * self.width, self.top + cell.row * self.height

    def holds(self, page: ScenePage) -> bool:
        return abs(page.width - self.width) < _TOLERANCE and abs(page.height - self.height) < _TOLERANCE

    def crop_marks(self) -> tuple[Line, ...]:
        """Both ends of every cut, off the cards. They are the same on each sheet, so that a pile is cut at once."""
        right, bottom = SHEET_WIDTH - self.left, SHEET_HEIGHT - self.top
        marks: list[Line] = []
        for column in range(self.columns + 1):
            x = self.left + column * self.width
            marks.append(Line(x, self.top - _MARGIN, x, self.top - MARK_DISTANCE))
            marks.append(Line(x, bottom + MARK_DISTANCE, x, bottom + _MARGIN))
        for row in range(self.rows + 1):
            y = self.top + row * self.height
            marks.append(Line(self.left - _MARGIN, y, self.left - MARK_DISTANCE, y))
            marks.append(Line(right + MARK_DISTANCE, y, right + _MARGIN, y))
        return tuple(marks)


def grid_for(width: float, height: float) -> Grid:
    """As many cards of this size as a sheet holds. Raises `DoesNotFit`."""
    columns = int((SHEET_WIDTH - 2 * _MARGIN + _TOLERANCE) / width)
    rows = int((SHEET_HEIGHT - 2 * _MARGIN + _TOLERANCE) / height)
    if not columns or not rows:
        raise DoesNotFit(
            f"A page of {width / MM:.1f} × {height / MM:.1f} mm does not fit an A4 sheet with crop marks."
        )
    return Grid(columns, rows, width, height)


def impose(documents: Iterable[Document], grid: Grid) -> Iterator[Sheet]:
    """Sheets in the order in which they are printed, each as soon as it is full. Raises `DoesNotFit`."""
    leaves: list[Leaf] = []
    bookmarks: list[tuple[str, int]] = []
    for document in documents:
        if document.scene is None:
            bookmarks.append((document.title, _NOWHERE))
            continue
        for number, leaf in enumerate(leaves_of(document.scene)):
            if not grid.holds(leaf.front) or (leaf.back is not None and not grid.holds(leaf.back)):
                raise DoesNotFit("A page is not as large as the other cards.")
            if len(leaves) == grid.cells:
                yield from _sheets(leaves, bookmarks, grid)
                leaves, bookmarks = [], []
            if number == 0:
                bookmarks.append((document.title, len(leaves)))
            leaves.append(leaf)
    if leaves or bookmarks:
        yield from _sheets(leaves, bookmarks, grid)


def leaves_of(scene: Scene) -> Iterator[Leaf]:
    """A document's pages as cards: the second is the back of the first, the fourth that of the third."""
    pages = scene.pages
    for front in range(0, len(pages), 2):
        yield Leaf(pages[front], pages[front + 1] if front + 1 < len(pages) else None)


def _sheets(leaves: Sequence[Leaf], bookmarks: Sequence[tuple[str, int]], grid: Grid) -> Iterator[Sheet]:
    cells = [grid.cell_of(place) for place in range(len(leaves))]
    fronts = [Placed(leaf.front, *grid.corner_of(cell)) for leaf, cell in zip(leaves, cells, strict=True)]
    marked = [Bookmark(title, None if place == _NOWHERE else fronts[place]) for title, place in bookmarks]
    yield Sheet(tuple(fronts), tuple(marked))
    backs = [
        Placed(leaf.back, *grid.corner_of(grid.behind(cell)))
        for leaf, cell in zip(leaves, cells, strict=True)
        if leaf.back is not None
    ]
    if backs:
        yield Sheet(tuple(backs), ())
