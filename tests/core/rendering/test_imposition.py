from __future__ import annotations

import pytest

from core.rendering.imposition import (
    SHEET_HEIGHT,
    SHEET_WIDTH,
    Document,
    DoesNotFit,
    Grid,
    Sheet,
    grid_for,
    impose,
)
from core.rendering.scene import Color, Scene, ScenePage
from core.rendering.shapes import MM

CARD = grid_for(85.60 * MM, 53.98 * MM)


def page(number: int, width: float = CARD.width, height: float = CARD.height) -> ScenePage:
    return ScenePage(width, height, (), Color(number, 0, 0))


def cards(count: int, sides: int = 2) -> list[Document]:
    """Card n's front is page 2 n, its back page 2 n + 1."""
    return [
        Document(f"card {number}", Scene(tuple(page(2 * number + side) for side in range(sides))))
        for number in range(count)
    ]


def seen(sheet: Sheet, grid: Grid = CARD) -> list[str]:
    """The numbers of a sheet's pages, row by row, as they are looked at."""
    rows = [["."] * grid.columns for _ in range(grid.rows)]
    for placed, x, y in sheet.cards:
        column, row = round((x - grid.left) / grid.width), round((y - grid.top) / grid.height)
        assert grid.corner_of(grid.cell_of(0)._replace(column=column, row=row)) == pytest.approx((x, y))
        rows[row][column] = str(placed.paper.red)
    return [" ".join(row) for row in rows]


def test_ten_cards_go_on_a_sheet_and_each_back_lies_behind_its_front() -> None:
    front, back = impose(cards(10), CARD)

    assert seen(front) == ["0 2", "4 6", "8 10", "12 14", "16 18"]
    assert seen(back) == ["3 1", "7 5", "11 9", "15 13", "19 17"]


def test_the_last_sheet_may_be_half_empty() -> None:
    sheets = list(impose(cards(13), CARD))

    assert len(sheets) == 4
    assert seen(sheets[2]) == ["20 22", "24 .", ". .", ". .", ". ."]
    assert seen(sheets[3]) == ["23 21", ". 25", ". .", ". .", ". ."]


def test_cards_without_a_back_need_no_sheet_for_it() -> None:
    assert [seen(sheet)[0] for sheet in impose(cards(11, sides=1), CARD)] == ["0 2", "20 ."]


def test_a_card_without_a_back_leaves_its_place_behind_it_empty() -> None:
    one_sided, two_sided = cards(2, sides=1)[0], cards(2)[1]

    _, back = impose([one_sided, two_sided], CARD)

    assert seen(back) == ["3 .", ". .", ". .", ". .", ". ."]


def test_later_pages_of_a_document_are_further_cards() -> None:
    front, back = impose(cards(1, sides=3), CARD)

    assert (seen(front)[0], seen(back)[0]) == ("0 2", ". 1")


def test_every_document_has_a_bookmark_at_its_card_and_what_is_left_out_in_its_place() -> None:
    documents = cards(11)
    documents.insert(3, Document("card x: left out", None))

    marks = [mark for sheet in impose(documents, CARD) for mark in sheet.bookmarks]

    assert [title for title, _ in marks] == [title for title, _ in documents]
    assert [None if card is None else card.page.paper.red for _, card in marks] == [
        *(0, 2, 4, None, 6, 8),
        *(10, 12, 14, 16, 18, 20),
    ]


def test_sheets_come_as_soon_as_they_are_full() -> None:
    documents = iter(cards(25))

    sheets = impose(documents, CARD)
    next(sheets)

    assert len(list(documents)) == 25 - 11  # the eleventh card shows that there is a next sheet


def test_cards_are_as_large_as_they_are_and_in_the_middle() -> None:
    assert (CARD.columns, CARD.rows) == (2, 5)
    assert (CARD.width / MM, CARD.height / MM) == pytest.approx((85.60, 53.98))
    assert (CARD.left / MM, CARD.top / MM) == pytest.approx(((210 - 171.2) / 2, (297 - 269.9) / 2))


def test_crop_marks_are_at_both_ends_of_every_cut_three_millimetres_long_and_two_off() -> None:
    marks = CARD.crop_marks()

    right, bottom = SHEET_WIDTH - CARD.left, SHEET_HEIGHT - CARD.top
    assert len(marks) == 2 * (3 + 6)
    for x1, y1, x2, y2 in marks:
        assert (abs(x2 - x1) + abs(y2 - y1)) / MM == pytest.approx(3)
        if x1 == x2:
            assert min(abs(x1 - CARD.left - column * CARD.width) for column in range(3)) < 1e-9
            off = CARD.top - y2 if y2 < CARD.top else y1 - bottom
        else:
            assert min(abs(y1 - CARD.top - row * CARD.height) for row in range(6)) < 1e-9
            off = CARD.left - x2 if x2 < CARD.left else x1 - right
        assert off / MM == pytest.approx(2)
        assert min(x1, y1) >= 0
        assert (x2 <= SHEET_WIDTH, y2 <= SHEET_HEIGHT) == (True, True)


@pytest.mark.parametrize(
    ("width", "height", "cells"),
    [(53.98, 85.60, (3, 3)), (99, 100, (2, 2)), (200, 287, (1, 1)), (20, 20, (10, 14))],
)
def test_pages_of_any_size_are_placed(width: float, height: float, cells: tuple[int, int]) -> None:
    grid = grid_for(width * MM, height * MM)

    assert (grid.columns, grid.rows) == cells


@pytest.mark.parametrize(("width", "height"), [(210, 297), (200.1, 50), (50, 287.1)])
def test_a_page_that_leaves_no_room_for_marks_does_not_fit(width: float, height: float) -> None:
    with pytest.raises(DoesNotFit, match="mm does not fit"):
        grid_for(width * MM, height * MM)


def test_cards_of_one_file_have_one_size() -> None:
    with pytest.raises(DoesNotFit):
        list(impose([*cards(1), Document("larger", Scene((page(9, width=300),)))], CARD))
