from __future__ import annotations

import pytest
from bidi import get_display
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rendering.bidi import base_level, levels_of, visual_order

MIXED = "abc אבג عبق123٤٥٦ .,:/-+₹%()[] \u0301ं क!?'"


@settings(max_examples=1500, deadline=None)
@given(st.text(alphabet=MIXED, min_size=1, max_size=24), st.sampled_from((0, 1)))
def test_lines_are_ordered_as_another_implementation_orders_them(text: str, base: int) -> None:
    levels = list(levels_of(text, base) or bytes(len(text)))
    seen = "".join(text[index] for index in visual_order(levels))
    assert seen == get_display(text, base_dir="RL"[1 - base])


def test_text_without_a_right_to_left_letter_has_no_levels() -> None:
    assert levels_of("Ananya श्री ₹1,200 (2024-25)", 0) is None


@pytest.mark.parametrize(
    "text, level", [("Name محمد", 0), ("محمد Name", 1), ("123 محمد", 1), ("123", 0), ("", 0), ("שלום", 1)]
)
def test_a_text_reads_in_the_direction_of_its_first_letter(text: str, level: int) -> None:
    assert base_level(text) == level


def test_a_number_inside_right_to_left_text_still_reads_from_left_to_right() -> None:
    text = "نمبر 12345 ہے"
    levels = levels_of(text, 1)
    assert levels is not None
    assert set(levels[5:10]) == {2}
    assert set(levels[:5]) == {1}
