from __future__ import annotations

from core.plurals import counted


def test_one_is_said_in_the_singular_and_any_other_number_in_the_plural() -> None:
    assert [counted(count, "page") for count in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]
    assert [counted(count, "copy", "copies") for count in (1, 3)] == ["1 copy", "3 copies"]
